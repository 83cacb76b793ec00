"""The list of presets."""

from __future__ import annotations

from typing import Any

from flask_smorest import Blueprint

from app.api.bodies import PresetsBody
from presets.library import presets

blueprint = Blueprint(
    "presets", __name__, url_prefix="/api/v1", description="The presets: how a film looks and sounds."
)


@blueprint.route("/presets", endpoint="presets")
@blueprint.response(200, PresetsBody)
def list_presets() -> dict[str, Any]:
    """List the presets."""
    return {"presets": presets()}
