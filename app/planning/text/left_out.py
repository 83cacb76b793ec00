"""What a text has that is neither spoken nor shown, and the warnings that name it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from app.planning.text.sentences import shorten
from schemas.omissions import Omission
from schemas.text_width import one_line

NAMED_COLUMNS = 60
# A warning names so many parts that are left out for the same reason.
MAX_NAMED = 3
# By kind of part: why it is not in the film.
REASONS = {
    "address": "e-mail addresses in a description of software are not spoken",
    "chatter": "it speaks about the script",
    "code": "code that is long, or follows other code, is neither spoken nor shown",
    "comment": "comments are not spoken",
    "direction": "directions are not spoken",
    "footnote": "footnotes are not spoken",
    "hashtags": "lines of hashtags are not spoken",
    "hidden": "readers do not see it",
    "image": "images that a text refers to are not shown; give them as media",
    "note": "notes about the film are not spoken",
    "picture": "descriptions of pictures are not spoken; they are in the scene's description",
    "section": "the section is not about the subject",
    "sound": "sounds that a text refers to are not heard; give a voice or music as files",
    "speaker": "names of speakers before their words are not spoken",
    "struck": "struck-through words are not spoken",
    "table": "the table is too wide to be shown; its rows are spoken",
    "time": "time codes are not spoken",
    "voice": "voices do not follow this tag; the words in it are spoken",
    "written": "the alias is spoken and shown instead",
}


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A part of a text, by its words (``what``), that is left out; ``kind`` is one of ``REASONS``."""

    kind: str
    what: str


def omissions_of(parts: Sequence[LeftOut]) -> tuple[Omission, ...]:
    """Return an omission for each kind of parts that are left out, with the beginnings of the first of them."""
    by_kind: dict[str, list[str]] = {}
    for part in parts:
        names = by_kind.setdefault(part.kind, [])
        name = beginning(part.what)
        if name not in names:
            names.append(name)
    return tuple(Omission(_listed(names), REASONS[kind]) for kind, names in by_kind.items())


def beginning(text: str) -> str:
    """Return a part of a text as a warning names it."""
    return f"“{shorten(one_line(text), NAMED_COLUMNS).rstrip(' :：')}”"


def _listed(names: Sequence[str]) -> str:
    others = len(names) - MAX_NAMED
    return ", ".join((*names[:MAX_NAMED], *([f"{others} more"] if others > 0 else [])))
