"""``/api/v2/jobs``: submit, follow, review and cancel jobs, and download their artifacts."""

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
from app.api.openapi_parts import ERROR, IDEMPOTENCY_KEY, JOB_REQUEST_BODY, SUBMIT_HEADERS
from app.database.session import transaction
from app.jobs import artifact_queries, cancel, documents, events, queries, review, runs
from app.jobs.job_rows import check_job
from schemas.scene_graph import SceneGraphSchema
from schemas.timeline import TimelineSchema

blueprint = Blueprint("jobs", __name__, url_prefix="/api/v2", description="Jobs and their artifacts.")
Reply = tuple[dict[str, Any], int, dict[str, str]]


@blueprint.route("/jobs", methods=["POST"])
@blueprint.doc(requestBody=JOB_REQUEST_BODY, parameters=[IDEMPOTENCY_KEY])
@blueprint.response(202, ReceiptBody, headers=SUBMIT_HEADERS)
@blueprint.alt_response(409, ERROR[409])
@blueprint.alt_response(413, ERROR[413])
@blueprint.alt_response(422, ERROR[422])
def submit_job() -> Reply:
    """Submit a job.

    The job is validated, stored and queued. An invalid request stores nothing.
    """
    run = job_form.submit_form()
    request_context.set_job(run.job_id)
    body = presenters.started_run(run)
    replayed = {"Idempotency-Replayed": "true"} if run.repeated else {}
    return body, HTTPStatus.ACCEPTED, {"Location": body["links"]["self"], **replayed}


@blueprint.route("/jobs")
@blueprint.arguments(PageQuery, location="query", unknown=RAISE)
@blueprint.response(200, JobsBody)
def list_jobs(query: dict[str, Any]) -> dict[str, Any]:
    """List jobs, newest first."""
    rows = queries.list_jobs(query["limit"], query.get("before"), query["before_id"])
    return presenters.page(rows, query["limit"])


@blueprint.route("/jobs/<id:job_id>")
@blueprint.response(200, JobBody)
@blueprint.alt_response(404, ERROR[404])
def get_job(job_id: str) -> dict[str, Any]:
    """Get a job.

    Returns the state and progress of the newest run, and the artifacts of the newest finished film.
    """
    return presenters.job(queries.get_job(job_id))


@blueprint.route("/jobs/<id:job_id>/scene-graph")
@blueprint.response(200, SceneGraphSchema)
@blueprint.alt_response(404, ERROR[404])
def get_scene_graph(job_id: str) -> Response:
    """Get the scene graph of a job.

    Returns 404 until the job is planned.
    """
    return responses.json_response(documents.scene_graph(job_id))


@blueprint.route("/jobs/<id:job_id>/timeline")
@blueprint.response(200, TimelineSchema)
@blueprint.alt_response(404, ERROR[404])
def get_timeline(job_id: str) -> Response:
    """Get the timeline of a job.

    Returns the planned timeline first, and the final timeline once all scenes and the narration are finished.
    Returns 404 before the timeline is planned.
    """
    return responses.json_response(documents.timeline(job_id))


@blueprint.route("/jobs/<id:job_id>/artefacts")
@blueprint.response(200, ArtefactsBody)
@blueprint.alt_response(404, ERROR[404])
def list_artifacts(job_id: str) -> dict[str, Any]:
    """List the artifacts of a job."""
    return {"artefacts": presenters.job_artifacts(job_id, artifact_queries.artifacts(job_id))}


@blueprint.route("/jobs/<id:job_id>/artefacts/<path:name>")
@blueprint.arguments(ArtefactQuery, location="query", unknown=RAISE)
@blueprint.response(200, {"type": "string", "format": "binary"}, content_type="application/octet-stream")
@blueprint.alt_response(206, description="The requested range of the file.", success=True)
@blueprint.alt_response(404, ERROR[404])
def get_artifact(query: dict[str, Any], job_id: str, name: str) -> Response:
    """Download an artifact of a job.

    Supports range requests and conditional requests.
    """
    return responses.file_response(artifact_queries.artifact(job_id, name), as_attachment=query["download"])


@blueprint.route("/jobs/<id:job_id>/events")
@blueprint.arguments(EventsQuery, location="query", unknown=RAISE)
@blueprint.response(200, EventsBody)
@blueprint.alt_response(404, ERROR[404])
def list_events(query: dict[str, Any], job_id: str) -> dict[str, Any]:
    """List the events of a job, oldest first."""
    with transaction() as session:
        check_job(session, job_id)
    return presenters.events(events.list_events(job_id, query["after"]), query["after"])


@blueprint.route("/jobs/<id:job_id>/cancel", methods=["POST"])
@blueprint.response(200, JobBody)
@blueprint.alt_response(404, ERROR[404])
@blueprint.alt_response(409, ERROR[409])
def cancel_job(job_id: str) -> dict[str, Any]:
    """Cancel a job.

    No further step of the job starts. A cancelled job cannot be resumed. Cancelling it again changes nothing.
    """
    return presenters.job(cancel.cancel(job_id))


@blueprint.route("/jobs/<id:job_id>/resume", methods=["POST"])
@blueprint.response(202, ReceiptBody)
@blueprint.alt_response(404, ERROR[404])
@blueprint.alt_response(409, ERROR[409])
def resume_job(job_id: str) -> tuple[dict[str, Any], int]:
    """Resume a failed job.

    Finished scenes and steps are reused.
    """
    return presenters.started_run(runs.resume(job_id)), HTTPStatus.ACCEPTED


@blueprint.route("/jobs/<id:job_id>/approve", methods=["POST"])
@blueprint.response(202, ReceiptBody)
@blueprint.alt_response(404, ERROR[404])
@blueprint.alt_response(409, ERROR[409])
def approve_job(job_id: str) -> tuple[dict[str, Any], int]:
    """Approve the plan of a job that waits for review.

    Rendering then starts. To change the plan, create a revision instead.
    """
    return presenters.started_run(review.approve(job_id)), HTTPStatus.ACCEPTED


@blueprint.route("/jobs/<id:job_id>/reject", methods=["POST"])
@blueprint.arguments(RejectionBody, unknown=RAISE)
@blueprint.response(200, JobBody)
@blueprint.alt_response(404, ERROR[404])
@blueprint.alt_response(409, ERROR[409])
def reject_job(body: dict[str, Any], job_id: str) -> dict[str, Any]:
    """Reject the plan of a job that waits for review.

    The job is cancelled.
    """
    return presenters.job(review.reject(job_id, body["reason"]))
