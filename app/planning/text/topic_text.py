"""Neutral sentences about a topic, made of its own words; they claim nothing about it."""

from __future__ import annotations

import re

from app.planning.text.language import primary

# {topic} is the topic inside a sentence, {Core} the topic at its start without its relative clause.
SAYINGS = {
    "en": ("Take a moment for {topic}.", "Look a little closer.", "{Core}. What comes to your mind first?"),
    "de": ("Nimm dir einen Moment: {topic}.", "Schau genauer hin.", "{Core}. Was kommt dir zuerst in den Sinn?"),
    "es": ("Tómate un momento: {topic}.", "Mira más de cerca.", "{Core}. ¿Qué es lo primero que piensas?"),
    "fr": ("Prenez un instant : {topic}.", "Regardez de plus près.", "{Core}. À quoi pensez-vous en premier ?"),
    "it": ("Prenditi un momento: {topic}.", "Guarda più da vicino.", "{Core}. Qual è il tuo primo pensiero?"),
    "pt": ("Reserve um momento: {topic}.", "Olhe mais de perto.", "{Core}. O que vem primeiro à mente?"),
    "nl": ("Neem even de tijd: {topic}.", "Kijk eens wat beter.", "{Core}. Waar denk je als eerste aan?"),
}
QUESTIONS = {
    "en": ("Have you ever wondered {topic}?", "Take a moment and look a little closer.", "Where would you begin?"),
    "de": ("Eine gute Frage: {topic}?", "Nimm dir einen Moment und schau genauer hin.", "Wo würdest du anfangen?"),
    "es": ("Una buena pregunta: {topic}.", "Tómate un momento y mira más de cerca.", "¿Por dónde empezarías?"),
    "fr": ("Une bonne question : {topic}.", "Prenez un instant et regardez de plus près.", "Par où commencer ?"),
}
ASKS = re.compile(r"^(?:how|why|what|when|where|who|wie|warum|was|cómo|por qué|qué|comment|pourquoi)\b", re.IGNORECASE)
CLAUSE = re.compile(r",| (?:that|which|who|whose|where|der|die|das|que|qui|che|dat) ")
SMALL = frozenset(("a", "an", "the", "our", "my", "your", "how", "why", "what", "when", "where", "who"))
STOPS = {"zh": "。", "ja": "。", "hi": "।"}


def story(topic: str, language: str) -> tuple[str, ...]:
    """Return two or three sentences about ``topic``; in a language without templates, the topic alone."""
    code = primary(language)
    templates = QUESTIONS.get(code) if ASKS.match(topic) else SAYINGS.get(code)
    if not templates:
        return (_capital(topic) + STOPS.get(code, "."),)
    inside = _inside_sentence(topic)
    return tuple(line.format(topic=inside, Core=_capital(_core(topic))) for line in templates)


def _inside_sentence(topic: str) -> str:
    """Lower the first letter of "A cat on a wave"; "Luna" and "UFOs" keep their capitals."""
    lowered = topic[0].lower() + topic[1:]
    return lowered if lowered.split(maxsplit=1)[0] in SMALL else topic


def _core(topic: str) -> str:
    core = CLAUSE.split(topic)[0].strip()
    return core if len(core.split()) > 1 else topic


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
