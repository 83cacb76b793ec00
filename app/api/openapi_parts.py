"""Parts of the OpenAPI document that flask-smorest does not generate from schemas: request bodies and headers."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from schemas.job import JobRequestSchema

# flask-smorest names its error responses after HTTPStatus; the names differ between Python versions.
ERROR = {status.value: status.name for status in HTTPStatus}
BINARY = {"type": "string", "format": "binary"}
JOB_FORM: dict[str, Any] = {
    "type": "object",
    "description": "Either `request`, or each field of a job as its own part; in both cases also the files.",
    "properties": {
        "request": {"type": "string", "description": "The job as JSON."},
        "media": {
            "type": "array",
            "items": BINARY,
            "description": "Images and videos in the order in which they appear in the film.",
        },
        "music": {**BINARY, "description": "An audio file with the background music."},
        "logo": {**BINARY, "description": "An image that the last scene shows."},
    },
    "additionalProperties": {"type": "string"},
}
JOB_REQUEST_BODY = {
    "required": True,
    "description": (
        "Exactly one of `prompt`, `script` and `scenes`; or none of them, but `media` and a `title`, for a film of the "
        "media without a voice. A prompt that asks for facts without saying them (3 facts about …) is refused unless "
        "there are media."
    ),
    "content": {
        "application/json": {
            "schema": JobRequestSchema,
            "examples": {
                "script": {
                    "value": {"script": "Bread takes time. Good bread takes longer.", "preset_id": "clean_bold"}
                },
                "media": {"value": {"title": "Anna and Paul", "media": ["ast_…"], "preset_id": "warm_memories"}},
            },
        },
        "multipart/form-data": {"schema": JOB_FORM},
    },
}
UPLOAD_REQUEST_BODY = {
    "required": True,
    "content": {
        "multipart/form-data": {
            "schema": {
                "type": "object",
                "required": ["file"],
                "properties": {"file": {"type": "array", "items": BINARY, "description": "One or more files."}},
            }
        }
    },
}
IDEMPOTENCY_KEY = {
    "in": "header",
    "name": "Idempotency-Key",
    "required": False,
    "description": (
        "Makes a retry safe: the same key and body return the same job; the same key with another body is refused "
        "with 409. A key can be used for another job after 24 hours."
    ),
    "schema": {"type": "string", "minLength": 1, "maxLength": 255},
}
SUBMIT_HEADERS = {
    "Location": {"description": "URL of the job.", "schema": {"type": "string"}},
    "Idempotency-Replayed": {
        "description": "`true` if an earlier request with the same idempotency key submitted the job.",
        "schema": {"type": "string", "enum": ["true"]},
    },
}
