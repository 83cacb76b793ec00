"""Processes of ffmpeg: input, output, limits, stalls, signals and errors."""

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
RAW_INPUT = ("-f", "rawvideo", "-pix_fmt", "rgb24", "-s", "640x360", "-r", "10", "-i", "-")
FRAME = bytes(640 * 360 * 3)
BUSY_ARGS = ("-f", "lavfi", "-i", "testsrc2=s=320x180", "-f", "null", "-")
ENDLESS_ARGS = ("-re", "-f", "lavfi", "-i", "testsrc2=s=32x18:r=10", "-f", "null", "-")


def ffmpeg_processes(pid: int) -> list[psutil.Process]:
    return [child for child in psutil.Process(pid).children(recursive=True) if "ffmpeg" in child.name()]


@pytest.fixture
def reset_ffmpeg_setting() -> Iterator[None]:
    yield
    config.settings.cache_clear()
    ffmpeg.binary.cache_clear()


def test_command_is_a_value() -> None:
    join = ffmpeg.command("join", "-i", Path("a b.mp4"), "-t", 1.5, "-r", 30)
    assert join == ffmpeg.Command("join", ("-i", "a b.mp4", "-t", "1.5", "-r", "30"))
    assert hash(join) == hash(ffmpeg.command("join", "-i", "a b.mp4", "-t", "1.5", "-r", "30"))


def test_arguments_do_not_pass_a_shell(tmp_path: Path) -> None:
    path = tmp_path / "a'; touch evil; '$(touch evil).mkv"
    ffmpeg.run(ffmpeg.command("encode", *SOURCE, path))
    assert path.stat().st_size > 0
    assert not (tmp_path / "evil").exists()


def test_run_returns_the_report_of_ffmpeg(tmp_path: Path) -> None:
    assert "testsrc2" in ffmpeg.run(ffmpeg.command("encode", *SOURCE, tmp_path / "a.mkv"))


def test_error_has_purpose_exit_code_arguments_and_last_lines(tmp_path: Path) -> None:
    with pytest.raises(MediaError) as caught:
        ffmpeg.run(ffmpeg.command("read the clip", "-i", tmp_path / "none.mp4", "-f", "null", "-"))
    assert caught.value.operation == "read the clip"
    assert caught.value.exit_code != 0
    assert "No such file" in caught.value.last_lines
    assert str(tmp_path / "none.mp4") in caught.value.argv


def test_process_over_its_limit_is_killed_with_media_too_slow() -> None:
    with pytest.raises(MediaTooSlow, match=r"wait exceeded its time limit of 0\.5 s") as caught:
        ffmpeg.run(ffmpeg.command("wait", *ENDLESS_ARGS, limit_s=0.5))
    assert caught.value.retryable
    assert ffmpeg_processes(os.getpid()) == []


def test_feed_writes_frames_to_standard_input(tmp_path: Path) -> None:
    raw = ("-f", "rawvideo", "-pix_fmt", "rgb24", "-s", "16x8", "-r", "10", "-i", "-")
    path = tmp_path / "a.mkv"
    with ffmpeg.feed(ffmpeg.Command("encode", (*raw, "-c:v", "ffv1", str(path)))) as into:
        for shade in range(10):
            into.write(bytes([shade]) * 16 * 8 * 3)
    assert "frame=   10" in ffmpeg.run(ffmpeg.command("count", "-i", path, "-f", "null", "-"))


def test_feed_raises_the_error_of_ffmpeg(tmp_path: Path) -> None:
    raw = ("-f", "rawvideo", "-pix_fmt", "rgb24", "-s", "16x8", "-i", "-")

    def feed() -> None:
        with ffmpeg.feed(ffmpeg.Command("encode", (*raw, "-c:v", "no_such_codec", str(tmp_path / "a.mkv")))) as into:
            for _ in range(10_000):
                into.write(bytes(16 * 8 * 3))

    with pytest.raises(MediaError, match="no_such_codec"):
        feed()


def test_read_output_reads_frames_from_standard_output() -> None:
    with ffmpeg.read_output(ffmpeg.command("decode", *SOURCE, "-f", "rawvideo", "-pix_fmt", "gray", "-")) as out:
        assert len(out.read()) == 32 * 18 * 10


def test_leaving_read_output_early_kills_the_process() -> None:
    endless = ("-f", "lavfi", "-i", "testsrc2=s=32x18", "-f", "rawvideo", "-")
    with ffmpeg.read_output(ffmpeg.command("decode", *endless)) as out:
        assert len(out.read(100)) == 100
    assert ffmpeg_processes(os.getpid()) == []


