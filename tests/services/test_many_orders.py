"""500 clips in flight on one worker for orders: each is ordered once, polled as rarely as is asked, and downloaded.

It prints the processor time and the memory of the worker.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import psutil

from app.database.models import OrderRow, SpendRow
from app.database.session import transaction
from app.providers import dispatch, ledger, orders
from engines.adapters.runway import POLL_S
from schemas.order import ClipOrderSchema, OrderState
from tests.conftest import ROOT
from tests.emulators.films import film
from tests.emulators.runway import Runway
from tests.placed_orders import CLIP, PRICE, limits_of, purchase
from tests.waiting import HANGS_AFTER_S, wait_until

FEW, MANY = 50, 500
MOST_GROWTH = 40_000_000
FILM = film("an order", 180, 320, 0.5)


@contextmanager
def api_worker(emulator: Runway, log: Path) -> Iterator[psutil.Process]:
    """The worker for orders, as `pytoon worker api` runs it."""
    names = {f"PYTOON_{name.upper()}": value for name, value in emulator.settings().items()}
    argv = [sys.executable, "-m", "app.cli.process_main", "api"]
    with log.open("wb") as out:
        env = {**os.environ, **names, "PYTHONPATH": str(ROOT)}
        worker = subprocess.Popen(argv, cwd=ROOT, env=env, stdout=out, stderr=subprocess.STDOUT)
        try:
            yield psutil.Process(worker.pid)
        finally:
            worker.terminate()
            try:
                worker.wait(HANGS_AFTER_S)
            except subprocess.TimeoutExpired:
                worker.kill()
                worker.wait()


def place(scenes: range) -> None:
    for scene in scenes:
        plain = ClipOrderSchema.plain(replace(CLIP, prompt=f"order {scene}"))
        bought = purchase(scene, job_id=f"job {scene % 20}", request=plain)
        dispatch.dispatch([orders.reserve(bought, limits_of(bought, daily_usd="100000"))])


def polls(emulator: Runway) -> Counter[str]:
    return Counter(call.path for call in emulator.calls_to("GET", "/v1/tasks/"))


def all_orders() -> list[orders.Order]:
    with transaction() as session:
        return [orders.order_of(row) for row in session.query(OrderRow)]


def test_one_worker_carries_out_500_orders_at_the_same_time(broker, tmp_path) -> None:
    with transaction() as session:
        session.query(OrderRow).delete()
        session.query(SpendRow).delete()
    log = tmp_path / "worker.log"
    with Runway() as emulator, api_worker(emulator, log) as worker:
        emulator.film = lambda **_: FILM
        emulator.hold()
        place(range(FEW))
        wait_until(lambda: sum(count >= 2 for count in polls(emulator).values()) == FEW, "few orders are polled twice")
        memory_of_few, cpu_s = worker.memory_info().rss, sum(worker.cpu_times()[:2])
        place(range(FEW, MANY))
        wait_until(lambda: sum(count >= 2 for count in polls(emulator).values()) == MANY, "all are polled twice")
        growth = worker.memory_info().rss - memory_of_few
        for job in emulator.jobs.values():
            emulator.finish(job)
        wait_until(lambda: all(order.file_key for order in all_orders()), "all results are stored")
        cpu_s = sum(worker.cpu_times()[:2]) - cpu_s
    accepted = Counter(job.request["promptText"] for job in emulator.jobs.values())
    assert accepted == {f"order {scene}": 1 for scene in range(MANY)}
    assert len(emulator.calls_to("POST", "text_to_video")) == MANY
    found = all_orders()
    assert {(order.state, order.held_usd, order.is_waiting) for order in found} == {
        (OrderState.SETTLED, PRICE.usd, False)
    }
    assert ledger.differences() == {}
    check_pauses(emulator)
    assert len(emulator.calls_to("GET", "/results/")) == MANY
    count = sum(polls(emulator).values())
    print(f"\n{cpu_s / MANY * 1000:.0f} ms of processor time for each clip with {count / MANY:.1f} polls")
    print(f"{memory_of_few / 1e6:.0f} MB with {FEW} orders, {growth / 1e6:.1f} MB more with {MANY}")
    assert growth < MOST_GROWTH
    assert "an order was not advanced" not in log.read_text()


def check_pauses(emulator: Runway) -> None:
    """No order is polled more often than the provider asks for; a request may arrive a little earlier than the last."""
    times: dict[str, list[float]] = {}
    for call in emulator.calls_to("GET", "/v1/tasks/"):
        times.setdefault(call.path, []).append(call.at)
    pauses = [later - earlier for each in times.values() for earlier, later in pairwise(each)]
    assert min(pauses) > 0.8 * POLL_S, sorted(pauses)[:5]
