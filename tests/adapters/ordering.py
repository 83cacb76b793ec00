"""Shared by the tests of hosted engines: engines that use an emulator, orders, pictures, and waiting for a state."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import av
import numpy as np
from PIL import Image

from app.core.config import Settings
from app.core.plugins import scan
from engines.base import HostedEngine, OrderProgress, Progress, Submission
from engines.registry import GROUP, PACKAGE
from schemas.order import ClipOrder
from tests.emulators.base import Emulator, Job
from tests.waiting import wait_until

ENDS = (OrderProgress.DONE, OrderProgress.FAILED, OrderProgress.CANCELLED)


def engine_of(emulator: Emulator, **settings: Any) -> HostedEngine:
    """The engine of an emulator, built as the registry builds it."""
    module = scan(PACKAGE, GROUP)[emulator.engine]()
    return module.build(Settings(**{**emulator.settings(), **settings}))


def picture(directory: Path, name: str = "picture.png", size: tuple[int, int] = (90, 160), noise: bool = False) -> Path:
    """A PNG or JPEG file; one of ``noise`` cannot be compressed, so that it is large."""
    path = directory / name
    pixels = np.random.default_rng(3).integers(0, 256, (size[1], size[0], 3), dtype=np.uint8)
    Image.fromarray(pixels if noise else pixels // 255).save(path)
    return path


def order_of(engine: HostedEngine, name: str, **changes: Any) -> ClipOrder:
    """The shortest and smallest order of the model ``name``."""
    model = next(each for each in engine.capabilities.models if each.name == name)
    aspect = model.aspects[0] if model.aspects else "9:16"
    resolution = model.resolutions[0] if model.resolutions else ""
    values = {"seconds": model.seconds[0], "aspect": aspect, "resolution": resolution, "prompt": "a boat", "seed": 7}
    if not model.from_text:
        values["image"] = "a/first"
    return ClipOrder(model.id, **{**values, **changes})


def placed(engine: HostedEngine, order: ClipOrder, files: dict[str, Path] | None = None) -> Submission:
    return engine.submit(order, files or {}, "key-of-the-order")


def ended(engine: HostedEngine, submission: Submission) -> Progress:
    """Poll until the order has ended."""

    def poll() -> Progress | None:
        progress = engine.poll(submission)
        return progress if progress.state in ENDS else None

    return wait_until(poll, "the end of the order")


def with_data(submission: Submission, progress: Progress) -> Submission:
    """The submission with the data of its last poll, as it is stored."""
    return Submission(submission.id, progress.data if progress.data is not None else submission.data, submission.cost)


def job_of(emulator: Emulator, submission: Submission) -> Job:
    return emulator.jobs[submission.id]


def film_facts(path: Path) -> tuple[int, int, float]:
    """The width, height and length in seconds of a film."""
    with av.open(path) as container:
        stream = container.streams.video[0]
        return stream.width, stream.height, float(stream.duration * stream.time_base)
