"""Plain text, which is read as every script is, and text in formats that are known by their content."""

from __future__ import annotations

from dataclasses import dataclass

from app.core.config import Settings
from app.media.text_decoding import decode_text
from app.planning.text.formats import converted
from app.planning.text.formats.seen_length import check_length
from app.planning.text.left_out import omissions_of
from app.planning.text.source_text import source_text
from schemas.script import Script


def build(_settings: Settings) -> Text:
    return Text()


@dataclass(frozen=True, slots=True)
class Text:
    name: str = "text"
    suffixes: tuple[str, ...] = (".txt", ".text", ".rtf", ".srt", ".vtt", ".ass", ".ssa", ".html", ".htm", ".json")

    def read(self, data: bytes, file: str) -> Script:
        """Return the text as a script, as it is or as converted from its format.

        Raises ``BadRequest`` when ``data`` is not text or far too long.
        """
        text = decode_text(data, file)
        check_length(text, file)
        document = converted(source_text(text))
        return Script(document.text.strip(), document.title, left_out=omissions_of(document.left_out))
