"""Files and stored JSON as replies."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import Any

from flask import Response, jsonify, send_file

from app.jobs.artifact_queries import Artifact
from app.store.factory import storage

# For a browser that is sent straight to a film: it may show it, and nothing else.
POLICY = "default-src 'none'; media-src 'self'; img-src 'self'; style-src 'unsafe-inline'; sandbox"


def json_response(stored: dict[str, Any]) -> Response:
    """JSON just as the store has it."""
    return jsonify(stored)


def file_response(found: Artifact, as_attachment: bool) -> Response:
    """A file with ranges and conditional requests; its ETag is its SHA-256. Raises ``NotFound`` when it is gone."""
    response = send_file(
        storage().local(found.key),
        mimetype=found.content_type,
        as_attachment=as_attachment,
        download_name=PurePosixPath(found.name).name,
        conditional=True,
        etag=found.sha256,
    )
    # A later revision has the same name: the browser may keep it, but asks first.
    response.headers["Cache-Control"] = "no-cache"
    response.headers["Content-Security-Policy"] = POLICY
    return response
