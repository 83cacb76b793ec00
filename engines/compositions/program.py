"""The program that runs a composition: it writes the frames of the clip to standard output, as raw RGB.

``python -m engines.compositions.program REQUEST`` reads the JSON file REQUEST and, if it fails, writes ``report.json``
beside it. What the composition prints is discarded.
"""

from __future__ import annotations

import importlib
import importlib.util
import json
import os
import sys
import traceback
from collections.abc import Callable, Iterator
from importlib.metadata import EntryPoint
from pathlib import Path
from types import ModuleType
from typing import IO, Any

from app.core.process_limits import limit_process
from engines.compositions.scene import CompositionScene, read_scene
from engines.compositions.source import GROUP

REPORT = "report.json"
# A clip that ends by less than this share of a frame before a frame still has that frame.
TOLERANCE = 1e-6


class UnusableClip(Exception):
    """What ``compose`` is or returned cannot be used; the message says why."""


def main(request_path: Path) -> int:
    """Run the composition of a request; return the exit status."""
    request = json.loads(request_path.read_text(encoding="utf-8"))
    out = _private_output()
    os.chdir(request_path.parent)
    import moviepy  # noqa: F401 - its address space does not count against the limit

    limit_process(**request["limits"])
    try:
        _write_frames(request, out)
    except BaseException as error:  # noqa: BLE001 - a composition may raise anything, or call sys.exit
        report = _report(error, request["path"])
        request_path.with_name(REPORT).write_text(json.dumps(report), encoding="utf-8")
        return 1
    return 0


def _private_output() -> IO[bytes]:
    """Return standard output; what is printed from now on goes to standard error."""
    out = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    return out


def _write_frames(request: dict[str, Any], out: IO[bytes]) -> None:
    scene = read_scene(request["scene"])
    sys.path[:0] = request["search"]
    clip = _compose_function(request)(scene)
    with out:
        for frame in _frames(clip, scene, request["frames"]):
            out.write(frame)


def _compose_function(request: dict[str, Any]) -> Callable[[CompositionScene], Any]:
    code = _module(Path(request["path"])) if request["path"] else EntryPoint("", request["value"], GROUP).load()
    function = getattr(code, "compose", None) if isinstance(code, ModuleType) else code
    if not callable(function):
        raise UnusableClip("it does not define compose(scene)")
    return function  # type: ignore[no-any-return]


def _module(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"composition_{path.stem}", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def _frames(clip: Any, scene: CompositionScene, frames: int) -> Iterator[bytes]:
    """Yield the frames of the clip, at most ``frames``; a clip without a duration has all of them."""
    if not callable(getattr(clip, "get_frame", None)) or not hasattr(clip, "size"):
        raise UnusableClip(f"compose returned an object of type {type(clip).__name__}, which is not a video clip")
    width, height = clip.size
    _check_size(width, height, scene)
    if clip.duration is not None:
        frames = min(frames, max(1, int(clip.duration * scene.fps + TOLERANCE)))
    for number in range(frames):
        yield _pixels(clip.get_frame(number / scene.fps), scene)


def _check_size(width: int, height: int, scene: CompositionScene) -> None:
    if (width, height) != (scene.width, scene.height):
        raise UnusableClip(f"the clip has {width} x {height} pixels; the film has {scene.width} x {scene.height}")


def _pixels(frame: Any, scene: CompositionScene) -> bytes:
    import numpy as np

    pixels = np.asarray(frame)
    if pixels.ndim != 3 or pixels.shape[2] not in (3, 4):
        raise UnusableClip(f"a frame has the shape {pixels.shape}, not rows, columns and three channels")
    _check_size(pixels.shape[1], pixels.shape[0], scene)
    rgb = pixels[..., :3]
    return np.ascontiguousarray(rgb if rgb.dtype == np.uint8 else rgb.clip(0, 255).astype(np.uint8)).tobytes()


def _report(error: BaseException, path: str) -> dict[str, Any]:
    """Return the reason of a failure, and the line of the composition at which it happened."""
    if isinstance(error, MemoryError):
        return {"kind": "memory", "line": _line(error, path), "reason": ""}
    is_own = isinstance(error, UnusableClip)
    reason = str(error) if is_own else traceback.format_exception_only(error)[-1].strip()
    return {"kind": "error", "line": None if is_own else _line(error, path), "reason": reason}


def _line(error: BaseException, path: str) -> int | None:
    if isinstance(error, SyntaxError) and error.filename == path:
        return error.lineno
    lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == path]
    return lines[-1] if lines else None


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
