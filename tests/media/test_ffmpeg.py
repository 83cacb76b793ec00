"""ffmpeg is started in one place; how it ends is always known."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

from app.core import config
from app.core.errors import (
    MediaError,
    MediaKilled,
    MediaStalled,
    MediaTooSlow,
    StorageFull,
    StorageReadOnly,
    Unconfigured,
)
from app.media import ffmpeg
from app.media.ffmpeg_errors import failure
from tests.waiting import has_ended, wait_until

SOURCE = ("-f", "lavfi", "-i", "testsrc2=s=32x18:r=10:d=1")
RAW = ("-f", "rawvideo", "-pix_fmt", "rgb24", "-s", "640x360", "-r", "10", "-i", "-")
FRAME = bytes(640 * 360 * 3)
BUSY = ("-f", "lavfi", "-i", "testsrc2=s=320x180", "-f", "null", "-")
ENDLESS = ("-re", "-f", "lavfi", "-i", "testsrc2=s=32x18:r=10", "-f", "null", "-")


def encoders_of(pid: int) -> list[psutil.Process]:
    return [each for each in psutil.Process(pid).children(recursive=True) if "ffmpeg" in each.name()]


@pytest.fixture
def _fresh() -> Iterator[None]:
    yield
    config.settings.cache_clear()
    ffmpeg.binary.cache_clear()


def test_a_command_is_a_value() -> None:
    made = ffmpeg.command("join", "-i", Path("a b.mp4"), "-t", 1.5, "-r", 30)
    assert made == ffmpeg.Command("join", ("-i", "a b.mp4", "-t", "1.5", "-r", "30"))
    assert hash(made) == hash(ffmpeg.command("join", "-i", "a b.mp4", "-t", "1.5", "-r", "30"))


def test_nothing_a_user_wrote_passes_a_shell(tmp_path: Path) -> None:
    path = tmp_path / "a'; touch evil; '$(touch evil).mkv"
    ffmpeg.run(ffmpeg.command("encode", *SOURCE, path))
    assert path.stat().st_size > 0
    assert not (tmp_path / "evil").exists()


def test_running_gives_what_ffmpeg_reported(tmp_path: Path) -> None:
    assert "testsrc2" in ffmpeg.run(ffmpeg.command("encode", *SOURCE, tmp_path / "a.mkv"))


def test_a_failure_says_what_failed_with_which_code_and_last_words(tmp_path: Path) -> None:
    with pytest.raises(MediaError) as caught:
        ffmpeg.run(ffmpeg.command("read the clip", "-i", tmp_path / "none.mp4", "-f", "null", "-"))
    assert caught.value.what == "read the clip"
    assert caught.value.exit_code != 0
    assert "No such file" in caught.value.last_lines
    assert str(tmp_path / "none.mp4") in caught.value.argv


def test_one_that_takes_too_long_is_ended_and_says_so() -> None:
    with pytest.raises(MediaTooSlow, match=r"wait exceeded its time limit of 0\.5 s") as caught:
        ffmpeg.run(ffmpeg.command("wait", *ENDLESS, limit_s=0.5))
    assert caught.value.retryable
    assert encoders_of(os.getpid()) == []


def test_frames_can_be_fed(tmp_path: Path) -> None:
    raw = ("-f", "rawvideo", "-pix_fmt", "rgb24", "-s", "16x8", "-r", "10", "-i", "-")
    path = tmp_path / "a.mkv"
    with ffmpeg.feed(ffmpeg.Command("encode", (*raw, "-c:v", "ffv1", str(path)))) as into:
        for shade in range(10):
            into.write(bytes([shade]) * 16 * 8 * 3)
    assert "frame=   10" in ffmpeg.run(ffmpeg.command("count", "-i", path, "-f", "null", "-"))


def test_feeding_one_that_refuses_says_why(tmp_path: Path) -> None:
    raw = ("-f", "rawvideo", "-pix_fmt", "rgb24", "-s", "16x8", "-i", "-")

    def feed() -> None:
        with ffmpeg.feed(ffmpeg.Command("encode", (*raw, "-c:v", "no_such_codec", str(tmp_path / "a.mkv")))) as into:
            for _ in range(10_000):
                into.write(bytes(16 * 8 * 3))

    with pytest.raises(MediaError, match="no_such_codec"):
        feed()


def test_frames_can_be_read() -> None:
    with ffmpeg.read_output(ffmpeg.command("decode", *SOURCE, "-f", "rawvideo", "-pix_fmt", "gray", "-")) as out:
        assert len(out.read()) == 32 * 18 * 10


def test_a_reader_who_leaves_early_leaves_no_process() -> None:
    endless = ("-f", "lavfi", "-i", "testsrc2=s=32x18", "-f", "rawvideo", "-")
    with ffmpeg.read_output(ffmpeg.command("decode", *endless)) as out:
        assert len(out.read(100)) == 100
    assert encoders_of(os.getpid()) == []


def test_an_error_in_the_block_ends_the_process() -> None:
    endless = ("-f", "lavfi", "-i", "testsrc2=s=32x18", "-f", "rawvideo", "-")
    with pytest.raises(RuntimeError), ffmpeg.read_output(ffmpeg.command("decode", *endless)):
        raise RuntimeError("mine")
    assert encoders_of(os.getpid()) == []


def test_it_never_waits_for_somebody_at_the_keyboard(tmp_path: Path) -> None:
    (tmp_path / "a.mkv").write_bytes(b"there already")
    ffmpeg.run(ffmpeg.command("encode", *SOURCE, tmp_path / "a.mkv", limit_s=250))
    assert (tmp_path / "a.mkv").stat().st_size > 100


def test_it_ends_with_its_worker_however_that_one_ended() -> None:
    # To find ffmpeg is to start it and to ask for its version: that one is not meant.
    code = (
        f"from app.media import ffmpeg; print(ffmpeg.binary(), flush=True); ffmpeg.run(ffmpeg.Command('', {ENDLESS!r}))"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE) as worker:
        try:
            assert worker.stdout is not None and worker.stdout.readline()
            wait_until(lambda: encoders_of(worker.pid), "the worker's encoder")
            (encoder,) = encoders_of(worker.pid)
        finally:
            worker.kill()
    wait_until(lambda: has_ended(encoder.pid), "the end of the encoder")


# -- one that does nothing any more ----------------------------------------------------------------------------------


@pytest.fixture
def stall_s(monkeypatch: pytest.MonkeyPatch, _fresh: None) -> float:
    monkeypatch.setenv("PYTOON_STALL_S", "1")
    config.settings.cache_clear()
    return 1.0


@contextmanager
def struck(blow: signal.Signals) -> Iterator[None]:
    """Strikes the next ffmpeg that this process starts, once it is at work."""

    def strike() -> None:
        wait_until(lambda: any(ffmpeg.cpu_s(each.pid) > 0 for each in encoders_of(os.getpid())), "an encoder at work")
        for each in encoders_of(os.getpid()):
            each.send_signal(blow)

    ffmpeg.binary()  # to find it is to start it, and that one is not meant
    striker = threading.Thread(target=strike)
    striker.start()
    try:
        yield
    finally:
        striker.join()


def stop() -> None:
    for each in encoders_of(os.getpid()):
        each.send_signal(signal.SIGSTOP)


def test_one_that_stops_while_its_end_is_awaited_is_found_long_before_its_limit(stall_s: float) -> None:
    with struck(signal.SIGSTOP), pytest.raises(MediaStalled) as caught:
        ffmpeg.run(ffmpeg.command("wait", *BUSY, limit_s=250))
    assert stall_s <= caught.value.seconds < 200
    assert str(caught.value).startswith(f"wait made no progress for {caught.value.seconds:g} s and was stopped")
    assert encoders_of(os.getpid()) == []


def test_one_that_stops_while_it_is_fed_is_found(stall_s: float, tmp_path: Path) -> None:
    def feed() -> None:
        with ffmpeg.feed(ffmpeg.Command("encode", (*RAW, str(tmp_path / "a.mkv")), 250)) as into:
            into.write(FRAME)
            stop()
            while True:
                into.write(FRAME)

    with pytest.raises(MediaStalled) as caught:
        feed()
    assert stall_s <= caught.value.seconds < 200
    assert encoders_of(os.getpid()) == []


@pytest.mark.usefixtures("stall_s")
def test_one_that_stops_after_its_last_frame_is_found(tmp_path: Path) -> None:
    with (
        pytest.raises(MediaStalled),
        ffmpeg.feed(ffmpeg.Command("encode", (*RAW, str(tmp_path / "a.mkv")), 250)) as into,
    ):
        into.write(FRAME)
        stop()
    assert encoders_of(os.getpid()) == []


@pytest.mark.parametrize("most", [None, 640 * 360 * 3])
@pytest.mark.usefixtures("stall_s")
def test_one_that_stops_while_it_is_read_is_found_where_it_is_read(most: int | None) -> None:
    endless = ("-f", "lavfi", "-i", "testsrc2=s=640x360", "-f", "rawvideo", "-pix_fmt", "rgb24", "-")
    reached: list[bytes] = []

    def read() -> None:
        with ffmpeg.read_output(ffmpeg.command("decode", *endless, limit_s=250)) as out:
            assert len(out.read(100)) == 100
            stop()
            while True:
                reached.append(out.read(most) if most else bytes(out.readinto(bytearray(999_999))))  # type: ignore[attr-defined]

    with pytest.raises(MediaStalled):
        read()
    assert all(len(each) in (most, 999_999) for each in reached), "half a frame is none"
    assert encoders_of(os.getpid()) == []


def test_one_that_waits_for_us_has_not_stalled(stall_s: float, tmp_path: Path) -> None:
    with ffmpeg.feed(ffmpeg.Command("encode", (*RAW, str(tmp_path / "a.mkv")))) as into:
        into.write(FRAME)
        time.sleep(2 * stall_s)
        into.write(FRAME)
    with ffmpeg.read_output(ffmpeg.command("decode", *SOURCE, "-f", "rawvideo", "-s", "640x360", "-")) as out:
        time.sleep(2 * stall_s)
        assert len(out.read()) == 10 * 640 * 360 * 3 // 2


@pytest.mark.usefixtures("stall_s")
def test_one_that_works_for_long_has_not_stalled() -> None:
    with pytest.raises(MediaTooSlow):
        ffmpeg.run(ffmpeg.command("wait", *BUSY, limit_s=2.5))


@pytest.fixture
def wrapped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, stall_s: float) -> None:
    """An operator's own ffmpeg: a script that starts the real one."""
    script = tmp_path / "wrapper"
    script.write_text(f'#!/bin/sh\n"{ffmpeg.binary()}" "$@"\nexit $?\n')
    script.chmod(0o755)
    monkeypatch.setenv("PYTOON_FFMPEG", str(script))
    config.settings.cache_clear()
    ffmpeg.binary.cache_clear()


