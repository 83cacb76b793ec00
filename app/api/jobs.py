"""``/api/v2/jobs``: make a film, watch it being made, fetch it."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from flask import Response
from flask_smorest import Blueprint
from marshmallow import RAISE

from app.api import job_form, presenters
from app.api.bodies import (
    ArtefactQuery,
    ArtefactsBody,
    EventsBody,
    EventsQuery,
    JobBody,
    JobsBody,
    PageQuery,
    ReceiptBody,
    RejectionBody,
)
from app.api.http import request_context, responses
from app.api.openapi_parts import ERROR, IDEMPOTENCY_KEY, JOB, REPLAYED
from app.database.session import transaction
from app.jobs import artifact_queries, documents, events, queries, review, runs
from app.jobs.cancel import cancel as cancel_job
from app.jobs.job_rows import check_job
from schemas.scene_graph import SceneGraphSchema
from schemas.timeline import TimelineSchema

blueprint = Blueprint("jobs", __name__, url_prefix="/api/v2", description="A film and all that belongs to it.")
Reply = tuple[dict[str, Any], int, dict[str, str]]


@blueprint.route("/jobs", methods=["POST"])
@blueprint.doc(requestBody=JOB, parameters=[IDEMPOTENCY_KEY])
@blueprint.response(202, ReceiptBody, headers=REPLAYED)
@blueprint.alt_response(409, ERROR[409])
@blueprint.alt_response(413, ERROR[413])
@blueprint.alt_response(422, ERROR[422])
def submit() -> Reply:
    """Ask for a film."""
    receipt = job_form.submit_form()
    request_context.set_job(receipt.job_id)
    body = presenters.started_run(receipt)
    told = {"Idempotency-Replayed": "true"} if receipt.repeated else {}
    return body, HTTPStatus.ACCEPTED, {"Location": body["links"]["self"], **told}


@blueprint.route("/jobs", endpoint="jobs")
@blueprint.arguments(PageQuery, location="query", unknown=RAISE)
@blueprint.response(200, JobsBody)
def every(query: dict[str, Any]) -> dict[str, Any]:
    """The newest jobs first."""
    return presenters.page(queries.jobs(query["limit"], query.get("before"), query["before_id"]), query["limit"])


@blueprint.route("/jobs/<id:job_id>", endpoint="job")
@blueprint.response(200, JobBody)
@blueprint.alt_response(404, ERROR[404])
def one(job_id: str) -> dict[str, Any]:
    """How a job stands."""
    return presenters.job(queries.job(job_id))


@blueprint.route("/jobs/<id:job_id>/scene-graph")
@blueprint.response(200, SceneGraphSchema)
@blueprint.alt_response(404, ERROR[404])
def scene_graph(job_id: str) -> Response:
    """What the film shows; there once it is planned."""
    return responses.json_response(documents.scene_graph(job_id))


@blueprint.route("/jobs/<id:job_id>/timeline")
@blueprint.response(200, TimelineSchema)
@blueprint.alt_response(404, ERROR[404])
def timeline(job_id: str) -> Response:
    """When it shows it; planned times first, final times once everything is made."""
    return responses.json_response(documents.timeline(job_id))


@blueprint.route("/jobs/<id:job_id>/artefacts")
@blueprint.response(200, ArtefactsBody)
@blueprint.alt_response(404, ERROR[404])
def artefacts(job_id: str) -> dict[str, Any]:
    """The files a job left."""
    return {"artefacts": presenters.job_artifacts(job_id, artifact_queries.artifacts(job_id))}


@blueprint.route("/jobs/<id:job_id>/artefacts/<path:name>")
@blueprint.arguments(ArtefactQuery, location="query", unknown=RAISE)
@blueprint.response(200, {"type": "string", "format": "binary"}, content_type="application/octet-stream")
@blueprint.alt_response(206, description="The range that was asked for.", success=True)
@blueprint.alt_response(404, ERROR[404])
def artefact(query: dict[str, Any], job_id: str, name: str) -> Response:
    """One file of a job; ranges and conditional requests are answered."""
    return responses.file_response(artifact_queries.artifact(job_id, name), as_attachment=query["download"])


@blueprint.route("/jobs/<id:job_id>/events", endpoint="events")
@blueprint.arguments(EventsQuery, location="query", unknown=RAISE)
@blueprint.response(200, EventsBody)
@blueprint.alt_response(404, ERROR[404])
def events_of(query: dict[str, Any], job_id: str) -> dict[str, Any]:
    """What has happened to a job, in order."""
    with transaction() as session:
        check_job(session, job_id)
    return presenters.events(events.list_events(job_id, query["after"]), query["after"])


@blueprint.route("/jobs/<id:job_id>/cancel", methods=["POST"])
@blueprint.response(200, JobBody)
@blueprint.alt_response(404, ERROR[404])
@blueprint.alt_response(409, ERROR[409])
def cancel(job_id: str) -> dict[str, Any]:
    """Stop for good; nothing of the job starts any more."""
    return presenters.job(cancel_job(job_id))


@blueprint.route("/jobs/<id:job_id>/resume", methods=["POST"])
@blueprint.response(202, ReceiptBody)
@blueprint.alt_response(404, ERROR[404])
@blueprint.alt_response(409, ERROR[409])
def resume(job_id: str) -> tuple[dict[str, Any], int]:
    """Go on with a job that has failed; what was made already is used again."""
    return presenters.started_run(runs.resume(job_id)), HTTPStatus.ACCEPTED


@blueprint.route("/jobs/<id:job_id>/approve", methods=["POST"])
@blueprint.response(202, ReceiptBody)
@blueprint.alt_response(404, ERROR[404])
@blueprint.alt_response(409, ERROR[409])
def approve(job_id: str) -> tuple[dict[str, Any], int]:
    """Let a job go on that waits for review. To change the plan first, send a revision instead."""
    return presenters.started_run(review.approve(job_id)), HTTPStatus.ACCEPTED


@blueprint.route("/jobs/<id:job_id>/reject", methods=["POST"])
@blueprint.arguments(RejectionBody, unknown=RAISE)
@blueprint.response(200, JobBody)
@blueprint.alt_response(404, ERROR[404])
@blueprint.alt_response(409, ERROR[409])
def reject(body: dict[str, Any], job_id: str) -> dict[str, Any]:
    """End a job that waits for review."""
    return presenters.job(review.reject(job_id, body["reason"]))
