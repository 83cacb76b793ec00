"""Parse a prompt: separate the instruction to make a film and its length from the topic and the narration."""

from __future__ import annotations

import re
from dataclasses import dataclass

from app.planning.text.marks import END_MARKS
from app.planning.text.prompt_patterns import (
    DIRECTION,
    INSTRUCTIONS,
    NUMBERS,
    ONLY_LENGTH,
    STATED_LENGTH,
    TRAILING_DIRECTION,
    TRAILING_FRAME,
)
from app.planning.text.sentences import ends_a_sentence, sentences
from app.planning.text.spoken_text import spoken_text

MIN_TARGET_MS, MAX_TARGET_MS = 1000, 600_000
# A single sentence of at most this many words without an end mark names a topic.
MAX_TOPIC_WORDS = 14


@dataclass(frozen=True, slots=True)
class ParsedPrompt:
    """The ``topic`` of the film ("" if the prompt is narration only) and the ``sentences`` to narrate.

    ``target_ms`` is the length that the prompt asks for.
    """

    topic: str
    sentences: tuple[str, ...]
    target_ms: int | None = None


def parse_prompt(prompt: str) -> ParsedPrompt:
    """Return the topic, narration and length of ``prompt``.

    An instruction such as "Create a 20 second video about …" and directions such as "Use calm music." are not narrated.
    """
    every_sentence = sentences(spoken_text(prompt))
    directions = [sentence for sentence in every_sentence if DIRECTION.match(sentence) or ONLY_LENGTH.match(sentence)]
    narration = tuple(sentence for sentence in every_sentence if sentence not in directions) or every_sentence
    first = narration[0]
    match = next((match for pattern in INSTRUCTIONS if (match := pattern.match(first))), None)
    if not match:
        length_ms = _length_ms(" ".join(directions))
        if len(narration) == 1 and not ends_a_sentence(first) and len(first.split()) <= MAX_TOPIC_WORDS:
            return ParsedPrompt(_remove_clauses(first, TRAILING_FRAME), (), length_ms)
        return ParsedPrompt("", narration, length_ms)
    full_topic = _without_end_marks(match["topic"])
    topic = _remove_clauses(full_topic, TRAILING_FRAME, TRAILING_DIRECTION)
    not_narrated = " ".join([match["instruction"], full_topic.removeprefix(topic), *directions])
    return ParsedPrompt(topic, narration[1:], _length_ms(not_narrated))


def _remove_clauses(topic: str, *clauses: re.Pattern[str]) -> str:
    """Return ``topic`` without the ``clauses`` at its end that say how the film is made; never empty."""
    # Remove one clause at a time: a repeated pattern would backtrack exponentially, because clauses contain commas.
    for pattern in clauses:
        shorter = _without_end_marks(pattern.sub("", topic))
        if shorter not in ("", _without_end_marks(topic)):
            return _remove_clauses(shorter, *clauses)
    return topic


def _without_end_marks(topic: str) -> str:
    return topic.strip().rstrip(END_MARKS + " ")


def _length_ms(text: str) -> int | None:
    """Return the first length of time that ``text`` states, limited to 1 second … 10 minutes."""
    match = STATED_LENGTH.search(text)
    if not match:
        return None
    if match["seconds"]:
        return _clamped_ms(float(match["seconds"]) * 1000)
    count = match["count"].lower()
    number = NUMBERS.get(count) or float(count.replace(",", "."))
    unit_ms = 60_000 if match["unit"].lower().startswith("min") else 1000
    return _clamped_ms(number * unit_ms)


def _clamped_ms(ms: float) -> int:
    return max(MIN_TARGET_MS, min(MAX_TARGET_MS, round(ms)))
