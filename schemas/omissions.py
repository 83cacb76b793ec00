"""The warning about something that a user gave and that is not in the film."""

from __future__ import annotations

OMITTED = "not in the film: "


def omission(what: str, why: str) -> str:
    """Return the warning that names what is left out, such as a file or the beginning of a line, and says why."""
    return f"{OMITTED}{what}: {why}"
