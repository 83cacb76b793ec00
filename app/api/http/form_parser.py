"""Parsing of forms: one that is not valid, or a text that is not in its encoding, is refused.

Werkzeug takes a form that it cannot parse as an empty one, and replaces bytes that it cannot decode.
"""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO
from typing import IO, Any, TypeAlias

from werkzeug.datastructures import FileStorage, Headers, MultiDict
from werkzeug.exceptions import BadRequest as MalformedRequest
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.formparser import FormDataParser, MultiPartParser
from werkzeug.sansio.multipart import Data, Epilogue, Event, Field, File, MultipartDecoder, NeedData, State

from app.core.errors import BadRequest

MAX_PART_HEADER_BYTES = 8192
Form: TypeAlias = tuple[IO[bytes], MultiDict[str, Any], MultiDict[str, Any]]


class StrictFormParser(FormDataParser):
    """Raises 400 for a form that cannot be parsed, and ``BadRequest`` naming a text part that cannot be decoded."""

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **{**more, "silent": False})

    def parse(self, *args: Any, **more: Any) -> Form:
        try:
            return super().parse(*args, **more)
        except UnicodeError as error:
            raise MalformedRequest("This is not a form: the header of a part is not UTF-8.") from error
        except ValueError as error:
            raise MalformedRequest(f"This is not a form: {error}.") from error

    def _parse_multipart(
        self, stream: IO[bytes], mimetype: str, content_length: int | None, options: dict[str, str]
    ) -> Form:
        if not (boundary := options.get("boundary", "").encode("ascii")):
            raise ValueError("its content type has no boundary")
        parser = _PartParser(self.stream_factory, self.max_form_memory_size, max_form_parts=self.max_form_parts)
        texts, files = parser.parts_of(stream, boundary)
        return stream, self.cls(texts), self.cls(files)


class _PartDecoder(MultipartDecoder):
    """Refuses a part with a long header: Werkzeug takes time by the square of its length to read one."""

    def _parse_headers(self, data: bytes | bytearray) -> Headers:
        if len(data) > MAX_PART_HEADER_BYTES:
            raise ValueError(f"the header of a part is longer than {MAX_PART_HEADER_BYTES} bytes")
        return super()._parse_headers(data)

    def events(self, stream: IO[bytes], buffer_bytes: int) -> Iterator[Event]:
        """Yield the parts of a form and their data. Raises ``ValueError`` if it is not valid."""
        while not self.complete:
            self.receive_data(stream.read(buffer_bytes) or None)
            while not isinstance(event := self._next(), NeedData | Epilogue):
                yield event

    def _next(self) -> Event:
        try:
            return self.next_event()
        except ValueError as error:
            if not str(error).startswith("Invalid form-data cannot parse beyond"):
                raise
            is_begun = self.state != State.PREAMBLE
            raise ValueError("it is cut off" if is_begun else "its boundary is not in it") from error


class _PartParser(MultiPartParser):
    """Collects the parts in their order; a text is decoded strictly, as what its part says that it is."""

    def parts_of(
        self, stream: IO[bytes], boundary: bytes
    ) -> tuple[list[tuple[str, str]], list[tuple[str, FileStorage]]]:
        texts: list[tuple[str, str]] = []
        files: list[tuple[str, FileStorage]] = []
        text_bytes = 0
        decoder = _PartDecoder(boundary, self.max_form_memory_size, max_parts=self.max_form_parts)
        for event in decoder.events(stream, self.buffer_size):
            if isinstance(event, Field | File):
                if not event.name:
                    raise ValueError("a part has no name")
                part, content = event, BytesIO() if isinstance(event, Field) else self.start_file_streaming(event, None)
            elif isinstance(event, Data):
                text_bytes += len(event.data) if isinstance(part, Field) else 0
                if text_bytes > (self.max_form_memory_size or text_bytes):
                    raise RequestEntityTooLarge
                content.write(event.data)
                if event.more_data:
                    continue
                content.seek(0)
                if isinstance(part, Field):
                    texts.append((part.name, _decoded(part.name, content.read(), self.get_part_charset(part.headers))))
                else:
                    files.append((part.name, FileStorage(content, part.filename, part.name, headers=part.headers)))
        return texts, files


def _decoded(name: str, data: bytes, encoding: str) -> str:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        raise BadRequest(name, f"its bytes are not {encoding.upper()} text, from byte {error.start} on") from error
