"""RTF, as word processors write it."""

from __future__ import annotations

import re

SIGNATURE = re.compile(r"\s*\{\\rtf\d?\b")
# Embedded pictures and objects are hexadecimal digits, which take time to read and have no text.
BINARY = re.compile(r"\{\\\*?\\?(?:pict|object|objdata|blipuid|datastore|themedata|colorschememapping)\b[^{}]*\}")


def is_rich_text(text: str) -> bool:
    return SIGNATURE.match(text) is not None


def text_of_rich_text(text: str) -> str:
    """Return the text of a document in RTF, a line for each paragraph."""
    from striprtf.striprtf import rtf_to_text

    return str(rtf_to_text(BINARY.sub("", text), errors="ignore")).strip()
