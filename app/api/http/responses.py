"""Responses with files and stored JSON."""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import PurePosixPath
from secrets import token_hex
from typing import IO, Any

from flask import Response, jsonify, request
from werkzeug.exceptions import PreconditionFailed, RequestedRangeNotSatisfiable
from werkzeug.utils import get_content_type

from app.api.http import conditions, ranges
from app.api.http.streams import FileBody, Span
from app.jobs.artifact_queries import Artifact
from app.store.factory import storage

# For a browser that opens an artifact directly: it may play or show it, and load nothing else.
POLICY = "default-src 'none'; media-src 'self'; img-src 'self'; style-src 'unsafe-inline'; sandbox"


@dataclass(frozen=True, slots=True)
class Selection:
    """What a request gets of a file."""

    status: int
    parts: tuple[Span | bytes, ...]
    content_type: str
    content_range: str | None = None


def json_response(document: dict[str, Any]) -> Response:
    """Return stored JSON unchanged, without serializing it by a schema."""
    return jsonify(document)


def file_response(artifact: Artifact, as_attachment: bool) -> Response:
    """Return a file, or the parts of it that the request asks for; its ETag is its SHA-256.

    Raises ``NotFound`` when the file is missing, and the HTTP errors 412 and 416.
    """
    file = storage().local(artifact.key).open("rb")
    try:
        response = _response_to_request(file, artifact)
        if request.method == "HEAD" or response.status_code == 304:
            file.close()
    except BaseException:
        file.close()
        raise
    disposition = "attachment" if as_attachment else "inline"
    response.headers.set("Content-Disposition", disposition, filename=PurePosixPath(artifact.name).name)
    response.set_etag(artifact.sha256)
    response.accept_ranges = "bytes"
    # A later revision has the same URL: the browser may cache the file, but must revalidate it.
    response.headers["Cache-Control"] = "no-cache"
    response.headers["Content-Security-Policy"] = POLICY
    return response


def _response_to_request(file: IO[bytes], artifact: Artifact) -> Response:
    stat = os.fstat(file.fileno())
    version = conditions.Version(artifact.sha256, datetime.fromtimestamp(stat.st_mtime, UTC))
    status = conditions.refusing_status(request.method, request.headers, version)
    if status == 412:
        raise PreconditionFailed("The file has changed: a condition of the request does not hold.")
    if status:
        return Response(status=status)
    selection = _selection(get_content_type(artifact.content_type, "utf-8"), stat.st_size, version)
    body = FileBody(file, selection.parts)
    response = Response(body, selection.status, content_type=selection.content_type, direct_passthrough=True)
    response.content_length = len(body)
    response.last_modified = version.changed_at
    if selection.content_range:
        response.headers["Content-Range"] = selection.content_range
    return response


def _selection(content_type: str, size: int, version: conditions.Version) -> Selection:
    """A range is defined for GET only (RFC 9110, 14.2). Raises 416."""
    whole = Selection(200, (Span(0, size),), content_type)
    header = request.headers.get("Range")
    if header is None or request.method != "GET":
        return whole
    if not conditions.range_applies(request.headers, version, datetime.now(UTC)):
        return whole
    try:
        spans = ranges.requested_spans(header, size)
    except ranges.NotSatisfiable:
        raise RequestedRangeNotSatisfiable(length=size) from None
    if spans is None:
        return whole
    if len(spans) == 1:
        return Selection(206, spans, content_type, ranges.content_range(spans[0], size))
    boundary = token_hex(16)
    parts = ranges.multipart_parts(spans, size, content_type, boundary)
    return Selection(206, parts, f"multipart/byteranges; boundary={boundary}")
