"""Inspection of a user's file: its type and facts, found by reading it. Every uploaded file passes through here."""

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
    """Return the facts of the file at ``path``; ``field`` names it in errors.

    No other file is opened, whatever this one refers to. Raises ``BadMedia`` with the reason, or ``TooLarge``.
    """
    if path.stat().st_size > limits.max_bytes:
        raise TooLarge(field, f"{limits.max_bytes / MiB:.4g} MB")
    with path.open("rb") as file:
        file_type = detect_file_type(file.read(HEAD_BYTES))
    if isinstance(file_type, UnsupportedFile):
        raise BadMedia(field, f"the file {file_type.description}")
    read_facts = image_facts if file_type.reader == "pillow" else av_facts
    return read_facts(path, field, limits, file_type)
