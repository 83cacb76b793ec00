"""Marshmallow schemas of response bodies; the OpenAPI document is generated from them."""

from __future__ import annotations

from typing import Any, ClassVar

from marshmallow import Schema, validate

from schemas import fields
from schemas.asset import ASSET_KINDS
from schemas.clip import FallbackSchema
from schemas.fields import doc
from schemas.job import SceneState, State
from schemas.layout import LayoutSchema
from schemas.money import Usd
from schemas.preset import PresetSchema

URL = {"format": "uri-reference"}
JOB_ID = doc("Id of the job.", examples=["job_3f2a9c4be0d14e6fa1b07c55d2e8f690"])
STATE = doc("State of the run.")
WARNINGS = doc("What may reduce the quality of the film, and what is given but not in the film.")
ARTEFACTS = doc("The files of the newest finished film.")
LIVE = doc("Always true: the process has answered.")
CREATED_AT = doc("Time of the submission.")
JOB_TITLE = doc("Title of the film; null until it is known.")


class ErrorFacts(Schema):
    """What is wrong, and what to do about it."""

    code = fields.Str(required=True, metadata=doc("Stable name of the error.", examples=["bad_request"]))
    message = fields.Str(required=True, metadata=doc("Description of the error."))
    retryable = fields.Bool(required=True, metadata=doc("Whether the same request may succeed later."))
    advice = fields.Str(required=True, metadata=doc("What to do about the error."))
    field = fields.Str(metadata=doc("Dotted path of the first invalid field.", examples=["scenes.3.duration_ms"]))
    reason = fields.Str(metadata=doc("Why that field is invalid."))
    errors = fields.Dict(
        keys=fields.Str(),
        values=fields.List(fields.Str()),
        metadata=doc("Every invalid field with its reasons, when there are several."),
    )


class ErrorBody(Schema):
    """The body of every response with a status of 400 or above."""

    error = fields.Nested(ErrorFacts, required=True, metadata=doc("The error."))
    request_id = fields.Str(
        required=True, metadata=doc("Id of the request; also in the X-Request-Id header and in the log.")
    )


class AssetBody(Schema):
    """A stored file."""

    asset_id = fields.Str(metadata=doc("Id of the asset, for use in jobs and edits."))
    kind = fields.Str(validate=validate.OneOf(ASSET_KINDS), metadata=doc("Kind of the file."))
    name = fields.Str(metadata=doc("Name of the uploaded file."))
    bytes = fields.Int(metadata=doc("Size of the file in bytes."))
    content_type = fields.Str(metadata=doc("Media type detected from the content; the file name is ignored."))
    width = fields.Int(allow_none=True, metadata=doc("Width in pixels, with the file's rotation applied."))
    height = fields.Int(allow_none=True, metadata=doc("Height in pixels, with the file's rotation applied."))
    length_ms = fields.Int(allow_none=True, metadata=doc("Duration of a video or audio file in milliseconds."))
    sound = fields.Bool(metadata=doc("Whether the file has an audio track."))
    description = fields.Str(metadata=doc("What the metadata of an image say that it shows."))


class UploadBody(AssetBody):
    """The response to an upload: a single file's fields are also at the top level; ``assets`` lists all files."""

    assets = fields.List(
        fields.Nested(AssetBody), required=True, metadata=doc("Every file of the request, in the order of its parts.")
    )


class UploadLimitsBody(Schema):
    """The limits for uploaded files."""

    max_files = fields.Int(required=True, metadata=doc("The most files of one request, and the most media of a job."))
    max_file_bytes = fields.Int(required=True, metadata=doc("Size of the largest file in bytes."))
    max_request_bytes = fields.Int(required=True, metadata=doc("Size of the largest request in bytes, with all files."))
    max_pixels = fields.Int(required=True, metadata=doc("Width × height of the largest picture."))
    max_duration_ms = fields.Int(required=True, metadata=doc("Duration of the longest clip or sound in milliseconds."))


class PresetsBody(Schema):
    """All presets."""

    presets = fields.List(fields.Nested(PresetSchema), required=True, metadata=doc("The presets."))


class LayoutsBody(Schema):
    """All layouts."""

    layouts = fields.List(fields.Nested(LayoutSchema), required=True, metadata=doc("The layouts."))


class LinksBody(Schema):
    """URLs of a job: absolute if the server has a public URL, otherwise paths."""

    self = fields.Str(required=True, metadata=doc("The job.", **URL))
    scene_graph = fields.Str(required=True, metadata=doc("Its scene graph.", **URL))
    timeline = fields.Str(required=True, metadata=doc("Its timeline.", **URL))
    artefacts = fields.Str(required=True, metadata=doc("Its artifacts.", **URL))
    events = fields.Str(required=True, metadata=doc("Its events.", **URL))
    orders = fields.Str(required=True, metadata=doc("Its orders at providers.", **URL))
    cancel = fields.Str(required=True, metadata=doc("Cancels it (POST).", **URL))
    resume = fields.Str(required=True, metadata=doc("Resumes it after a failure (POST).", **URL))
    approve = fields.Str(required=True, metadata=doc("Approves its plan (POST).", **URL))
    reject = fields.Str(required=True, metadata=doc("Rejects its plan (POST).", **URL))
    revisions = fields.Str(required=True, metadata=doc("Its revisions; POST makes an edit.", **URL))


