"""``/api/v2/jobs/{id}/revisions``: edit a film, preview an edit, compare revisions and roll back."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from flask import Response

from app.api import examples, json_body, presenters
from app.api.blueprint import Blueprint
from app.api.http import responses
from app.api.openapi_parts import FILE_PARAMETERS, FILE_RESPONSES
from app.api.presenters import link
from app.api.query_fields import ArtefactQuery, CompareQuery
from app.api.request_bodies import EDIT_REQUEST_BODY
from app.api.revision_bodies import (
    ComparisonBody,
    DryRunBody,
    EditedBody,
    RevisionBody,
    RevisionsBody,
    RolledBackBody,
)
from app.jobs.runs import StartedRun
from app.revisions import edits, queries
from app.revisions.queries import RevisionLine, RevisionView
from schemas.edit import EditSchema
from schemas.job import State

blueprint = Blueprint("revisions", __name__, url_prefix="/api/v2", description="Revisions of a film.")
JsonObject = dict[str, Any]
BASE = "/jobs/<id:job_id>/revisions"


@blueprint.operation(BASE, method="POST", errors=(404, 408, 409, 413, 415, 507))
@blueprint.doc(requestBody=EDIT_REQUEST_BODY)
@blueprint.response(202, EditedBody, example=examples.EDITED, description="The new revision is queued for rendering.")
@blueprint.alt_response(
    200,
    schema=DryRunBody,
    example=examples.DRY_RUN,
    description="The preview of a dry run; nothing is stored.",
    success=True,
)
def create_revision(job_id: str) -> tuple[JsonObject, int]:
    """Edit a film: create a revision, or preview it with `dry_run`.

    Only what the edit changes is rendered again. Returns 409 when the job is not planned yet, when `based_on` is not
    the newest revision, and, except for a dry run, while a run of the job is open and does not wait for review.
    """
    edit = EditSchema.read(json_body.read())
    result = edits.edit(job_id, edit.changes, edit.based_on, edit.dry_run)
    body: JsonObject = {
        "job_id": job_id,
        "based_on": result.based_on,
        "preview": result.preview,
        "warnings": result.warnings,
    }
    if result.number is None or result.run is None:
        return body, HTTPStatus.OK
    return body | _started_revision(result.run, result.number), HTTPStatus.ACCEPTED


@blueprint.operation(BASE, errors=(404,))
@blueprint.response(200, RevisionsBody, example=examples.REVISIONS, description="The revisions.")
def list_revisions(job_id: str) -> JsonObject:
    """List the revisions of a job, oldest first.

    Includes revisions whose artifacts retention has deleted.
    """
    return {"revisions": [_revision_line(job_id, line) for line in queries.list_revisions(job_id)]}


@blueprint.operation(f"{BASE}/<revision:number>", errors=(404,))
@blueprint.response(200, RevisionBody, example=examples.REVISION, description="The revision.")
def get_revision(job_id: str, number: int) -> JsonObject:
    """Get a revision.

    Returns its scene graph, its changes, the state of its newest run, and its artifacts.
    """
    view = queries.get_revision(job_id, number)
    return _revision_line(job_id, view) | {"scene_graph": view.scene_graph, "artefacts": _artifacts(job_id, view)}


@blueprint.operation(f"{BASE}/<revision:number>/artefacts/<file:name>", query=ArtefactQuery, errors=(404, 412, 416))
@blueprint.doc(responses=FILE_RESPONSES, parameters=FILE_PARAMETERS)
def get_revision_artifact(query: JsonObject, job_id: str, number: int, name: str) -> Response:
    """Download an artifact of a revision.

    Supports range requests and conditional requests.
    """
    return responses.file_response(queries.artifact(job_id, number, name), as_attachment=query["download"])


@blueprint.operation(f"{BASE}/<revision:number>/compare", query=CompareQuery, errors=(404,))
@blueprint.response(200, ComparisonBody, example=examples.COMPARISON, description="The differences.")
def compare_revisions(query: JsonObject, job_id: str, number: int) -> JsonObject:
    """Compare a revision with another one.

    Each difference is also given as a sentence.
    """
    other = query["other"]
    return {"before": other, "after": number, "differences": queries.compare(job_id, other, number)}


@blueprint.operation(f"{BASE}/<revision:number>/rollback", method="POST", errors=(404, 409, 507))
@blueprint.response(
    200, RolledBackBody, example=examples.ROLLED_BACK, description="The artifacts of the old revision are reused."
)
@blueprint.alt_response(
    202,
    schema=RolledBackBody,
    example=examples.ROLLING_BACK,
    description="Retention has deleted the artifacts; they are rendered again.",
    success=True,
)
def roll_back(job_id: str, number: int) -> tuple[JsonObject, int]:
    """Roll back to a revision: create a new revision with its scene graph.

    Returns 409 while a run of the job is open, when no run of the revision has finished, or when it is the newest.
    """
    result = edits.roll_back(job_id, number)
    state = State.DONE if result.at_once else State.QUEUED
    body = _started_revision(result.run, result.number)
    body |= {"job_id": job_id, "state": state, "at_once": result.at_once}
    return body, HTTPStatus.OK if result.at_once else HTTPStatus.ACCEPTED


# -- presenters ------------------------------------------------------------------------------------------------------


def _started_revision(run: StartedRun, number: int) -> JsonObject:
    links = _revision_links(run.job_id, number)
    return {"revision": number, "run_id": run.run_id, "state": State.QUEUED, "links": links}


def _revision_line(job_id: str, line: RevisionLine) -> JsonObject:
    return {
        "number": line.number,
        "kind": line.kind,
        "parent": line.parent,
        "created_at": line.created_at,
        "changes": line.changes,
        "is_pruned": line.is_pruned,
        "run_id": line.run_id,
        "state": line.state,
        "links": _revision_links(job_id, line.number),
    }


def _revision_links(job_id: str, number: int) -> JsonObject:
    path = {"job_id": job_id, "number": number}
    return {
        "self": link("revisions.get_revision", **path),
        "job": link("jobs.get_job", job_id=job_id),
        "compare": link("revisions.compare_revisions", **path, **{"with": max(1, number - 1)}),
        "rollback": link("revisions.roll_back", **path),
    }


def _artifacts(job_id: str, view: RevisionView) -> list[JsonObject]:
    return presenters.artifacts(
        view.artifacts,
        lambda name: link("revisions.get_revision_artifact", job_id=job_id, number=view.number, name=name),
    )
