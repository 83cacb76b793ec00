"""Marshmallow schemas of response bodies and query strings; the OpenAPI document is generated from them."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields, validate

from app.jobs.queries import PAGE
from schemas.asset import ASSET_KINDS
from schemas.job import SceneState, State
from schemas.layout import LayoutSchema
from schemas.money import Usd
from schemas.preset import PresetSchema

MAX_PAGE = 200


def _doc(description: str, **more: Any) -> dict[str, Any]:
    return {"description": description, **more}


class ErrorFacts(Schema):
    code = fields.Str(required=True, metadata=_doc("Stable name of the error.", example="bad_request"))
    message = fields.Str(required=True, metadata=_doc("Description of the error."))
    retryable = fields.Bool(required=True, metadata=_doc("Whether the same request may succeed later."))
    advice = fields.Str(required=True, metadata=_doc("What to do about the error."))
    field = fields.Str(metadata=_doc("Dotted path of the first invalid field.", example="scenes.3.duration_ms"))
    reason = fields.Str(metadata=_doc("Why that field is invalid."))
    errors = fields.Dict(
        keys=fields.Str(),
        values=fields.List(fields.Str()),
        metadata=_doc("Every invalid field with its reasons, when there are several."),
    )


class ErrorBody(Schema):
    error = fields.Nested(ErrorFacts, required=True)
    request_id = fields.Str(
        required=True, metadata=_doc("Id of the request; also in the X-Request-Id header and in the log.")
    )


class AssetBody(Schema):
    asset_id = fields.Str(metadata=_doc("Id of the asset, for use in jobs and edits."))
    kind = fields.Str(validate=validate.OneOf(ASSET_KINDS))
    name = fields.Str(metadata=_doc("Name of the uploaded file."))
    bytes = fields.Int(metadata=_doc("Size of the file."))
    content_type = fields.Str(metadata=_doc("Media type detected from the content; the file name is ignored."))
    width = fields.Int(allow_none=True, metadata=_doc("Width in pixels, with the file's rotation applied."))
    height = fields.Int(allow_none=True, metadata=_doc("Height in pixels, with the file's rotation applied."))
    length_ms = fields.Int(allow_none=True, metadata=_doc("Duration of a video or audio file in milliseconds."))
    sound = fields.Bool(metadata=_doc("Whether the file has an audio track."))
    description = fields.Str(metadata=_doc("What the metadata of an image say that it shows."))


class UploadBody(AssetBody):
    """The response to an upload: a single file's fields are also at the top level; ``assets`` lists all files."""

    assets = fields.List(
        fields.Nested(AssetBody), required=True, metadata=_doc("Every file of the request, in the order of its parts.")
    )


class PresetsBody(Schema):
    presets = fields.List(fields.Nested(PresetSchema), required=True)


class LayoutsBody(Schema):
    layouts = fields.List(fields.Nested(LayoutSchema), required=True)


class LinksBody(Schema):
    self = fields.Str(required=True)
    scene_graph = fields.Str(required=True)
    timeline = fields.Str(required=True)
    artefacts = fields.Str(required=True)
    events = fields.Str(required=True)
    cancel = fields.Str(required=True)
    resume = fields.Str(required=True)
    approve = fields.Str(required=True)
    reject = fields.Str(required=True)
    revisions = fields.Str(required=True)


class EstimateBody(Schema):
    usd = Usd(required=True, metadata=_doc("Estimated cost in US dollars."))


class ReceiptBody(Schema):
    job_id = fields.Str(required=True)
    run_id = fields.Str(required=True, metadata=_doc("Id of the run; also the id of its Celery result."))
    state = fields.Enum(State, required=True)
    links = fields.Nested(LinksBody, required=True)
    estimate = fields.Nested(EstimateBody, required=True)
    warnings = fields.List(fields.Str(), required=True, metadata=_doc("What may reduce the quality of the film."))


class RejectionBody(Schema):
    reason = fields.Str(
        load_default="",
        validate=validate.Length(max=2000),
        metadata=_doc("Why the plan is rejected; stored with the job."),
    )


class SceneBody(Schema):
    id = fields.Int(required=True)
    state = fields.Str(
        required=True,
        validate=validate.OneOf(list(SceneState)),
    )
    engine = fields.Str(allow_none=True, metadata=_doc("The engine that rendered the scene; null until then."))
    description = fields.Str(metadata=_doc("Description of the scene in the scene graph."))
    media_kind = fields.Str(metadata=_doc("Kind of media in the scene graph."))
    steps_down = fields.List(fields.Dict(), metadata=_doc("Every fallback that was taken, with its reason."))
    warnings = fields.List(fields.Str())


class ProgressBody(Schema):
    share = fields.Float(
        required=True, validate=validate.Range(0, 1), metadata=_doc("Completed share of the job, from 0 to 1.")
    )
    scenes = fields.List(fields.Nested(SceneBody), required=True)
    steps = fields.Dict(
        keys=fields.Str(),
        values=fields.Str(),
        metadata=_doc("Celery status of each step; for `segments` the finished and the total number."),
    )


