"""Questions that ask for knowledge: "What is a black hole?". A film cannot answer them without facts."""

from __future__ import annotations

import re

QUESTION_START = re.compile(
    r"^[¿¡\s\"“„«]*(?:how|why|what(?:'s|’s)?|when|where|who(?:'s|’s)?|which|"
    r"wie|warum|wieso|weshalb|was|wann|wo|woher|wer|welche[rsnm]?|"
    r"comment|pourquoi|qu(?:'|’)est-ce|qu(?:'|’)|c(?:'|’)est quoi|que|quoi|quand|où|qui|combien|quel(?:le)?s?|"
    r"cómo|por qué|qué|cuándo|dónde|quién(?:es)?|cuál(?:es)?|cuánt[oa]s?|come|perché|cosa|cos(?:'|’)è|chi|quando|"
    r"o que|como|por que|quem|onde|hoe|waarom|wat|waar|wie)(?:\b|(?<=['’]))",
    re.IGNORECASE,
)
# Questions to the viewer are the words of an advertisement ("What are you waiting for?"), but not "How do you …".
TO_VIEWER = re.compile(
    r"\b(?:you|your|yours|we|us|our|du|dir|dich|deine?[nmrs]?|ihr|euch|wir|uns|tu|toi|ton|ta|tes|vous|votre|vos|nous|"
    r"tú|te|tus?|usted|ustedes|nosotros|je|jij|jouw)\b",
    re.IGNORECASE,
)
GENERAL_YOU = re.compile(r"^(?:how|why|where|when|what) (?:do|does|can|could|should|would) (?:you|we)\b", re.IGNORECASE)
# The words of a sentence, not of a topic: "what is inflation", but not "what inflation is".
DIRECT = re.compile(
    r"^(?:(?:why|how|when|where) (?:do|does|did|is|are|was|were|can|will)|"
    r"(?:what|who|which) (?:is|are|was|were|does|do))\b",
    re.IGNORECASE,
)
MIN_WORDS = 3
QUESTION_MARKS = ("?", "？", "؟")


def asks_for_knowledge(text: str) -> bool:
    """Return whether ``text`` is one question that only facts can answer, not one to the viewer; it may lack its mark.

    A short question such as "Why wait?" is a slogan.
    """
    words = text.strip().rstrip("?？؟ ").split()
    if len(words) < MIN_WORDS or not QUESTION_START.match(text):
        return False
    return GENERAL_YOU.match(text) is not None or not TO_VIEWER.search(text)


def is_question(sentence: str) -> bool:
    """Return whether a sentence ends with a question mark."""
    return sentence.rstrip().rstrip("\"'”’»)").endswith(QUESTION_MARKS)


def is_direct_question(topic: str) -> bool:
    """Return whether a topic is written as an English question."""
    return DIRECT.match(topic) is not None
