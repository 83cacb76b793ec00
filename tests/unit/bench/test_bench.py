"""The benchmark: its clocks, its figures, its generated photographs and its sections."""

from __future__ import annotations

import io
import json
import subprocess
import sys
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from rich.console import Console

from schemas.clip import Motion, Window
from tests.bench import jitter, sections
from tests.bench.clock import measure_usage, median_ms
from tests.bench.figures import Figure, SectionError, table
from tests.bench.photos import photo
from tests.waiting import seconds_of

ROOT = Path(__file__).parents[3]
values = st.floats(-1e6, 1e6)


@given(values, values)
def test_a_bound_is_an_upper_bound_unless_at_least_is_set(value: float, hold: float) -> None:
    assert Figure("x", value, hold=hold).held == (value <= hold)
    assert Figure("x", value, hold=hold, at_least=True).held == (value >= hold)


def test_a_figure_without_a_bound_is_neither_held_nor_missed() -> None:
    assert Figure("x", 1.0).held is None


def test_a_figure_can_be_written_as_json() -> None:
    plain = json.loads(json.dumps(Figure("stills", 1.07, "×", 1.15).as_dict()))
    assert (plain["name"], plain["value"], plain["hold"], plain["held"]) == ("stills", 1.07, 1.15, True)


def test_the_table_marks_held_and_missed_figures_and_shows_failed_sections() -> None:
    console = Console(file=io.StringIO(), width=160)
    console.print(table([Figure("good", 1, "×", 2), Figure("bad", 3, "×", 2)], [SectionError("queue", "it is away")]))
    shown = console.file.getvalue()  # type: ignore[attr-defined]
    lines = {word: line for line in shown.splitlines() for word in ("good", "bad", "queue") if word in line}
    assert "✓" in lines["good"]
    assert "✗" in lines["bad"]
    assert "it is away" in lines["queue"]


def test_usage_includes_the_cpu_time_of_children() -> None:
    busy = "import time\nend = time.process_time() + 0.3\nwhile time.process_time() < end: pass"
    with measure_usage() as usage:
        subprocess.run([sys.executable, "-c", busy], check=True)
    assert 0.3 <= usage.cpu_s < 3
    assert usage.wall_s >= 0.3


def test_sleeping_uses_no_cpu_time() -> None:
    with measure_usage() as usage:
        time.sleep(0.2)
    assert usage.cpu_s < 0.1 < 0.2 <= usage.wall_s


def test_a_median_ignores_one_slow_call() -> None:
    pauses = iter([0.001, 0.001, 0.5, 0.001, 0.001])
    took_s: list[float] = []
    median = median_ms(lambda: took_s.append(seconds_of(lambda: time.sleep(next(pauses)))), 5)
    assert max(took_s) >= 0.5
    assert 1000 * sorted(took_s)[2] <= median < 1000 * max(took_s)


def test_photos_are_reproducible_and_differ_by_number() -> None:
    jpeg = photo(3, 160, 120)
    assert jpeg == photo(3, 160, 120)
    assert jpeg != photo(4, 160, 120)
    assert Image.open(io.BytesIO(jpeg)).size == (160, 120)


def test_photos_do_not_compress_well() -> None:
    picture = photo(1, 480, 320)
    assert len(picture) > 480 * 320 / 5


@pytest.mark.parametrize("motion", jitter.MOTIONS, ids=lambda motion: motion.kind)
def test_the_dot_stays_in_the_frame(motion: Motion) -> None:
    for step in range(11):
        x, y = jitter._expected_centre(motion.window_at(step / 10))
        assert 40 < x < jitter.FRAME[0] - 40
        assert 40 < y < jitter.FRAME[1] - 40


def test_the_centre_of_the_dot_is_measured_where_it_was_drawn() -> None:
    luma = jitter.i420.planes(jitter._plate())[0]
    assert jitter._centre(luma) == pytest.approx(jitter.DOT, abs=0.01)


def test_a_window_as_wide_as_the_plate_scales_the_dots_position_to_the_frame() -> None:
    x, y = jitter._expected_centre(Window(0.5, 0.5, 1.0))
    assert x == pytest.approx((jitter.DOT[0] + 0.5) / jitter.PLATE[0] * jitter.FRAME[0] - 0.5)
    assert y > 0


def test_every_section_has_a_module() -> None:
    assert {path.stem for path in (ROOT / "tests/bench").glob("*.py")} >= set(sections.NAMES)


def test_a_section_removes_its_home() -> None:
    figures = sections.measure_section("jitter", short=True)
    assert figures[0].held
    assert not (sections.WORK / "jitter").exists()
