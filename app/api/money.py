"""``/api/v2/spend`` and the orders of jobs: what was bought at providers, and what became of an unknown order."""

from __future__ import annotations

from typing import Any

from app.api import examples, json_body
from app.api.blueprint import Blueprint
from app.api.http.api_keys import request_key
from app.api.money_bodies import OrderBody, OrdersBody, ResolutionBody, SpendBody, SpendQuery
from app.jobs import order_queries, spend
from app.jobs.order_queries import OrderView
from app.jobs.resolve import Outcome, Statement, resolve

blueprint = Blueprint("money", __name__, url_prefix="/api/v2", description="Orders at providers, and what they cost.")
RESOLUTION_REQUEST_BODY = {
    "required": True,
    "description": "Exactly one outcome.",
    "content": {"application/json": {"schema": ResolutionBody, "examples": examples.RESOLUTIONS}},
}


@blueprint.operation("/spend", query=SpendQuery, errors=(404,))
@blueprint.response(200, SpendBody, example=examples.SPEND, description="What was spent.")
def get_spend(query: dict[str, Any]) -> spend.Report:
    """Get what was spent at providers, by day, engine and job.

    The limits of today have what is left of them. An order counts on the day on which its money was reserved.
    """
    return spend.report(query.get("since"), query.get("until"), query.get("job_id"))


@blueprint.operation("/jobs/<id:job_id>/orders", errors=(404,))
@blueprint.response(200, OrdersBody, example=examples.ORDERS, description="The orders.")
def list_orders(job_id: str) -> dict[str, Any]:
    """List the orders of a job at providers, oldest first.

    Includes those of earlier runs and those that failed.
    """
    return {"orders": order_queries.list_orders(job_id)}


@blueprint.operation(
    "/jobs/<id:job_id>/scenes/<scene:scene_id>/resolve", method="POST", errors=(404, 408, 409, 413, 415)
)
@blueprint.doc(requestBody=RESOLUTION_REQUEST_BODY)
@blueprint.response(200, OrderBody, example=examples.RESOLVED, description="The order.")
def resolve_order(job_id: str, scene_id: int) -> OrderView:
    """State what became of an order of a scene whose outcome is unknown.

    An accepted order is polled at once; one that was not accepted costs nothing and may be placed again. If another
    engine has rendered the scene already, only the ledger changes: an accepted order counts as charged. Returns 409 if
    the scene has no such order.
    """
    body = ResolutionBody().load(json_body.read())
    key = request_key()
    statement = Statement(Outcome(body["outcome"]), body["remote_id"].strip(), key.name if key else None)
    return resolve(job_id, scene_id, statement)
