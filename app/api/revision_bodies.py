"""What the API answers about revisions, as schemas; and what it is asked in an address."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields, validate

from app.api.bodies import ArtefactBody
from schemas.edit import EditSchema
from schemas.job import State
from schemas.money import Usd
from schemas.scene_graph import SceneGraphSchema

KINDS = ("plan", "edit", "rollback")
EDIT = {
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


def _about(text: str, **more: Any) -> dict[str, Any]:
    return {"description": text, **more}


def _ids(text: str) -> fields.List[int]:
    return fields.List(fields.Int(), required=True, metadata=_about(text))


class PreviewBody(Schema):
    scenes = _ids("Scenes that are filmed again.")
    voice = _ids("Scenes whose line is spoken again.")
    segments = _ids("Scenes whose part of the film is encoded again.")
    music = fields.Bool(required=True, metadata=_about("Whether the bed of music is made again."))
    mix = fields.Bool(required=True, metadata=_about("Whether the sound is mixed again."))
    film = fields.Bool(required=True, metadata=_about("Whether the film becomes another file."))
    exact = fields.Bool(required=True, metadata=_about("False where lengths are still to be found out."))
    length_ms = fields.Int(required=True, metadata=_about("How long the film will be."))
    seconds = fields.Float(required=True, metadata=_about("About how long making it takes."))
    cost_usd = Usd(required=True)


class RevisionLinksBody(Schema):
    self = fields.Str(required=True)
    job = fields.Str(required=True)
    compare = fields.Str(required=True, metadata=_about("What is different from the revision before it."))
    rollback = fields.Str(required=True)


class DryRunBody(Schema):
    job_id = fields.Str(required=True)
    based_on = fields.Int(required=True, metadata=_about("The revision that the changes are made to."))
    preview = fields.Nested(PreviewBody, required=True)
    warnings = fields.List(fields.Str(), required=True)


class EditedBody(DryRunBody):
    revision = fields.Int(required=True, metadata=_about("The number of the new revision."))
    run_id = fields.Str(required=True)
    state = fields.Enum(State, required=True)
    links = fields.Nested(RevisionLinksBody, required=True)


class RolledBackBody(Schema):
    job_id = fields.Str(required=True)
    revision = fields.Int(required=True, metadata=_about("The number of the new revision, which is like the old one."))
    run_id = fields.Str(required=True)
    state = fields.Enum(State, required=True)
    at_once = fields.Bool(required=True, metadata=_about("False when its files had to make room and are made again."))
    links = fields.Nested(RevisionLinksBody, required=True)


class RevisionLineBody(Schema):
    number = fields.Int(required=True)
    kind = fields.Str(required=True, validate=validate.OneOf(KINDS))
    parent = fields.Int(allow_none=True, metadata=_about("The revision it was made from."))
    created_at = fields.AwareDateTime(required=True)
    changes = fields.List(fields.Dict(), required=True, metadata=_about("The edit, as it was sent."))
    is_pruned = fields.Bool(required=True, metadata=_about("Its files had to make room; they can be made again."))
    run_id = fields.Str(required=True)
    state = fields.Enum(State, required=True, metadata=_about("How its newest run stands."))
    links = fields.Nested(RevisionLinksBody, required=True)


class RevisionsBody(Schema):
    revisions = fields.List(fields.Nested(RevisionLineBody), required=True, metadata=_about("The oldest first."))


class RevisionBody(RevisionLineBody):
    scene_graph = fields.Nested(SceneGraphSchema, allow_none=True, metadata=_about("Null while it is not planned."))
    artefacts = fields.List(fields.Nested(ArtefactBody), required=True)


class DifferenceBody(Schema):
    scene_id = fields.Int(allow_none=True, metadata=_about("Null for what is of the whole film."))
    field = fields.Str(required=True, metadata=_about("Dotted path in the scene or the film.", example="media.focus"))
    before = fields.Raw(allow_none=True)
    after = fields.Raw(allow_none=True)
    words = fields.Str(required=True)


class ComparisonBody(Schema):
    before = fields.Int(required=True)
    after = fields.Int(required=True)
    differences = fields.List(fields.Nested(DifferenceBody), required=True)


class CompareQuery(Schema):
    other = fields.Int(
        required=True,
        data_key="with",
        validate=validate.Range(1),
        metadata=_about("The number of the revision to compare with."),
    )