@pytest.mark.usefixtures("wrapped")
def test_what_a_wrapper_started_counts_as_its_work_and_ends_with_it() -> None:
    mark = uuid.uuid4().hex
    busy = (*BUSY[:4], "-metadata", f"title={mark}", *BUSY[4:])
    with pytest.raises(MediaTooSlow):
        ffmpeg.run(ffmpeg.command("wait", *busy, limit_s=2.5))
    with struck(signal.SIGSTOP), pytest.raises(MediaStalled):
        ffmpeg.run(ffmpeg.command("wait", *busy, limit_s=250))
    # What it started has no parent any more, and is ours no longer: it is looked for everywhere.
    wait_until(lambda: not running_with(mark), "the end of the encoder that the wrapper started")


def running_with(mark: str) -> list[psutil.Process]:
    return [each for each in psutil.process_iter(["cmdline"]) if mark in str(each.info["cmdline"])]


def test_nothing_watches_one_that_has_ended() -> None:
    before = threading.active_count()
    for _ in range(3):
        ffmpeg.run(ffmpeg.command("encode", *SOURCE, "-f", "null", "-"))
    wait_until(lambda: threading.active_count() <= before, "the end of the watching threads")


# -- one that others end, and disks ----------------------------------------------------------------------------------


@pytest.mark.parametrize("blow", [signal.SIGKILL, signal.SIGTERM])
def test_one_that_somebody_else_ends_says_by_what_and_may_be_tried_again(blow: signal.Signals) -> None:
    with struck(blow), pytest.raises(MediaKilled, match=f"wait was killed from outside by {blow.name}") as caught:
        ffmpeg.run(ffmpeg.command("wait", *BUSY, limit_s=250))
    assert caught.value.retryable
    assert "memory" in caught.value.advice


