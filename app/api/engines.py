"""``/api/v2/engines``: what can make the clips of scenes, for how much, and whether it is available."""

from __future__ import annotations

from typing import Any

from app.api import examples
from app.api.blueprint import Blueprint
from app.api.engine_bodies import EngineBody, EnginesBody
from app.jobs import engine_queries
from app.jobs.engine_queries import EngineView

blueprint = Blueprint("engines", __name__, url_prefix="/api/v2", description="Engines make the clips of scenes.")


@blueprint.operation("/engines")
@blueprint.response(200, EnginesBody, example=examples.ENGINES, description="The engines.")
def list_engines() -> dict[str, Any]:
    """List engines.

    Includes those that are known and that no worker has, each with the reason. Workers publish their engines when they
    start and once an hour.
    """
    return {"engines": engine_queries.list_engines()}


@blueprint.operation("/engines/<engine:engine>", errors=(404,))
@blueprint.response(200, EngineBody, example=examples.ENGINE, description="The engine.")
def get_engine(engine: str) -> EngineView:
    """Get an engine.

    Returns its models with their prices, its circuit breaker and its open orders. An engine of which nothing is known
    is a 404.
    """
    return engine_queries.get_engine(engine)
