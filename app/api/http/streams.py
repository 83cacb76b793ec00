"""Bodies of responses that no thread sends: parts of a file, and streams that have no end.

Each is an iterable for any WSGI server. The server of this application recognises them and sends them from its event
loop (``app.api.server.sending``), so that a slow reader takes no thread.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import IO

from werkzeug.wsgi import FileWrapper

CHUNK_BYTES = 1 << 18


@dataclass(frozen=True, slots=True)
class Span:
    """The bytes of a file from ``start`` to before ``end``."""

    start: int
    end: int

    def __len__(self) -> int:
        return self.end - self.start


class FileBody:
    """Parts of an open file, and bytes between them."""

    def __init__(self, file: IO[bytes], parts: tuple[Span | bytes, ...]) -> None:
        self.parts = parts
        self._file = file

    def __len__(self) -> int:
        return sum(len(part) for part in self.parts)

    def __iter__(self) -> Iterator[bytes]:
        for part in self.parts:
            if isinstance(part, bytes):
                yield part
            else:
                yield from (self.read(chunk) for chunk in chunks(part))

    def read(self, span: Span) -> bytes:
        """Read at a position; raises ``OSError`` if the file has become shorter."""
        data = os.pread(self._file.fileno(), len(span), span.start)
        if len(data) < len(span):
            raise OSError(f"{self._file.name} has become shorter")
        return data

    def close(self) -> None:
        self._file.close()


def chunks(span: Span) -> Iterator[Span]:
    for start in range(span.start, span.end, CHUNK_BYTES):
        yield Span(start, min(start + CHUNK_BYTES, span.end))


def whole_file(file: IO[bytes], block_bytes: int = CHUNK_BYTES) -> Iterable[bytes]:
    """The rest of an open file; the ``wsgi.file_wrapper`` of the server. A buffer in memory has no descriptor."""
    try:
        size = os.fstat(file.fileno()).st_size
    except (AttributeError, OSError):
        return FileWrapper(file, block_bytes)
    return FileBody(file, (Span(file.tell(), size),))


class AsyncBody:
    """A body that an asynchronous generator makes, such as events sent by the server.

    ``make_chunks`` is called once, in the event loop of the server. It must not block.
    """

    def __init__(self, make_chunks: Callable[[], AsyncGenerator[bytes, None]]) -> None:
        self.make_chunks = make_chunks

    def __iter__(self) -> Iterator[bytes]:
        """The chunks for another WSGI server: each is awaited in the calling thread."""
        made = self.make_chunks()
        with asyncio.Runner() as runner:
            while chunk := runner.run(_next_chunk(made)):
                yield chunk


async def _next_chunk(made: AsyncIterator[bytes]) -> bytes:
    return await anext(made, b"")