def test_one_that_somebody_else_ends_while_it_is_fed_says_so(tmp_path: Path) -> None:
    def feed() -> None:
        with ffmpeg.feed(ffmpeg.Command("encode", (*RAW, str(tmp_path / "a.mkv")), 250)) as into:
            while True:
                into.write(FRAME)

    with struck(signal.SIGKILL), pytest.raises(MediaKilled, match="SIGKILL"):
        feed()


def test_one_that_dies_of_itself_would_do_so_again() -> None:
    with struck(signal.SIGSEGV), pytest.raises(MediaError) as caught:
        ffmpeg.run(ffmpeg.command("wait", *BUSY, limit_s=250))
    assert type(caught.value) is MediaError
    assert caught.value.exit_code == -signal.SIGSEGV


@pytest.mark.parametrize("kind", ["mp4", "matroska", "rawvideo"])
def test_one_that_fills_the_disk_says_so(kind: str) -> None:
    with pytest.raises(StorageFull) as caught:
        ffmpeg.run(ffmpeg.command("encode", *BUSY[:4], "-t", 3, "-f", kind, "/dev/full"))
    assert caught.value.wanted_bytes > caught.value.free_bytes


def test_one_that_fills_the_disk_while_it_is_fed_says_so() -> None:
    def feed() -> None:
        with ffmpeg.feed(ffmpeg.Command("encode", (*RAW, "-f", "rawvideo", "/dev/full"), 250)) as into:
            while True:
                into.write(FRAME)

    with pytest.raises(StorageFull):
        feed()


