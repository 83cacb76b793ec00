"""Check the promises of the queue under faults: ``python -m tests.faults.chaos --kills 500 --broker redis --seed 7``.

Prints a table of the promises and the measured values; the exit code is 1 if a promise is broken.
"""

from __future__ import annotations

import json
import random
import signal
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import click

from tests.faults import brokers, scenarios
from tests.faults.cluster import LEASE_S, Cluster, running_cluster
from tests.faults.storm import StormResult, run_storm

MAX_RETRIES = 5
# In the second half of the jobs every process has imported and cached all it needs, so more growth is a leak.
MAX_GROWTH_MIB = 15.0
MAX_REPEATED_SHARE = 0.02


@dataclass(frozen=True, slots=True)
class Row:
    """A promise, its bound, the measured value, and whether it was kept."""

    promise: str
    bound: str
    measured: str
    kept: bool


# -- judging -----------------------------------------------------------------------------------------------------------


def storm_rows(storm: StormResult) -> Iterator[Row]:
    yield Row("jobs lost", "0", _count(storm.lost), not storm.lost)
    yield Row("jobs stuck", "0", _count(storm.stuck), not storm.stuck)
    yield Row("the same task running twice at once", "0", _count(storm.concurrent), not storm.concurrent)
    yield Row("wrong results", "0", _count(storm.wrong), not storm.wrong)
    measured = f"{len(storm.repeated)} of {storm.scenes} ({storm.repeated_share:.1%})"
    kept = storm.repeated_share <= MAX_REPEATED_SHARE
    yield Row("scenes finished twice", f"≤ {MAX_REPEATED_SHARE:.0%}", measured, kept)


def scenario_rows(cluster: Cluster, times: int) -> Iterator[Row]:
    bound_s = 1.2 * LEASE_S + 1
    durations = scenarios.restart_after_worker_kill(cluster, times)
    kept = durations.worst <= bound_s
    yield Row("whole worker killed → its scene starts again", f"≤ {bound_s:g} s", str(durations), kept)
    durations = scenarios.restart_after_child_kill(cluster, times)
    yield Row("child killed → its scene starts again", "≤ 8 s", str(durations), durations.worst <= 8)
    yield from _broker_restart_rows(scenarios.broker_restart(cluster))
    for verb, target in (("kills_child", "its child"), ("kills_worker", "its whole worker")):
        yield from _poison_rows(f"a scene that kills {target}", scenarios.poison_scene(cluster, verb))
    durations = scenarios.slot_after_cancel(cluster, times)
    yield Row("cancelled → slot free", "≤ 1 s", str(durations), durations.worst <= 1)
    fairness = scenarios.fairness(cluster, 300, 5)
    kept = fairness.state == "DONE" and fairness.share < 1 / 3
    measured = f"{fairness.share:.0%} ({fairness.state})"
    yield Row("5 scenes behind 300: share of those done when the 5 are done", "< 33 %", measured, kept)


def _broker_restart_rows(restart: scenarios.BrokerRestart) -> Iterator[Row]:
    measured = f"{restart.next_start_s:.1f} s; all done after {restart.all_done_s:.1f} s"
    kept = restart.next_start_s <= 15
    yield Row("server restarted under load → the next step starts", "≤ 15 s", measured, kept)
    yield Row("wrong jobs after that", "0", _count(restart.errors), not restart.errors)


def _poison_rows(name: str, poison: scenarios.PoisonScene) -> Iterator[Row]:
    measured = f"{poison.state or 'not ended'}, {poison.starts} tries, {poison.seconds:.0f} s"
    kept = poison.state in ("FAILED", "DONE") and poison.starts <= MAX_RETRIES + 1
    yield Row(f"{name}: tries until it failed or was replaced", f"≤ {MAX_RETRIES + 1}", measured, kept)
    errors = poison.other_job_errors
    yield Row("other jobs affected by it", "0", _count(errors), not errors)


def pressure_rows(pressure: scenarios.Pressure) -> Iterator[Row]:
    measured = f"{len(pressure.not_done)}, the others in {pressure.seconds:.0f} s"
    promise = f"{pressure.jobs} jobs of {pressure.scenes} scenes at once: not done"
    yield Row(promise, "0", measured, not pressure.not_done)
    measured = f"{pressure.growth_mib:+.1f} MiB ({_memory(pressure)})"
    kept = pressure.growth_mib <= MAX_GROWTH_MIB
    yield Row("growth of a worker's memory in the second half", f"≤ +{MAX_GROWTH_MIB:g} MiB", measured, kept)


