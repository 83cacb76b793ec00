"""Marshmallow schemas of the response bodies of the revision endpoints."""

from __future__ import annotations

from marshmallow import Schema, validate

from app.api.bodies import JOB_ID, STATE, URL, ArtefactBody
from schemas import fields
from schemas.edit import AnyChange
from schemas.fields import doc
from schemas.job import State
from schemas.money import Usd
from schemas.scene_graph import SceneGraphSchema

KINDS = ("plan", "edit", "rollback")
RUN_ID = doc("Id of the run that renders the revision.")
LINKS = doc("URLs of the revision.")
WARNINGS = doc("What may reduce the quality of the film, and what is given but not in the film.")


class SentChange(fields.Raw):
    """A change as it was sent."""

    json_schema = staticmethod(AnyChange.json_schema)


def _scene_ids(description: str) -> fields.List[int]:
    return fields.List(fields.Int(), required=True, metadata=doc(description))


class PreviewBody(Schema):
    """What an edit renders again."""

    scenes = _scene_ids("Ids of the scenes that are rendered again.")
    voice = _scene_ids("Ids of the scenes whose narration is synthesized again.")
    segments = _scene_ids("Ids of the scenes whose segment is encoded again.")
    music = fields.Bool(required=True, metadata=doc("Whether the background music is generated again."))
    mix = fields.Bool(required=True, metadata=doc("Whether the audio is mixed again."))
    film = fields.Bool(required=True, metadata=doc("Whether the file of the film changes."))
    exact = fields.Bool(required=True, metadata=doc("False if the preview depends on durations not yet known."))
    length_ms = fields.Int(required=True, metadata=doc("Duration of the edited film in milliseconds."))
    seconds = fields.Float(required=True, metadata=doc("Estimated time to render the revision, in seconds."))
    cost_usd = Usd(required=True, metadata=doc("Estimated cost in US dollars."))


class RevisionLinksBody(Schema):
    """URLs of a revision: absolute if the server has a public URL, otherwise paths."""

    self = fields.Str(required=True, metadata=doc("The revision.", **URL))
    job = fields.Str(required=True, metadata=doc("The job.", **URL))
    compare = fields.Str(required=True, metadata=doc("The differences from the revision before it.", **URL))
    rollback = fields.Str(required=True, metadata=doc("Rolls back to the revision (POST).", **URL))


class DryRunBody(Schema):
    """The preview of an edit."""

    job_id = fields.Str(required=True, metadata=JOB_ID)
    based_on = fields.Int(required=True, metadata=doc("Number of the revision that the changes apply to."))
    preview = fields.Nested(PreviewBody, required=True, metadata=doc("What the edit renders again."))
    warnings = fields.List(fields.Str(), required=True, metadata=WARNINGS)


class EditedBody(DryRunBody):
    """The revision that an edit has created."""

    revision = fields.Int(required=True, metadata=doc("Number of the new revision."))
    run_id = fields.Str(required=True, metadata=RUN_ID)
    state = fields.Enum(State, required=True, metadata=STATE)
    links = fields.Nested(RevisionLinksBody, required=True, metadata=LINKS)


class RolledBackBody(Schema):
    """The revision that a rollback has created."""

    job_id = fields.Str(required=True, metadata=JOB_ID)
    revision = fields.Int(
        required=True, metadata=doc("Number of the new revision, which has the scene graph of the old one.")
    )
    run_id = fields.Str(required=True, metadata=RUN_ID)
    state = fields.Enum(State, required=True, metadata=STATE)
    at_once = fields.Bool(
        required=True, metadata=doc("False if retention has deleted the artifacts and they are rendered again.")
    )
    links = fields.Nested(RevisionLinksBody, required=True, metadata=LINKS)


class RevisionLineBody(Schema):
    """A revision in a list."""

    number = fields.Int(required=True, metadata=doc("Number of the revision, counted from 1 in each job."))
    kind = fields.Str(required=True, validate=validate.OneOf(KINDS), metadata=doc("What created the revision."))
    parent = fields.Int(
        allow_none=True, metadata=doc("Number of the revision that this one was made from; null for the plan.")
    )
    created_at = fields.AwareDateTime(required=True, metadata=doc("Time at which the revision was created."))
    changes = fields.List(SentChange(), required=True, metadata=doc("The changes of the edit, as they were sent."))
    is_pruned = fields.Bool(
        required=True, metadata=doc("Whether retention has deleted the artifacts; a rollback renders them again.")
    )
    run_id = fields.Str(required=True, metadata=RUN_ID)
    state = fields.Enum(State, required=True, metadata=doc("State of the newest run of this revision."))
    links = fields.Nested(RevisionLinksBody, required=True, metadata=LINKS)


class RevisionsBody(Schema):
    """The revisions of a job."""

    revisions = fields.List(fields.Nested(RevisionLineBody), required=True, metadata=doc("Revisions, oldest first."))


class RevisionBody(RevisionLineBody):
    """A revision."""

    scene_graph = fields.Nested(
        SceneGraphSchema, allow_none=True, metadata=doc("Its scene graph; null until it is planned.")
    )
    artefacts = fields.List(
        fields.Nested(ArtefactBody), required=True, metadata=doc("The files of its newest finished film.")
    )


class DifferenceBody(Schema):
    """A difference between two revisions."""

    scene_id = fields.Int(allow_none=True, metadata=doc("Id of the scene; null for a field of the whole film."))
    field = fields.Str(required=True, metadata=doc("Dotted path in the scene or the film.", examples=["media.focus"]))
    before = fields.Raw(allow_none=True, metadata=doc("Value in the first revision."))
    after = fields.Raw(allow_none=True, metadata=doc("Value in the second revision."))
    words = fields.Str(required=True, metadata=doc("The difference as a sentence."))


class ComparisonBody(Schema):
    """The differences between two revisions."""

    before = fields.Int(required=True, metadata=doc("Number of the first revision (the one given by `with`)."))
    after = fields.Int(required=True, metadata=doc("Number of the second revision (the one in the path)."))
    differences = fields.List(
        fields.Nested(DifferenceBody), required=True, metadata=doc("The differences: of the film first, then by scene.")
    )
