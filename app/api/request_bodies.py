"""Request bodies in the OpenAPI document, with examples."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, validate

from app.api import examples
from schemas import fields
from schemas.edit import EditSchema
from schemas.fields import doc
from schemas.job import MAX_MEDIA, JobRequestSchema

JsonObject = dict[str, Any]
BINARY = {"type": "string", "format": "binary"}


class RejectionBody(Schema):
    """The rejection of a plan."""

    reason = fields.Str(
        load_default="",
        validate=validate.Length(max=2000),
        metadata=doc("Why the plan is rejected; stored with the job."),
    )


def _form_fields() -> JsonObject:
    """Return the parts for the fields of a job; a value that is no text is written as JSON."""
    described = {name: field.metadata["description"] for name, field in JobRequestSchema().fields.items()}
    return {name: {"type": "string", "description": text} for name, text in described.items()}


JOB_FORM: JsonObject = {
    "type": "object",
    "description": (
        "Either `request`, or each field of a job as its own part, with a value that is no text as JSON; in both cases "
        "also the files. Files of `media` come after the assets that the request names."
    ),
    "properties": {
        **_form_fields(),
        "request": JobRequestSchema,
        "media": {
            "type": "array",
            "items": BINARY,
            "maxItems": MAX_MEDIA,
            "description": "Images and videos in the order in which they appear in the film, or ids of assets.",
        },
        "music": {**BINARY, "description": "An audio file with the background music, or a field of the job as JSON."},
        "logo": {**BINARY, "description": "An image that the last scene shows."},
    },
    "additionalProperties": False,
}
JOB_REQUEST_BODY: JsonObject = {
    "required": True,
    "description": (
        "Exactly one of `prompt`, `script` and `scenes`; or none of them, but `media` and a `title`, for a film of the "
        "media without a voice. A prompt that asks for facts without saying them (3 facts about …) is refused unless "
        "there are media."
    ),
    "content": {
        "application/json": {"schema": JobRequestSchema, "examples": examples.JOB_REQUESTS},
        "multipart/form-data": {
            "schema": JOB_FORM,
            "encoding": {"request": {"contentType": "application/json"}},
            "example": {"script": "Bread takes time. Good bread takes longer.", "preset_id": "clean_bold"},
        },
    },
}
ESTIMATE_REQUEST_BODY: JsonObject = {
    "required": True,
    "description": "The request of a job.",
    "content": {"application/json": {"schema": JobRequestSchema, "examples": examples.JOB_REQUESTS}},
}
UPLOAD_REQUEST_BODY: JsonObject = {
    "required": True,
    "description": f"1 to {MAX_MEDIA} files, each in a part with the name `file`.",
    "content": {
        "multipart/form-data": {
            "schema": {
                "type": "object",
                "description": "Files to store.",
                "required": ["file"],
                "properties": {
                    "file": {
                        "type": "array",
                        "items": BINARY,
                        "minItems": 1,
                        "maxItems": MAX_MEDIA,
                        "description": "One or more files.",
                    }
                },
                "additionalProperties": False,
            },
            "example": {"file": ["(the bytes of bread.jpg)"]},
        }
    },
}
EDIT_REQUEST_BODY: JsonObject = {
    "required": True,
    "description": "The changes, each with only the fields that it changes.",
    "content": {"application/json": {"schema": EditSchema, "example": examples.EDIT}},
}
REJECTION_REQUEST_BODY: JsonObject = {
    "required": False,
    "description": "The reason; it can be left out.",
    "content": {"application/json": {"schema": RejectionBody, "example": {"reason": "Too many scenes."}}},
}
