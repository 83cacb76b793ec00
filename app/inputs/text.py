"""Plain text, which is the narration as it is."""

from __future__ import annotations

from dataclasses import dataclass

from app.core.config import Settings
from app.media.text_decoding import decode_text
from schemas.script import Script


def build(_settings: Settings) -> Text:
    return Text()


@dataclass(frozen=True, slots=True)
class Text:
    name: str = "text"
    suffixes: tuple[str, ...] = (".txt", ".text")

    def read(self, data: bytes, file: str) -> Script:
        """Return the text as a script. Raises ``BadRequest`` when ``data`` is not text."""
        return Script(decode_text(data, file).strip())
