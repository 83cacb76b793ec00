"""``python -m engines.comfy`` checks every workflow; with the name of one, it orders a clip and waits for it.

The settings are those of the workers: PYTOON_COMFYUI_URLS and PYTOON_COMFYUI_WORKFLOWS.
"""

from __future__ import annotations

import argparse
import sys
import time
import uuid
from dataclasses import replace
from pathlib import Path

from app.core.config import settings
from app.core.errors import PytoonError
from engines.adapters.comfyui import ComfyUI, build
from engines.base import OrderProgress, Submission
from schemas.engine import EngineModel
from schemas.order import ClipOrder

OPEN = (OrderProgress.WAITING, OrderProgress.RUNNING)


def main(arguments: list[str]) -> int:
    chosen = _parser().parse_args(arguments)
    try:
        engine = build(settings())
        return _order(engine, chosen) if chosen.workflow else _check(engine)
    except PytoonError as error:
        _say(str(error))
        return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("python -m engines.comfy", description="Check the workflows, or try one.")
    parser.add_argument("workflow", nargs="?", help="name of the workflow to try; without it, all are checked")
    parser.add_argument("prompt", nargs="?", default="", help="prompt of the clip")
    parser.add_argument("--image", type=Path, help="first picture, JPEG or PNG")
    parser.add_argument("--last-image", type=Path, help="last picture")
    parser.add_argument("--seconds", type=int, help="length; the shortest of the workflow by default")
    parser.add_argument("--aspect", default="9:16")
    parser.add_argument("--resolution", help="the lowest of the workflow by default")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, default=Path("clip.mp4"), help="file of the clip")
    return parser


def _check(engine: ComfyUI) -> int:
    """Print whether each workflow can be used at each server."""
    for name, reason in engine.problems.items():
        _say(f"{name}: {reason}")
    for name, reasons in engine.missing_nodes().items():
        _say(f"{name}: {'; '.join(reasons) or 'ok'}")
    return 1 if engine.problems else 0


def _order(engine: ComfyUI, chosen: argparse.Namespace) -> int:
    models = {model.name: model for model in engine.capabilities.models}
    model = models.get(chosen.workflow, EngineModel(chosen.workflow, chosen.workflow))
    files = {str(path): path for path in (chosen.image, chosen.last_image) if path}
    image, last_image = (str(path) if path else None for path in (chosen.image, chosen.last_image))
    order = ClipOrder(
        model.id,
        chosen.prompt,
        seconds=chosen.seconds or (model.seconds or (2,))[0],
        aspect=chosen.aspect,
        resolution=chosen.resolution or (model.resolutions or ("",))[0],
        seed=chosen.seed,
        image=image,
        last_image=last_image,
    )
    return _wait(engine, engine.submit(order, files, str(uuid.uuid4())), chosen.out)


def _wait(engine: ComfyUI, submission: Submission, out: Path) -> int:
    _say(f"order {submission.id} at {submission.data['server']}")
    while (progress := engine.poll(submission)).state in OPEN:
        _say(f"{progress.state} {progress.share or 0:.0%}")
        time.sleep(engine.poll_s)
    if progress.state is not OrderProgress.DONE:
        _say(f"{progress.state}: {progress.reason}")
        return 1
    engine.fetch(replace(submission, data=progress.data or {}), out)
    _say(f"wrote {out}")
    return 0


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
