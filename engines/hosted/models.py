"""The models of a hosted engine: those that the operator chose, and the one of an order."""

from __future__ import annotations

from collections.abc import Sequence

from app.core.errors import ProviderRefused, Unconfigured
from schemas.engine import Capabilities, EngineModel
from schemas.order import ClipOrder


def require_key(engine: str, key: str, setting: str) -> str:
    """Return the key of a provider. Raises ``Unconfigured`` with the name of its setting if there is none."""
    if not key:
        raise Unconfigured(engine, f"set {setting}")
    return key


def chosen_models(engine: str, known: Sequence[EngineModel], names: str, setting: str) -> tuple[EngineModel, ...]:
    """Return the models named in ``names`` (separated by commas), in that order; all of ``known`` if it is empty.

    Raises ``Unconfigured`` for a name that is not known.
    """
    by_name = {model.name: model for model in known}
    chosen = [name.strip() for name in names.split(",") if name.strip()]
    unknown = [name for name in chosen if name not in by_name]
    if unknown:
        raise Unconfigured(engine, f"{setting} names {unknown[0]!r}; there are {', '.join(by_name)}")
    return tuple(by_name[name] for name in chosen) or tuple(known)


def model_of(engine: str, models: Sequence[EngineModel], order: ClipOrder) -> EngineModel:
    """Return the model of an order. Raises ``ProviderRefused`` if the engine has it no longer."""
    for model in models:
        if model.id == order.model:
            return model
    raise ProviderRefused(engine, f"it has no model {order.model}")


def capabilities_of(models: Sequence[EngineModel]) -> Capabilities:
    """Return the capabilities of an engine that generates clips with ``models``, over the network and for money."""
    kinds = {"generated": any(model.from_text for model in models), "image": any(model.from_image for model in models)}
    lengths = [seconds for model in models for seconds in model.seconds]
    return Capabilities(
        media=tuple(kind for kind, is_taken in kinds.items() if is_taken),
        generates=True,
        needs_network=True,
        costs_money=True,
        max_seconds=max(lengths, default=None),
        models=tuple(models),
    )
