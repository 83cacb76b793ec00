"""The estimate of a request, before anything is ordered for it."""

from __future__ import annotations

from decimal import Decimal

from app.core.errors import Unavailable
from app.jobs.validation import CheckedRequest, check_request
from app.planning.engines.estimate import estimate, film_constraints
from app.providers import offers
from presets.library import preset
from schemas.estimate import Estimate
from schemas.job import JobRequest
from schemas.money import ZERO


def estimate_request(request: JobRequest) -> Estimate:
    """Return what a film of this request would cost with the engines that the workers offer.

    Raises ``BadRequest`` naming the field, ``StorageFull``, and ``Unavailable`` if no worker has said which engines it
    has.
    """
    found = estimate_checked(check_request(request))
    if found is None:
        raise Unavailable("the list of engines", "no worker has said which engines it has; start one")
    return found


def expected_usd(valid: CheckedRequest) -> Decimal:
    """Return the expected price of a film; 0 if nothing is ordered for it, or if no worker has said what it offers."""
    if not _may_order(valid):
        return ZERO
    found = estimate_checked(valid)
    return found.usd if found else ZERO


def _may_order(valid: CheckedRequest) -> bool:
    """Whether a scene may be ordered from a provider. Most films are not, and need no list of engines."""
    request, scenes = valid.request, valid.graph.scenes
    named = {request.engine_preference, *preset(request.preset_id).engines, *(scene.engine for scene in scenes)}
    return bool(named - {None, "local"}) or any(scene.media.kind in ("generated", "stock") for scene in scenes)


def estimate_checked(valid: CheckedRequest) -> Estimate | None:
    """Return what a film of a valid request would cost; ``None`` if no worker has said which engines it has."""
    offered = offers.read()
    if not offered:
        return None
    style = preset(valid.request.preset_id)
    return estimate(valid.graph, film_constraints(valid.request, style, valid.request.budget_usd), offered)