@pytest.mark.parametrize(
    ("code", "said", "kind"),
    [
        (226, "Error opening output a.mp4: Read-only file system", StorageReadOnly),
        (1, "Error opening output a.mp4: Read-only file system", StorageReadOnly),
        (226, "frame=1", StorageReadOnly),
        (228, "frame=1", StorageFull),
        (134, "Error writing trailer: Disk quota exceeded", StorageFull),
        (228, "Error closing file: No space left on device", StorageFull),
        (-9, "frame=1", MediaKilled),
        (255, "Exiting normally, received signal 15.", MediaKilled),
        (255, "frame=1", MediaError),
        (-11, "frame=1", MediaError),
        (-77, "frame=1", MediaError),
        (1, "Invalid argument", MediaError),
    ],
)
def test_how_it_ended_is_told_by_its_code_and_last_words(code: int, said: str, kind: type[Exception]) -> None:
    assert type(failure("encode", ["ffmpeg"], code, said)) is kind


@pytest.mark.usefixtures("_fresh")
def test_another_ffmpeg_can_be_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    named = tmp_path / "ffmpeg"
    named.symlink_to(ffmpeg.binary())
    monkeypatch.setenv("PYTOON_FFMPEG", str(named))
    config.settings.cache_clear()
    ffmpeg.binary.cache_clear()
    assert ffmpeg.binary() == str(named)


@pytest.mark.usefixtures("_fresh")
def test_a_named_one_that_is_not_there_is_said_and_no_other_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTOON_FFMPEG", "/nowhere/ffmpeg")
    config.settings.cache_clear()
    ffmpeg.binary.cache_clear()
    with pytest.raises(Unconfigured, match="PYTOON_FFMPEG=/nowhere/ffmpeg is not there"):
        ffmpeg.binary()
