"""Run a composition in a process of its own, with limits and without the environment of the worker."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Generator, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, Any

from app.core.child_environment import PROGRAMS, inherited
from app.core.config import MiB
from app.core.errors import ProviderRefused
from app.core.parent_death import end_with_parent_hook
from app.core.redaction import public_text
from app.store.scratch import scratch
from engines.compositions.program import REPORT
from engines.compositions.scene import CompositionScene, plain_scene
from engines.compositions.source import Composition

PROGRAM = "engines.compositions.program"
ROOT = Path(__file__).parents[2]
# Time for the start of the program on a loaded machine, beyond its own limit.
START_S = 60.0
MAX_REASON = 300
_PATH = re.compile(r"(?<![\w./-])/(?:[^\s'\"]*/)?([^\s'\"/]+)")


@dataclass(frozen=True, slots=True)
class Limits:
    """What one composition may use; the step that renders a scene has more time (``schemas.steps``)."""

    cpu_s: int = 900
    wall_s: float = 1200.0
    mb: int = 2048
    file_bytes: int = 512 * MiB


def frames_of(
    engine: str, composition: Composition, scene: CompositionScene, frames: int, limits: Limits
) -> Generator[bytes]:
    """Yield the frames of a composition, as raw RGB. Raises ``ProviderRefused`` with composition, line and reason."""
    with scratch() as folder:
        request = _write_request(folder, composition, scene, frames, limits)
        with _running(request, limits) as process:
            assert process.stdout is not None
            size, count = scene.width * scene.height * 3, 0
            while frame := _read_frame(process.stdout, size):
                count += 1
                yield frame
            if process.wait() != 0 or not count:
                raise ProviderRefused(engine, _reason(composition, folder, process.returncode, limits))


def _read_frame(pipe: IO[bytes], size: int) -> bytes:
    """Return one frame; empty at the end. A part of a frame is not returned: the exit status says what happened."""
    frame = pipe.read(size)
    return frame if len(frame) == size else b""


def _write_request(
    folder: Path, composition: Composition, scene: CompositionScene, frames: int, limits: Limits
) -> Path:
    request = {
        "path": str(composition.path or ""),
        "value": composition.value,
        "search": [str(path) for path in composition.search],
        "scene": plain_scene(scene),
        "frames": frames,
        "limits": asdict(limits),
    }
    path = folder / "request.json"
    path.write_text(json.dumps(request), encoding="utf-8")
    return path


@contextmanager
def _running(request: Path, limits: Limits) -> Iterator[subprocess.Popen[bytes]]:
    """Start the program; it is killed with all that it has started at the end of the block, or with this process."""
    process = subprocess.Popen(
        # -P: no file of the current directory is imported.
        [sys.executable, "-P", "-m", PROGRAM, str(request)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=_environment(request.parent),
        cwd=request.parent,
        start_new_session=True,
        preexec_fn=end_with_parent_hook(),
    )
    timer = threading.Timer(limits.wall_s + START_S, _kill, [process])
    timer.daemon = True
    timer.start()
    try:
        yield process
    finally:
        timer.cancel()
        _kill(process)
        process.wait()
        if process.stdout:
            process.stdout.close()


def _kill(process: subprocess.Popen[bytes]) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)


def _environment(folder: Path) -> dict[str, str]:
    """Return an environment without settings and secrets. One thread and one arena save address space."""
    places = {"HOME": str(folder), "TMPDIR": str(folder)}
    python = {"PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"}
    return {**inherited(PROGRAMS), **places, **python, "MALLOC_ARENA_MAX": "1", "OPENBLAS_NUM_THREADS": "1"}


def _reason(composition: Composition, folder: Path, status: int, limits: Limits) -> str:
    report = _report(folder)
    where = f", line {report['line']}" if report.get("line") else ""
    return f"composition {composition.name}{where}: {_cause(report, status, limits)}"


def _report(folder: Path) -> dict[str, Any]:
    try:
        report = json.loads((folder / REPORT).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return report if isinstance(report, dict) else {}


def _cause(report: dict[str, Any], status: int, limits: Limits) -> str:
    if report.get("kind") == "error":
        return _PATH.sub(r"\1", public_text(str(report["reason"])))[:MAX_REASON]
    if report.get("kind") == "memory":
        return f"it needs more than {limits.mb} MB of memory"
    if status == -signal.SIGXCPU:
        return f"it takes more than {limits.cpu_s} s of CPU"
    if status in (-signal.SIGALRM, -signal.SIGKILL):
        return f"it takes more than {limits.wall_s:g} s, or was killed"
    return "it ended without a frame" if status == 0 else f"it ended with the status {status}"
