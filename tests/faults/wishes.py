"""What a job of the fault tests asks of its steps, in its title (see ``tests.faults.studio``).

A module of its own: importing the tasks themselves would register them in place of the real ones.
"""

from __future__ import annotations

from dataclasses import dataclass

VERBS = ("waits", "holds", "dies", "fells")


@dataclass(frozen=True, slots=True)
class Wish:
    """What is to happen to a step."""

    step: str
    verb: str
    seconds: float

    def concerns(self, step: str) -> bool:
        return self.step in (step, step.partition(" ")[0])


def wishes(title: str) -> list[Wish]:
    return [_wish(text.split()) for text in title.split(";") if text.strip()]


def _wish(words: list[str]) -> Wish:
    place = next(place for place, word in enumerate(words) if word in VERBS)
    return Wish(" ".join(words[:place]), words[place], float(words[place + 1]) if words[place] == "waits" else 0.0)