class EstimateBody(Schema):
    """What a run is expected to cost."""

    usd = Usd(required=True, metadata=doc("Estimated cost in US dollars."))


class ReceiptBody(Schema):
    """The run that a request has started."""

    job_id = fields.Str(required=True, metadata=JOB_ID)
    run_id = fields.Str(required=True, metadata=doc("Id of the run; also the id of its Celery result."))
    state = fields.Enum(State, required=True, metadata=STATE)
    links = fields.Nested(LinksBody, required=True, metadata=doc("URLs of the job."))
    estimate = fields.Nested(EstimateBody, required=True, metadata=doc("What the run is expected to cost."))
    warnings = fields.List(fields.Str(), required=True, metadata=WARNINGS)


class TakeBody(Schema):
    """Another take of a scene, which an edit can choose by its number."""

    take = fields.Int(required=True, metadata=doc("Number of the take."))
    engine = fields.Str(required=True, metadata=doc("The engine that made it."))
    model = fields.Str(metadata=doc("The model of the engine."))
    cost_usd = fields.Float(metadata=doc("What it has cost, in US dollars."))
    artefact = fields.Str(required=True, metadata=doc("Name of the artefact with its clip."))


class SceneBody(Schema):
    """A scene of a job."""

    id = fields.Int(required=True, metadata=doc("Number of the scene."))
    state = fields.Enum(SceneState, required=True, metadata=doc("State of the scene; `FALLBACK` is a finished one."))
    engine = fields.Str(allow_none=True, metadata=doc("The engine that rendered the scene; null until then."))
    description = fields.Str(metadata=doc("Description of the scene in the scene graph."))
    media_kind = fields.Str(metadata=doc("Kind of media in the scene graph."))
    steps_down = fields.List(fields.Nested(FallbackSchema), metadata=doc("Every fallback that was taken, in order."))
    warnings = fields.List(fields.Str(), metadata=doc("What may reduce the quality of the scene."))
    model = fields.Str(metadata=doc("The model of a hosted engine; empty for other engines."))
    why = fields.Str(metadata=doc("Why this engine was chosen; empty for a fallback."))
    cost_usd = fields.Float(metadata=doc("What the clip has cost, in US dollars."))
    takes = fields.List(
        fields.Nested(TakeBody), metadata=doc("Other takes; an edit with `take` shows one of them, at no cost.")
    )
    waits_for = fields.Str(
        allow_none=True,
        metadata=doc(
            "What the scene waits for, in words: a provider with its progress, or a decision about an order whose "
            "outcome is unknown; null if it waits for neither."
        ),
    )


class ProgressBody(Schema):
    """How far a job is."""

    share = fields.Float(
        required=True, validate=validate.Range(0, 1), metadata=doc("Completed share of the job, from 0 to 1.")
    )
    scenes = fields.List(fields.Nested(SceneBody), required=True, metadata=doc("The scenes, once they are planned."))
    steps = fields.Dict(
        keys=fields.Str(),
        values=fields.Str(),
        metadata=doc("Celery status of each step; for `segments` the finished and the total number."),
    )


class FailureBody(Schema):
    """Why a job failed."""

    code = fields.Str(required=True, metadata=doc("Stable name of the error."))
    message = fields.Str(required=True, metadata=doc("Description of the error."))
    stage = fields.Str(metadata=doc("The step that failed."))
    scene_id = fields.Int(allow_none=True, metadata=doc("The scene that failed, if the step renders a scene."))
    retryable = fields.Bool(required=True, metadata=doc("Whether resuming the unchanged job may succeed."))
    advice = fields.Str(required=True, metadata=doc("What to do about the error."))
    spent_usd = Usd(metadata=doc("Cost of hosted engines up to the failure."))


class ArtefactBody(Schema):
    """A file that a job delivers."""

    name = fields.Str(required=True, metadata=doc("Name of the artifact.", examples=["output.mp4"]))
    url = fields.Str(required=True, metadata=doc("URL to download the artifact.", **URL))
    bytes = fields.Int(required=True, metadata=doc("Size of the file in bytes."))
    content_type = fields.Str(required=True, metadata=doc("Media type of the file."))
    sha256 = fields.Str(required=True, metadata=doc("SHA-256 of the file in hexadecimal; also its ETag."))


class ArtefactsBody(Schema):
    """The artifacts of a job."""

    artefacts = fields.List(fields.Nested(ArtefactBody), required=True, metadata=ARTEFACTS)


