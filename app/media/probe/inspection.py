"""Inspection of a user's file: its type and facts, found by reading it. Every uploaded file passes through here."""

from __future__ import annotations

from pathlib import Path

from app.core.config import MiB
from app.core.errors import TooLarge
from app.media.probe.facts import Limits, MediaFacts
from app.media.probe.sandbox import sandboxed_facts

__all__ = ["Limits", "MediaFacts", "inspect"]


def inspect(path: Path, field: str, limits: Limits) -> MediaFacts:
    """Return the facts of the file at ``path``; ``field`` names it in errors.

    No other file is opened, whatever this one refers to. Raises ``BadMedia`` with the reason, ``TooLarge``, or
    ``Overloaded`` if too many files are inspected at the moment.
    """
    if path.stat().st_size > limits.max_bytes:
        raise TooLarge(field, f"{limits.max_bytes / MiB:.4g} MB")
    return sandboxed_facts(path, field, limits)
