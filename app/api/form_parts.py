"""The parts of a form: files and fields by name. An unknown part, or one that is given twice, is refused by name."""

from __future__ import annotations

import os
from collections.abc import Collection, Sequence
from typing import Any

from flask import Request
from marshmallow import fields
from werkzeug.datastructures import FileStorage
from werkzeug.exceptions import BadRequest as MalformedRequest
from werkzeug.exceptions import UnsupportedMediaType

from app.api import json_body
from app.core.errors import BadRequest
from schemas.contract import Items
from schemas.job import JobRequestSchema

REQUEST = "request"


def require_form(request: Request) -> None:
    """Raise 415 for a body of another type; a request without any has no files."""
    if request.mimetype not in ("", "multipart/form-data"):
        raise UnsupportedMediaType("The body must be multipart/form-data.")


def check_names(names: Collection[str], known: Sequence[str], what: str) -> None:
    """Raise ``BadRequest`` for a part with an unknown name; ``what`` is "file" or "field"."""
    for name in names:
        if name not in known:
            expected = f"; {what}s belong into the parts {', '.join(known)}" if known else ""
            raise BadRequest(name, f"unexpected {what}{expected}")


def files(request: Request, name: str) -> tuple[FileStorage, ...]:
    """Return the files with this name; a browser sends an empty part without a file name for an empty file field."""
    parts = request.files.getlist(name)
    for part in parts:
        json_body.check_text(name, part.filename or "")
        if not part.filename and _size(part):
            raise BadRequest(name, "the file has no file name")
    return tuple(part for part in parts if part.filename)


def single_file(request: Request, name: str) -> FileStorage | None:
    parts = files(request, name)
    if len(parts) > 1:
        raise BadRequest(name, f"at most one file is allowed; got {len(parts)}")
    return parts[0] if parts else None


def read_fields(request: Request) -> Any:
    """Return the JSON of the part ``request``, or a dict of the fields if each has its own part."""
    request_parts = [*request.form.getlist(REQUEST), *(part.read() for part in request.files.getlist(REQUEST))]
    texts_by_name = {name: [text for text in texts if text.strip()] for name, texts in request.form.lists()}
    field_values = {
        name: parse_field(name, texts) for name, texts in texts_by_name.items() if name != REQUEST and texts
    }
    if not request_parts:
        return field_values
    if field_values or len(request_parts) > 1:
        raise BadRequest(REQUEST, "send either the whole request in one part or each field as a part, not both")
    return json_body.parse(request_parts[0])


def parse_field(name: str, texts: list[str]) -> Any:
    """Return the value of a form field: text for a text field, otherwise the parsed JSON if the text is JSON."""
    field = JobRequestSchema().fields.get(name)
    if isinstance(field, Items) and not texts[0].lstrip().startswith("["):
        return texts
    if len(texts) > 1:
        raise BadRequest(name, f"given {len(texts)} times")
    return texts[0] if isinstance(field, fields.Str) else _parse_json(name, texts[0])


def _parse_json(name: str, text: str) -> Any:
    try:
        return json_body.parse(text)
    except MalformedRequest as error:
        if text.lstrip().startswith(("{", "[")):
            raise BadRequest(name, str(error.description)) from error
        return text  # the schema reports the error


def _size(part: FileStorage) -> int:
    size = part.stream.seek(0, os.SEEK_END)
    part.stream.seek(0)
    return size