class Reused(fields.Raw):
    """Whether a step was reused, or which scenes or segments of it."""

    json_schema: ClassVar[dict[str, Any]] = {
        "oneOf": [{"type": "boolean"}, {"type": "array", "items": {"type": "integer"}}]
    }


class MoneyBody(Schema):
    """The money of a job, over all its runs."""

    budget_usd = Usd(allow_none=True, required=True, metadata=doc("The most that it may spend; null is no limit."))
    estimated_usd = Usd(required=True, metadata=doc("The estimates of all its orders in US dollars."))
    spent_usd = Usd(required=True, metadata=doc("What providers have charged, in US dollars."))
    held_usd = Usd(required=True, metadata=doc("Reserved for orders whose outcome is not known yet, in US dollars."))


class JobBody(Schema):
    """A job, with the state of its newest run."""

    job_id = fields.Str(required=True, metadata=JOB_ID)
    run_id = fields.Str(required=True, metadata=doc("Id of the newest run."))
    state = fields.Enum(State, required=True, metadata=STATE)
    title = fields.Str(allow_none=True, metadata=JOB_TITLE)
    owner = fields.Str(
        allow_none=True,
        required=True,
        metadata=doc("Name of the API key that submitted the job; null if the server had no keys."),
    )
    revision = fields.Int(required=True, metadata=doc("Number of the revision that the newest run renders."))
    created_at = fields.AwareDateTime(required=True, metadata=CREATED_AT)
    ended_at = fields.AwareDateTime(
        allow_none=True, metadata=doc("Time at which the newest run ended; null while it is open.")
    )
    progress = fields.Nested(ProgressBody, required=True, metadata=doc("How far the newest run is."))
    timings_ms = fields.Dict(
        keys=fields.Str(), values=fields.Int(), metadata=doc("Duration of each finished step in milliseconds.")
    )
    reused = fields.Dict(
        keys=fields.Str(),
        values=Reused(),
        metadata=doc("Steps that reused stored results: true, or the numbers of the reused scenes or segments."),
    )
    warnings = fields.List(fields.Str(), required=True, metadata=WARNINGS)
    money = fields.Nested(MoneyBody, required=True, metadata=doc("What its orders at providers cost."))
    error = fields.Nested(FailureBody, allow_none=True, metadata=doc("Why the newest run failed; null otherwise."))
    artefacts = fields.List(fields.Nested(ArtefactBody), required=True, metadata=ARTEFACTS)
    links = fields.Nested(LinksBody, required=True, metadata=doc("URLs of the job."))


class JobLineBody(Schema):
    """A job in a list."""

    job_id = fields.Str(required=True, metadata=JOB_ID)
    state = fields.Enum(State, required=True, metadata=STATE)
    title = fields.Str(allow_none=True, metadata=JOB_TITLE)
    created_at = fields.AwareDateTime(required=True, metadata=CREATED_AT)
    url = fields.Str(required=True, metadata=doc("URL of the job.", **URL))


class JobsBody(Schema):
    """A page of jobs."""

    jobs = fields.List(fields.Nested(JobLineBody), required=True, metadata=doc("Jobs, newest first."))
    next = fields.Str(
        allow_none=True, metadata=doc("URL of the next page, with older jobs; null if this page is not full.", **URL)
    )


class EventBody(Schema):
    """Something that happened to a job."""

    number = fields.Int(required=True, metadata=doc("Number of the event; later events have higher numbers."))
    at = fields.AwareDateTime(required=True, metadata=doc("Time of the event."))
    kind = fields.Str(required=True, metadata=doc("What happened.", examples=["step.finished"]))
    run_id = fields.Str(allow_none=True, metadata=doc("Id of the run that the event belongs to, if any."))
    data = fields.Dict(keys=fields.Str(), values=fields.Raw(), metadata=doc("Details, depending on the kind of event."))


class EventsBody(Schema):
    """Events of a job."""

    events = fields.List(fields.Nested(EventBody), required=True, metadata=doc("Events, oldest first."))
    last = fields.Int(required=True, metadata=doc("Number of the last event; pass it as `after` to get newer events."))


class CheckBody(Schema):
    """The result of a check."""

    ok = fields.Bool(required=True, metadata=doc("Whether the check succeeded."))
    detail = fields.Str(required=True, metadata=doc("Result of the check, or why it failed."))


class HealthBody(Schema):
    """The state of the server and of what it needs."""

    live = fields.Bool(required=True, metadata=LIVE)
    ready = fields.Bool(required=True, metadata=doc("Whether every check succeeded."))
    checks = fields.Dict(
        keys=fields.Str(), values=fields.Nested(CheckBody), required=True, metadata=doc("The checks by name.")
    )


class LiveBody(Schema):
    """The state of the process."""

    live = fields.Bool(required=True, metadata=LIVE)
