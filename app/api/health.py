"""``/health``: for whoever starts, watches and balances this process."""

from __future__ import annotations

from typing import Any

from flask_smorest import Blueprint

from app.api import health_checks
from app.api.bodies import HealthBody, LiveBody

blueprint = Blueprint("health", __name__, url_prefix="/health", description="Whether it lives, and whether it works.")


@blueprint.route("")
@blueprint.response(200, HealthBody)
@blueprint.alt_response(503, schema=HealthBody, description="Something it needs is away.")
def ready() -> tuple[dict[str, Any], int]:
    """Broker, database, storage and ffmpeg, each with what was found."""
    found = health_checks.answers(health_checks.QUESTIONS)
    good = all(check.ok for check in found.values())
    return {"live": True, "ready": good, "checks": found}, 200 if good else 503


@blueprint.route("/live")
@blueprint.response(200, LiveBody)
def live() -> dict[str, bool]:
    """It answers, so it lives."""
    return {"live": True}
