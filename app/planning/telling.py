"""What a request wants told: its lines, its title and how long it may take."""

from __future__ import annotations

from dataclasses import dataclass

from app.planning.language import language_of
from app.planning.prompt import idea
from app.planning.script import spoken_text
from app.planning.stories import story
from app.planning.words import headline, sentences
from schemas.job import JobRequest

TITLE_COLUMNS = 60


@dataclass(frozen=True, slots=True)
class Telling:
    """``lines`` in order under ``title``; ``topic`` is "" where the lines say it all. ``may_trim``: the words are not
    the user's own script, so that sentences may be left out for a length that was asked for."""

    title: str
    lines: tuple[str, ...]
    language: str
    topic: str = ""
    target_ms: int | None = None
    may_trim: bool = False


def telling(request: JobRequest) -> Telling:
    """What a request with a script or a prompt tells."""
    target_ms = request.target_duration_seconds * 1000 if request.target_duration_seconds else None
    return _script(request, target_ms) if request.script else _prompt(request, target_ms)


def _script(request: JobRequest, target_ms: int | None) -> Telling:
    text = spoken_text(request.script or "")
    language = request.language or language_of(text)
    lines = sentences(text, language)
    return Telling(request.title or headline(lines[0], TITLE_COLUMNS), lines, language, target_ms=target_ms)


def _prompt(request: JobRequest, target_ms: int | None) -> Telling:
    asked = idea(request.prompt or "")
    language = request.language or language_of(" ".join([asked.topic, *asked.told]))
    lines = _lines(asked.topic, asked.told, language)
    title = request.title or headline(asked.topic or lines[0], TITLE_COLUMNS)
    return Telling(title, lines, language, asked.topic, target_ms or asked.target_ms, may_trim=True)


def _lines(topic: str, told: tuple[str, ...], language: str) -> tuple[str, ...]:
    """A topic with sentences after it opens them; a topic alone gets a few words around it."""
    if topic and not told:
        return story(topic, language)
    return (f"{topic[:1].upper()}{topic[1:]}.", *told) if topic else told
