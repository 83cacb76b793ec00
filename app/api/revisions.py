"""``/api/v2/jobs/{id}/revisions``: edit a film, preview an edit, compare revisions and roll back."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from flask import Response, request
from flask_smorest import Blueprint
from marshmallow import RAISE
from werkzeug.exceptions import UnsupportedMediaType

from app.api import job_form, presenters
from app.api.bodies import ArtefactQuery
from app.api.http import limits, responses
from app.api.openapi_parts import ERROR
from app.api.presenters import link
from app.api.revision_bodies import (
    EDIT_REQUEST_BODY,
    CompareQuery,
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


@blueprint.route(BASE, methods=["POST"])
@blueprint.doc(requestBody=EDIT_REQUEST_BODY)
@blueprint.response(202, EditedBody, description="The new revision is queued for rendering.")
@blueprint.alt_response(
    200, schema=DryRunBody, description="The preview of a dry run; nothing is stored.", success=True
)
@blueprint.alt_response(404, ERROR[404])
@blueprint.alt_response(409, ERROR[409])
@blueprint.alt_response(422, ERROR[422])
def create_revision(job_id: str) -> tuple[JsonObject, int]:
    """Edit a film: create a revision, or preview it with `dry_run`.

    Only what the edit changes is rendered again. Returns 409 when the job is not planned yet, when `based_on` is not
    the newest revision, and, except for a dry run, while a run of the job is open and does not wait for review.
    """
    if not request.is_json:
        raise UnsupportedMediaType("An edit must be application/json.")
    data = job_form.parse_json(limits.read_body())
    job_form.check_text(data)
    edit = EditSchema.read(data)
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


@blueprint.route(BASE)
@blueprint.response(200, RevisionsBody)
@blueprint.alt_response(404, ERROR[404])
def list_revisions(job_id: str) -> JsonObject:
    """List the revisions of a job, oldest first.

    Includes revisions whose artifacts retention has deleted.
    """
    return {"revisions": [_revision_line(job_id, line) for line in queries.list_revisions(job_id)]}


@blueprint.route(f"{BASE}/<int:number>")
@blueprint.response(200, RevisionBody)
@blueprint.alt_response(404, ERROR[404])
def get_revision(job_id: str, number: int) -> JsonObject:
    """Get a revision.

    Returns its scene graph, its changes, the state of its newest run, and its artifacts.
    """
    view = queries.get_revision(job_id, number)
    return _revision_line(job_id, view) | {"scene_graph": view.scene_graph, "artefacts": _artifacts(job_id, view)}


@blueprint.route(f"{BASE}/<int:number>/artefacts/<path:name>")
@blueprint.arguments(ArtefactQuery, location="query", unknown=RAISE)
@blueprint.response(200, {"type": "string", "format": "binary"}, content_type="application/octet-stream")
@blueprint.alt_response(206, description="The requested range of the file.", success=True)
@blueprint.alt_response(404, ERROR[404])
def get_artifact(query: JsonObject, job_id: str, number: int, name: str) -> Response:
    """Download an artifact of a revision.

    Supports range requests and conditional requests.
    """
    return responses.file_response(queries.artifact(job_id, number, name), as_attachment=query["download"])


@blueprint.route(f"{BASE}/<int:number>/compare")
@blueprint.arguments(CompareQuery, location="query", unknown=RAISE)
@blueprint.response(200, ComparisonBody)
@blueprint.alt_response(404, ERROR[404])
def compare_revisions(query: JsonObject, job_id: str, number: int) -> JsonObject:
    """Compare a revision with another one."""
    other = query["other"]
    return {"before": other, "after": number, "differences": queries.compare(job_id, other, number)}


@blueprint.route(f"{BASE}/<int:number>/rollback", methods=["POST"])
@blueprint.response(200, RolledBackBody, description="The artifacts of the old revision are reused.")
@blueprint.alt_response(
    202, schema=RolledBackBody, description="Retention has deleted the artifacts; they are rendered again."
)
@blueprint.alt_response(404, ERROR[404])
@blueprint.alt_response(409, ERROR[409])
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
        view.artifacts, lambda name: link("revisions.get_artifact", job_id=job_id, number=view.number, name=name)
    )
