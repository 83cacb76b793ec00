"""The exceptions of this application, in one hierarchy.

An error is built from facts, and its message is formatted from them. All facts go positionally to
``super().__init__``: Celery rebuilds an exception from its ``args``, and an exception that stores its facts elsewhere
is deserialised as its parent class. Each fact can also be read as an attribute.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any, ClassVar

from app.core.redaction import public_cause, public_text
from schemas.money import ZERO, json_usd, shown_usd


class PytoonError(Exception):
    """The base class: a stable ``code``, an HTTP ``status``, whether to retry, and ``advice`` for the user."""

    code: ClassVar[str] = "error"
    status: ClassVar[int] = 500
    retryable: ClassVar[bool] = False
    advice: ClassVar[str] = "Search the log of the worker for the job id, which every line of the job has."
    facts: ClassVar[tuple[str, ...]] = ()

    def __getattr__(self, name: str) -> Any:
        if name in type(self).facts and (index := type(self).facts.index(name)) < len(self.args):
            return self.args[index]
        raise AttributeError(name)

    def __str__(self) -> str:
        return ": ".join(str(fact) for fact in self.args) or type(self).__name__

    def as_dict(self) -> dict[str, Any]:
        """The JSON body of the error for a client; it has no paths and no secrets."""
        return {
            "code": self.code,
            "message": public_text(str(self)),
            "retryable": self.retryable,
            "advice": self.advice,
        }


class BadRequest(PytoonError):
    """``BadRequest(field, reason)``: a field of the request is not valid."""

    code = "bad_request"
    status = 422
    advice = "Correct the named field and send the request again."
    facts: ClassVar[tuple[str, ...]] = ("field", "reason")

    def __str__(self) -> str:
        return f"{self.args[0]}: {self.args[1]}"


class BadMedia(BadRequest):
    """``BadMedia(field, reason, what_now)``: a media file is damaged, incomplete or of an unsupported type.

    ``what_now`` may be left out; the advice is then that of the class.
    """

    code = "bad_media"
    advice = "Send a complete JPEG, PNG, WebP, MP4, MOV, WebM, WAV, MP3 or M4A file."
    facts = ("field", "reason", "what_now")

    def as_dict(self) -> dict[str, Any]:
        return {**super().as_dict(), "advice": self.args[2] if len(self.args) > 2 else self.advice}


class Omitted(PytoonError):
    """``Omitted(warning)``: a strict request gives what would not be in the film; see ``joined_omissions``."""

    code = "not_in_film"
    status = 422
    advice = "Correct, replace or leave out what the message names, or send the request without strict."
    facts = ("warning",)


class TooLarge(PytoonError):
    """``TooLarge(field, limit)``: the upload or the source text exceeds a limit."""

    code = "too_large"
    status = 413
    advice = "Send a smaller file, or ask the operator to raise the limit."
    facts = ("field", "limit")

    def __str__(self) -> str:
        return f"{self.args[0]}: larger than {self.args[1]}"


class Malformed(PytoonError):
    """``Malformed(reason)``: the request is not valid HTTP."""

    code = "malformed"
    status = 400
    advice = "Correct the request: it cannot be parsed."
    facts = ("reason",)


class UnknownHost(PytoonError):
    """``UnknownHost(host)``: the request names a host that is not this server; a rebound DNS name is one."""

    code = "unknown_host"
    status = 421
    advice = "Use an address of this server, or add the host to PYTOON_ALLOWED_HOSTS."
    facts = ("host",)

    def __str__(self) -> str:
        return f"this server does not answer for the host {self.args[0]}"


class ForeignOrigin(PytoonError):
    """``ForeignOrigin(origin)``: a page of another site sends a request that changes something."""

    code = "foreign_origin"
    status = 403
    advice = "Send the request from a program or a page of this server, or add the origin to PYTOON_ALLOWED_ORIGINS."
    facts = ("origin",)

    def __str__(self) -> str:
        return f"pages of another site may not do this: {self.args[0]}"


class Unauthorized(PytoonError):
    """``Unauthorized(reason)``: the request has no API key, or one that is not valid, and the server has keys."""

    code = "unauthorized"
    status = 401
    advice = (
        "Send a key of this server as `Authorization: Bearer pyt_…` or `X-API-Key: pyt_…`; the commands take it from "
        "PYTOON_API_KEY. `pytoon keys add NAME` on the server makes one."
    )
    facts = ("reason",)


class TooSlow(PytoonError):
    """``TooSlow(what, limit)``: a request arrives more slowly than the server waits for it."""

    code = "too_slow"
    status = 408
    retryable = True
    advice = "Send the request again over a faster connection."
    facts = ("what", "limit")

    def __str__(self) -> str:
        return f"{self.args[0]} arrived too slowly: {self.args[1]}"


class Overloaded(PytoonError):
    """``Overloaded(reason)``: the server has as much to do as it accepts."""

    code = "overloaded"
    status = 503
    retryable = True
    advice = "Send the request again after the number of seconds in `Retry-After`."
    facts = ("reason",)


class NotFound(PytoonError):
    """``NotFound(kind, id)``: no object or file of this kind has this id or name."""

    code = "not_found"
    status = 404
    advice = "Check the id or the name. Deleted data cannot be restored."
    facts = ("kind", "id")

    def __str__(self) -> str:
        return f"there is no {self.args[0]} {self.args[1]}"


class Conflict(PytoonError):
    """``Conflict(kind, id, reason)``: the current state of the object does not allow the operation."""

    code = "conflict"
    status = 409
    advice = "Read the current state, then decide which operation it allows."
    facts = ("kind", "id", "reason")

    def __str__(self) -> str:
        return f"{self.args[0]} {self.args[1]}: {self.args[2]}"


class Unconfigured(PytoonError):
    """``Unconfigured(feature, setting)``: a setting, package or program that the feature needs is missing."""

    code = "unconfigured"
    status = 503
    advice = "Set or install what the message names, then try again; `pytoon doctor` checks the whole configuration."
    facts = ("feature", "setting")

    def __str__(self) -> str:
        return f"{self.args[0]} is not configured: {self.args[1]}"


class BadConfiguration(PytoonError):
    """``BadConfiguration(setting, reason)``: a setting names something that cannot be used."""

    code = "bad_configuration"
    status = 503
    advice = "Change the setting, or what it names, and start again; `pytoon doctor` checks the whole configuration."
    facts = ("setting", "reason")


class UnusableAdapter(PytoonError):
    """``UnusableAdapter(name, reason)``: it cannot be imported or built, or does not implement its protocol."""

    code = "unusable_adapter"
    status = 503
    advice = "Update or remove the package that provides the adapter; `pytoon doctor` lists every adapter."
    facts = ("name", "reason")

    def __str__(self) -> str:
        return f"{self.args[0]} cannot be used: {self.args[1]}"


class Unavailable(PytoonError):
    """``Unavailable(service, reason)``: the broker, the database, the storage or another server does not answer."""

    code = "unavailable"
    status = 503
    retryable = True
    advice = "See `/health` or run `pytoon doctor` for the service that does not answer; the request can be sent again."
    facts = ("service", "reason")

    def __str__(self) -> str:
        return f"{self.args[0]} is not available: {self.args[1]}"


class StorageFull(PytoonError):
    """``StorageFull(where, free_bytes, wanted_bytes)``: the disk has less free space than is required."""

    code = "storage_full"
    status = 507
    advice = (
        "Free disk space (`pytoon gc --dry-run` lists files to delete), then resume the job; finished work is kept."
    )
    facts: ClassVar[tuple[str, ...]] = ("where", "free_bytes", "wanted_bytes")

    def __str__(self) -> str:
        return f"{self.args[0]} has {self.args[1]} bytes free; {self.args[2]} bytes are required"


class FileSizeLimit(StorageFull):
    """``FileSizeLimit(where)``: the storage has space, but a file of it may not become so large."""

    code = "file_size_limit"
    advice = "Raise the limit (`ulimit -f`), or use a file system that has larger files; FAT32 ends at 4 GB."
    facts = ("where",)

    def __str__(self) -> str:
        return f"{self.args[0]} does not take files of this size"


class StorageReadOnly(PytoonError):
    """``StorageReadOnly(where)``: the storage can be read but not written."""

    code = "storage_read_only"
    status = 507
    advice = "Make it writable for the user that the workers run as, then resume the job; finished work is kept."
    facts = ("where",)

    def __str__(self) -> str:
        return f"{self.args[0]} is not writable"


class MediaError(PytoonError):
    """``MediaError(operation, argv, exit_code, last_lines)``: ffmpeg, or the decoding of a media file, failed."""

    code = "media_error"
    advice = "Read the last lines in the message for the cause. If the file plays in other programs, report this error."
    facts = ("operation", "argv", "exit_code", "last_lines")

    def __str__(self) -> str:
        code = f" with exit code {self.args[2]}" if self.args[2] else ""
        return f"{self.args[0]} failed{code}: {self.args[3]}"


class UnreadableFile(PytoonError):
    """``UnreadableFile(scene_id, file, reason)``: the film cannot be made without a file of this scene."""

    code = "unreadable_file"
    advice = "Replace the file of the scene (edit the job, or start one with another file), or send it again as MP4."
    facts = ("scene_id", "file", "reason")

    def __str__(self) -> str:
        return f"scene {self.args[0]}: {self.args[1]} cannot be read: {self.args[2]}"


class MediaStalled(MediaError):
    """``MediaStalled(operation, argv, seconds, last_lines)``: ffmpeg was stopped because it made no progress."""

    code = "media_stalled"
    retryable = True
    facts = ("operation", "argv", "seconds", "last_lines")

    def __str__(self) -> str:
        return f"{self.args[0]} made no progress for {self.args[2]:g} s and was stopped: {self.args[3]}"


class MediaTooSlow(MediaStalled):
    """``MediaTooSlow(operation, argv, seconds, last_lines)``: ffmpeg made progress but exceeded its time limit."""

    code = "media_too_slow"

    def __str__(self) -> str:
        return f"{self.args[0]} exceeded its time limit of {self.args[2]:g} s and was stopped: {self.args[3]}"


class MediaKilled(MediaError):
    """``MediaKilled(operation, argv, signal, last_lines)``: ffmpeg was killed from outside.

    The usual cause is the kernel's out-of-memory killer.
    """

    code = "media_killed"
    retryable = True
    advice = "Check the kernel log for an out-of-memory kill; then add memory or run fewer workers at a time."
    facts = ("operation", "argv", "signal", "last_lines")

    def __str__(self) -> str:
        return f"{self.args[0]} was killed from outside by {self.args[2]}: {self.args[3]}"


class ProviderError(PytoonError):
    """``ProviderError(provider, reason)``: an engine or a voice failed."""

    code = "provider_error"
    facts: ClassVar[tuple[str, ...]] = ("provider", "reason")


class ProviderBusy(ProviderError):
    """``ProviderBusy(provider, reason, again_s)``: it is overloaded or unreachable; a retry can succeed.

    ``again_s`` is the time that the provider asks to wait, in seconds; it may be left out or ``None``.
    """

    code = "provider_busy"
    retryable = True
    facts: ClassVar[tuple[str, ...]] = ("provider", "reason", "again_s")

    def __str__(self) -> str:
        return f"{self.args[0]}: {self.args[1]}"

    @property
    def wait_s(self) -> float | None:
        """The time that the provider asks to wait, in seconds; ``None`` if it does not say."""
        return None if len(self.args) < 3 or self.args[2] is None else float(self.args[2])

    advice = "The request is retried automatically; if the provider stays busy, the next engine is used."


class ProviderRefused(ProviderError):
    """The provider rejects the request permanently; the next one of the fallback chain is tried."""

    code = "provider_refused"
    advice = "Change the text or the media of the scene, or choose another engine or voice."


class ProviderClosed(ProviderRefused):
    """The provider accepts nothing from this account: the key is wrong, or the balance is used up."""

    code = "provider_closed"
    advice = "Check the provider's key and balance in its console; `pytoon doctor` lists the settings."


class BudgetExceeded(PytoonError):
    """``BudgetExceeded(limit_name, limit_usd, held_usd, wanted_usd)``: an order would pass a limit for money."""

    code = "budget_exceeded"
    status = 402
    advice = "Raise the limit, or choose a cheaper engine; `pytoon spend` shows what was spent."
    facts = ("limit_name", "limit_usd", "held_usd", "wanted_usd")

    def __str__(self) -> str:
        name, limit, held, wanted = self.args
        return f"it costs {shown_usd(wanted)}, and {shown_usd(held)} of {shown_usd(limit)} are spent already in {name}"


class SubmitUnknown(ProviderError):
    """``SubmitUnknown(provider, reason)``: an order was sent, and it is unknown whether it was accepted."""

    code = "submit_unknown"
    advice = "Look for the order in the provider's console, then say what became of it: `pytoon resolve JOB SCENE`."


class Refused(PytoonError):
    """``Refused(status, message, advice)``: a Pytoon server answered this client with an error."""

    code = "refused"
    facts = ("http_status", "message", "what_now")

    def __str__(self) -> str:
        return str(self.args[1])


class StepTimedOut(PytoonError):
    """``StepTimedOut(step)``: a step exceeded its time limit."""

    code = "took_too_long"
    advice = "Shorten the film or the scene, or use smaller media, then resume the job."
    facts = ("step",)

    def __str__(self) -> str:
        return f"{self.args[0]} exceeded the time limit of the step and was stopped"


class WorkersLost(PytoonError):
    """``WorkersLost(step, times)``: the worker process died at each attempt at a step."""

    code = "killed_workers"
    advice = "Check the kernel log for an out-of-memory kill; add memory or use smaller media, then resume the job."
    facts = ("step", "times")

    def __str__(self) -> str:
        return f"the worker process that ran {self.args[0]} died {self.args[1]} times"


class StageFailed(PytoonError):
    """The failure of a run.

    ``StageFailed(stage, scene_id, cause_code, cause, retryable, advice, spent_usd)``; the amount is a ``Decimal``.
    """

    code = "stage_failed"
    facts = ("stage", "scene_id", "cause_code", "cause", "can_retry", "what_now", "spent_usd")

    def __str__(self) -> str:
        where = self.args[0] if self.args[1] is None else f"{self.args[0]}, scene {self.args[1]}"
        return f"{where}: {self.args[3]}"

    def as_dict(self) -> dict[str, Any]:
        stage, scene_id, code, cause, retryable, advice, spent_usd = self.args
        return {
            "code": code,
            "message": cause,
            "stage": stage,
            "scene_id": scene_id,
            "retryable": retryable,
            "advice": advice,
            "spent_usd": json_usd(spent_usd) if isinstance(spent_usd, Decimal) else spent_usd,
        }


UNEXPECTED = (
    "internal",
    True,
    "Resume the job. If it fails again, search the log of the worker for the job id: it has the cause.",
)


def causes(error: BaseException) -> Iterator[BaseException]:
    """Yield ``error``, what caused it, what caused that, and so on."""
    seen: list[BaseException] = []
    cause: BaseException | None = error
    while cause is not None and cause not in seen:
        yield cause
        seen.append(cause)
        cause = cause.__cause__


def shown_cause(error: BaseException) -> str:
    """What a caller may read of an error: the message of one of this module, and of any other its class only."""
    return public_text(str(error)) if isinstance(error, PytoonError) else public_cause(error)


def stage_failure(error: Exception, stage: str, scene_id: int | None = None, spent_usd: Decimal = ZERO) -> StageFailed:
    """The failure of a run for the error that caused it, with the facts that the API, the CLI and the log show.

    The words of an error of a library are only in the log: they may contain addresses, statements and paths.
    """
    if isinstance(error, StageFailed):
        return error
    if isinstance(error, UnreadableFile) and scene_id is None:
        scene_id = error.scene_id
    code, retryable, advice = UNEXPECTED
    if isinstance(error, PytoonError):
        code, retryable, advice = error.code, error.retryable, error.advice
    return StageFailed(stage, scene_id, code, shown_cause(error), retryable, advice, spent_usd)
