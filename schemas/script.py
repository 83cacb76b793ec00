"""A script: the text of a film that is still to be planned, as inputs read it from a document."""

from __future__ import annotations

from dataclasses import dataclass

from schemas.omissions import Omission


@dataclass(frozen=True, slots=True)
class Script:
    """The text of a document.

    ``text`` is plain text without markup; blocks are separated by a blank line or a line break. An item of a list
    begins with its number ("2. ") or with "- ", and lines that belong to it are indented. ``title`` and ``language`` (a
    code such as "en" or "pt-BR") are ``None`` if the document does not state them. ``left_out`` are parts of the
    document that are not in the text although a reader sees them, such as code.
    """

    text: str
    title: str | None = None
    language: str | None = None
    left_out: tuple[Omission, ...] = ()
