"""The registry of engines: one for each file in ``engines/adapters`` and each entry point of the group."""

from __future__ import annotations

from functools import lru_cache

from app.core.config import Settings
from app.core.errors import UnusableAdapter
from app.core.plugins import Registry, build_registry, check_name, protocol_error
from app.planning.engines.offers import Offer
from engines.base import Engine, HostedEngine
from schemas.engine import Capabilities

PACKAGE = "engines.adapters"
GROUP = "pytoon.engines"
AnyEngine = Engine | HostedEngine


@lru_cache(maxsize=1)
def build_engines(settings: Settings) -> Registry[AnyEngine]:
    """Build every configured engine."""
    return build_registry(PACKAGE, GROUP, settings, _engine)


def offers(engines: Registry[AnyEngine]) -> dict[str, Offer]:
    """Return the input of ``policy.choose_engines``: each engine's capabilities, or the reason why it is missing."""
    present = {name: Offer(engine.capabilities) for name, engine in engines.present.items()}
    return present | {name: Offer(missing=reason) for name, reason in engines.missing.items()}


def hosted(engines: Registry[AnyEngine]) -> dict[str, HostedEngine]:
    """Return the engines that make clips on order."""
    return {name: engine for name, engine in engines.present.items() if isinstance(engine, HostedEngine)}


def _engine(name: str, adapter: object) -> AnyEngine:
    if not isinstance(adapter, Engine | HostedEngine):
        raise protocol_error("an Engine or a HostedEngine", name, adapter)
    check_name(name, adapter.name)
    if not isinstance(adapter.capabilities, Capabilities):
        raise UnusableAdapter(name, "its capabilities are not a Capabilities value")
    return adapter