def _memory(pressure: scenarios.Pressure) -> str:
    return "; ".join(f"{name} {' → '.join(f'{mib:.0f}' for mib in values)}" for name, values in pressure.mib.items())


def _count(errors: Sequence[str]) -> str:
    return f"{len(errors)}: {'; '.join(errors[:4])}" if errors else "0"


# -- output ------------------------------------------------------------------------------------------------------------


def table(rows: list[Row]) -> str:
    lines = [f"| {row.promise} | {row.bound} | {row.measured} | {'✓' if row.kept else '✗'} |" for row in rows]
    return "\n".join(["| promise | bound | measured | kept |", "|---|---|---|---|", *lines])


def report(message: str) -> None:
    click.echo(f"[{time.strftime('%H:%M:%S')}] {message}", err=True)


def _exit(number: int, _frame: Any) -> None:
    """Exit with an exception, so that the block of the cluster ends its processes."""
    raise SystemExit(128 + number)


@click.command()
@click.option("--kills", default=500, show_default=True, help="Number of random faults.")
@click.option("--jobs", default=0, help="Number of jobs submitted meanwhile; default: one per four kills, at least 8.")
@click.option("--broker", type=click.Choice(brokers.NAMES), default="embedded", show_default=True)
@click.option("--seed", type=int, help="Seed of the random faults; drawn and printed if not set.")
@click.option("--drain", "drain_s", default=240.0, show_default=True, help="Seconds to wait for the jobs at the end.")
@click.option("--trials/--no-trials", "with_scenarios", default=True, help="Also measure the single faults.")
@click.option("--times", default=3, show_default=True, help="Number of measurements of each single fault.")
@click.option("--pressure", "load", type=(int, int), help="Only this: a number of jobs of a number of scenes at once.")
@click.option("--out", type=click.Path(path_type=Path), help="File for the figures, as JSON.")
@click.option("--keep", type=click.Path(path_type=Path), help="Directory for the logs, which is not deleted.")
def main(
    kills: int,
    jobs: int,
    broker: str,
    seed: int | None,
    drain_s: float,
    with_scenarios: bool,
    times: int,
    load: tuple[int, int] | None,
    out: Path | None,
    keep: Path | None,
) -> None:
    """Kill processes at random and check that every job ends right and no step is repeated."""
    signal.signal(signal.SIGTERM, _exit)
    if reason := brokers.unavailable_reason(broker):
        raise click.ClickException(reason)
    seed = random.randrange(1_000_000) if seed is None else seed
    figures: dict[str, Any] = {"broker": broker, "seed": seed, "kills": kills, "lease_s": LEASE_S}
    with tempfile.TemporaryDirectory(prefix="pytoon-chaos-") as directory:
        home = keep or Path(directory) / "home"
        if load:
            rows = _run_pressure(home, broker, load, figures)
        else:
            jobs = jobs or max(8, kills // 4)
            times = times if with_scenarios else 0
            rows = _run_storm_and_scenarios(home, broker, seed, kills, jobs, drain_s, times, figures)
    click.echo(table(rows))
    if out:
        figures["rows"] = [asdict(row) for row in rows]
        out.write_text(json.dumps(figures, indent=1, ensure_ascii=False) + "\n")
    sys.exit(not all(row.kept for row in rows))


def _run_storm_and_scenarios(
    home: Path, broker: str, seed: int, kills: int, jobs: int, drain_s: float, times: int, figures: dict[str, Any]
) -> list[Row]:
    rows: list[Row] = []
    with running_cluster(home, broker) as cluster:
        if kills:
            report(f"seed {seed}: {kills} faults with {broker}, {jobs} jobs")
            storm = run_storm(cluster, seed, kills, jobs, drain_s, report)
            figures["storm"] = storm.as_dict()
            counts = ", ".join(f"{number} {kind}" for kind, number in sorted(storm.faults.items()))
            report(f"injected {counts}; missed {storm.missed_faults}; drained in {storm.drain_s:.0f} s; {storm.states}")
            rows += storm_rows(storm)
        for row in scenario_rows(cluster, times) if times else ():
            report(f"{row.promise}: {row.measured}")
            rows.append(row)
    return rows


def _run_pressure(home: Path, broker: str, load: tuple[int, int], figures: dict[str, Any]) -> list[Row]:
    with running_cluster(home, broker, workers_per_kind=1) as cluster:
        pressure = scenarios.pressure(cluster, *load, within_s=1800)
    figures["pressure"] = asdict(pressure)
    return list(pressure_rows(pressure))


if __name__ == "__main__":
    main()