def test_error_in_the_block_kills_the_process() -> None:
    endless = ("-f", "lavfi", "-i", "testsrc2=s=32x18", "-f", "rawvideo", "-")
    with pytest.raises(RuntimeError), ffmpeg.read_output(ffmpeg.command("decode", *endless)):
        raise RuntimeError("an error of the caller")
    assert ffmpeg_processes(os.getpid()) == []


RAW = ("-f", "rawvideo", "-pix_fmt", "gray", "-s", "64x64")
NEGATED = ffmpeg.Command("negate", (*RAW, "-i", "-", "-vf", "negate", *RAW[:4], "-"))


def shades(count: int) -> Iterator[memoryview]:
    yield from (memoryview(bytes([index % 256]) * 64 * 64) for index in range(count))


def test_filtered_frames_are_read_in_order_while_others_are_written() -> None:
    frame = bytearray(64 * 64)
    with ffmpeg.filtered(NEGATED, shades(2000)) as out:
        for index in range(2000):
            out.read(memoryview(frame))
            assert frame[0] == frame[-1] == 255 - index % 256
    assert ffmpeg_processes(os.getpid()) == []


def test_error_of_the_frames_is_raised_by_the_reader() -> None:
    def frames() -> Iterator[memoryview]:
        yield from shades(50)
        raise RuntimeError("an error of the frames")

    with pytest.raises(RuntimeError, match="an error of the frames"):
        read_all(NEGATED, frames())
    assert ffmpeg_processes(os.getpid()) == []


def read_all(command: ffmpeg.Command, frames: Iterator[memoryview]) -> None:
    with ffmpeg.filtered(command, frames) as out:
        while True:
            out.read(memoryview(bytearray(64 * 64)))


def test_filtered_raises_the_error_of_ffmpeg() -> None:
    command = ffmpeg.Command("filter", (*RAW, "-i", "-", "-vf", "no_such_filter", *RAW[:4], "-"))
    with pytest.raises(MediaError, match="no_such_filter"):
        read_all(command, shades(10_000))


def test_reading_more_frames_than_were_written_is_an_error() -> None:
    with pytest.raises(MediaError):
        read_all(NEGATED, shades(3))


def test_leaving_filtered_early_kills_the_process_and_ends_the_thread() -> None:
    before = threading.active_count()
    with ffmpeg.filtered(NEGATED, shades(100_000)) as out:
        out.read(memoryview(bytearray(64 * 64)))
    assert ffmpeg_processes(os.getpid()) == []
    wait_until(lambda: threading.active_count() <= before, "the end of the threads")


def test_existing_file_is_overwritten_without_a_prompt(tmp_path: Path) -> None:
    (tmp_path / "a.mkv").write_bytes(b"there already")
    ffmpeg.run(ffmpeg.command("encode", *SOURCE, tmp_path / "a.mkv", limit_s=250))
    assert (tmp_path / "a.mkv").stat().st_size > 100


def test_ffmpeg_ends_when_its_worker_is_killed() -> None:
    # binary() starts an ffmpeg to ask for its version; that process has ended once the path is printed.
    code = (
        "from app.media import ffmpeg; print(ffmpeg.binary(), flush=True); "
        f"ffmpeg.run(ffmpeg.Command('', {ENDLESS_ARGS!r}))"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE) as worker:
        try:
            assert worker.stdout is not None and worker.stdout.readline()
            wait_until(lambda: ffmpeg_processes(worker.pid), "the worker's encoder")
            (encoder,) = ffmpeg_processes(worker.pid)
        finally:
            worker.kill()
    wait_until(lambda: has_ended(encoder.pid), "the end of the encoder")


# -- stalls ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def stall_s(monkeypatch: pytest.MonkeyPatch, reset_ffmpeg_setting: None) -> float:
    monkeypatch.setenv("PYTOON_STALL_S", "1")
    config.settings.cache_clear()
    return 1.0


@contextmanager
def send_signal_when_busy(signum: signal.Signals) -> Iterator[None]:
    """Send a signal to the next ffmpeg that this process starts, once it has used CPU time."""

    def send() -> None:
        wait_until(lambda: any(ffmpeg.cpu_s(child.pid) > 0 for child in ffmpeg_processes(os.getpid())), "a busy ffmpeg")
        for child in ffmpeg_processes(os.getpid()):
            child.send_signal(signum)

    ffmpeg.binary()  # it starts an ffmpeg to ask for its version, which must not get the signal
    sender = threading.Thread(target=send)
    sender.start()
    try:
        yield
    finally:
        sender.join()


