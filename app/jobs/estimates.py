"""The estimate of a request before it is submitted: it is validated and planned, and nothing is stored."""

from __future__ import annotations

from app.assets.resolve import get_assets
from app.core.errors import Unavailable
from app.jobs.validation import check_request
from app.planning.engines.estimate import estimate, film_constraints
from app.planning.scenes.planner import plan
from app.providers import offers
from presets.library import preset
from schemas.estimate import Estimate
from schemas.job import JobRequest


def estimate_request(request: JobRequest) -> Estimate:
    """Return what a film of this request would cost with the engines that the workers offer.

    The plan is that of the job, except that no subjects were found in the pictures. Raises ``BadRequest`` naming the
    field, ``StorageFull``, and ``Unavailable`` if no worker has said which engines it has.
    """
    valid = check_request(request).request
    offered = offers.read()
    if not offered:
        raise Unavailable("the list of engines", "no worker has said which engines it has; start one")
    style = preset(valid.preset_id)
    named = get_assets([asset_id for scene in valid.scenes for asset_id in scene.asset_ids])
    graph = plan(valid, get_assets(valid.media), style, named=named)
    return estimate(graph, film_constraints(valid, style, valid.budget_usd), offered)
