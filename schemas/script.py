"""What a source tells: the words of a film that is still to be planned."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Script:
    """``text`` is plain: no marks of a format, a blank line or a line break between what stands alone. ``title`` and
    ``language`` (a code such as "en" or "pt-BR") are ``None`` where the source does not say them."""

    text: str
    title: str | None = None
    language: str | None = None
