"""What a prompt is about: the order to make a film taken off, its length noted, what is left to be told."""

from __future__ import annotations

import re
from dataclasses import dataclass

from app.planning.text.prompt_patterns import DIRECTION, FRAMED, LENGTH, NUMBERS, ONLY_LENGTH, ORDERS, TRAILING
from app.planning.text.sentences import ENDS, ends_a_sentence, sentences
from app.planning.text.spoken_text import spoken_text

SHORTEST_MS, LONGEST_MS = 1000, 600_000
# A prompt of so few words without a full stop names something and says nothing.
BARE_WORDS = 14


@dataclass(frozen=True, slots=True)
class Idea:
    """``topic`` is what the film is about ("" when the prompt only tells), ``told`` the sentences to be narrated."""

    topic: str
    told: tuple[str, ...]
    target_ms: int | None = None


def idea(prompt: str) -> Idea:
    """What ``prompt`` asks for: an order such as "Create a 20 second video about …" is followed and not read aloud."""
    found = sentences(spoken_text(prompt))
    directions = [s for s in found if DIRECTION.match(s) or ONLY_LENGTH.match(s)]
    told = tuple(s for s in found if s not in directions) or found
    order = next((match for pattern in ORDERS if (match := pattern.match(told[0]))), None)
    if not order:
        names_only = len(told) == 1 and not ends_a_sentence(told[0]) and len(told[0].split()) <= BARE_WORDS
        length_ms = _length_ms(" ".join(directions))
        return Idea(_without(told[0], FRAMED), (), length_ms) if names_only else Idea("", told, length_ms)
    topic = _open(order["topic"])
    bare = _without(topic, FRAMED, TRAILING)
    asides = " ".join([order["order"], topic.removeprefix(bare), *directions])
    return Idea(bare, told[1:], _length_ms(asides))


def _without(topic: str, *clauses: re.Pattern[str]) -> str:
    """Return ``topic`` without the ``clauses`` at its end that say how the film is made; never empty."""
    # One clause at a time: a repeated pattern would backtrack exponentially, because clauses contain commas.
    for pattern in clauses:
        shorter = _open(pattern.sub("", topic))
        if shorter not in ("", _open(topic)):
            return _without(shorter, *clauses)
    return topic


def _open(topic: str) -> str:
    return topic.strip().rstrip(ENDS + " ")


def _length_ms(text: str) -> int | None:
    """The first length of time that ``text`` names, between a second and ten minutes."""
    found = LENGTH.search(text)
    if not found:
        return None
    if found["seconds"]:
        return _within(float(found["seconds"]) * 1000)
    count = found["count"].lower()
    number = NUMBERS.get(count) or float(count.replace(",", "."))
    unit_ms = 60_000 if found["unit"].lower().startswith("min") else 1000
    return _within(number * unit_ms)


def _within(ms: float) -> int:
    return max(SHORTEST_MS, min(LONGEST_MS, round(ms)))
