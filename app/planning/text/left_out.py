"""How a warning names a part of a text that is not in the film."""

from __future__ import annotations

from app.planning.text.sentences import shorten
from schemas.omissions import Omission

# The width of a part of the text in a warning.
TEXT_COLUMNS = 60
NOT_NARRATION = "it is read as a note or as code, not as narration"


def part_left_out(text: str, why: str = NOT_NARRATION) -> Omission:
    """Return the omission of a part of a script or a document, named by its beginning."""
    return Omission(f"“{shorten(text, TEXT_COLUMNS)}”", why)
