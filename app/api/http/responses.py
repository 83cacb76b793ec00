"""Responses with files and stored JSON."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import Any

from flask import Response, jsonify, send_file

from app.jobs.artifact_queries import Artifact
from app.store.factory import storage

# For a browser that opens an artifact directly: it may play or show it, and load nothing else.
POLICY = "default-src 'none'; media-src 'self'; img-src 'self'; style-src 'unsafe-inline'; sandbox"


def json_response(document: dict[str, Any]) -> Response:
    """Return stored JSON unchanged, without serializing it by a schema."""
    return jsonify(document)


def file_response(artifact: Artifact, as_attachment: bool) -> Response:
    """Return a file, with range and conditional requests; its ETag is its SHA-256.

    Raises ``NotFound`` when the file is missing.
    """
    response = send_file(
        storage().local(artifact.key),
        mimetype=artifact.content_type,
        as_attachment=as_attachment,
        download_name=PurePosixPath(artifact.name).name,
        conditional=True,
        etag=artifact.sha256,
    )
    # A later revision has the same URL: the browser may cache the file, but must revalidate it.
    response.headers["Cache-Control"] = "no-cache"
    response.headers["Content-Security-Policy"] = POLICY
    return response
