"""What a caller sends to make a job, JSON or a form with files, becomes one ``JobRequest``."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, NoReturn

from flask import Request, request
from marshmallow import fields
from werkzeug.datastructures import FileStorage
from werkzeug.exceptions import BadRequest as Malformed
from werkzeug.exceptions import UnsupportedMediaType

from app.api.http import limits
from app.api.http.upload_rollback import UploadRollback, upload_rollback
from app.core.errors import BadRequest
from app.jobs import submit
from app.jobs.runs import StartedRun
from schemas.contract import Items
from schemas.job import JobRequest, JobRequestSchema, MusicWish

KEY = re.compile(r"[\x20-\x7e]{1,255}")
UNFIT = re.compile("[\x00\ud800-\udfff]")
FILE_PARTS = ("media", "music")
COMING = "upload"  # stands for a file that is taken in only when everything else is right


@dataclass(frozen=True, slots=True)
class SentForm:
    """A request as it came: plain data, and the files of its parts in their order."""

    plain: Any
    media: tuple[FileStorage, ...] = ()
    music: FileStorage | None = None


def submit_form() -> StartedRun:
    """The receipt of the job that this request asks for.

    All of it is checked before a file is stored, and no file stays when the job is refused or was there already.
    Raises ``ValidationError`` or ``BadRequest`` naming the field, and 400 or 415 for what cannot be read at all.
    """
    key, sent = idempotency_key(), _sent(request)
    refuse_unfit(sent.plain)
    wanted = JobRequestSchema.read(_with_places(sent))
    with upload_rollback() as taken:
        receipt = submit.submit(_with_files(wanted, sent, taken), key)
        if receipt.repeated:
            taken.give_back()
    return receipt


def idempotency_key() -> str | None:
    """The ``Idempotency-Key`` header; raises ``BadRequest`` when it is no printable text of up to 255 characters."""
    given = request.headers.get("Idempotency-Key")
    if given is not None and not KEY.fullmatch(given):
        raise BadRequest("Idempotency-Key", "must be 1 to 255 printable ASCII characters")
    return given


def files(field: str, parts: Sequence[FileStorage]) -> tuple[FileStorage, ...]:
    """The parts that hold a file; a browser sends an empty one for a field that was left alone."""
    for part in parts:
        if part.filename and UNFIT.search(part.filename):
            raise BadRequest(field, "the file's name has characters that are not text")
    return tuple(part for part in parts if part.filename)


# -- reading ---------------------------------------------------------------------------------------------------------


def _sent(request: Request) -> SentForm:
    if request.mimetype == "multipart/form-data":
        return _form(request)
    if request.is_json:
        return SentForm(parsed(limits.text()))
    raise UnsupportedMediaType("A job is application/json or multipart/form-data.")


def parsed(text: str | bytes) -> Any:
    """Plain data of JSON; raises 400 with the place where it stops being JSON."""
    try:
        return json.loads(text, parse_constant=_no_number)
    except json.JSONDecodeError as error:
        raise Malformed(f"This is not JSON: {error.msg} in line {error.lineno}, column {error.colno}.") from error
    except UnicodeDecodeError as error:
        raise Malformed("This is not JSON: it is not UTF-8.") from error
    except (ValueError, RecursionError) as error:  # a number of thousands of digits, a thousand brackets
        raise Malformed("This is not JSON that can be read here: a number is too long or it nests too deep.") from error


def _no_number(name: str) -> NoReturn:
    raise Malformed(f"This is not JSON: {name} is not a number there.")


def _form(request: Request) -> SentForm:
    for name in request.files:
        if name not in (*FILE_PARTS, "request"):
            raise BadRequest(name, f"no file is expected here; files go into the parts {' and '.join(FILE_PARTS)}")
    music = files("music", request.files.getlist("music"))
    if len(music) > 1:
        raise BadRequest("music", f"one file at most; got {len(music)}")
    return SentForm(_fields(request), files("media", request.files.getlist("media")), music[0] if music else None)


def _fields(request: Request) -> Any:
    """The part ``request`` is the whole JSON; without it each field is a part of its own."""
    whole = [*request.form.getlist("request"), *(part.read() for part in request.files.getlist("request"))]
    given = {name: [text for text in texts if text.strip()] for name, texts in request.form.lists()}
    alone = {name: typed(name, texts) for name, texts in given.items() if name != "request" and texts}
    if not whole:
        return alone
    if alone or len(whole) > 1:
        raise BadRequest("request", "give the whole request in one part, or each field as a part; not both")
    return parsed(whole[0])


def typed(name: str, texts: list[str]) -> Any:
    """What the texts of a form field mean: text where text is wanted, else JSON where it is JSON."""
    field = JobRequestSchema().fields.get(name)
    if isinstance(field, Items) and not texts[0].lstrip().startswith("["):
        return texts
    if len(texts) > 1:
        raise BadRequest(name, f"given {len(texts)} times")
    if isinstance(field, fields.Str):
        return texts[0]
    try:
        return parsed(texts[0])
    except Malformed:
        return texts[0]  # the schema says what is wrong with it


def refuse_unfit(plain: Any) -> None:
    """Raises ``BadRequest`` for a NUL or half a surrogate pair: neither can be stored, spoken or drawn."""
    waiting: list[tuple[str, Any]] = [("", plain)]
    while waiting:
        path, value = waiting.pop()
        if isinstance(value, str) and UNFIT.search(value):
            raise BadRequest(path or "body", "has characters that are not text (NUL or half a surrogate pair)")
        if isinstance(value, dict):
            waiting += [(path, name) for name in value]
            waiting += [(f"{path}.{name}".lstrip("."), inner) for name, inner in value.items()]
        elif isinstance(value, list):
            waiting += [(f"{path}.{place}".lstrip("."), inner) for place, inner in enumerate(value)]


# -- files -----------------------------------------------------------------------------------------------------------


def _with_places(sent: SentForm) -> Any:
    """The plain request with a place for each file, so that all of it is checked before any file is stored."""
    if not isinstance(sent.plain, dict):
        return sent.plain
    plain = dict(sent.plain)
    if sent.media and isinstance(plain.get("media", []), list):
        plain["media"] = [*plain.get("media", []), *(COMING for _ in sent.media)]
    if sent.music:
        if plain.get("music") is not None:
            raise BadRequest("music", "given both as a file and as a field")
        plain["music"] = {"asset": COMING}
    return plain


def _with_files(wanted: JobRequest, sent: SentForm, taken: UploadRollback) -> JobRequest:
    """References that were given come first, then the files in the order of their parts."""
    given = wanted.media[: len(wanted.media) - len(sent.media)]
    own = tuple(taken.take(part, f"media.{place}").id for place, part in enumerate(sent.media, len(given)))
    filmed = replace(wanted, media=given + own)
    return replace(filmed, music=MusicWish(asset=taken.take(sent.music, "music").id)) if sent.music else filmed
