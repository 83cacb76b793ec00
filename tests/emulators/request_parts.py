"""What emulators read from requests: pictures in base64 and the parts of multipart forms."""

from __future__ import annotations

import base64
import io
from email.parser import BytesParser
from email.policy import HTTP

from PIL import Image

from tests.emulators.base import Call

FORMATS = {"JPEG": "image/jpeg", "PNG": "image/png", "WEBP": "image/webp"}


def type_of_picture(data: bytes) -> str:
    """Return the content type of a picture that can be opened; empty if it cannot."""
    try:
        with Image.open(io.BytesIO(data)) as picture:
            picture.load()
            return FORMATS.get(picture.format or "", "")
    except (OSError, SyntaxError):
        return ""


def decoded(text: str) -> bytes:
    """Return the bytes of base64; empty if it is not valid."""
    try:
        return base64.b64decode(text, validate=True)
    except ValueError:
        return b""


def parts_of(call: Call) -> dict[str, bytes]:
    """Return the content of each part of a multipart form by its name; empty if it is not one."""
    return {name: content for name, (_, content) in multipart(call).items()}


def multipart(call: Call) -> dict[str, tuple[str, bytes]]:
    """Return the file name and the content of each part of a multipart form by its name."""
    head = f"Content-Type: {call.headers.get('Content-Type', '')}\r\n\r\n".encode()
    message = BytesParser(policy=HTTP).parsebytes(head + call.body)
    return {
        str(part.get_param("name", header="content-disposition")): (
            part.get_filename() or "",
            part.get_payload(decode=True),
        )
        for part in (message.iter_parts() if message.is_multipart() else ())
    }