def stop() -> None:
    for child in ffmpeg_processes(os.getpid()):
        child.send_signal(signal.SIGSTOP)


def test_stopped_process_is_detected_while_its_end_is_awaited(stall_s: float) -> None:
    with send_signal_when_busy(signal.SIGSTOP), pytest.raises(MediaStalled) as caught:
        ffmpeg.run(ffmpeg.command("wait", *BUSY_ARGS, limit_s=250))
    assert stall_s <= caught.value.seconds < 200
    assert str(caught.value).startswith(f"wait made no progress for {caught.value.seconds:g} s and was stopped")
    assert ffmpeg_processes(os.getpid()) == []


def test_stopped_process_is_detected_while_it_is_fed(stall_s: float, tmp_path: Path) -> None:
    def feed() -> None:
        with ffmpeg.feed(ffmpeg.Command("encode", (*RAW_INPUT, str(tmp_path / "a.mkv")), 250)) as into:
            into.write(FRAME)
            stop()
            while True:
                into.write(FRAME)

    with pytest.raises(MediaStalled) as caught:
        feed()
    assert stall_s <= caught.value.seconds < 200
    assert ffmpeg_processes(os.getpid()) == []


@pytest.mark.usefixtures("stall_s")
def test_stopped_process_is_detected_after_its_last_frame(tmp_path: Path) -> None:
    with (
        pytest.raises(MediaStalled),
        ffmpeg.feed(ffmpeg.Command("encode", (*RAW_INPUT, str(tmp_path / "a.mkv")), 250)) as into,
    ):
        into.write(FRAME)
        stop()
    assert ffmpeg_processes(os.getpid()) == []


@pytest.mark.parametrize("size", [None, 640 * 360 * 3])
@pytest.mark.usefixtures("stall_s")
def test_stopped_process_is_detected_while_it_is_read(size: int | None) -> None:
    endless = ("-f", "lavfi", "-i", "testsrc2=s=640x360", "-f", "rawvideo", "-pix_fmt", "rgb24", "-")
    chunks: list[bytes] = []

    def read() -> None:
        with ffmpeg.read_output(ffmpeg.command("decode", *endless, limit_s=250)) as out:
            assert len(out.read(100)) == 100
            stop()
            while True:
                chunks.append(out.read(size) if size else bytes(out.readinto(bytearray(999_999))))  # type: ignore[attr-defined]

    with pytest.raises(MediaStalled):
        read()
    assert all(len(chunk) in (size, 999_999) for chunk in chunks), "an incomplete frame was returned"
    assert ffmpeg_processes(os.getpid()) == []


def test_process_waiting_for_input_or_for_its_reader_has_not_stalled(stall_s: float, tmp_path: Path) -> None:
    with ffmpeg.feed(ffmpeg.Command("encode", (*RAW_INPUT, str(tmp_path / "a.mkv")))) as into:
        into.write(FRAME)
        time.sleep(2 * stall_s)
        into.write(FRAME)
    with ffmpeg.read_output(ffmpeg.command("decode", *SOURCE, "-f", "rawvideo", "-s", "640x360", "-")) as out:
        time.sleep(2 * stall_s)
        assert len(out.read()) == 10 * 640 * 360 * 3 // 2


@pytest.mark.usefixtures("stall_s")
def test_busy_process_has_not_stalled() -> None:
    with pytest.raises(MediaTooSlow):
        ffmpeg.run(ffmpeg.command("wait", *BUSY_ARGS, limit_s=2.5))


@pytest.fixture
def wrapper_as_ffmpeg(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, stall_s: float) -> None:
    """Set PYTOON_FFMPEG to a script that starts the real ffmpeg."""
    script = tmp_path / "wrapper"
    script.write_text(f'#!/bin/sh\n"{ffmpeg.binary()}" "$@"\nexit $?\n')
    script.chmod(0o755)
    monkeypatch.setenv("PYTOON_FFMPEG", str(script))
    config.settings.cache_clear()
    ffmpeg.binary.cache_clear()


