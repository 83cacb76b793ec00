"""Parse the request that submits a job: JSON, or a form with files."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Any

from flask import Request, request
from werkzeug.datastructures import FileStorage

from app.api import form_parts, json_body
from app.api.http.api_keys import request_key
from app.api.http.upload_rollback import UploadRollback, upload_rollback
from app.core.errors import BadRequest
from app.jobs import submit
from app.jobs.runs import StartedRun
from schemas.job import JobRequest, JobRequestSchema, MusicRequest

IDEMPOTENCY_KEY = re.compile(r"[\x20-\x7e]{1,255}")
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
    job_request = JobRequestSchema.read(_with_placeholders(form))
    with upload_rollback() as uploads:
        run = submit.submit(_with_assets(job_request, form, uploads), key, request_key())
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


def _read_form(request: Request) -> JobForm:
    if request.mimetype != "multipart/form-data":
        return JobForm(json_body.read())
    form_parts.check_names(request.files, (*FILE_PARTS, form_parts.REQUEST), "file")
    media, logo = form_parts.files(request, "media"), form_parts.single_file(request, "logo")
    form = JobForm(form_parts.read_fields(request), media, form_parts.single_file(request, "music"), logo)
    json_body.check(form.data)
    return form


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