class FailureBody(Schema):
    code = fields.Str(required=True, metadata=_doc("Stable name of the error."))
    message = fields.Str(required=True, metadata=_doc("Description of the error."))
    stage = fields.Str(metadata=_doc("The step that failed."))
    scene_id = fields.Int(allow_none=True, metadata=_doc("The scene that failed, if the step renders a scene."))
    retryable = fields.Bool(required=True, metadata=_doc("Whether resuming the unchanged job may succeed."))
    advice = fields.Str(required=True, metadata=_doc("What to do about the error."))
    spent_usd = Usd(metadata=_doc("Cost of hosted engines up to the failure."))


class ArtefactBody(Schema):
    name = fields.Str(required=True, metadata=_doc("Name of the artifact.", example="output.mp4"))
    url = fields.Str(required=True, metadata=_doc("URL to download the artifact."))
    bytes = fields.Int(required=True, metadata=_doc("Size of the file."))
    content_type = fields.Str(required=True, metadata=_doc("Media type of the file."))
    sha256 = fields.Str(required=True, metadata=_doc("SHA-256 of the file; also its ETag."))


class ArtefactsBody(Schema):
    artefacts = fields.List(fields.Nested(ArtefactBody), required=True)


class JobBody(Schema):
    job_id = fields.Str(required=True)
    run_id = fields.Str(required=True, metadata=_doc("Id of the newest run."))
    state = fields.Enum(State, required=True)
    title = fields.Str(allow_none=True, metadata=_doc("Title of the film."))
    revision = fields.Int(required=True, metadata=_doc("Number of the revision that the newest run renders."))
    created_at = fields.AwareDateTime(required=True)
    ended_at = fields.AwareDateTime(allow_none=True, metadata=_doc("Null while the newest run is open."))
    progress = fields.Nested(ProgressBody, required=True)
    timings_ms = fields.Dict(
        keys=fields.Str(), values=fields.Int(), metadata=_doc("Duration of each finished step in milliseconds.")
    )
    reused = fields.Dict(
        metadata=_doc("Steps that reused stored results: true, or the numbers of the reused scenes or segments.")
    )
    warnings = fields.List(fields.Str(), required=True)
    error = fields.Nested(FailureBody, allow_none=True)
    artefacts = fields.List(fields.Nested(ArtefactBody), required=True)
    links = fields.Nested(LinksBody, required=True)


class JobLineBody(Schema):
    job_id = fields.Str(required=True)
    state = fields.Enum(State, required=True)
    title = fields.Str(allow_none=True)
    created_at = fields.AwareDateTime(required=True)
    url = fields.Str(required=True)


class JobsBody(Schema):
    jobs = fields.List(fields.Nested(JobLineBody), required=True, metadata=_doc("Jobs, newest first."))
    next = fields.Str(
        allow_none=True, metadata=_doc("URL of the next page, with older jobs; null if this page is not full.")
    )


class EventBody(Schema):
    number = fields.Int(required=True, metadata=_doc("Number of the event; later events have higher numbers."))
    at = fields.AwareDateTime(required=True, metadata=_doc("Time of the event."))
    kind = fields.Str(required=True, metadata=_doc("What happened.", example="step.finished"))
    run_id = fields.Str(allow_none=True, metadata=_doc("Id of the run that the event belongs to, if any."))
    data = fields.Dict(metadata=_doc("Details, depending on the kind of event."))


class EventsBody(Schema):
    events = fields.List(fields.Nested(EventBody), required=True, metadata=_doc("Events, oldest first."))
    last = fields.Int(required=True, metadata=_doc("Number of the last event; pass it as `after` to get newer events."))


class CheckBody(Schema):
    ok = fields.Bool(required=True, metadata=_doc("Whether the check succeeded."))
    detail = fields.Str(required=True, metadata=_doc("Result of the check, or why it failed."))


class HealthBody(Schema):
    live = fields.Bool(required=True)
    ready = fields.Bool(required=True, metadata=_doc("Whether every check succeeded."))
    checks = fields.Dict(keys=fields.Str(), values=fields.Nested(CheckBody))


class LiveBody(Schema):
    live = fields.Bool(required=True)


# -- queries ---------------------------------------------------------------------------------------------------------


class PageQuery(Schema):
    limit = fields.Int(
        load_default=PAGE, validate=validate.Range(1, MAX_PAGE), metadata=_doc("Maximum number of jobs on a page.")
    )
    before = fields.AwareDateTime(default_timezone=None, metadata=_doc("Return only jobs created before this time."))
    before_id = fields.Str(
        load_default="", metadata=_doc("Also return jobs created at exactly `before` whose id is lower than this one.")
    )


class EventsQuery(Schema):
    after = fields.Int(
        load_default=0,
        validate=validate.Range(0, 2**53),
        metadata=_doc("Return only events with a higher number than this one."),
    )


class ArtefactQuery(Schema):
    download = fields.Bool(
        load_default=False, metadata=_doc("Send the file as an attachment with its own name (Content-Disposition).")
    )
