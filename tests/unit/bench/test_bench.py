"""The benchmark measures what it says it measures."""

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
from tests.bench.clock import median_ms, spending
from tests.bench.figures import Broken, Figure, table
from tests.bench.photos import photo
from tests.waiting import seconds_of

ROOT = Path(__file__).parents[3]
values = st.floats(-1e6, 1e6)


@given(values, values)
def test_a_bound_is_an_upper_one_unless_it_says_otherwise(value: float, hold: float) -> None:
    assert Figure("x", value, hold=hold).held == (value <= hold)
    assert Figure("x", value, hold=hold, at_least=True).held == (value >= hold)


def test_a_figure_without_a_bound_is_neither_held_nor_missed() -> None:
    assert Figure("x", 1.0).held is None


def test_results_can_be_kept() -> None:
    plain = json.loads(json.dumps(Figure("stills", 1.07, "×", 1.15).as_dict()))
    assert (plain["name"], plain["value"], plain["hold"], plain["held"]) == ("stills", 1.07, 1.15, True)


def test_the_table_shows_what_is_held_what_is_missed_and_what_broke() -> None:
    console = Console(file=io.StringIO(), width=160)
    console.print(table([Figure("good", 1, "×", 2), Figure("bad", 3, "×", 2)], [Broken("queue", "it is away")]))
    shown = console.file.getvalue()  # type: ignore[attr-defined]
    lines = {word: line for line in shown.splitlines() for word in ("good", "bad", "queue") if word in line}
    assert "✓" in lines["good"]
    assert "✗" in lines["bad"]
    assert "it is away" in lines["queue"]


def test_the_time_of_children_is_counted_too() -> None:
    busy = "import time\nend = time.process_time() + 0.3\nwhile time.process_time() < end: pass"
    with spending() as spent:
        subprocess.run([sys.executable, "-c", busy], check=True)
    assert 0.3 <= spent.cpu_s < 3
    assert spent.wall_s >= 0.3


def test_sleeping_costs_no_cpu() -> None:
    with spending() as spent:
        time.sleep(0.2)
    assert spent.cpu_s < 0.1 < 0.2 <= spent.wall_s


def test_a_median_does_not_follow_one_slow_call() -> None:
    pauses = iter([0.001, 0.001, 0.5, 0.001, 0.001])
    took_s: list[float] = []
    median = median_ms(lambda: took_s.append(seconds_of(lambda: time.sleep(next(pauses)))), 5)
    assert max(took_s) >= 0.5
    assert 1000 * sorted(took_s)[2] <= median < 1000 * max(took_s)


def test_pictures_are_the_same_every_time_and_differ_from_each_other() -> None:
    one = photo(3, 160, 120)
    assert one == photo(3, 160, 120)
    assert one != photo(4, 160, 120)
    assert Image.open(io.BytesIO(one)).size == (160, 120)


def test_pictures_are_no_easy_work_for_an_encoder() -> None:
    picture = photo(1, 480, 320)
    assert len(picture) > 480 * 320 / 5


@pytest.mark.parametrize("way", jitter.WAYS, ids=lambda way: way.kind)
def test_the_dot_stays_in_the_frame(way: Motion) -> None:
    for step in range(11):
        x, y = jitter._wanted(way.at(step / 10))
        assert 40 < x < jitter.FRAME[0] - 40
        assert 40 < y < jitter.FRAME[1] - 40


def test_the_dot_is_found_where_it_was_drawn() -> None:
    luma = jitter.i420.planes(jitter._plate())[0]
    assert jitter._centre(luma) == pytest.approx(jitter.DOT, abs=0.01)


def test_a_window_as_wide_as_the_plate_shows_the_dot_at_its_share_of_the_frame() -> None:
    x, y = jitter._wanted(Window(0.5, 0.5, 1.0))
    assert x == pytest.approx((jitter.DOT[0] + 0.5) / jitter.PLATE[0] * jitter.FRAME[0] - 0.5)
    assert y > 0


def test_every_section_is_a_module_that_measures() -> None:
    assert {path.stem for path in (ROOT / "tests/bench").glob("*.py")} >= set(sections.NAMES)


def test_a_section_leaves_nothing_behind() -> None:
    figures = sections.measured("jitter", short=True)
    assert figures[0].held
    assert not (sections.WORK / "jitter").exists()
