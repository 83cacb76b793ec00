"""Marshmallow schemas of the bodies and query strings of the revision endpoints."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields, validate

from app.api.bodies import ArtefactBody
from schemas.edit import EditSchema
from schemas.job import State
from schemas.money import Usd
from schemas.scene_graph import SceneGraphSchema

KINDS = ("plan", "edit", "rollback")
EDIT_REQUEST_BODY = {
    "required": True,
    "content": {
        "application/json": {
            "schema": EditSchema,
            "example": {
                "changes": [{"scene": 2, "caption": "Good bread takes longer"}, {"order": [2, 1]}],
                "dry_run": True,
            },
        }
    },
}


def _doc(description: str, **more: Any) -> dict[str, Any]:
    return {"description": description, **more}


def _scene_ids(description: str) -> fields.List[int]:
    return fields.List(fields.Int(), required=True, metadata=_doc(description))


class PreviewBody(Schema):
    scenes = _scene_ids("Ids of the scenes that are rendered again.")
    voice = _scene_ids("Ids of the scenes whose narration is synthesized again.")
    segments = _scene_ids("Ids of the scenes whose segment is encoded again.")
    music = fields.Bool(required=True, metadata=_doc("Whether the background music is generated again."))
    mix = fields.Bool(required=True, metadata=_doc("Whether the audio is mixed again."))
    film = fields.Bool(required=True, metadata=_doc("Whether the file of the film changes."))
    exact = fields.Bool(required=True, metadata=_doc("False if the preview depends on durations not yet known."))
    length_ms = fields.Int(required=True, metadata=_doc("Duration of the edited film in milliseconds."))
    seconds = fields.Float(required=True, metadata=_doc("Estimated time to render the revision, in seconds."))
    cost_usd = Usd(required=True, metadata=_doc("Estimated cost in US dollars."))


class RevisionLinksBody(Schema):
    self = fields.Str(required=True)
    job = fields.Str(required=True)
    compare = fields.Str(required=True, metadata=_doc("The differences from the revision before it."))
    rollback = fields.Str(required=True)


class DryRunBody(Schema):
    job_id = fields.Str(required=True)
    based_on = fields.Int(required=True, metadata=_doc("Number of the revision that the changes apply to."))
    preview = fields.Nested(PreviewBody, required=True)
    warnings = fields.List(fields.Str(), required=True)


class EditedBody(DryRunBody):
    revision = fields.Int(required=True, metadata=_doc("Number of the new revision."))
    run_id = fields.Str(required=True)
    state = fields.Enum(State, required=True)
    links = fields.Nested(RevisionLinksBody, required=True)


class RolledBackBody(Schema):
    job_id = fields.Str(required=True)
    revision = fields.Int(
        required=True, metadata=_doc("Number of the new revision, which has the scene graph of the old one.")
    )
    run_id = fields.Str(required=True)
    state = fields.Enum(State, required=True)
    at_once = fields.Bool(
        required=True, metadata=_doc("False if retention has deleted the artifacts and they are rendered again.")
    )
    links = fields.Nested(RevisionLinksBody, required=True)


class RevisionLineBody(Schema):
    number = fields.Int(required=True, metadata=_doc("Number of the revision, counted from 1 in each job."))
    kind = fields.Str(required=True, validate=validate.OneOf(KINDS))
    parent = fields.Int(
        allow_none=True, metadata=_doc("Number of the revision that this one was made from; null for the plan.")
    )
    created_at = fields.AwareDateTime(required=True)
    changes = fields.List(fields.Dict(), required=True, metadata=_doc("The changes of the edit, as they were sent."))
    is_pruned = fields.Bool(
        required=True, metadata=_doc("Whether retention has deleted the artifacts; a rollback renders them again.")
    )
    run_id = fields.Str(required=True)
    state = fields.Enum(State, required=True, metadata=_doc("State of the newest run of this revision."))
    links = fields.Nested(RevisionLinksBody, required=True)


class RevisionsBody(Schema):
    revisions = fields.List(fields.Nested(RevisionLineBody), required=True, metadata=_doc("Revisions, oldest first."))


class RevisionBody(RevisionLineBody):
    scene_graph = fields.Nested(SceneGraphSchema, allow_none=True, metadata=_doc("Null until the job is planned."))
    artefacts = fields.List(fields.Nested(ArtefactBody), required=True)


class DifferenceBody(Schema):
    scene_id = fields.Int(allow_none=True, metadata=_doc("Id of the scene; null for a field of the whole film."))
    field = fields.Str(required=True, metadata=_doc("Dotted path in the scene or the film.", example="media.focus"))
    before = fields.Raw(allow_none=True, metadata=_doc("Value in the first revision."))
    after = fields.Raw(allow_none=True, metadata=_doc("Value in the second revision."))
    words = fields.Str(required=True, metadata=_doc("The difference as a sentence."))


class ComparisonBody(Schema):
    before = fields.Int(required=True, metadata=_doc("Number of the first revision (the one given by `with`)."))
    after = fields.Int(required=True, metadata=_doc("Number of the second revision (the one in the path)."))
    differences = fields.List(fields.Nested(DifferenceBody), required=True)


class CompareQuery(Schema):
    other = fields.Int(
        required=True,
        data_key="with",
        validate=validate.Range(1),
        metadata=_doc("Number of the revision to compare with."),
    )
