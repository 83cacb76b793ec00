"""Who can be had: each file in ``engines/adapters`` and each entry point of the group is one engine."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from app.core.config import Settings
from app.core.errors import Unconfigured
from app.core.plugins import scan
from engines.base import Engine, HostedEngine
from engines.policy import Offer

PACKAGE = "engines.adapters"
GROUP = "pytoon.engines"

Member = Engine | HostedEngine


@dataclass(frozen=True, slots=True)
class Roster:
    """``present`` engines by name, and why the ``missing`` ones are not among them."""

    present: Mapping[str, Member]
    missing: Mapping[str, str]

    def offers(self) -> dict[str, Offer]:
        """What ``policy.chosen`` decides on."""
        here = {name: Offer(engine.capabilities) for name, engine in self.present.items()}
        away = {name: Offer(missing=reason) for name, reason in self.missing.items()}
        return here | away


def built(settings: Settings) -> Roster:
    """Builds every adapter; one that is not configured, or lacks its packages, is missing, with the reason."""
    present: dict[str, Member] = {}
    missing: dict[str, str] = {}
    for name, load in scan(PACKAGE, GROUP).items():
        try:
            present[name] = load().build(settings)
        except Unconfigured as error:
            missing[name] = str(error)
        except ImportError as error:
            missing[name] = f"{name} cannot be imported: {error}"
    return Roster(present, missing)
