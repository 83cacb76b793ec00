"""Which engines can render a scene, in which order. Pure: equal inputs give the same order, with the reasons."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from schemas.clip import Fallback
from schemas.engine import Capabilities
from schemas.scene_graph import Scene


@dataclass(frozen=True, slots=True)
class Constraints:
    """What the request and the preset require. ``asset_kind`` is the kind of the scene's own file, if it has one.

    ``budget_usd`` is the amount that may still be spent; ``None`` means no limit.
    """

    preference: str | None = None
    preset: tuple[str, ...] = ()
    policy: str = "local_preferred"
    brand_safe: bool = True
    asset_kind: str | None = None
    budget_usd: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Offer:
    """One engine: its capabilities, or the reason why it is not available (``missing``)."""

    capabilities: Capabilities | None = None
    missing: str | None = None


@dataclass(frozen=True, slots=True)
class Choice:
    """``order`` is the chain to try. ``rejected`` are the engines asked for by name that are not in it, and why."""

    order: tuple[str, ...]
    rejected: tuple[Fallback, ...]


def choose_engines(scene: Scene, constraints: Constraints, offers: Mapping[str, Offer]) -> Choice:
    """Return the engines for ``scene``: its own, the request's, the preset's, then every other that can render it.

    An engine that costs money is used only if the scene, the request or the preset names it.
    """
    named = _unique((scene.engine, constraints.preference, *constraints.preset))
    others = tuple(sorted(name for name, offer in offers.items() if name not in named and _is_free_of_charge(offer)))
    reasons = {name: _rejection(name, scene, constraints, offers) for name in (*named, *others)}
    accepted = tuple(name for name, reason in reasons.items() if reason is None)
    rejected = tuple(Fallback(name, reason) for name, reason in reasons.items() if reason and name in named)
    return Choice(_ordered(accepted, scene, constraints, offers), rejected)


def _unique(names: tuple[str | None, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for name in names if name))


def _is_free_of_charge(offer: Offer) -> bool:
    return offer.capabilities is not None and not offer.capabilities.costs_money


def _rejection(name: str, scene: Scene, constraints: Constraints, offers: Mapping[str, Offer]) -> str | None:
    """Return why this engine cannot render this scene; ``None`` if it can."""
    offer = offers.get(name)
    if offer is None:
        return "there is no such engine"
    capabilities = offer.capabilities
    if capabilities is None:
        return offer.missing or "it is not configured"
    return (
        _rejection_by_media(capabilities, scene, constraints)
        or _rejection_by_policy(capabilities, constraints)
        or _rejection_by_budget(capabilities, constraints)
    )


def _rejection_by_media(capabilities: Capabilities, scene: Scene, constraints: Constraints) -> str | None:
    kind = constraints.asset_kind or scene.media.kind
    if capabilities.generates and constraints.asset_kind and constraints.brand_safe:
        return "brand-safe: a user's picture is never regenerated"
    if kind not in capabilities.media:
        return f"it cannot render a scene from {kind}"
    if capabilities.max_seconds is not None and scene.duration_ms > capabilities.max_seconds * 1000:
        return f"it renders {capabilities.max_seconds:g} s at most"
    return None


def _rejection_by_policy(capabilities: Capabilities, constraints: Constraints) -> str | None:
    if constraints.policy == "local_only" and capabilities.needs_network:
        return "the policy is local_only"
    # Framing a user's file is not generation, so api_only does not require a network engine for it.
    if constraints.policy == "api_only" and not capabilities.needs_network and not constraints.asset_kind:
        return "the policy is api_only"
    return None


def _rejection_by_budget(capabilities: Capabilities, constraints: Constraints) -> str | None:
    if capabilities.costs_money and constraints.budget_usd is not None and constraints.budget_usd <= 0:
        return "the budget is spent"
    return None


def _ordered(
    names: tuple[str, ...], scene: Scene, constraints: Constraints, offers: Mapping[str, Offer]
) -> tuple[str, ...]:
    """Sort the engines: with ``local_preferred``, local engines come first, after those that are asked for by name."""

    def rank(name: str) -> int:
        capabilities = offers[name].capabilities
        is_requested = name in (scene.engine, constraints.preference)
        is_local = capabilities is not None and not capabilities.needs_network
        is_preferred = constraints.policy != "local_preferred" or is_local
        return 0 if is_requested else 1 if is_preferred else 2

    return tuple(sorted(names, key=rank))
