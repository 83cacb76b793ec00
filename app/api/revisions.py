"""``/api/v2/jobs/{id}/revisions``: edit a film, see what that takes, compare, go back."""

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
    EDIT,
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

blueprint = Blueprint("revisions", __name__, url_prefix="/api/v2", description="Versions of a film.")
Plain = dict[str, Any]
BASE = "/jobs/<id:job_id>/revisions"


@blueprint.route(BASE, methods=["POST"])
@blueprint.doc(requestBody=EDIT)
@blueprint.response(202, EditedBody, description="A new revision is being made.")
@blueprint.alt_response(200, schema=DryRunBody, description="What it would take; nothing is stored.", success=True)
@blueprint.alt_response(404, ERROR[404])
@blueprint.alt_response(409, ERROR[409])
@blueprint.alt_response(422, ERROR[422])
def edit(job_id: str) -> tuple[Plain, int]:
    """Change a film: what stays the same is not made again."""
    if not request.is_json:
        raise UnsupportedMediaType("An edit is application/json.")
    sent = job_form.parsed(limits.text())
    job_form.refuse_unfit(sent)
    wanted = EditSchema.read(sent)
    made = edits.edit(job_id, wanted.changes, wanted.based_on, wanted.dry_run)
    body: Plain = {
        "job_id": job_id,
        "based_on": made.based_on,
        "preview": made.preview,
        "warnings": made.warnings,
    }
    if made.number is None or made.run is None:
        return body, HTTPStatus.OK
    return body | _opened(made.run, made.number), HTTPStatus.ACCEPTED


@blueprint.route(BASE, endpoint="all")
@blueprint.response(200, RevisionsBody)
@blueprint.alt_response(404, ERROR[404])
def every(job_id: str) -> Plain:
    """Every version there is or was, the oldest first."""
    return {"revisions": [_shown(job_id, view) for view in queries.list_revisions(job_id)]}


@blueprint.route(f"{BASE}/<int:number>", endpoint="one")
@blueprint.response(200, RevisionBody)
@blueprint.alt_response(404, ERROR[404])
def one(job_id: str, number: int) -> Plain:
    """One version: what it shows, what was changed for it, how it stands and what it left."""
    view = queries.get_revision(job_id, number)
    return _shown(job_id, view) | {"scene_graph": view.scene_graph, "artefacts": _artefacts(job_id, view)}


@blueprint.route(f"{BASE}/<int:number>/artefacts/<path:name>", endpoint="artefact")
@blueprint.arguments(ArtefactQuery, location="query", unknown=RAISE)
@blueprint.response(200, {"type": "string", "format": "binary"}, content_type="application/octet-stream")
@blueprint.alt_response(206, description="The range that was asked for.", success=True)
@blueprint.alt_response(404, ERROR[404])
def artefact(query: Plain, job_id: str, number: int, name: str) -> Response:
    """One file of one version; ranges and conditional requests are answered."""
    return responses.file_response(queries.artifact(job_id, number, name), as_attachment=query["download"])


@blueprint.route(f"{BASE}/<int:number>/compare", endpoint="compare")
@blueprint.arguments(CompareQuery, location="query", unknown=RAISE)
@blueprint.response(200, ComparisonBody)
@blueprint.alt_response(404, ERROR[404])
def compare(query: Plain, job_id: str, number: int) -> Plain:
    """What is different in this version from another one."""
    other = query["other"]
    return {"before": other, "after": number, "differences": queries.compare(job_id, other, number)}


@blueprint.route(f"{BASE}/<int:number>/rollback", methods=["POST"], endpoint="rollback")
@blueprint.response(200, RolledBackBody, description="It is there already.")
@blueprint.alt_response(202, schema=RolledBackBody, description="Its files had to make room; they are made again.")
@blueprint.alt_response(404, ERROR[404])
@blueprint.alt_response(409, ERROR[409])
def rollback(job_id: str, number: int) -> tuple[Plain, int]:
    """Go back: a new version that is like this one."""
    made = edits.roll_back(job_id, number)
    state = State.DONE if made.at_once else State.QUEUED
    body = _opened(made.run, made.number) | {"job_id": job_id, "state": state, "at_once": made.at_once}
    return body, HTTPStatus.OK if made.at_once else HTTPStatus.ACCEPTED


# -- as it is shown --------------------------------------------------------------------------------------------------


def _opened(receipt: StartedRun, number: int) -> Plain:
    links = _links(receipt.job_id, number)
    return {"revision": number, "run_id": receipt.run_id, "state": State.QUEUED, "links": links}


def _shown(job_id: str, view: RevisionLine) -> Plain:
    return {
        "number": view.number,
        "kind": view.kind,
        "parent": view.parent,
        "created_at": view.created_at,
        "changes": view.changes,
        "is_pruned": view.is_pruned,
        "run_id": view.run_id,
        "state": view.state,
        "links": _links(job_id, view.number),
    }


def _links(job_id: str, number: int) -> Plain:
    where = {"job_id": job_id, "number": number}
    return {
        "self": link("revisions.one", **where),
        "job": link("jobs.job", job_id=job_id),
        "compare": link("revisions.compare", **where, **{"with": max(1, number - 1)}),
        "rollback": link("revisions.rollback", **where),
    }


def _artefacts(job_id: str, view: RevisionView) -> list[Plain]:
    return presenters.artifacts(
        view.artifacts, lambda name: link("revisions.artefact", job_id=job_id, number=view.number, name=name)
    )
