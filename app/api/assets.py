"""The upload endpoint of ``/api/v1/assets``."""

from __future__ import annotations

from typing import Any

from flask import request
from flask_smorest import Blueprint

from app.api import job_form, presenters
from app.api.bodies import UploadBody
from app.api.http.upload_rollback import upload_rollback
from app.api.openapi_parts import ERROR, UPLOAD_REQUEST_BODY
from app.core.errors import BadRequest
from schemas.job import MAX_MEDIA

blueprint = Blueprint(
    "assets", __name__, url_prefix="/api/v1", description="Images, videos and audio files for use in jobs."
)


@blueprint.route("/assets/upload", methods=["POST"])
@blueprint.doc(requestBody=UPLOAD_REQUEST_BODY)
@blueprint.response(201, UploadBody)
@blueprint.alt_response(413, ERROR[413])
@blueprint.alt_response(422, ERROR[422])
def upload_assets() -> dict[str, Any]:
    """Upload images, videos and audio files.

    The asset ids in the response can be used in jobs and edits. If one file is refused, none is stored.
    """
    parts = job_form.file_parts("file", request.files.getlist("file"))
    if not 1 <= len(parts) <= MAX_MEDIA:
        raise BadRequest("file", f"1 to {MAX_MEDIA} files are required in parts with this name; got {len(parts)}")
    with upload_rollback() as uploads:
        names = ["file"] if len(parts) == 1 else [f"file.{index}" for index in range(len(parts))]
        assets = [presenters.asset(uploads.store(part, name)) for part, name in zip(parts, names, strict=True)]
    return {**(assets[0] if len(assets) == 1 else {}), "assets": assets}
