"""What is killed, and when: all of it told by one number."""

from __future__ import annotations

import random
from dataclasses import dataclass

SHORTEST_S, LONGEST_S = 0.2, 1.5
# How often each kind comes, in parts of their sum.
WEIGHTS = {
    "child": 34,
    "main": 12,
    "whole": 12,
    "all": 4,
    "term": 12,
    "broker": 10,
    "line": 6,
    "api": 6,
    "beat": 4,
}
KINDS = {
    "child": "a child of a worker",
    "main": "a worker's main process",
    "whole": "a worker with all its children",
    "all": "all workers at once",
    "term": "a worker, asked by TERM",
    "broker": "the server that keeps messages or results",
    "line": "every connection to RabbitMQ",
    "api": "the API",
    "beat": "the clock",
}


@dataclass(frozen=True, slots=True)
class Strike:
    """``lot``, from 0 to 1, says which one of those that can be hit."""

    kind: str
    lot: float
    wait_s: float


def strikes(seed: int, count: int, kinds: tuple[str, ...] = tuple(WEIGHTS)) -> tuple[Strike, ...]:
    """The same number gives the same ones."""
    chance = random.Random(seed)
    drawn = chance.choices(kinds, [WEIGHTS[kind] for kind in kinds], k=count)
    return tuple(Strike(kind, chance.random(), chance.uniform(SHORTEST_S, LONGEST_S)) for kind in drawn)
