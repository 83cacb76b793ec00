"""The behaviours that a job of the fault tests requests for its steps, in its title.

A title is a list of behaviours separated by semicolons:

* ``SCENE sleeps 0.3``: every scene takes 0.3 s
* ``SCENE 3 sleeps 20``: only scene 3 takes 20 s
* ``SCENE 3 blocks``: until a file "released" exists in the home directory
* ``SCENE 3 kills_child``: kills its own process, each time it runs
* ``SCENE 3 kills_worker``: kills its whole worker, each time it runs

This is a separate module, because importing ``tests.faults.recording_tasks`` would register its tasks in place of
the real ones.
"""

from __future__ import annotations

from dataclasses import dataclass

VERBS = ("sleeps", "blocks", "kills_child", "kills_worker")


@dataclass(frozen=True, slots=True)
class Behaviour:
    """What a step does: ``step`` is a kind of step ("SCENE") or one step ("SCENE 3")."""

    step: str
    verb: str
    seconds: float

    def applies_to(self, step: str) -> bool:
        return self.step in (step, step.partition(" ")[0])


def parse_behaviours(title: str) -> list[Behaviour]:
    return [_parse(text.split()) for text in title.split(";") if text.strip()]


def _parse(words: list[str]) -> Behaviour:
    index = next(index for index, word in enumerate(words) if word in VERBS)
    seconds = float(words[index + 1]) if words[index] == "sleeps" else 0.0
    return Behaviour(" ".join(words[:index]), words[index], seconds)
