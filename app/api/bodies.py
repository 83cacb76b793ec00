"""What the API answers, as schemas: they shape the replies and describe them in the OpenAPI document."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields, validate

from app.jobs.queries import PAGE
from schemas.asset import ASSET_KINDS
from schemas.job import SceneState, State
from schemas.money import Usd
from schemas.preset import PresetSchema

MAX_PAGE = 200


def _about(text: str, **more: Any) -> dict[str, Any]:
    return {"description": text, **more}


class ErrorFacts(Schema):
    code = fields.Str(required=True, metadata=_about("Stable name of the error.", example="bad_request"))
    message = fields.Str(required=True, metadata=_about("What is wrong, in words."))
    retryable = fields.Bool(required=True, metadata=_about("Whether the same request may succeed later."))
    advice = fields.Str(required=True, metadata=_about("What to do about it."))
    field = fields.Str(metadata=_about("Dotted path of the first wrong field.", example="scenes.3.duration_ms"))
    reason = fields.Str(metadata=_about("What is wrong with that field."))
    errors = fields.Dict(
        keys=fields.Str(),
        values=fields.List(fields.Str()),
        metadata=_about("Every wrong field with its reasons, when there are several."),
    )


class ErrorBody(Schema):
    error = fields.Nested(ErrorFacts, required=True)
    request_id = fields.Str(required=True, metadata=_about("Also in the X-Request-Id header and in the log."))


class AssetBody(Schema):
    asset_id = fields.Str()
    kind = fields.Str(validate=validate.OneOf(ASSET_KINDS))
    name = fields.Str(metadata=_about("The file's own name."))
    bytes = fields.Int()
    content_type = fields.Str(metadata=_about("By content, whatever the file was called."))
    width = fields.Int(allow_none=True, metadata=_about("Pixels as shown: rotation is applied."))
    height = fields.Int(allow_none=True)
    length_ms = fields.Int(allow_none=True)
    sound = fields.Bool()


class UploadBody(AssetBody):
    """One file gives its facts at the top, too; ``assets`` has every file of the request, in order."""

    assets = fields.List(fields.Nested(AssetBody), required=True)


class PresetsBody(Schema):
    presets = fields.List(fields.Nested(PresetSchema), required=True)


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
    usd = Usd(required=True)


class ReceiptBody(Schema):
    job_id = fields.Str(required=True)
    run_id = fields.Str(required=True, metadata=_about("Also the id of the Celery result."))
    state = fields.Enum(State, required=True)
    links = fields.Nested(LinksBody, required=True)
    estimate = fields.Nested(EstimateBody, required=True)
    warnings = fields.List(fields.Str(), required=True, metadata=_about("What may look worse than expected."))


class RejectionBody(Schema):
    reason = fields.Str(load_default="", validate=validate.Length(max=2000), metadata=_about("Kept with the job."))


class SceneBody(Schema):
    id = fields.Int(required=True)
    state = fields.Str(
        required=True,
        validate=validate.OneOf(list(SceneState)),
    )
    engine = fields.Str(allow_none=True)
    description = fields.Str()
    media_kind = fields.Str()
    steps_down = fields.List(fields.Dict(), metadata=_about("Every fallback that was taken, and why."))
    warnings = fields.List(fields.Str())


class ProgressBody(Schema):
    share = fields.Float(required=True, validate=validate.Range(0, 1))
    scenes = fields.List(fields.Nested(SceneBody), required=True)
    steps = fields.Dict(keys=fields.Str(), values=fields.Str(), metadata=_about("Celery's status of each step."))


class FailureBody(Schema):
    code = fields.Str(required=True)
    message = fields.Str(required=True)
    stage = fields.Str()
    scene_id = fields.Int(allow_none=True)
    retryable = fields.Bool(required=True, metadata=_about("Whether resuming the job as it is can help."))
    advice = fields.Str(required=True)
    spent_usd = Usd(metadata=_about("What hosted engines have cost until then."))


class ArtefactBody(Schema):
    name = fields.Str(required=True, metadata={"example": "output.mp4"})
    url = fields.Str(required=True)
    bytes = fields.Int(required=True)
    content_type = fields.Str(required=True)
    sha256 = fields.Str(required=True)


class ArtefactsBody(Schema):
    artefacts = fields.List(fields.Nested(ArtefactBody), required=True)


class JobBody(Schema):
    job_id = fields.Str(required=True)
    run_id = fields.Str(required=True)
    state = fields.Enum(State, required=True)
    title = fields.Str(allow_none=True)
    revision = fields.Int(required=True, metadata=_about("Which version of the scene graph the newest run makes."))
    created_at = fields.AwareDateTime(required=True)
    ended_at = fields.AwareDateTime(allow_none=True)
    progress = fields.Nested(ProgressBody, required=True)
    timings_ms = fields.Dict(keys=fields.Str(), values=fields.Int(), metadata=_about("How long each ended step took."))
    reused = fields.Dict(
        metadata=_about("Steps that found all they had to make: true, or numbers of scenes or segments.")
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
    jobs = fields.List(fields.Nested(JobLineBody), required=True)
    next = fields.Str(allow_none=True, metadata=_about("The next page, older jobs; null on the last one."))


class EventBody(Schema):
    number = fields.Int(required=True)
    at = fields.AwareDateTime(required=True)
    kind = fields.Str(required=True, metadata={"example": "step.finished"})
    run_id = fields.Str(allow_none=True)
    data = fields.Dict()


class EventsBody(Schema):
    events = fields.List(fields.Nested(EventBody), required=True)
    last = fields.Int(required=True, metadata=_about("Ask with after=last for what comes next."))


class CheckBody(Schema):
    ok = fields.Bool(required=True)
    detail = fields.Str(required=True)


class HealthBody(Schema):
    live = fields.Bool(required=True)
    ready = fields.Bool(required=True)
    checks = fields.Dict(keys=fields.Str(), values=fields.Nested(CheckBody))


class LiveBody(Schema):
    live = fields.Bool(required=True)


# -- queries ---------------------------------------------------------------------------------------------------------


class PageQuery(Schema):
    limit = fields.Int(load_default=PAGE, validate=validate.Range(1, MAX_PAGE))
    before = fields.AwareDateTime(default_timezone=None, metadata=_about("Only jobs created before this moment."))
    before_id = fields.Str(load_default="", metadata=_about("Of jobs of that very moment, those with a lower id."))


class EventsQuery(Schema):
    after = fields.Int(load_default=0, validate=validate.Range(0, 2**53))


class ArtefactQuery(Schema):
    download = fields.Bool(load_default=False, metadata=_about("As an attachment, under its own name."))
