"""Upload of a file: streamed, complete, with progress."""

from __future__ import annotations

import io
import subprocess
import sys
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from rich.console import Console
from werkzeug.formparser import parse_form_data

from app.cli.media_files import MediaFiles, in_percent, upload_media
from app.client import Client, upload_form
from app.core.errors import BadMedia
from tests.conftest import ROOT

MIB = 1 << 20


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    path = tmp_path / "clip.mp4"
    path.write_bytes(bytes(range(256)) * 4096)
    return path


@pytest.fixture
def drain() -> Iterator[str]:
    """A server that reads what it is sent without keeping it, and answers with the number of bytes as the id."""

    class Drain(BaseHTTPRequestHandler):
        def log_message(self, *_: Any) -> None: ...

        def do_POST(self) -> None:
            left = size = int(self.headers["Content-Length"])
            while left and (part := self.rfile.read(min(left, MIB))):
                left -= len(part)
            if left:
                return
            self.send_response(201)
            self.end_headers()
            self.wfile.write(b'{"asset_id": "%d"}' % (size - left))

    server = ThreadingHTTPServer(("127.0.0.1", 0), Drain)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


def parsed(body: Any) -> tuple[str, str, bytes]:
    """Field, file name and content, as the API's own parser reads them."""
    data = body.read()
    environ = {
        "wsgi.input": io.BytesIO(data),
        "CONTENT_LENGTH": str(len(data)),
        "CONTENT_TYPE": body.content_type,
        "REQUEST_METHOD": "POST",
    }
    _, fields, files = parse_form_data(environ)
    assert not fields
    ((field, file),) = files.items(multi=True)
    return field, str(file.filename), file.stream.read()


@hypothesis_settings(max_examples=60, deadline=None)
@given(st.binary(max_size=400), st.lists(st.integers(1, 97), min_size=1, max_size=8))
def test_a_form_has_the_announced_length_for_any_read_size(data: bytes, sizes: list[int]) -> None:
    body = upload_form("file", "a.jpg", io.BytesIO(data), len(data))
    announced, read, place = body.len, b"", 0
    while part := body.read(sizes[place % len(sizes)]):
        assert len(part) <= sizes[place % len(sizes)]
        read += part
        place += 1
    assert len(read) == announced
    assert data in read


@pytest.mark.parametrize("name", ["a.jpg", "c d.webp", "Zürich 東京.png", "a;b=c.jpg", "100%.jpg", "a[b].jpg"])
def test_the_server_reads_the_name_and_bytes_that_were_sent(name: str) -> None:
    assert parsed(upload_form("file", name, io.BytesIO(b"\r\n--bytes\0"), 10)) == ("file", name, b"\r\n--bytes\0"[:10])


def test_a_file_name_cannot_inject_headers_into_the_form() -> None:
    body = upload_form("file", 'a"\r\nX-Evil: 1\r\n\r\n.jpg', io.BytesIO(b""), 0)
    assert b"\r\nX-Evil" not in body.read()


def test_an_empty_file_is_sent() -> None:
    assert parsed(upload_form("file", "a.jpg", io.BytesIO(b""), 0)) == ("file", "a.jpg", b"")


def test_a_file_that_shrinks_during_the_upload_is_refused_by_name(drain: str, clip: Path) -> None:
    def truncate(_sent: int, _total: int) -> None:
        with clip.open("r+b") as file:
            file.truncate(300_000)

    with pytest.raises(BadMedia, match=r"clip\.mp4 became shorter while it was sent"):
        Client(drain).upload(clip, truncate)


def test_bytes_appended_during_the_upload_are_not_sent(fake_server: Any, clip: Path) -> None:
    before = clip.read_bytes()

    def append(_sent: int, _total: int) -> None:
        with clip.open("ab") as file:
            file.write(b"more")

    assert Client(fake_server.url).upload(clip, append)["asset_id"] == "ast_1"
    assert fake_server.uploads == [("clip.mp4", before)]


def test_upload_progress_goes_from_zero_to_all_bytes(fake_server: Any, clip: Path) -> None:
    steps: list[tuple[int, int]] = []
    Client(fake_server.url).upload(clip, lambda sent, total: steps.append((sent, total)))
    sent = [sent_bytes for sent_bytes, _ in steps]
    assert sent == sorted(sent)
    assert {total for _, total in steps} == {sent[-1]}
    assert sent[0] < clip.stat().st_size < sent[-1]


def test_a_percentage_is_shown_once() -> None:
    shown: list[int] = []
    report = in_percent(shown.append)
    for sent in range(0, 1001):
        report(sent, 1000)
    assert shown == list(range(101))


def test_a_terminal_shows_the_name_and_the_share_of_an_upload(fake_server: Any, tmp_path: Path) -> None:
    clip = tmp_path / "a [red] clip.mp4"
    clip.write_bytes(bytes(MIB))
    screen = io.StringIO()
    console = Console(file=screen, force_terminal=True, width=100)
    assert upload_media(Client(fake_server.url), console, MediaFiles((clip,))) == (["ast_1"], ())
    assert "uploading a [red] clip.mp4 (1 of 1) 100%" in screen.getvalue()


def test_uploading_a_large_clip_needs_constant_memory(drain: str, tmp_path: Path) -> None:
    large, small = tmp_path / "large.mp4", tmp_path / "small.mp4"
    for path, size in ((large, 500 * MIB), (small, MIB)):
        with path.open("wb") as file:
            file.truncate(size)
    code = (
        "import resource, sys; from pathlib import Path; from app.client import Client\n"
        "peak = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "client = Client(sys.argv[1]); client.upload(Path(sys.argv[2])); before = peak()\n"
        "print(client.upload(Path(sys.argv[3]))['asset_id'], peak() - before)\n"
    )
    argv = [sys.executable, "-c", code, drain, str(small), str(large)]
    done = subprocess.run(argv, cwd=ROOT, capture_output=True, text=True, timeout=300, check=True)
    received, growth = map(int, done.stdout.split())
    assert received > 500 * MIB
    unit = 1 if sys.platform == "darwin" else 1024
    assert growth * unit < 32 * MIB
