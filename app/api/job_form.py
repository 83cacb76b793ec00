"""Parse the request that submits a job: JSON, or a form with files."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, NoReturn

from flask import Request, request
from marshmallow import fields
from werkzeug.datastructures import FileStorage
from werkzeug.exceptions import BadRequest as MalformedRequest
from werkzeug.exceptions import UnsupportedMediaType

from app.api.http import limits
from app.api.http.upload_rollback import UploadRollback, upload_rollback
from app.core.errors import BadRequest
from app.jobs import submit
from app.jobs.runs import StartedRun
from schemas.contract import Items
from schemas.job import JobRequest, JobRequestSchema, MusicRequest

IDEMPOTENCY_KEY = re.compile(r"[\x20-\x7e]{1,255}")
INVALID_CHARACTER = re.compile("[\x00\ud800-\udfff]")
FILE_PARTS = ("media", "music", "logo")
# Stands for a file until the rest of the request has been validated.
PLACEHOLDER = "upload"


@dataclass(frozen=True, slots=True)
class JobForm:
    """An unvalidated request: its JSON data and the files of its parts, in order."""

    data: Any
    media: tuple[FileStorage, ...] = ()
    music: FileStorage | None = None
    logo: FileStorage | None = None


def submit_form() -> StartedRun:
    """Submit the job of the current request.

    The request is validated before a file is stored. No file is kept when the job is refused or existed already.
    Raises ``ValidationError`` or ``BadRequest`` naming the field, and 400 or 415 for a request that cannot be parsed.
    """
    key, form = idempotency_key(), _read_form(request)
    check_text(form.data)
    job_request = JobRequestSchema.read(_with_placeholders(form))
    with upload_rollback() as uploads:
        run = submit.submit(_with_assets(job_request, form, uploads), key)
        if run.repeated:
            uploads.delete_all()
    return run


def idempotency_key() -> str | None:
    """Return the ``Idempotency-Key`` header.

    Raises ``BadRequest`` unless it is 1 to 255 printable ASCII characters.
    """
    key = request.headers.get("Idempotency-Key")
    if key is not None and not IDEMPOTENCY_KEY.fullmatch(key):
        raise BadRequest("Idempotency-Key", "must be 1 to 255 printable ASCII characters")
    return key


def file_parts(field: str, parts: Sequence[FileStorage]) -> tuple[FileStorage, ...]:
    """Return the parts that have a file; a browser sends an empty part for an empty file field."""
    for part in parts:
        if part.filename and INVALID_CHARACTER.search(part.filename):
            raise BadRequest(field, "the file name has invalid characters (NUL or an unpaired surrogate)")
    return tuple(part for part in parts if part.filename)


# -- parsing ---------------------------------------------------------------------------------------------------------


def _read_form(request: Request) -> JobForm:
    if request.mimetype == "multipart/form-data":
        return _read_multipart(request)
    if request.is_json:
        return JobForm(parse_json(limits.read_body()))
    raise UnsupportedMediaType("A job must be application/json or multipart/form-data.")


def parse_json(text: str | bytes) -> Any:
    """Parse JSON; raises 400 with the line and column of a syntax error."""
    try:
        return json.loads(text, parse_constant=_refuse_constant)
    except json.JSONDecodeError as error:
        message = f"This is not JSON: {error.msg} in line {error.lineno}, column {error.colno}."
        raise MalformedRequest(message) from error
    except UnicodeDecodeError as error:
        raise MalformedRequest("This is not JSON: it is not UTF-8.") from error
    except (ValueError, RecursionError) as error:  # a number with thousands of digits, thousands of nested brackets
        message = "This is not JSON that can be parsed: a number is too long, or it is nested too deeply."
        raise MalformedRequest(message) from error


def _refuse_constant(name: str) -> NoReturn:
    raise MalformedRequest(f"This is not JSON: {name} is not a JSON number.")


def _read_multipart(request: Request) -> JobForm:
    for name in request.files:
        if name not in (*FILE_PARTS, "request"):
            known = f"{', '.join(FILE_PARTS[:-1])} and {FILE_PARTS[-1]}"
            raise BadRequest(name, f"unexpected file; files belong into the parts {known}")
    media = file_parts("media", request.files.getlist("media"))
    return JobForm(_read_fields(request), media, _single_file(request, "music"), _single_file(request, "logo"))


def _single_file(request: Request, name: str) -> FileStorage | None:
    parts = file_parts(name, request.files.getlist(name))
    if len(parts) > 1:
        raise BadRequest(name, f"at most one file is allowed; got {len(parts)}")
    return parts[0] if parts else None


def _read_fields(request: Request) -> Any:
    """Return the JSON of the part ``request``, or a dict of the fields if each has its own part."""
    request_parts = [*request.form.getlist("request"), *(part.read() for part in request.files.getlist("request"))]
    texts_by_name = {name: [text for text in texts if text.strip()] for name, texts in request.form.lists()}
    field_values = {
        name: parse_field(name, texts) for name, texts in texts_by_name.items() if name != "request" and texts
    }
    if not request_parts:
        return field_values
    if field_values or len(request_parts) > 1:
        raise BadRequest("request", "send either the whole request in one part or each field as a part, not both")
    return parse_json(request_parts[0])


def parse_field(name: str, texts: list[str]) -> Any:
    """Return the value of a form field: text for a text field, otherwise the parsed JSON if the text is JSON."""
    field = JobRequestSchema().fields.get(name)
    if isinstance(field, Items) and not texts[0].lstrip().startswith("["):
        return texts
    if len(texts) > 1:
        raise BadRequest(name, f"given {len(texts)} times")
    if isinstance(field, fields.Str):
        return texts[0]
    try:
        return parse_json(texts[0])
    except MalformedRequest:
        return texts[0]  # the schema reports the error


def check_text(data: Any) -> None:
    """Raise ``BadRequest`` for a NUL or an unpaired surrogate: neither can be stored, spoken or drawn."""
    stack: list[tuple[str, Any]] = [("", data)]
    while stack:
        path, value = stack.pop()
        if isinstance(value, str) and INVALID_CHARACTER.search(value):
            raise BadRequest(path or "body", "has invalid characters (NUL or an unpaired surrogate)")
        if isinstance(value, dict):
            stack += [(path, name) for name in value]
            stack += [(f"{path}.{name}".lstrip("."), inner) for name, inner in value.items()]
        elif isinstance(value, list):
            stack += [(f"{path}.{index}".lstrip("."), inner) for index, inner in enumerate(value)]


# -- files -----------------------------------------------------------------------------------------------------------


def _with_placeholders(form: JobForm) -> Any:
    """Return the data with a placeholder for each file, so that it can be validated before a file is stored."""
    if not isinstance(form.data, dict):
        return form.data
    data = dict(form.data)
    if form.media and isinstance(data.get("media", []), list):
        data["media"] = [*data.get("media", []), *(PLACEHOLDER for _ in form.media)]
    if form.music:
        if data.get("music") is not None:
            raise BadRequest("music", "given both as a file and as a field")
        data["music"] = {"asset": PLACEHOLDER}
    if form.logo:
        data["brand"] = _brand_with_logo(data.get("brand"))
    return data


def _brand_with_logo(brand: Any) -> Any:
    """Return the field ``brand`` with a placeholder for the logo; a value that is no brand is left to the schema."""
    if not isinstance(brand, dict | None):
        return brand
    if brand and brand.get("logo") is not None:
        raise BadRequest("brand.logo", "given both as a file and as a field")
    return {**(brand or {}), "logo": PLACEHOLDER}


def _with_assets(job_request: JobRequest, form: JobForm, uploads: UploadRollback) -> JobRequest:
    """Store the files and replace their placeholders: media are the named assets, then the files in part order."""
    asset_ids = job_request.media[: len(job_request.media) - len(form.media)]
    file_ids = tuple(uploads.store(part, f"media.{index}").id for index, part in enumerate(form.media, len(asset_ids)))
    with_media = replace(job_request, media=asset_ids + file_ids)
    music, brand = job_request.music, job_request.brand
    if form.music:
        music = MusicRequest(asset=uploads.store(form.music, "music").id)
    if form.logo:
        brand = replace(brand, logo=uploads.store(form.logo, "brand.logo").id)
    return replace(with_media, music=music, brand=brand)
