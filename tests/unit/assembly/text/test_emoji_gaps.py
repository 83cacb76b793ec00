"""Colour emoji: their widths, their pictures, and the place of their gaps in a line."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pysubs2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assembly.text import ass_lines, emoji
from assembly.text.ass_runs import line_at
from assembly.text.emoji_gaps import PlacedEmoji, placed_emoji
from assembly.text.layout import overshoot_em
from assembly.text.typeface import FAMILIES, typeface
from assembly.text.undrawn import omissions
from tests.unit.schemas.test_emoji import SEQUENCES

FACE = typeface("Poppins", True, "a")
SIZE = 72.0
STYLE = pysubs2.SSAStyle(fontname="Poppins", fontsize=SIZE * FACE.line_em, bold=True)
ADVANCE = 1.2451171875
NOT_IN_THE_FONT = "\U0001f6d9"


def placed(text: str, tags: str = "", elapsed_ms: int = 0) -> tuple[PlacedEmoji, ...]:
    spelled = ass_lines.text_in_fonts(FACE, SIZE, text, "en")
    event = pysubs2.SSAEvent(0, 1000, f"{{\\an5\\pos(540,960){tags}}}{spelled}")
    return placed_emoji(line_at(event, STYLE, elapsed_ms))


@pytest.mark.parametrize("sequence", SEQUENCES.values(), ids=SEQUENCES)
def test_every_sequence_is_one_glyph_wide(sequence: str) -> None:
    assert emoji.advance_em(sequence) == ADVANCE
    assert FACE.width_em(f"a{sequence}") == pytest.approx(FACE.width_em("a") + ADVANCE)


@pytest.mark.parametrize("sequence", SEQUENCES.values(), ids=SEQUENCES)
def test_every_sequence_has_a_picture_inside_its_gap(sequence: str) -> None:
    picture = emoji.picture(sequence, 100.0, 0.0, 0.0)
    rows, columns = np.nonzero(picture.rgba[..., 3] > 32)
    assert picture.left % 2 == picture.top % 2 == 0
    assert columns.min() + picture.left >= 0 and columns.max() + picture.left < 100 * ADVANCE
    assert rows.min() + picture.top >= -95 and rows.max() + picture.top < 25
    assert len(rows) > 100 * 100 / 6
    assert (picture.rgba[..., :3] <= picture.rgba[..., 3:]).all()


def test_picture_is_where_its_baseline_begins() -> None:
    at_origin, moved = emoji.picture("😀", 100.0, 0.0, 0.0), emoji.picture("😀", 100.0, 31.0, -17.0)

    def centre(picture: emoji.Picture) -> np.ndarray:
        rows, columns = np.nonzero(picture.rgba[..., 3] > 128)
        return np.array([columns.mean() + picture.left, rows.mean() + picture.top])

    assert centre(moved) - centre(at_origin) == pytest.approx([31, -17], abs=0.1)


def test_sequence_that_the_font_does_not_join_is_as_wide_as_its_parts() -> None:
    assert emoji.advance_em("👩\u200d🦖") == 2 * ADVANCE
    assert emoji.picture("👩\u200d🦖", 100.0, 0.0, 0.0).rgba.shape[1] >= 248


def test_emoji_that_the_font_lacks_is_left_out_with_a_warning() -> None:
    assert emoji.advance_em(NOT_IN_THE_FONT) == 0
    assert ass_lines.text_in_fonts(FACE, SIZE, f"a{NOT_IN_THE_FONT}b", "en") == "ab"
    (warning,) = omissions([f"a {NOT_IN_THE_FONT}", "b 😀", NOT_IN_THE_FONT], "en")
    assert warning == f"not in the film: the emoji {NOT_IN_THE_FONT}: the emoji font does not have them"
    assert omissions(["text", "😀"], "en") == ()


def test_characters_that_no_font_has_are_named_in_a_warning() -> None:
    texts = ["ᏣᎳᎩ is Cherokee", "日本語, العربية, ไทย, हिन्दी, ქართული: → ½ © № ♪ “ ”", "ᏣᎳᎩ\u200b\u0301"]
    (warning,) = omissions(texts, "en")
    assert warning.startswith("not in the film: the characters Ꮳ Ꮃ Ꭹ: no font of this installation has them")


def test_text_without_emoji_is_spelled_without_drawings() -> None:
    assert ass_lines.text_in_fonts(FACE, SIZE, "© 1 # ☎ {x}", "en").count("\\p1") == 0


def test_line_with_one_emoji_is_centred() -> None:
    (only,) = placed("🔥")
    assert only.x == pytest.approx(540 - ADVANCE * SIZE / 2, abs=0.01)
    assert only.size == pytest.approx(SIZE, abs=0.01)


def test_emoji_of_equal_neighbours_are_symmetric() -> None:
    left, right = placed("🔥 go 🔥")
    assert left.x + right.x + ADVANCE * SIZE == pytest.approx(1080, abs=0.05)
    assert left.y == right.y


def test_middle_of_an_emoji_is_that_of_the_capitals() -> None:
    (only,) = placed("Hello 🔥")
    baseline = 960 + FACE.baseline_em * SIZE
    assert only.y - emoji.MIDDLE_EM * SIZE == pytest.approx(baseline - FACE.capital_em / 2 * SIZE, abs=0.05)


@pytest.mark.parametrize("scale", [0.85, 1.06, 1.25])
def test_scaled_line_scales_its_emoji_about_the_middle_of_the_line(scale: float) -> None:
    tags = f"\\fscx{100 * scale}\\fscy{100 * scale}"
    for rest, scaled in zip(placed("Hi 🔥 you 🎉"), placed("Hi 🔥 you 🎉", tags), strict=True):
        assert scaled.x - 540 == pytest.approx(scale * (rest.x - 540), abs=0.05)
        assert scaled.y - 960 == pytest.approx(scale * (rest.y - 960), abs=0.05)
        assert scaled.size == pytest.approx(scale * rest.size, abs=0.05)


def test_animated_line_moves_its_emoji_in_every_frame() -> None:
    pop = "\\fscx85\\fscy85\\t(0,80,\\fscx106\\fscy106)\\t(80,130,\\fscx100\\fscy100)"
    sizes = [placed("Hi 🔥", pop, elapsed_ms)[0].size / SIZE for elapsed_ms in (0, 80, 130, 400)]
    assert sizes == pytest.approx([0.85, 1.06, 1.0, 1.0], abs=0.01)


def test_hidden_emoji_is_not_placed() -> None:
    assert placed("Hi 🔥", "\\alpha&HFF&") == ()
    assert placed("Hi 🔥", "\\fade(255,255,255,0,0,0,0)") == ()
    assert placed("Hi 🔥", "\\fade(51,51,51,0,0,0,0)")[0].opacity == pytest.approx(0.8)


@pytest.mark.parametrize("family", FAMILIES)
def test_lines_with_emoji_do_not_overlap(family: str) -> None:
    face = typeface(family, True, "a")
    above, below = face.ink_em("🔥")
    assert above + below <= face.line_pitch_em
    assert overshoot_em(face, ("🔥", "a"))[0] >= above - face.line_pitch_em / 2 - face.text_baseline_em


@given(st.lists(st.sampled_from(["Hi", "WAVY", "fi", " ", "🔥", "👍🏽", "🇩🇪", "שלום", "12", "{", "\\"])).map("".join))
def test_emoji_of_a_line_never_overlap(text: str) -> None:
    ordered = sorted(placed(text), key=lambda one: one.x)
    assert len(ordered) == sum(text.count(sequence) for sequence in ("🔥", "👍🏽", "🇩🇪"))
    for left, right in pairwise(ordered):
        assert right.x - left.x >= ADVANCE * SIZE - 0.1
