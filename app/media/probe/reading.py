"""The facts of a user's file, read in the process that calls: the part of an inspection that opens the file."""

from __future__ import annotations

from pathlib import Path

from PIL import AvifImagePlugin, Image

from app.core.errors import BadMedia
from app.media.probe.av import av_facts
from app.media.probe.facts import Limits, MediaFacts
from app.media.probe.file_type import HEAD_BYTES, detect_file_type
from app.media.probe.image import image_facts
from app.media.probe.unsupported import UnsupportedFile


def prepare() -> None:
    """Load the decoders, and let none start threads, each of which would reserve memory."""
    Image.init()
    AvifImagePlugin.DEFAULT_MAX_THREADS = 1


def read_facts(path: Path, field: str, limits: Limits) -> MediaFacts:
    """Return the facts of the file at ``path``; ``field`` names it in errors. Raises ``BadMedia`` with the reason."""
    with path.open("rb") as file:
        file_type = detect_file_type(file.read(HEAD_BYTES))
    if isinstance(file_type, UnsupportedFile):
        facts = (field, f"the file {file_type.description}", file_type.advice)
        raise BadMedia(*(fact for fact in facts if fact))
    facts_of = image_facts if file_type.reader == "pillow" else av_facts
    return facts_of(path, field, limits, file_type)
