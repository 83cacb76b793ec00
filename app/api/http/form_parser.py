"""Parsing of forms: one that is not valid, or a text that is not in its encoding, is refused.

Werkzeug takes a form that it cannot parse as an empty one, and replaces bytes that it cannot decode.
"""

from __future__ import annotations

from typing import IO, Any, TypeAlias, cast

from werkzeug.datastructures import Headers, MultiDict
from werkzeug.exceptions import BadRequest as MalformedRequest
from werkzeug.formparser import FormDataParser, MultiPartParser

from app.core.errors import BadRequest

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
        parser = _PartParser(
            stream_factory=self.stream_factory,
            max_form_memory_size=self.max_form_memory_size,
            max_form_parts=self.max_form_parts,
            cls=_InOrder,
        )
        texts, files = cast("tuple[_InOrder, _InOrder]", parser.parse(stream, boundary, content_length))
        if not all(name for name, _ in (*texts, *files)):
            raise ValueError("a part has no name")
        return stream, self.cls(parser.decoded(texts)), self.cls(files)


class _InOrder(list[tuple[str, Any]]):
    """The parts in the order of the form, as the parser collects them."""


class _PartParser(MultiPartParser):
    """Decodes the text parts as ISO 8859-1 first, which loses nothing, and then strictly as what each of them is."""

    def __init__(self, **more: Any) -> None:
        super().__init__(**more)
        self._encodings: list[str] = []

    def get_part_charset(self, headers: Headers) -> str:
        self._encodings.append(super().get_part_charset(headers))
        return "iso-8859-1"

    def decoded(self, texts: Any) -> list[tuple[str, str]]:
        return [
            (name, _decoded(name, text.encode("iso-8859-1"), encoding))
            for (name, text), encoding in zip(texts, self._encodings, strict=True)
        ]


def _decoded(name: str, data: bytes, encoding: str) -> str:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        raise BadRequest(name, f"its bytes are not {encoding.upper()} text, from byte {error.start} on") from error
