"""Every error of the house, one tree. An error keeps its facts; its sentence is made of them.

All facts go positionally to ``super().__init__``: Celery's serialisation rebuilds an exception from its ``args``, and
one that keeps them elsewhere comes back as its parent class. Private helpers may read them as attributes.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any, ClassVar

from schemas.money import ZERO, json_usd


class PytoonError(Exception):
    """What all errors share: a stable ``code``, an HTTP ``status``, whether trying again can help, and what to do."""

    code: ClassVar[str] = "error"
    status: ClassVar[int] = 500
    retryable: ClassVar[bool] = False
    advice: ClassVar[str] = "Look at the log of the worker that ran it; the job id is on every line."
    facts: ClassVar[tuple[str, ...]] = ()

    def __getattr__(self, name: str) -> Any:
        if name in type(self).facts and (place := type(self).facts.index(name)) < len(self.args):
            return self.args[place]
        raise AttributeError(name)

    def __str__(self) -> str:
        return ": ".join(str(fact) for fact in self.args) or type(self).__name__

    def as_dict(self) -> dict[str, Any]:
        """What a caller may see: no paths, no secrets, only words and facts."""
        return {
            "code": self.code,
            "message": str(self),
            "retryable": self.retryable,
            "advice": self.advice,
        }


class BadRequest(PytoonError):
    """``BadRequest(field, reason)``: the caller sent something that cannot become a film."""

    code = "bad_request"
    status = 422
    advice = "Correct the named field and send the request again."
    facts = ("field", "reason")

    def __str__(self) -> str:
        return f"{self.args[0]}: {self.args[1]}"


class BadMedia(BadRequest):
    """``BadMedia(field, reason)``: a file is not what it should be."""

    code = "bad_media"
    advice = "Send a whole JPEG, PNG, WebP, MP4, MOV, WebM, WAV, MP3 or M4A file."


class TooLarge(PytoonError):
    """``TooLarge(field, limit)``: more than the operator allows."""

    code = "too_large"
    status = 413
    advice = "Send less, or ask the operator to raise the limit."
    facts = ("field", "limit")

    def __str__(self) -> str:
        return f"{self.args[0]}: larger than {self.args[1]}"


class NotFound(PytoonError):
    """``NotFound(kind, id)``."""

    code = "not_found"
    status = 404
    advice = "Check the id; what was deleted does not come back."
    facts = ("kind", "id")

    def __str__(self) -> str:
        return f"there is no {self.args[0]} {self.args[1]}"


class Conflict(PytoonError):
    """``Conflict(kind, id, reason)``: it cannot be done in the state it is in."""

    code = "conflict"
    status = 409
    advice = "Look at the present state and decide again."
    facts = ("kind", "id", "reason")

    def __str__(self) -> str:
        return f"{self.args[0]} {self.args[1]}: {self.args[2]}"


class Unconfigured(PytoonError):
    """``Unconfigured(what, setting)``: it needs a setting or an extra that is not there."""

    code = "unconfigured"
    status = 503
    advice = "Set what is named (`pytoon doctor` shows all of it) and try again."
    facts = ("what", "setting")

    def __str__(self) -> str:
        return f"{self.args[0]} is not configured: {self.args[1]}"


class UnusableAdapter(PytoonError):
    """``UnusableAdapter(name, reason)``: it cannot be imported or built, or it does not follow its protocol."""

    code = "unusable_adapter"
    status = 503
    advice = "Update or remove the package that it comes from; `pytoon doctor` lists every adapter."
    facts = ("name", "reason")

    def __str__(self) -> str:
        return f"{self.args[0]} cannot be used: {self.args[1]}"


class Unavailable(PytoonError):
    """``Unavailable(what, reason)``: broker, database or storage does not answer."""

    code = "unavailable"
    status = 503
    retryable = True
    advice = "See `/health` for which part is away; the request can be sent again."
    facts = ("what", "reason")


class StorageFull(PytoonError):
    """``StorageFull(where, free_bytes, wanted_bytes)``."""

    code = "storage_full"
    status = 507
    advice = "Make space, then resume the job: what is made already is kept."
    facts = ("where", "free_bytes", "wanted_bytes")

    def __str__(self) -> str:
        return f"{self.args[0]} has {self.args[1]} bytes free and {self.args[2]} are wanted"


class StorageReadOnly(PytoonError):
    """``StorageReadOnly(where)``: files can be read there but not written."""

    code = "storage_read_only"
    status = 507
    advice = "Make it writable for the user that the workers run as, then resume the job: what is made already is kept."
    facts = ("where",)

    def __str__(self) -> str:
        return f"{self.args[0]} cannot be written to"


class MediaError(PytoonError):
    """``MediaError(what, argv, exit_code, last_lines)``: ffmpeg did not do it."""

    code = "media_error"
    advice = "The last lines of ffmpeg say why; a file that plays elsewhere is worth a bug report."
    facts = ("what", "argv", "exit_code", "last_lines")

    def __str__(self) -> str:
        return f"{self.args[0]} failed with exit code {self.args[2]}: {self.args[3]}"


class MediaStalled(MediaError):
    """``MediaStalled(what, argv, seconds, last_lines)``: it did nothing for so long that it was ended."""

    code = "media_stalled"
    retryable = True
    facts = ("what", "argv", "seconds", "last_lines")

    def __str__(self) -> str:
        return f"{self.args[0]} did nothing for {self.args[2]:g} s and was ended: {self.args[3]}"


class MediaTooSlow(MediaStalled):
    """``MediaTooSlow(what, argv, seconds, last_lines)``: it did something, but for longer than it may."""

    code = "media_too_slow"

    def __str__(self) -> str:
        return f"{self.args[0]} was ended after {self.args[2]:g} s: {self.args[3]}"


class MediaKilled(MediaError):
    """``MediaKilled(what, argv, signal, last_lines)``: somebody else ended it, most often for want of memory."""

    code = "media_killed"
    retryable = True
    advice = "Look for what the kernel's log says of memory: give it more, or run fewer workers at a time."
    facts = ("what", "argv", "signal", "last_lines")

    def __str__(self) -> str:
        return f"{self.args[0]} was ended by {self.args[2]} from outside: {self.args[3]}"


class ProviderError(PytoonError):
    """``ProviderError(provider, reason)``: an engine or a voice did not deliver."""

    code = "provider_error"
    facts = ("provider", "reason")


class ProviderBusy(ProviderError):
    """Overloaded or away for now: worth a retry."""

    code = "provider_busy"
    retryable = True
    advice = "It is tried again by itself; if it stays busy the next engine takes over."


class ProviderRefused(ProviderError):
    """It will not do this, however often asked: the next in the chain is due."""

    code = "provider_refused"
    advice = "Change the scene's text or media, or prefer another engine."


class Refused(PytoonError):
    """``Refused(status, message, advice)``: what a Pytoon server answered to this client instead of what was asked."""

    code = "refused"
    facts = ("http_status", "message", "what_now")

    def __str__(self) -> str:
        return str(self.args[1])


class StepTimedOut(PytoonError):
    """``StepTimedOut(step)``: a step that would not come to its end."""

    code = "took_too_long"
    advice = "Make the film or the scene shorter, or its media smaller, and resume the job."
    facts = ("step",)

    def __str__(self) -> str:
        return f"{self.args[0]} was ended because it took longer than a step may"


class WorkersLost(PytoonError):
    """``WorkersLost(step, times)``: a step whose worker died each time."""

    code = "killed_workers"
    advice = "Look for what the kernel's log says of memory; smaller media may help. Then resume the job."
    facts = ("step", "times")

    def __str__(self) -> str:
        return f"{self.args[0]} ended the worker that did it {self.args[1]} times"


class StageFailed(PytoonError):
    """How a run ended that did not succeed.

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


def stage_failure(error: Exception, stage: str, scene_id: int | None = None, spent_usd: Decimal = ZERO) -> StageFailed:
    """The error of a failed run, with the facts that the API, the command line and the log show."""
    if isinstance(error, StageFailed):
        return error
    if isinstance(error, PytoonError):
        facts = (error.code, str(error), error.retryable, error.advice)
    else:
        cause = f"{type(error).__name__}: {error}"
        facts = ("internal", cause, True, "Resume the job; if it fails again, report this error.")
    return StageFailed(stage, scene_id, *facts, spent_usd)
