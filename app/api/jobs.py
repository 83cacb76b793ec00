"""``/api/v2/jobs``: submit, follow, review and cancel jobs, and download their artifacts."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from flask import Response

from app.api import examples, job_form, json_body, presenters
from app.api.blueprint import Blueprint
from app.api.bodies import ArtefactsBody, EventsBody, JobBody, JobsBody, ReceiptBody
from app.api.http import request_context, responses
from app.api.openapi_parts import FILE_PARAMETERS, FILE_RESPONSES, IDEMPOTENCY_KEY, SUBMIT_HEADERS
from app.api.query_fields import ArtefactQuery, EventsQuery, PageQuery
from app.api.request_bodies import ESTIMATE_REQUEST_BODY, JOB_REQUEST_BODY, REJECTION_REQUEST_BODY, RejectionBody
from app.database.session import transaction
from app.jobs import artifact_queries, cancel, documents, estimates, events, queries, review, runs
from app.jobs.job_rows import check_job
from schemas.estimate import Estimate, EstimateSchema
from schemas.job import JobRequestSchema
from schemas.scene_graph import SceneGraphSchema
from schemas.timeline import TimelineSchema

blueprint = Blueprint("jobs", __name__, url_prefix="/api/v2", description="Jobs and their artifacts.")
Reply = tuple[dict[str, Any], int, dict[str, str]]


@blueprint.operation("/jobs", method="POST", errors=(408, 409, 413, 415, 507))
@blueprint.doc(requestBody=JOB_REQUEST_BODY, parameters=[IDEMPOTENCY_KEY])
@blueprint.response(
    202, ReceiptBody, example=examples.RECEIPT, description="The job is queued.", headers=SUBMIT_HEADERS
)
def submit_job() -> Reply:
    """Submit a job.

    The job is validated, stored and queued. An invalid request stores nothing.
    """
    run = job_form.submit_form()
    request_context.set_job(run.job_id)
    body = presenters.started_run(run)
    replayed = {"Idempotency-Replayed": "true"} if run.repeated else {}
    return body, HTTPStatus.ACCEPTED, {"Location": body["links"]["self"], **replayed}


@blueprint.operation("/estimate", method="POST", errors=(408, 413, 415, 507))
@blueprint.doc(requestBody=ESTIMATE_REQUEST_BODY)
@blueprint.response(200, EstimateSchema, example=examples.ESTIMATE, description="The estimate; nothing is stored.")
def estimate_job() -> Estimate:
    """Estimate what a job costs.

    The request is validated and planned as for a job. The estimate has the engine, the model and the price of each
    scene, and why that engine is used and others are not. Returns 503 until a worker has said which engines it has.
    """
    return estimates.estimate_request(JobRequestSchema.read(json_body.read()))


@blueprint.operation("/jobs", query=PageQuery)
@blueprint.response(200, JobsBody, example=examples.JOBS, description="A page of jobs.")
def list_jobs(query: dict[str, Any]) -> dict[str, Any]:
    """List jobs, newest first.

    A full page has the URL of the next one.
    """
    rows = queries.list_jobs(query["limit"], query.get("before"), query.get("before_id", ""))
    return presenters.page(rows, query["limit"])


@blueprint.operation("/jobs/<id:job_id>", errors=(404,))
@blueprint.response(200, JobBody, example=examples.JOB, description="The job.")
def get_job(job_id: str) -> dict[str, Any]:
    """Get a job.

    Returns the state and progress of the newest run, and the artifacts of the newest finished film.
    """
    return presenters.job(queries.get_job(job_id))


@blueprint.operation("/jobs/<id:job_id>/scene-graph", errors=(404,))
@blueprint.response(200, SceneGraphSchema, example=examples.SCENE_GRAPH, description="The scene graph.")
def get_scene_graph(job_id: str) -> Response:
    """Get the scene graph of a job.

    Returns 404 until the job is planned.
    """
    return responses.json_response(documents.scene_graph(job_id))


@blueprint.operation("/jobs/<id:job_id>/timeline", errors=(404,))
@blueprint.response(200, TimelineSchema, example=examples.TIMELINE, description="The timeline.")
def get_timeline(job_id: str) -> Response:
    """Get the timeline of a job.

    Returns the planned timeline first, and the final timeline once all scenes and the narration are finished.
    Returns 404 before the timeline is planned.
    """
    return responses.json_response(documents.timeline(job_id))


@blueprint.operation("/jobs/<id:job_id>/artefacts", errors=(404,))
@blueprint.response(200, ArtefactsBody, example=examples.ARTEFACTS, description="The artifacts.")
def list_artifacts(job_id: str) -> dict[str, Any]:
    """List the artifacts of a job.

    They are those of its newest finished film; there are none before.
    """
    return {"artefacts": presenters.job_artifacts(job_id, artifact_queries.artifacts(job_id))}


@blueprint.operation("/jobs/<id:job_id>/artefacts/<file:name>", query=ArtefactQuery, errors=(404, 412, 416))
@blueprint.doc(responses=FILE_RESPONSES, parameters=FILE_PARAMETERS)
def get_artifact(query: dict[str, Any], job_id: str, name: str) -> Response:
    """Download an artifact of a job.

    Supports range requests and conditional requests.
    """
    return responses.file_response(artifact_queries.artifact(job_id, name), as_attachment=query["download"])


@blueprint.operation("/jobs/<id:job_id>/events", query=EventsQuery, errors=(404,))
@blueprint.response(200, EventsBody, example=examples.EVENTS, description="The events.")
def list_events(query: dict[str, Any], job_id: str) -> dict[str, Any]:
    """List the events of a job, oldest first.

    At most 1,000 are listed; the number of the last one is `after` of the next request.
    """
    with transaction() as session:
        check_job(session, job_id)
    return presenters.events(events.list_events(job_id, query["after"]), query["after"])


@blueprint.operation("/jobs/<id:job_id>/cancel", method="POST", errors=(404, 409))
@blueprint.response(200, JobBody, example=examples.CANCELLED_JOB, description="The job, which is cancelled.")
def cancel_job(job_id: str) -> dict[str, Any]:
    """Cancel a job.

    No further step of the job starts. A cancelled job cannot be resumed. Cancelling it again changes nothing.
    """
    return presenters.job(cancel.cancel(job_id))


@blueprint.operation("/jobs/<id:job_id>/resume", method="POST", errors=(404, 409, 507))
@blueprint.response(202, ReceiptBody, example=examples.RECEIPT, description="A new run is queued.")
def resume_job(job_id: str) -> tuple[dict[str, Any], int]:
    """Resume a failed job.

    Finished scenes and steps are reused.
    """
    return presenters.started_run(runs.resume(job_id)), HTTPStatus.ACCEPTED


@blueprint.operation("/jobs/<id:job_id>/approve", method="POST", errors=(404, 409, 507))
@blueprint.response(202, ReceiptBody, example=examples.RECEIPT, description="The run goes on.")
def approve_job(job_id: str) -> tuple[dict[str, Any], int]:
    """Approve the plan of a job that waits for review.

    Rendering then starts. To change the plan, create a revision instead.
    """
    return presenters.started_run(review.approve(job_id)), HTTPStatus.ACCEPTED


@blueprint.operation("/jobs/<id:job_id>/reject", method="POST", errors=(404, 408, 409, 413, 415))
@blueprint.doc(requestBody=REJECTION_REQUEST_BODY)
@blueprint.response(200, JobBody, example=examples.CANCELLED_JOB, description="The job, which is cancelled.")
def reject_job(job_id: str) -> dict[str, Any]:
    """Reject the plan of a job that waits for review.

    The job is cancelled.
    """
    body = json_body.read(default={})
    return presenters.job(review.reject(job_id, RejectionBody().load(body)["reason"]))
