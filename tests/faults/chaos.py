"""``python -m tests.faults.chaos --kills 500 --broker redis --seed 7``: is what the queue promises held?

Prints the table of promises with what was reached; the exit code is 1 when one is not held.
"""

from __future__ import annotations

import json
import random
import signal
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import click

from tests.faults import brokers, trials
from tests.faults.fleet import LEASE_S, Fleet, fleet
from tests.faults.storm import Storm, storm

MAX_RETRIES = 5
# A process that has done half of the jobs knows all it needs; what comes on top of it is a leak.
GROWTH_MIB = 15.0
AGAIN_SHARE = 0.02


@dataclass(frozen=True, slots=True)
class Row:
    """A promise, and what was reached."""

    promise: str
    wanted: str
    reached: str
    held: bool


# -- judging -----------------------------------------------------------------------------------------------------------


def storm_rows(found: Storm) -> Iterator[Row]:
    yield Row("jobs lost", "0", _count(found.lost), not found.lost)
    yield Row("jobs stuck", "0", _count(found.stuck), not found.stuck)
    yield Row("same task at work twice at once", "0", _count(found.twice), not found.twice)
    yield Row("results not right", "0", _count(found.not_right), not found.not_right)
    share = f"{len(found.again)} of {found.scenes} ({found.again_share:.1%})"
    yield Row("scenes finished twice", f"≤ {AGAIN_SHARE:.0%}", share, found.again_share <= AGAIN_SHARE)


def trial_rows(running: Fleet, times: int) -> Iterator[Row]:
    limit_s = 1.2 * LEASE_S + 1
    took = trials.again_after_worker(running, times)
    yield Row("whole worker killed → its scene again", f"≤ {limit_s:g} s", str(took), took.worst <= limit_s)
    took = trials.again_after_child(running, times)
    yield Row("child killed → its scene again", "≤ 8 s", str(took), took.worst <= 8)
    yield from _restart_rows(trials.broker_restart(running))
    for verb, name in (("dies", "a scene that kills its child"), ("fells", "a scene that kills its whole worker")):
        yield from _poison_rows(name, trials.poison(running, verb))
    took = trials.slot_after_cancel(running, times)
    yield Row("cancelled → slot free", "≤ 1 s", str(took), took.worst <= 1)
    fair = trials.fairness(running, 300, 5)
    held = fair.state == "DONE" and fair.share < 1 / 3
    yield Row("5 scenes behind 300: done when of those", "< 33 %", f"{fair.share:.0%} ({fair.state})", held)


def _restart_rows(found: trials.Restart) -> Iterator[Row]:
    reached = f"{found.next_begin_s:.1f} s; all done after {found.all_done_s:.1f} s"
    yield Row("server restarted under load → work goes on", "≤ 15 s", reached, found.next_begin_s <= 15)
    yield Row("jobs not right after that", "0", _count(found.wrong), not found.wrong)


def _poison_rows(name: str, found: trials.Poison) -> Iterator[Row]:
    reached = f"{found.state or 'open'}, {found.runs} tries, {found.seconds:.0f} s"
    held = found.state in ("FAILED", "DONE") and found.runs <= MAX_RETRIES + 1
    yield Row(f"{name}: failed or replaced", f"≤ {MAX_RETRIES + 1} tries", reached, held)
    yield Row("other jobs harmed by it", "0", _count(found.harm), not found.harm)


def pressure_rows(found: trials.Pressure) -> Iterator[Row]:
    reached = f"{len(found.not_done)}, the rest in {found.seconds:.0f} s"
    yield Row(f"{found.jobs} jobs of {found.scenes} scenes at once: not done", "0", reached, not found.not_done)
    reached = f"{found.growth_mib:+.1f} MiB ({_memory(found)})"
    held = found.growth_mib <= GROWTH_MIB
    yield Row("a worker's memory, in the second half", f"≤ +{GROWTH_MIB:g} MiB", reached, held)


def _memory(found: trials.Pressure) -> str:
    return "; ".join(f"{name} {' → '.join(f'{mib:.0f}' for mib in values)}" for name, values in found.mib.items())


