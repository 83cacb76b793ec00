"""Reading an ASS event as libass interprets it at one moment."""

from __future__ import annotations

import pysubs2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assembly.text import ass
from assembly.text.ass_runs import Line, line_at

STYLE = pysubs2.SSAStyle(fontname="Poppins", fontsize=100.0, bold=True, primarycolor=pysubs2.Color(255, 255, 255, 0))


def line(text: str, elapsed_ms: int = 0, length_ms: int = 1000) -> Line:
    return line_at(pysubs2.SSAEvent(5000, 5000 + length_ms, text), STYLE, 5000 + elapsed_ms)


def scales(text: str, elapsed_ms: int) -> list[float]:
    return [run.style.scale_x for run in line(text, elapsed_ms).runs]


def test_runs_have_the_state_of_the_tags_before_them() -> None:
    first, second = line(r"{\an5\pos(540,96.5)\fsp2}One {\fnDM Serif Display\b0\fs80\fscx112}two{\fscx100}").runs
    assert (first.text, first.style.family, first.style.bold, first.style.spacing) == ("One ", "Poppins", True, 2.0)
    assert (second.text, second.style.family, second.style.bold) == ("two", "DM Serif Display", False)
    assert (second.style.font_size, second.style.scale_x, second.style.scale_y) == (80.0, 112.0, 100.0)


def test_position_and_alignment_are_those_of_the_line() -> None:
    placed = line(r"{\an7\pos(540,96.5)}x")
    assert (placed.x, placed.y, placed.alignment) == (540.0, 96.5, 7)


def test_tags_that_move_nothing_are_ignored() -> None:
    (run,) = line(r"{\1c&H00FF00&\3c&H0000FF&\3a&H80&\bord4\shad0\be1\blur2\frz0}x").runs
    assert run == line("x").runs[0]


def test_drawing_has_its_comment_and_its_size() -> None:
    text, drawing, rest = line(r"a{🔥\p1\pbo20.5}m 0 0 m 124.5 160{\p0} b").runs
    assert (drawing.text, drawing.width, drawing.height, drawing.style.descent) == ("🔥", 124.5, 160.0, 20.5)
    assert drawing.style.is_drawing and not text.style.is_drawing and not rest.style.is_drawing


@pytest.mark.parametrize(("elapsed_ms", "scale"), [(0, 85), (40, 95.5), (80, 106), (105, 103), (130, 100), (500, 100)])
def test_animated_scale_is_that_of_the_moment(elapsed_ms: int, scale: float) -> None:
    pop = r"{\fscx85\fscy85\t(0,80,\fscx106\fscy106)\t(80,130,\fscx100\fscy100)}x"
    assert scales(pop, elapsed_ms) == [pytest.approx(scale)]


def test_animation_without_times_lasts_as_long_as_the_event() -> None:
    assert scales(r"{\t(\fscx200)}x", 500) == [150]
    assert scales(r"{\t(2,\fscx200)}x", 500) == [125]


def test_animation_changes_the_text_after_it_only() -> None:
    assert scales(r"a{\t(0,100,\fscx200)}b", 100) == [100, 200]


@pytest.mark.parametrize(("elapsed_ms", "opacity"), [(0, 0), (125, 0.5), (250, 1), (500, 1), (900, 0.4), (999, 0.004)])
def test_fade_is_the_opacity_of_the_moment(elapsed_ms: int, opacity: float) -> None:
    assert line(r"{\fad(250,250)}x", elapsed_ms).opacity == pytest.approx(opacity)


def test_constant_fade_is_an_opacity() -> None:
    assert line(r"{\fade(51,51,51,0,0,0,0)}x", 300).opacity == pytest.approx(0.8)


def test_movement_is_the_position_of_the_moment() -> None:
    moved = line(r"{\move(0,100,200,300,0,400)}x", 100)
    assert (moved.x, moved.y) == (50.0, 150.0)


def test_transparent_text_has_its_alpha() -> None:
    hidden, visible = line(r"{\alpha&HFF&}a{\1a&H00&}b").runs
    assert (hidden.style.alpha, visible.style.alpha) == (255, 0)


@given(st.text(st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp"])))
def test_text_of_a_user_is_read_as_it_was_written(text: str) -> None:
    expected = text.replace("\\" + ass.WORD_JOINER, "\\")
    read = "".join(run.text for run in line("{\\fscx112}" + ass.escape(text)).runs)
    assert read.replace("\\" + ass.WORD_JOINER, "\\") == expected
    assert all(run.style.scale_x == 112 for run in line("{\\fscx112}" + ass.escape(text)).runs)
