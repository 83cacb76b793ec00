"""Upload of assets."""

from __future__ import annotations

from typing import Any

from flask import request
from flask_smorest import Blueprint

from app.api import job_form, presenters
from app.api.bodies import UploadBody
from app.api.http.upload_rollback import upload_rollback
from app.api.openapi_parts import ERROR, UPLOAD
from app.core.errors import BadRequest
from schemas.job import MAX_MEDIA

blueprint = Blueprint("assets", __name__, url_prefix="/api/v1", description="Your own pictures, clips and sounds.")


@blueprint.route("/assets/upload", methods=["POST"])
@blueprint.doc(requestBody=UPLOAD)
@blueprint.response(201, UploadBody)
@blueprint.alt_response(413, ERROR[413])
@blueprint.alt_response(422, ERROR[422])
def upload() -> dict[str, Any]:
    """Store pictures, clips and sounds for use in jobs: all of them or none."""
    parts = job_form.files("file", request.files.getlist("file"))
    if not 1 <= len(parts) <= MAX_MEDIA:
        raise BadRequest("file", f"1 to {MAX_MEDIA} files in parts of this name are wanted; got {len(parts)}")
    with upload_rollback() as taken:
        names = ["file"] if len(parts) == 1 else [f"file.{place}" for place in range(len(parts))]
        found = [presenters.asset(taken.take(part, name)) for part, name in zip(parts, names, strict=True)]
    return {**(found[0] if len(found) == 1 else {}), "assets": found}
