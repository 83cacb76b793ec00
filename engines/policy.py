"""Which engines may make a scene, and in which order. Pure: the same facts give the same order, with the reasons."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from engines.base import Capabilities
from schemas.clip import Fallback
from schemas.scene_graph import Scene


@dataclass(frozen=True, slots=True)
class Constraints:
    """What the request and the preset say. ``asset_kind`` is that of the scene's own file, where it has one.

    ``budget_usd`` is what may still be spent; ``None`` is no ceiling.
    """

    preference: str | None = None
    preset: tuple[str, ...] = ()
    policy: str = "local_preferred"
    brand_safe: bool = True
    asset_kind: str | None = None
    budget_usd: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Offer:
    """One engine as it stands: what it can, or why it cannot be had (``missing``)."""

    capabilities: Capabilities | None = None
    missing: str | None = None


@dataclass(frozen=True, slots=True)
class Choice:
    """``order`` is the chain to try. ``left_out`` names those somebody asked for, and why they are not in it."""

    order: tuple[str, ...]
    left_out: tuple[Fallback, ...]


def choose_engines(scene: Scene, wanted: Constraints, offers: Mapping[str, Offer]) -> Choice:
    """The scene's own engine first, then the request's, the preset's, and then whoever can do what the scene needs.

    Nobody is asked for money who was not named by the scene, the request or the preset.
    """
    named = _unique((scene.engine, wanted.preference, *wanted.preset))
    others = tuple(sorted(name for name, offer in offers.items() if name not in named and _comes_free(offer)))
    reasons = {name: _against(name, scene, wanted, offers) for name in (*named, *others)}
    able = tuple(name for name, reason in reasons.items() if reason is None)
    left_out = tuple(Fallback(name, reason) for name, reason in reasons.items() if reason and name in named)
    return Choice(_ordered(able, scene, wanted, offers), left_out)


def _unique(names: tuple[str | None, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for name in names if name))


def _comes_free(offer: Offer) -> bool:
    return offer.capabilities is not None and not offer.capabilities.costs_money


def _against(name: str, scene: Scene, wanted: Constraints, offers: Mapping[str, Offer]) -> str | None:
    """Why this engine cannot make this scene; ``None`` when it can."""
    offer = offers.get(name)
    if offer is None:
        return "there is no such engine"
    can = offer.capabilities
    if can is None:
        return offer.missing or "it is not configured"
    return _against_need(can, scene, wanted) or _against_policy(can, wanted) or _against_budget(can, wanted)


def _against_need(can: Capabilities, scene: Scene, wanted: Constraints) -> str | None:
    need = wanted.asset_kind or scene.media.kind
    if can.generates and wanted.asset_kind and wanted.brand_safe:
        return "brand-safe: a given picture is never made anew"
    if need not in can.media:
        return f"it cannot make a scene from {need}"
    if can.max_seconds is not None and scene.duration_ms > can.max_seconds * 1000:
        return f"it makes {can.max_seconds:g} s at most"
    return None


def _against_policy(can: Capabilities, wanted: Constraints) -> str | None:
    if wanted.policy == "local_only" and can.needs_network:
        return "the policy is local_only"
    # Framing a given picture is no generation: an API has no part in it.
    if wanted.policy == "api_only" and not can.needs_network and not wanted.asset_kind:
        return "the policy is api_only"
    return None


def _against_budget(can: Capabilities, wanted: Constraints) -> str | None:
    if can.costs_money and wanted.budget_usd is not None and wanted.budget_usd <= 0:
        return "the budget is spent"
    return None


def _ordered(able: tuple[str, ...], scene: Scene, wanted: Constraints, offers: Mapping[str, Offer]) -> tuple[str, ...]:
    """``local_preferred`` moves what works here to the front, behind what was asked for by name."""

    def rank(name: str) -> int:
        can = offers[name].capabilities
        asked = name in (scene.engine, wanted.preference)
        near = wanted.policy != "local_preferred" or (can is not None and not can.needs_network)
        return 0 if asked else 1 if near else 2

    return tuple(sorted(able, key=rank))
