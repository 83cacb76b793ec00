"""Parse a prompt: separate the instruction to make a film and its length from the topic and the narration."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from app.planning.text.marks import END_MARKS
from app.planning.text.prompt_orders import (
    COUNTED_LIST,
    EXPLAIN_ORDER,
    GIVE_ORDER,
    MEDIA_ORDER,
    MEDIA_REFERENCE,
    PROMOTE_ORDER,
)
from app.planning.text.prompt_patterns import (
    DIRECTION,
    INSTRUCTIONS,
    NUMBERS,
    ONLY_LENGTH,
    STATED_LENGTH,
    TRAILING_DIRECTION,
    TRAILING_FRAME,
)
from app.planning.text.prompt_style import is_only_wishes, without_opening_wishes, without_wishes
from app.planning.text.sentences import ends_a_sentence, sentences
from app.planning.text.spoken_text import spoken_text

MIN_TARGET_MS, MAX_TARGET_MS = 1000, 600_000
# A single sentence of at most this many words without an end mark names a topic.
MAX_TOPIC_WORDS = 14
# What is missing in a prompt that only says how the film is made.
NO_TOPIC = "a topic"
# An order has no full stop; "Show your colours." is narration.
NARRATION_ENDS = (".", "!", "…")


@dataclass(frozen=True, slots=True)
class ParsedPrompt:
    """The ``topic`` of the film ("" if the prompt is narration only) and the ``sentences`` to narrate.

    ``target_ms`` is the length that the prompt asks for. ``missing`` is what the film needs and the prompt does not
    have: a counted list such as "3 facts about whales", or ``NO_TOPIC``; "" if nothing is missing.
    """

    topic: str
    sentences: tuple[str, ...]
    target_ms: int | None = None
    missing: str = ""


@dataclass(frozen=True, slots=True)
class Order:
    """The first sentence of a prompt: the ``instruction`` ("" if there is none) and the ``topic``."""

    instruction: str
    topic: str


def parse_prompt(prompt: str) -> ParsedPrompt:
    """Return the topic, narration and length of ``prompt``.

    An instruction such as "Create a 20 second video about …" and directions such as "Use calm music." are not narrated.
    """
    every_sentence = sentences(spoken_text(prompt))
    directions = [sentence for sentence in every_sentence if _is_direction(sentence)]
    narration = tuple(sentence for sentence in every_sentence if sentence not in directions)
    if not narration:
        return ParsedPrompt("", (), _length_ms(" ".join(directions)), NO_TOPIC)
    first = without_opening_wishes(narration[0])
    order = _order(first, is_alone=len(narration) == 1)
    if order is None:
        not_narrated = " ".join([narration[0].removesuffix(first), *directions])
        return ParsedPrompt("", (_capitalised(first), *narration[1:]), _length_ms(not_narrated))
    topic = _topic(order)
    not_narrated = " ".join(
        [narration[0].removesuffix(first), order.instruction, order.topic.removeprefix(topic), *directions]
    )
    return _with_missing(ParsedPrompt(topic, narration[1:], _length_ms(not_narrated)))


def _is_direction(sentence: str) -> bool:
    return bool(DIRECTION.match(sentence) or ONLY_LENGTH.match(sentence)) or is_only_wishes(sentence)


def _order(first: str, *, is_alone: bool) -> Order | None:
    """Return the instruction and the topic of the first sentence; ``None`` if the sentence is narration."""
    if is_alone and MEDIA_ORDER.match(first):
        return Order(first, "")
    if match := next((match for pattern in INSTRUCTIONS if (match := pattern.match(first))), None):
        return Order(match["instruction"], _without_end_marks(match["topic"]))
    is_phrase = is_alone and not first.rstrip().endswith(NARRATION_ENDS)
    patterns = (EXPLAIN_ORDER, GIVE_ORDER, PROMOTE_ORDER) if is_phrase else (EXPLAIN_ORDER, GIVE_ORDER)
    if is_alone and (match := next((match for pattern in patterns if (match := pattern.match(first))), None)):
        return Order(match["order"], _without_end_marks(match["topic"]))
    is_topic = is_alone and not ends_a_sentence(first) and len(first.split()) <= MAX_TOPIC_WORDS
    if is_topic or (is_alone and COUNTED_LIST.match(_without_end_marks(first))):
        return Order("", _without_end_marks(first))
    return None


def _topic(order: Order) -> str:
    """Return the topic without what is said about the film; "" if it only points at the files of the request."""
    patterns = (TRAILING_FRAME, TRAILING_DIRECTION) if order.instruction else (TRAILING_FRAME,)
    topic, shorter = order.topic, ""
    while topic != shorter:
        shorter, topic = topic, _remove_clauses(topic, *patterns)
        topic = _without_end_marks(without_wishes(topic, is_ordered=bool(order.instruction)))
    return "" if MEDIA_REFERENCE.match(topic) else topic


def _with_missing(prompt: ParsedPrompt) -> ParsedPrompt:
    """Return ``prompt`` with the list that follows its topic as narration, or with what is missing."""
    if prompt.sentences:
        return prompt
    counted = COUNTED_LIST.match(prompt.topic)
    if not counted:
        return prompt if prompt.topic else replace(prompt, missing=NO_TOPIC)
    if not counted["given"]:
        return replace(prompt, missing=prompt.topic)
    topic, _, given = prompt.topic.partition(":")
    return replace(prompt, topic=topic, sentences=(f"{_capitalised(given.strip())}.",))


def _capitalised(text: str) -> str:
    return text[:1].upper() + text[1:]


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
