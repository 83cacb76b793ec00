"""``/health``: readiness and liveness endpoints for process supervisors and load balancers."""

from __future__ import annotations

from typing import Any

from app.api import examples, health_checks
from app.api.blueprint import Blueprint
from app.api.bodies import HealthBody, LiveBody

blueprint = Blueprint("health", __name__, url_prefix="/health", description="Readiness and liveness checks.")


@blueprint.open_operation("")
@blueprint.response(200, HealthBody, example=examples.HEALTHY, description="Every check succeeded.")
@blueprint.alt_response(503, schema=HealthBody, example=examples.UNHEALTHY, description="At least one check failed.")
def check_readiness() -> tuple[dict[str, Any], int]:
    """Check readiness.

    Checks the broker, the database, the storage and ffmpeg, and returns the result of each.
    """
    results = health_checks.run_checks(health_checks.CHECKS)
    is_ready = all(result.ok for result in results.values())
    return {"live": True, "ready": is_ready, "checks": results}, 200 if is_ready else 503


@blueprint.open_operation("/live")
@blueprint.response(200, LiveBody, example=examples.LIVE, description="The process answers.")
def check_liveness() -> dict[str, bool]:
    """Check liveness.

    Returns 200 whenever the process can answer a request.
    """
    return {"live": True}
