"""Files made to cost much are accepted or refused within bounds, by name, and do not disturb honest callers."""

from __future__ import annotations

import importlib.util
import io
import os
import signal
import threading
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from types import ModuleType

import psutil
import pytest
from PIL import Image

from app.core.config import Settings, read_settings, settings
from app.core.errors import BadMedia, Overloaded
from app.media.probe import sandbox
from app.media.probe.facts import Limits
from app.media.probe.inspection import inspect
from app.media.probe.sandbox import Budget, Outcome, look


def _load(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, Path(__file__).parent / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


attack = _load("attack_files")
LIMITS = Limits(max_bytes=512 << 20, max_pixels=120_000_000, max_ms=3_600_000)
DEFAULTS = Settings()
BUDGET = Budget(DEFAULTS.probe_cpu_s, DEFAULTS.probe_s, DEFAULTS.probe_mb)

REFUSED: dict[str, tuple[Callable[[], bytes], str]] = {
    "3,000 scans": (attack.jpeg_of_empty_scans, "the file is a JPEG of more than 64 scans"),
    "50 scans of 36 million pixels": (
        lambda: attack.jpeg_of_empty_scans(50, 6_000),
        "it is a large JPEG of",
    ),
    "JPEG 65500 × 1": (attack.jpeg_65535_by_1, "65500 × 1 pixels are more than"),
    "JPEG of no size": (lambda: attack.jpeg_claiming(0, 0), "the JPEG is damaged"),
    "JPEG that claims 100 million pixels": (lambda: attack.jpeg_claiming(10_000, 10_000), "the JPEG is damaged"),
    "PNG of 400,000 chunks": (attack.png_of_chunks, "the file is a PNG of more than 200,000 chunks"),
    "PNG that claims 119 million pixels": (lambda: attack.png_claiming(10_900, 10_900), "the PNG is damaged"),
    "PNG of no width": (lambda: attack.png_claiming(0, 5), "the PNG is damaged"),
    "TIFF tags that share their bytes": (attack.tiff_of_shared_blobs, "the file is a TIFF whose tags are larger"),
    "TIFF directory that follows itself": (
        attack.tiff_of_looped_directories,
        "the file is a TIFF without pixels whose directories refer to each other in a circle",
    ),
    "GIF of 100,000 frames": (attack.gif_of_frames, "it is an animation of more than 10,000 frames"),
    "GIF of 9,000 frames on a large canvas": (attack.gif_of_large_frames, "its 9000 frames of 8000 × 8000 pixels"),
    "WebP of 50,000 frames": (attack.webp_of_frames, "it is an animation of more than 10,000 frames"),
    "WAV that lies about its size": (attack.wav_of_lying_header, "it is incomplete"),
    "boxes in boxes": (attack.nested_boxes, "the MP4 is damaged"),
    "AVI with an index of 2 million entries": (attack.avi_of_index, "nothing in it can be decoded"),
    "Matroska of 256,000 laced frames": (attack.mkv_of_laces, "it is incomplete"),
}


def looked_at(folder: Path, data: bytes, budget: Budget = BUDGET) -> Outcome:
    path = folder / "a"
    path.write_bytes(data)
    return look(path, "file", LIMITS, budget)


@pytest.mark.parametrize("name", REFUSED)
def test_attack_is_refused_by_name_within_the_limits(tmp_path: Path, name: str) -> None:
    make, reason = REFUSED[name]
    outcome = looked_at(tmp_path, make())
    assert outcome.answer is not None, f"ended by signal {outcome.ended_by}"
    assert outcome.answer["refused"][0].startswith(reason)
    assert outcome.cpu_s < BUDGET.cpu_s
    assert outcome.rss_kb < BUDGET.mb << 10


def test_mp4_of_five_million_packets_is_refused_by_their_number(tmp_path: Path) -> None:
    outcome = looked_at(tmp_path, attack.mp4_of_packets(tmp_path))
    assert outcome.answer is not None
    assert outcome.answer["refused"][0] == "it has more than 1,000,000 packets"


@pytest.mark.parametrize("make", [attack.png_of_text_bombs, attack.exif_of_shared_blobs])
def test_image_with_bombs_in_its_notes_is_accepted_without_reading_them(
    tmp_path: Path, make: Callable[[], bytes]
) -> None:
    outcome = looked_at(tmp_path, make())
    assert outcome.answer is not None
    assert outcome.answer["facts"]["kind"] == "image"
    assert outcome.rss_kb < 100 << 10


# -- limits ----------------------------------------------------------------------------------------------------------


def large_png() -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (4_000, 4_000)).save(buffer, "PNG", compress_level=1)
    return buffer.getvalue()


