"""What a file really is, found by reading it: the gate that every file of a user passes."""

from __future__ import annotations

from pathlib import Path

from app.core.config import MiB
from app.core.errors import BadMedia, TooLarge
from app.media.probe.av import av_facts
from app.media.probe.facts import Limits, MediaFacts
from app.media.probe.file_type import HEAD_BYTES, UnsupportedFile, detect_file_type
from app.media.probe.image import image_facts

__all__ = ["Limits", "MediaFacts", "inspect"]


def inspect(path: Path, field: str, limits: Limits) -> MediaFacts:
    """Reads the file at ``path``; ``field`` names it in errors.

    Raises ``BadMedia`` with the reason in words, or ``TooLarge``. Nothing but this one file is opened, whatever is
    written in it.
    """
    if path.stat().st_size > limits.max_bytes:
        raise TooLarge(field, f"{limits.max_bytes / MiB:.4g} MB")
    with path.open("rb") as file:
        sort = detect_file_type(file.read(HEAD_BYTES))
    if isinstance(sort, UnsupportedFile):
        raise BadMedia(field, f"the file {sort.description}")
    read = image_facts if sort.reader == "pillow" else av_facts
    return read(path, field, limits, sort)
