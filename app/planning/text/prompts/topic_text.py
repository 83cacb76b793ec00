"""Build neutral sentences about a topic from its own words, without claims about it."""

from __future__ import annotations

import re

from app.planning.text.language import primary_subtag

# {topic} is the topic inside a sentence; {Core} is the topic up to its relative clause, at the start of a sentence.
TEMPLATES = {
    "en": ("Take a moment for {topic}.", "Look a little closer.", "{Core}. What comes to your mind first?"),
    "de": ("Nimm dir einen Moment: {topic}.", "Schau genauer hin.", "{Core}. Was kommt dir zuerst in den Sinn?"),
    "es": ("Tómate un momento: {topic}.", "Mira más de cerca.", "{Core}. ¿Qué es lo primero que piensas?"),
    "fr": ("Prenez un instant : {topic}.", "Regardez de plus près.", "{Core}. À quoi pensez-vous en premier ?"),
    "it": ("Prenditi un momento: {topic}.", "Guarda più da vicino.", "{Core}. Qual è il tuo primo pensiero?"),
    "pt": ("Reserve um momento: {topic}.", "Olhe mais de perto.", "{Core}. O que vem primeiro à mente?"),
    "nl": ("Neem even de tijd: {topic}.", "Kijk eens wat beter.", "{Core}. Waar denk je als eerste aan?"),
}
QUESTION_TEMPLATES = {
    "en": ("Have you ever wondered {topic}?", "Take a moment and look a little closer.", "Where would you begin?"),
    "de": ("Eine gute Frage: {topic}?", "Nimm dir einen Moment und schau genauer hin.", "Wo würdest du anfangen?"),
    "es": ("Una buena pregunta: {topic}.", "Tómate un momento y mira más de cerca.", "¿Por dónde empezarías?"),
    "fr": ("Une bonne question : {topic}.", "Prenez un instant et regardez de plus près.", "Par où commencer ?"),
}
QUESTION_START = re.compile(
    r"^(?:how|why|what|when|where|who|wie|warum|was|cómo|por qué|qué|comment|pourquoi)\b", re.IGNORECASE
)
RELATIVE_CLAUSE = re.compile(r",| (?:that|which|who|whose|where|der|die|das|que|qui|che|dat) ")
LOWERCASE_WORDS = frozenset(("a", "an", "the", "our", "my", "your", "how", "why", "what", "when", "where", "who"))
FULL_STOPS = {"zh": "。", "ja": "。", "hi": "।"}


def topic_sentences(topic: str, language: str) -> tuple[str, ...]:
    """Return three sentences about ``topic``, or the topic alone in a language without templates."""
    code = primary_subtag(language)
    templates = QUESTION_TEMPLATES.get(code) if QUESTION_START.match(topic) else TEMPLATES.get(code)
    if not templates:
        return (_capitalised(topic) + FULL_STOPS.get(code, "."),)
    topic_inside = _inside_sentence(topic)
    return tuple(line.format(topic=topic_inside, Core=_capitalised(_core(topic))) for line in templates)


def _inside_sentence(topic: str) -> str:
    """Return the topic with a lower-case first letter if it begins with a common word ("A cat", but not "Luna")."""
    lowered = topic[0].lower() + topic[1:]
    return lowered if lowered.split(maxsplit=1)[0] in LOWERCASE_WORDS else topic


def _core(topic: str) -> str:
    core = RELATIVE_CLAUSE.split(topic)[0].strip()
    return core if len(core.split()) > 1 else topic


def _capitalised(text: str) -> str:
    return text[:1].upper() + text[1:]