@pytest.mark.usefixtures("wrapper_as_ffmpeg")
def test_child_of_a_wrapper_counts_as_its_activity_and_is_killed_with_it() -> None:
    mark = uuid.uuid4().hex
    busy = (*BUSY_ARGS[:4], "-metadata", f"title={mark}", *BUSY_ARGS[4:])
    with pytest.raises(MediaTooSlow):
        ffmpeg.run(ffmpeg.command("wait", *busy, limit_s=2.5))
    with send_signal_when_busy(signal.SIGSTOP), pytest.raises(MediaStalled):
        ffmpeg.run(ffmpeg.command("wait", *busy, limit_s=250))
    # The child of a killed wrapper is no longer a descendant of this process, so all processes are searched.
    wait_until(lambda: not processes_with(mark), "the end of the encoder that the wrapper started")


def processes_with(mark: str) -> list[psutil.Process]:
    return [process for process in psutil.process_iter(["cmdline"]) if mark in str(process.info["cmdline"])]


def test_watching_threads_end_with_the_process() -> None:
    before = threading.active_count()
    for _ in range(3):
        ffmpeg.run(ffmpeg.command("encode", *SOURCE, "-f", "null", "-"))
    wait_until(lambda: threading.active_count() <= before, "the end of the watching threads")


# -- signals and full disks ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("signum", [signal.SIGKILL, signal.SIGTERM])
def test_process_killed_from_outside_raises_retryable_media_killed(signum: signal.Signals) -> None:
    with (
        send_signal_when_busy(signum),
        pytest.raises(MediaKilled, match=f"wait was killed from outside by {signum.name}") as caught,
    ):
        ffmpeg.run(ffmpeg.command("wait", *BUSY_ARGS, limit_s=250))
    assert caught.value.retryable
    assert "memory" in caught.value.advice


def test_process_killed_while_it_is_fed_raises_media_killed(tmp_path: Path) -> None:
    def feed() -> None:
        with ffmpeg.feed(ffmpeg.Command("encode", (*RAW_INPUT, str(tmp_path / "a.mkv")), 250)) as into:
            while True:
                into.write(FRAME)

    with send_signal_when_busy(signal.SIGKILL), pytest.raises(MediaKilled, match="SIGKILL"):
        feed()


def test_crash_of_ffmpeg_is_a_plain_media_error() -> None:
    with send_signal_when_busy(signal.SIGSEGV), pytest.raises(MediaError) as caught:
        ffmpeg.run(ffmpeg.command("wait", *BUSY_ARGS, limit_s=250))
    assert type(caught.value) is MediaError
    assert caught.value.exit_code == -signal.SIGSEGV


@pytest.mark.parametrize("container", ["mp4", "matroska", "rawvideo"])
def test_full_disk_raises_storage_full(container: str) -> None:
    with pytest.raises(StorageFull) as caught:
        ffmpeg.run(ffmpeg.command("encode", *BUSY_ARGS[:4], "-t", 3, "-f", container, "/dev/full"))
    assert caught.value.wanted_bytes > caught.value.free_bytes


def test_full_disk_while_fed_raises_storage_full() -> None:
    def feed() -> None:
        with ffmpeg.feed(ffmpeg.Command("encode", (*RAW_INPUT, "-f", "rawvideo", "/dev/full"), 250)) as into:
            while True:
                into.write(FRAME)

    with pytest.raises(StorageFull):
        feed()


@pytest.mark.parametrize(
    ("code", "last_lines", "error_type"),
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
def test_error_follows_from_exit_code_and_last_lines(code: int, last_lines: str, error_type: type[Exception]) -> None:
    assert type(failure("encode", ["ffmpeg"], code, last_lines)) is error_type


@pytest.mark.usefixtures("reset_ffmpeg_setting")
def test_ffmpeg_setting_selects_the_binary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "ffmpeg"
    path.symlink_to(ffmpeg.binary())
    monkeypatch.setenv("PYTOON_FFMPEG", str(path))
    config.settings.cache_clear()
    ffmpeg.binary.cache_clear()
    assert ffmpeg.binary() == str(path)


@pytest.mark.usefixtures("reset_ffmpeg_setting")
def test_missing_ffmpeg_of_the_setting_raises_unconfigured(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTOON_FFMPEG", "/nowhere/ffmpeg")
    config.settings.cache_clear()
    ffmpeg.binary.cache_clear()
    with pytest.raises(Unconfigured, match="PYTOON_FFMPEG=/nowhere/ffmpeg does not exist"):
        ffmpeg.binary()
