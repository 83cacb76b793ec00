"""The environment of child processes that must not see settings and secrets."""

from __future__ import annotations

import os
from collections.abc import Iterable

# What programs and libraries need to be found, and the language of messages.
PROGRAMS = ("PATH", "LANG", "LC_ALL", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH")


def inherited(names: Iterable[str]) -> dict[str, str]:
    """Return the variables of this process with these names; those that are not set are left out."""
    environment = {**os.environ}
    return {name: environment[name] for name in names if name in environment}
