"""Multipart bodies of requests."""

from __future__ import annotations

from email.parser import BytesParser

from tests.emulators.base import Call


def multipart(call: Call) -> dict[str, tuple[str, bytes]]:
    """The parts of a multipart body: their file names and contents."""
    head = f"Content-Type: {call.headers.get('Content-Type')}\r\n\r\n".encode()
    parts = BytesParser().parsebytes(head + call.body).get_payload()
    return {
        str(part.get_param("name", header="content-disposition")): (
            part.get_filename() or "",
            part.get_payload(decode=True),
        )
        for part in (parts if isinstance(parts, list) else [])
    }
