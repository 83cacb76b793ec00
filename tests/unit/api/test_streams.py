"""Bodies of files and streams under any WSGI server, minimum rates, and threads with a limit."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncGenerator
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from pathlib import Path

import pytest

from app.api.http.streams import CHUNK_BYTES, AsyncBody, FileBody, Span, whole_file
from app.api.server.lanes import Lane
from app.api.server.minimum_rate import MinimumRate
from app.core.errors import Overloaded


def test_parts_of_a_file_are_joined_with_the_bytes_between_them(tmp_path: Path) -> None:
    content = bytes(range(256)) * (CHUNK_BYTES // 100)
    path = tmp_path / "file"
    path.write_bytes(content)
    body = FileBody(path.open("rb"), (b"<", Span(3, CHUNK_BYTES + 9), b"|", Span(0, 0), Span(5, 6), b">"))
    expected = b"<" + content[3 : CHUNK_BYTES + 9] + b"|" + content[5:6] + b">"
    assert b"".join(body) == expected and len(body) == len(expected)
    body.close()


def test_a_file_that_has_become_shorter_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"short")
    with pytest.raises(OSError, match="shorter"):
        list(FileBody(path.open("rb"), (Span(0, 100),)))


def test_a_file_is_sent_from_its_position_and_a_buffer_too(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"0123456789")
    file = path.open("rb")
    file.seek(4)
    assert b"".join(whole_file(file)) == b"456789"
    assert b"".join(whole_file(BytesIO(b"in memory"))) == b"in memory"


def test_a_stream_is_iterated_by_other_servers() -> None:
    async def numbers() -> AsyncGenerator[bytes, None]:
        for number in range(3):
            await asyncio.sleep(0)
            yield b"%d" % number

    assert list(AsyncBody(numbers)) == [b"0", b"1", b"2"]


def test_each_window_of_a_transfer_has_the_minimum_rate() -> None:
    rate = MinimumRate(bytes_per_s=100, window_s=10, started_at=0)
    assert not rate.is_missed(0, 9.9)  # the window is not over
    assert not rate.is_missed(5000, 10)
    assert not rate.is_missed(6000, 20)
    assert rate.is_missed(6999, 30)  # fast before, too slow now


def test_a_lane_takes_no_more_threads_than_it_may_and_refuses_what_would_wait_too_long() -> None:
    release, running = threading.Event(), []

    def work() -> str:
        running.append(1)
        release.wait(60)
        return "done"

    async def scenario() -> None:
        lane = Lane(pool, width=2, queue=1)
        calls = [asyncio.ensure_future(lane.run(work)) for _ in range(3)]
        while len(running) < 2:
            await asyncio.sleep(0.01)
        with pytest.raises(Overloaded):
            await lane.run(work)
        assert len(running) == 2
        release.set()
        assert await asyncio.gather(*calls) == ["done"] * 3
        assert await lane.run(work) == "done"

    with ThreadPoolExecutor(4) as pool:
        asyncio.run(scenario())


def test_a_caller_that_has_gone_frees_its_place_when_its_thread_ends() -> None:
    started, release, order = threading.Event(), threading.Event(), []

    def first() -> None:
        started.set()
        release.wait(60)
        order.append("first")

    async def scenario() -> None:
        lane = Lane(pool, width=1, queue=5)
        gone = asyncio.ensure_future(lane.run(first))
        while not started.is_set():
            await asyncio.sleep(0.01)
        gone.cancel()
        following = asyncio.ensure_future(lane.run(lambda: order.append("next")))
        asyncio.get_running_loop().call_later(0.1, release.set)
        await following
        assert order == ["first", "next"]

    with ThreadPoolExecutor(4) as pool:
        asyncio.run(scenario())
