"""What the checks of ``pytoon doctor`` find."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Finding:
    """The result of one check. The machine is fit when all ``needed`` findings are ``ok``."""

    name: str
    ok: bool
    detail: str
    advice: str = ""
    needed: bool = True