def _count(found: Any) -> str:
    return f"{len(found)}: {'; '.join(list(found)[:4])}" if found else "0"


# -- saying ------------------------------------------------------------------------------------------------------------


def table(rows: list[Row]) -> str:
    lines = [f"| {row.promise} | {row.wanted} | {row.reached} | {'✓' if row.held else '✗'} |" for row in rows]
    return "\n".join(["| promise | wanted | reached | held |", "|---|---|---|---|", *lines])


def say(words: str) -> None:
    click.echo(f"[{time.strftime('%H:%M:%S')}] {words}", err=True)


def _raise(number: int, _frame: Any) -> None:
    """A fleet is ended by leaving its block, also when this is asked to end."""
    raise SystemExit(128 + number)


@click.command()
@click.option("--kills", default=500, show_default=True)
@click.option("--jobs", default=0, help="How many are submitted meanwhile; one for four kills, at least eight.")
@click.option("--broker", type=click.Choice(brokers.NAMES), default="embedded", show_default=True)
@click.option("--seed", type=int, help="The number that tells all strikes; drawn and printed when not given.")
@click.option("--drain", "drain_s", default=240.0, show_default=True, help="Seconds for what is left at the end.")
@click.option("--trials/--no-trials", "tried", default=True, help="Also the single blows that are measured.")
@click.option("--times", default=3, show_default=True, help="How often each single blow is measured.")
@click.option("--pressure", "load", type=(int, int), help="Only this: so many jobs of so many scenes at once.")
@click.option("--out", type=click.Path(path_type=Path), help="The same as JSON.")
@click.option("--keep", type=click.Path(path_type=Path), help="Where to leave the home with its logs and ledgers.")
def main(
    kills: int,
    jobs: int,
    broker: str,
    seed: int | None,
    drain_s: float,
    tried: bool,
    times: int,
    load: tuple[int, int] | None,
    out: Path | None,
    keep: Path | None,
) -> None:
    """Kill at random, then look whether everything was done, right, and once."""
    signal.signal(signal.SIGTERM, _raise)
    if why := brokers.missing(broker):
        raise click.ClickException(why)
    seed = random.randrange(1_000_000) if seed is None else seed
    facts: dict[str, Any] = {"broker": broker, "seed": seed, "kills": kills, "lease_s": LEASE_S}
    with tempfile.TemporaryDirectory(prefix="pytoon-chaos-") as folder:
        home = keep or Path(folder) / "home"
        if load:
            rows = _pressed(home, broker, load, facts)
        else:
            rows = _struck(home, broker, seed, kills, jobs or max(8, kills // 4), drain_s, times if tried else 0, facts)
    click.echo(table(rows))
    if out:
        facts["rows"] = [asdict(row) for row in rows]
        out.write_text(json.dumps(facts, indent=1, ensure_ascii=False) + "\n")
    sys.exit(not all(row.held for row in rows))


def _struck(
    home: Path, broker: str, seed: int, kills: int, jobs: int, drain_s: float, times: int, facts: dict[str, Any]
) -> list[Row]:
    rows: list[Row] = []
    with fleet(home, broker) as running:
        if kills:
            say(f"seed {seed}: {kills} strikes over {broker}, {jobs} jobs")
            found = storm(running, seed, kills, jobs, drain_s, say)
            facts["storm"] = found.as_dict()
            hits = ", ".join(f"{number} {kind}" for kind, number in sorted(found.hits.items()))
            say(f"hit {hits}; missed {found.misses}; left alone for {found.drained_s:.0f} s; {found.states}")
            rows += storm_rows(found)
        for row in trial_rows(running, times) if times else ():
            say(f"{row.promise}: {row.reached}")
            rows.append(row)
    return rows


def _pressed(home: Path, broker: str, load: tuple[int, int], facts: dict[str, Any]) -> list[Row]:
    with fleet(home, broker, each=1) as running:
        found = trials.pressure(running, *load, within_s=1800)
    facts["pressure"] = asdict(found)
    return list(pressure_rows(found))


if __name__ == "__main__":
    main()
