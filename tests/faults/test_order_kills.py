"""A process that carries out an order is killed at each line of the source: no order is placed twice, no money is lost.

The lines are those that an order really passes between its reservation and its stored file, in ``app/providers``,
``tasks/ordering.py``, ``app/core/http.py`` and the adapter. For each of them a process is killed with SIGKILL when it
reaches the line for the first time, and another process goes on. What is counted are the orders that the emulator has
accepted.
"""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from app.core.config import settings
from app.database.session import migrate
from app.providers import ledger
from tests import databases
from tests.conftest import ROOT
from tests.emulators.films import film
from tests.emulators.runway import Runway
from tests.placed_orders import PRICE, FindableRunway

FILM = film("an order", 180, 320, 0.5)
ROUNDS = 20
# Every line on SQLite, some on PostgreSQL; of an engine that finds its orders, every fifth of these.
SAMPLE = {"sqlite": 1, "postgresql": 30}
FINDING_SAMPLE = 5


@pytest.fixture(params=databases.DATABASES)
def database(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    for _ in databases.use(request.param, tmp_path, monkeypatch):
        migrate()
        yield request.param


class Kills:
    """The program that is killed, with the emulator where it places its orders."""

    def __init__(self, emulator: Runway) -> None:
        self.emulator = emulator
        emulator.film = lambda **_: FILM
        names = {f"PYTOON_{name.upper()}": value for name, value in emulator.settings().items()}
        finding = {"KILLS_FINDING": "1"} if isinstance(emulator, FindableRunway) else {}
        self.env = {**os.environ, **names, **finding, "PYTHONPATH": str(ROOT)}

    def _run(self, *arguments: str, given: Any = None) -> Any:
        argv = [sys.executable, "-m", "tests.faults.order_kills", *arguments]
        options: Any = {"cwd": ROOT, "env": self.env, "input": json.dumps(given)}
        ended = subprocess.run(argv, **options, capture_output=True, text=True, check=False)
        assert ended.returncode == 0, ended.stderr[-4000:]
        return json.loads(ended.stdout.splitlines()[-1])

    def lines(self) -> tuple[list[Any], list[Any]]:
        """The lines of an order, and those of a process that goes on with one that was sent without a reply."""
        found = self._run("--lines")
        return found["first"], found["later"]

    def outcomes(self, plan: list[list[Any]]) -> list[dict[str, Any]]:
        """What became of an order for each entry, with ``accepted``: how many the emulator has accepted of it."""
        found: list[dict[str, Any]] = self._run(given=plan)["orders"]
        accepted = Counter(job.request["promptText"] for job in self.emulator.jobs.values())
        return [{**order, "accepted": accepted[f"order {scene}"]} for scene, order in enumerate(found)]


def check(order: dict[str, Any], where: Any) -> None:
    """No order is placed twice, and what was or may have been charged is in the ledger."""
    assert order["accepted"] <= 1, where
    assert order["state"] in ("settled", "ambiguous"), where
    assert Decimal(order["held"]) == PRICE.usd, where
    if order["state"] == "settled":
        assert (order["accepted"], order["bytes"]) == (1, len(FILM)), where
    else:
        assert (order["remote_id"], order["bytes"]) == (None, 0), where


def show(title: str, lines: list[Any], found: list[dict[str, Any]]) -> None:
    """Print how many lines of each file end in which state; pytest shows it with ``-s`` and after a failure."""
    table = Counter((line[0], order["state"], order["accepted"]) for line, order in zip(lines, found, strict=True))
    print(f"\n{title}: {len(lines)} lines")
    for (name, state, accepted), count in sorted(table.items()):
        print(f"  {name:34} {state:10} {accepted} accepted  {count:4}")


def test_no_kill_at_any_line_places_an_order_twice_or_loses_its_money(broker, database) -> None:
    with Runway(work_s=0.0) as emulator:
        kills = Kills(emulator)
        lines = kills.lines()[0][:: SAMPLE[database]]
        found = kills.outcomes([[line] for line in lines])
    show(f"an engine without look-up, {database}", lines, found)
    for line, order in zip(lines, found, strict=True):
        assert order["kills"] == [True], line
        check(order, line)
    # Only between the note that it is sent and the stored reply is an outcome unknown.
    assert 0 < sum(order["state"] == "ambiguous" for order in found) < len(found) / 2
    assert ledger.differences() == {}
    assert settings().daily_usd == 0


def test_an_order_that_can_be_looked_up_is_placed_once_where_its_process_dies(broker, database) -> None:
    with FindableRunway(work_s=0.0) as emulator:
        kills = Kills(emulator)
        lines = kills.lines()[0][:: SAMPLE[database] * FINDING_SAMPLE]
        found = kills.outcomes([[line] for line in lines])
    show(f"an engine that finds its orders, {database}", lines, found)
    for line, order in zip(lines, found, strict=True):
        assert (order["kills"], order["state"], order["accepted"]) == ([True], "settled", 1), line
        check(order, line)
    assert ledger.differences() == {}


@pytest.mark.parametrize("provider", [Runway, FindableRunway])
def test_no_two_kills_place_an_order_twice_or_lose_its_money(broker, tmp_path, monkeypatch, provider) -> None:
    chance = random.Random(7)
    for _ in databases.use("sqlite", tmp_path, monkeypatch):
        migrate()
        with provider(work_s=0.0) as emulator:
            kills = Kills(emulator)
            first, later = kills.lines()
            plan = [[chance.choice(first), chance.choice(first + later)] for _ in range(ROUNDS)]
            found = kills.outcomes(plan)
        for lines, order in zip(plan, found, strict=True):
            check(order, lines)
        if provider is FindableRunway:
            assert {order["state"] for order in found} == {"settled"}
        assert ledger.differences() == {}
