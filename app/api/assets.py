"""``/api/v1/assets``: uploads, and their limits."""

from __future__ import annotations

from typing import Any

from flask import request

from app.api import examples, form_parts, presenters
from app.api.blueprint import Blueprint
from app.api.bodies import UploadBody, UploadLimitsBody
from app.api.http.upload_rollback import upload_rollback
from app.api.request_bodies import UPLOAD_REQUEST_BODY
from app.core.config import MiB, settings
from app.core.errors import BadRequest
from app.media.probe.facts import Limits
from schemas.job import MAX_MEDIA

blueprint = Blueprint(
    "assets", __name__, url_prefix="/api/v1", description="Images, videos and audio files for use in jobs."
)


@blueprint.operation("/assets/upload", method="POST", errors=(408, 413, 415, 507))
@blueprint.doc(requestBody=UPLOAD_REQUEST_BODY)
@blueprint.response(201, UploadBody, example=examples.UPLOAD, description="The stored files.")
def upload_assets() -> dict[str, Any]:
    """Upload images, videos and audio files.

    The asset ids in the response can be used in jobs and edits. If one file is refused, none is stored.
    """
    form_parts.require_form(request)
    form_parts.check_names(request.files, ("file",), "file")
    form_parts.check_names(request.form, (), "field")
    parts = form_parts.files(request, "file")
    if not 1 <= len(parts) <= MAX_MEDIA:
        raise BadRequest("file", f"1 to {MAX_MEDIA} files are required in parts with this name; got {len(parts)}")
    with upload_rollback() as uploads:
        names = ["file"] if len(parts) == 1 else [f"file.{index}" for index in range(len(parts))]
        assets = [presenters.asset(uploads.store(part, name)) for part, name in zip(parts, names, strict=True)]
    return {**(assets[0] if len(assets) == 1 else {}), "assets": assets}


@blueprint.operation("/assets/limits")
@blueprint.response(200, UploadLimitsBody, example=examples.UPLOAD_LIMITS, description="The limits.")
def get_upload_limits() -> dict[str, int]:
    """Get the limits for uploads.

    A file above one of them is refused after it is sent; this tells it before.
    """
    chosen = settings()
    limits = Limits.from_settings(chosen)
    return {
        "max_files": MAX_MEDIA,
        "max_file_bytes": limits.max_bytes,
        "max_request_bytes": chosen.max_request_mb * MiB,
        "max_pixels": limits.max_pixels,
        "max_duration_ms": limits.max_ms,
    }
