"""``/api/v1/presets`` and ``/api/v1/layouts``: the presets and the layouts of scenes."""

from __future__ import annotations

from typing import Any

from app.api import examples
from app.api.blueprint import Blueprint
from app.api.bodies import LayoutsBody, PresetsBody
from presets.layout_library import layouts
from presets.library import presets

blueprint = Blueprint(
    "presets", __name__, url_prefix="/api/v1", description="Presets define how a film looks and sounds."
)


@blueprint.operation("/presets")
@blueprint.response(200, PresetsBody, example=examples.PRESETS, description="The presets.")
def list_presets() -> dict[str, Any]:
    """List presets.

    A preset says how a film looks and sounds; the id of one is part of a job.
    """
    return {"presets": presets()}


@blueprint.operation("/layouts")
@blueprint.response(200, LayoutsBody, example=examples.LAYOUTS, description="The layouts.")
def list_layouts() -> dict[str, Any]:
    """List layouts.

    A layout says where the pictures and the words of a scene are; the id of one is part of a scene.
    """
    return {"layouts": tuple(layouts().values())}
