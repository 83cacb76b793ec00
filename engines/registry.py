"""The registry of engines: one for each file in ``engines/adapters`` and each entry point of the group."""

from __future__ import annotations

from functools import lru_cache

from app.core.config import Settings
from app.core.errors import UnusableAdapter
from app.core.plugins import Registry, build_registry, check_name, protocol_error
from engines.base import Capabilities, Engine, HostedEngine
from engines.policy import Offer

PACKAGE = "engines.adapters"
GROUP = "pytoon.engines"
HOSTED = "hosted engines are not supported by this version"


@lru_cache(maxsize=1)
def build_engines(settings: Settings) -> Registry[Engine]:
    """Build every configured engine; a hosted engine is listed as missing, because no task supports one."""
    return build_registry(PACKAGE, GROUP, settings, _engine)


def offers(engines: Registry[Engine]) -> dict[str, Offer]:
    """Return the input of ``policy.choose_engines``: each engine's capabilities, or the reason why it is missing."""
    present = {name: Offer(engine.capabilities) for name, engine in engines.present.items()}
    return present | {name: Offer(missing=reason) for name, reason in engines.missing.items()}


def _engine(name: str, adapter: object) -> Engine:
    if not isinstance(adapter, Engine):
        raise (
            UnusableAdapter(name, HOSTED)
            if isinstance(adapter, HostedEngine)
            else protocol_error("an Engine", name, adapter)
        )
    check_name(name, adapter.name)
    if not isinstance(adapter.capabilities, Capabilities):
        raise UnusableAdapter(name, "its capabilities are not a Capabilities value")
    return adapter
