"""``/api/v1/presets``: the list of presets."""

from __future__ import annotations

from typing import Any

from flask_smorest import Blueprint

from app.api.bodies import PresetsBody
from presets.library import presets

blueprint = Blueprint(
    "presets", __name__, url_prefix="/api/v1", description="Presets define how a film looks and sounds."
)


@blueprint.route("/presets")
@blueprint.response(200, PresetsBody)
def list_presets() -> dict[str, Any]:
    """List presets."""
    return {"presets": presets()}
