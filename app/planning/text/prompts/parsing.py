"""Parse a prompt: separate the instruction to make a film and its length from the topic and the narration."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from app.planning.text.marks import END_MARKS
from app.planning.text.prompts.lengths import length_ms
from app.planning.text.prompts.orders import (
    COUNTED_LIST,
    EMPTY_ORDER,
    EXPLAIN_ORDER,
    GIVE_ORDER,
    LIST_NOUN,
    MEDIA_ORDER,
    MEDIA_REFERENCE,
    NOUN_ORDER,
    PROMOTE_ORDER,
)
from app.planning.text.prompts.patterns import (
    DIRECTION,
    FINAL_VERB,
    GERMAN_REQUEST,
    INSTRUCTIONS,
    NAMED_CLIP,
    ONLY_LENGTH,
    TIMED_TOPIC,
    TRAILING_DIRECTION,
    TRAILING_FRAME,
    TRAILING_PLATFORM,
)
from app.planning.text.prompts.questions import asks_for_knowledge, is_direct_question, is_question
from app.planning.text.prompts.style import is_only_wishes, without_opening_wishes, without_wishes
from app.planning.text.sentences import ends_a_sentence, sentences
from app.planning.text.spoken_text import spoken_text

# A single sentence of at most this many words without an end mark names a topic.
MAX_TOPIC_WORDS = 14
# What is missing in a prompt that only says how the film is made.
NO_TOPIC = "a topic"
# An order has no full stop; "Show your colours." is narration.
NARRATION_ENDS = (".", "!", "…")
# Hashtags at the end of a prompt are for the post and not for the film.
HASHTAGS = re.compile(r"(?:(?:^|\s+)[#＃][^\s#＃]+)+\s*$")
LAST_LIST_NOUN = re.compile(rf"\b{LIST_NOUN}$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class ParsedPrompt:
    """The ``topic`` of the film ("" if the prompt is narration only) and the ``sentences`` to narrate.

    ``target_ms`` is the length that the prompt asks for. ``missing`` is what the film needs and the prompt does not
    have: a counted list such as "3 facts about whales", a question such as "Why do cats purr?" that has no answer, or
    ``NO_TOPIC``; "" if nothing is missing.
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
    every_sentence = sentences(spoken_text(without_hashtags(prompt)))
    directions = [sentence for sentence in every_sentence if _is_direction(sentence)]
    narration = tuple(sentence for sentence in every_sentence if sentence not in directions)
    if not narration:
        return ParsedPrompt("", (), length_ms(" ".join(directions)), NO_TOPIC)
    if all(map(is_question, narration)) and asks_for_knowledge(narration[0]):
        question = " ".join(narration)
        return ParsedPrompt(question, (), length_ms(" ".join(directions)), question)
    first = without_opening_wishes(narration[0])
    order = _order(first, is_alone=len(narration) == 1)
    if order is None:
        not_narrated = " ".join([narration[0].removesuffix(first), *directions])
        return ParsedPrompt("", (_capitalised(first), *narration[1:]), length_ms(not_narrated))
    topic = _topic(order)
    not_narrated = " ".join(
        [narration[0].removesuffix(first), order.instruction, order.topic.removeprefix(topic), *directions]
    )
    parsed = ParsedPrompt(topic, narration[1:], length_ms(not_narrated))
    is_question_alone = not parsed.sentences and asks_for_knowledge(topic)
    if is_question_alone and (not order.instruction or is_direct_question(topic)):
        return replace(parsed, missing=topic)
    return _with_missing(parsed)


def without_hashtags(prompt: str) -> str:
    """Return ``prompt`` without the hashtags at its end; a prompt of hashtags keeps their words."""
    words = HASHTAGS.sub("", prompt)
    return words if any(char.isalnum() for char in words) else re.sub("[#＃]", "", prompt)


def _is_direction(sentence: str) -> bool:
    return bool(DIRECTION.match(sentence) or ONLY_LENGTH.match(sentence)) or is_only_wishes(sentence)


def _order(first: str, *, is_alone: bool) -> Order | None:
    """Return the instruction and the topic of the first sentence; ``None`` if the sentence is narration."""
    if is_alone and (MEDIA_ORDER.match(first) or EMPTY_ORDER.match(first)):
        return Order(first, "")
    if match := _first_match(INSTRUCTIONS, first):
        return Order(match["instruction"], _without_final_verb(_without_end_marks(match["topic"]), first))
    if not is_alone:
        return None
    is_phrase = not first.rstrip().endswith(NARRATION_ENDS)
    if is_phrase and (match := NOUN_ORDER.match(first)):
        return Order(match["order"] + first[match.end("topic") :], match["topic"].strip())
    of_phrase = (PROMOTE_ORDER, NAMED_CLIP, TIMED_TOPIC) if is_phrase else ()
    if match := _first_match((EXPLAIN_ORDER, GIVE_ORDER, *of_phrase), first):
        return Order(match["order"], _without_end_marks(match["topic"]))
    is_topic = not ends_a_sentence(first) and len(first.split()) <= MAX_TOPIC_WORDS
    return Order("", _without_end_marks(first)) if is_topic or COUNTED_LIST.match(_without_end_marks(first)) else None


def _first_match(patterns: Sequence[re.Pattern[str]], text: str) -> re.Match[str] | None:
    return next((match for pattern in patterns if (match := pattern.match(text))), None)


def _without_final_verb(topic: str, order: str) -> str:
    """Return ``topic`` without the verb that a German request has at its end."""
    return FINAL_VERB.sub("", topic) or topic if GERMAN_REQUEST.search(order) else topic


def _topic(order: Order) -> str:
    """Return the topic without what is said about the film; "" if it only points at the files of the request."""
    patterns = (TRAILING_FRAME, TRAILING_DIRECTION) if order.instruction else (TRAILING_FRAME,)
    topic, shorter = order.topic, ""
    while topic != shorter:
        shorter, topic = topic, _without_platform(_remove_clauses(topic, *patterns))
        topic = _without_end_marks(without_wishes(topic, is_ordered=bool(order.instruction)))
    return "" if MEDIA_REFERENCE.match(topic) else topic


def _without_platform(topic: str) -> str:
    """Return ``topic`` without the platform at its end; "tips for TikTok" are about it."""
    shorter = TRAILING_PLATFORM.sub("", topic)
    return topic if not shorter or LAST_LIST_NOUN.search(shorter) else shorter


def _with_missing(prompt: ParsedPrompt) -> ParsedPrompt:
    """Return ``prompt`` with the list that follows its topic as narration, or with what is missing."""
    if prompt.sentences:
        return prompt
    counted = COUNTED_LIST.match(prompt.topic)
    if not counted:
        return replace(prompt, missing="" if prompt.topic else NO_TOPIC)
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
