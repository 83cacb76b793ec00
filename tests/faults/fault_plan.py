"""The faults of a storm: which processes are killed, and when, drawn from a seed."""

from __future__ import annotations

import random
from dataclasses import dataclass

MIN_WAIT_S, MAX_WAIT_S = 0.2, 1.5
# The relative frequency of each kind of fault.
WEIGHTS = {
    "child": 34,
    "main": 12,
    "worker": 12,
    "all_workers": 4,
    "term": 12,
    "broker": 10,
    "connections": 6,
    "api": 6,
    "beat": 4,
}
DESCRIPTIONS = {
    "child": "a child of a worker",
    "main": "the main process of a worker",
    "worker": "a worker with all its children",
    "all_workers": "all workers at once",
    "term": "a worker, by TERM",
    "broker": "the server that stores messages or results",
    "connections": "every connection to RabbitMQ",
    "api": "the API",
    "beat": "beat",
}


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault, injected after ``wait_s``; ``selector`` (0 to 1) selects one of the possible processes."""

    kind: str
    selector: float
    wait_s: float


def plan_faults(seed: int, count: int, kinds: tuple[str, ...] = tuple(WEIGHTS)) -> tuple[Fault, ...]:
    """Draw ``count`` faults; equal seeds give equal faults."""
    rng = random.Random(seed)
    drawn = rng.choices(kinds, [WEIGHTS[kind] for kind in kinds], k=count)
    return tuple(Fault(kind, rng.random(), rng.uniform(MIN_WAIT_S, MAX_WAIT_S)) for kind in drawn)