def test_file_that_takes_too_much_time_is_ended(tmp_path: Path) -> None:
    path = tmp_path / "a"
    os.mkfifo(path)  # opening a pipe that has no writer never returns
    outcome = look(path, "file", LIMITS, Budget(5, 1, 512))
    assert outcome.ended_by == signal.SIGALRM


def test_file_that_takes_too_much_memory_is_refused(tmp_path: Path) -> None:
    assert looked_at(tmp_path, large_png(), Budget(20, 60, 8)).answer == {"memory": True}


@pytest.mark.parametrize(
    ("ended_by", "reason"),
    [
        (signal.SIGXCPU, "it takes more than 10 s of CPU to read"),
        (signal.SIGALRM, "it takes more than 20 s to read"),
        (signal.SIGKILL, "it takes more than 512 MB of memory to read"),
        (signal.SIGSEGV, "it is damaged: its decoder ends with SIGSEGV"),
    ],
)
def test_refusal_names_the_limit_that_was_exceeded(ended_by: signal.Signals, reason: str) -> None:
    with pytest.raises(BadMedia) as caught:
        sandbox.facts_of(Outcome(None, ended_by, 0.0, 0), "file", DEFAULTS)
    assert caught.value.reason == reason
    assert caught.value.as_dict()["advice"] == sandbox.SAVE_AGAIN


def test_memory_of_this_process_stays_flat(tmp_path: Path) -> None:
    paths = [tmp_path / "png", tmp_path / "tiff"]
    paths[0].write_bytes(large_png())
    paths[1].write_bytes(attack.tiff_of_shared_blobs())
    before = psutil.Process().memory_info().rss
    for path in paths * 5:
        look(path, "file", LIMITS, BUDGET)
    assert psutil.Process().memory_info().rss - before < 20 << 20


# -- many at a time --------------------------------------------------------------------------------------------------


def test_honest_file_is_read_while_all_places_of_expensive_files_are_taken(tmp_path: Path) -> None:
    honest = tmp_path / "honest.png"
    Image.new("RGB", (20, 20)).save(honest)
    with ExitStack() as stack:
        for _ in range(settings().probes):
            stack.enter_context(sandbox.place(sandbox.places_of(settings().probes).thorough, 1))
        assert inspect(honest, "file", LIMITS).kind == "image"


def test_file_without_a_place_in_time_is_refused_and_may_be_sent_again() -> None:
    places = threading.Semaphore(1)
    with sandbox.place(places, 1), pytest.raises(Overloaded) as caught, sandbox.place(places, 0.01):
        pass
    assert (caught.value.status, caught.value.retryable) == (503, True)


def test_killed_server_is_started_again(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    Image.new("RGB", (20, 20)).save(path)
    inspect(path, "file", LIMITS)
    servers = [child for child in psutil.Process().children() if "sandbox_server" in " ".join(child.cmdline())]
    assert len(servers) == 1
    servers[0].kill()
    servers[0].wait()
    assert inspect(path, "file", LIMITS).kind == "image"


def test_limits_are_settings() -> None:
    names = ("PROBE_CPU_S", "PROBE_S", "PROBE_MB", "PROBES", "PROBE_WAIT_S")
    chosen = read_settings({f"PYTOON_{name}": "3" for name in names})
    assert (chosen.probe_cpu_s, chosen.probe_s, chosen.probe_mb, chosen.probes, chosen.probe_wait_s) == (3, 3, 3, 3, 3)
