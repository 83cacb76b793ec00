"""Parts of the OpenAPI document that no schema of ours says by itself."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from schemas.job import JobRequestSchema

# flask-smorest knows a reply by the name that this Python has for its status.
ERROR = {status.value: status.name for status in HTTPStatus}
BINARY = {"type": "string", "format": "binary"}
FORM: dict[str, Any] = {
    "type": "object",
    "description": "Either `request`, or the fields of a job each as a part; and files.",
    "properties": {
        "request": {"type": "string", "description": "The job as JSON text."},
        "media": {
            "type": "array",
            "items": BINARY,
            "description": "Pictures and clips in the order in which they should appear.",
        },
        "music": {**BINARY, "description": "The music to lay under it."},
    },
    "additionalProperties": {"type": "string"},
}
JOB = {
    "required": True,
    "content": {
        "application/json": {
            "schema": JobRequestSchema,
            "example": {"script": "Bread takes time. Good bread takes longer.", "preset_id": "clean_bold"},
        },
        "multipart/form-data": {"schema": FORM},
    },
}
UPLOAD = {
    "required": True,
    "content": {
        "multipart/form-data": {
            "schema": {
                "type": "object",
                "required": ["file"],
                "properties": {"file": {"type": "array", "items": BINARY, "description": "One file or several."}},
            }
        }
    },
}
IDEMPOTENCY_KEY = {
    "in": "header",
    "name": "Idempotency-Key",
    "required": False,
    "description": "The same key with the same body gives the same job; with another body it is refused (409).",
    "schema": {"type": "string", "minLength": 1, "maxLength": 255},
}
REPLAYED = {
    "Location": {"description": "Where the job is.", "schema": {"type": "string"}},
    "Idempotency-Replayed": {
        "description": "`true` when this key had been sent before.",
        "schema": {"type": "string", "enum": ["true"]},
    },
}
