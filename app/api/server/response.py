"""A response of the application, or of the server itself, before it is sent."""

from __future__ import annotations

from dataclasses import dataclass, replace
from http import HTTPStatus

from app.api.http.streams import AsyncBody, FileBody

Headers = list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Response:
    status: int
    headers: Headers
    body: bytes | FileBody | AsyncBody

    def closing(self) -> Response:
        """The response after which the connection ends, because the body of the request is not read to its end."""
        return replace(self, headers=[*self.headers, ("Connection", "close")])


@dataclass(frozen=True, slots=True)
class Refusal(Response):
    """An error body."""

    body: bytes

    def as_bytes(self) -> bytes:
        """The whole response as it is sent; the connection ends after it."""
        lines = [f"HTTP/1.1 {self.status} {HTTPStatus(self.status).phrase}"]
        lines += [f"{name}: {value}" for name, value in self.closing().headers]
        return "\r\n".join((*lines, "", "")).encode("latin-1") + self.body
