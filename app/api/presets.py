"""``/api/v1/presets`` and ``/api/v1/layouts``: the presets and the layouts of scenes."""

from __future__ import annotations

from typing import Any

from flask_smorest import Blueprint

from app.api.bodies import LayoutsBody, PresetsBody
from presets.layout_library import layouts
from presets.library import presets

blueprint = Blueprint(
    "presets", __name__, url_prefix="/api/v1", description="Presets define how a film looks and sounds."
)


@blueprint.route("/presets")
@blueprint.response(200, PresetsBody)
def list_presets() -> dict[str, Any]:
    """List presets."""
    return {"presets": presets()}


@blueprint.route("/layouts")
@blueprint.response(200, LayoutsBody)
def list_layouts() -> dict[str, Any]:
    """List layouts."""
    return {"layouts": tuple(layouts().values())}
