"""What tests of hosted engines share: engines built for emulators, orders and their states, pictures, and clips."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from PIL import Image

from app.core.config import Settings
from app.core.config import settings as own_settings
from app.core.plugins import scan
from engines.base import HostedEngine, OrderProgress, Progress, Submission
from engines.registry import GROUP, PACKAGE
from schemas.engine import EngineModel
from schemas.order import ClipOrder
from tests.emulators.base import Emulator, Job
from tests.emulators.registry import emulator_classes
from tests.waiting import wait_until

PROMPT = "A red kite climbs over a calm sea"
ENDED = (OrderProgress.DONE, OrderProgress.FAILED, OrderProgress.CANCELLED)
# The shorter side of the film of an order. It is small, because some engines make clips of that size.
SHORTER_PX = 216
PICTURE, LAST_PICTURE = "assets/a1/picture.png", "assets/a2/last.png"


EMULATORS = emulator_classes()


def of_those_that(*facts: str) -> pytest.MarkDecorator:
    """Parametrize a test by the emulators of which all ``facts`` (class variables) are true."""
    names = [name for name, each in EMULATORS.items() if all(getattr(each, fact) for fact in facts)]
    return pytest.mark.parametrize("provider", names, indirect=True)


def unknown(submission: Submission) -> Submission:
    """The submission with an id that its provider has not given, also inside its data."""
    other = str(uuid.uuid4())
    data = json.loads(json.dumps(submission.data).replace(submission.id, other))
    return replace(submission, id=other, data=data)


def built(emulator: Emulator, **settings: Any) -> HostedEngine:
    """The engine of an emulator, with further settings."""
    fields: dict[str, Any] = {"home": own_settings().home, **emulator.settings(), **settings}
    engine: HostedEngine = scan(PACKAGE, GROUP)[emulator.engine]().build(Settings(**fields))
    return engine


def model_named(engine: HostedEngine, name: str) -> EngineModel:
    return next(model for model in engine.capabilities.models if model.name == name)


def order_of(model: EngineModel, **changes: Any) -> ClipOrder:
    """The shortest and smallest order of a model, from a prompt if it takes one alone, else from a picture."""
    aspect = changes.get("aspect") or next(iter(model.aspects), "9:16")
    across, down = (int(side) for side in aspect.split(":"))
    unit = Fraction(SHORTER_PX, min(across, down))
    order = ClipOrder(
        model=model.id,
        prompt=PROMPT if model.prompt_limit else "",
        seconds=next(iter(model.seconds), 2),
        aspect=aspect,
        resolution=next(iter(model.resolutions), ""),
        seed=7,
        image=None if model.from_text else PICTURE,
        width=round(across * unit / 2) * 2,
        height=round(down * unit / 2) * 2,
        fps=Fraction(24),
        query="kite sea",
    )
    return replace(order, **changes)


def write_picture(path: Path, aspect: str = "9:16", shorter_px: int = 360, noise: bool = False) -> Path:
    """Write a picture whose type is that of the suffix of ``path``; one of ``noise`` is large as a file."""
    across, down = (int(side) for side in aspect.split(":"))
    unit = shorter_px / min(across, down)
    width, height = round(across * unit), round(down * unit)
    if noise:
        pixels = np.random.default_rng(3).integers(0, 256, (height, width, 3), dtype=np.uint8)
        Image.fromarray(pixels).save(path)
    else:
        Image.linear_gradient("L").resize((width, height)).convert("RGB").save(path)
    return path


def files_of(order: ClipOrder, folder: Path) -> Mapping[str, Path]:
    """The local files of the pictures of an order."""
    paths = {key: folder / f"{order.aspect.replace(':', 'x')}-{Path(key).name}" for key in order.files}
    return {key: path if path.exists() else write_picture(path, order.aspect) for key, path in paths.items()}


def placed(engine: HostedEngine, order: ClipOrder, files: Mapping[str, Path] | None = None) -> Submission:
    return engine.submit(order, files or {}, "key-of-the-order")


def ended(engine: HostedEngine, submission: Submission) -> Progress:
    """The progress of an order once it has ended."""

    def progress() -> Progress | None:
        now = engine.poll(submission)
        return now if now.state in ENDED else None

    end = wait_until(progress, f"{submission.id} has ended")
    assert end
    return end


def with_data(submission: Submission, progress: Progress) -> Submission:
    """The submission with the data of its last poll, as it is stored."""
    return submission if progress.data is None else replace(submission, data=progress.data)


def job_of(emulator: Emulator, submission: Submission) -> Job:
    return emulator.jobs[submission.id]


@dataclass
class Provider:
    """An engine and the emulator of its provider, with the steps in which an order is used."""

    emulator: Emulator
    engine: HostedEngine
    folder: Path
    clips: list[Path] = field(default_factory=list)

    @property
    def model(self) -> EngineModel:
        return self.engine.capabilities.models[0]

    @property
    def job(self) -> Job:
        """The only order that the emulator has accepted."""
        (job,) = self.emulator.jobs.values()
        return job

    def submit(self, order: ClipOrder | None = None, key: str | None = None) -> Submission:
        """Place an order, with a key of its own unless ``key`` is given."""
        order = order or order_of(self.model)
        return self.engine.submit(order, files_of(order, self.folder), key or str(uuid.uuid4()))

    def ended(self, submission: Submission) -> Progress:
        return ended(self.engine, submission)

    def done(self, order: ClipOrder | None = None) -> Submission:
        """An order that is done, as it is stored then."""
        return self.polled(self.submit(order))

    def polled(self, submission: Submission) -> Submission:
        """The order with the data of the poll that says that it is done."""
        progress = self.ended(submission)
        assert progress.state == OrderProgress.DONE, progress
        return with_data(submission, progress)

    def fetch(self, submission: Submission) -> Path:
        path = self.folder / f"clip-{len(self.clips)}.mp4"
        self.clips.append(path)
        self.engine.fetch(submission, path)
        return path


@dataclass(frozen=True)
class Film:
    width: int
    height: int
    seconds: float


def decoded(path: Path) -> Film:
    """Decode a clip to its end."""
    with av.open(str(path)) as file:
        stream = file.streams.video[0]
        times = [float(frame.time) for frame in file.decode(stream) if frame.time is not None]
        rate = float(stream.average_rate or 24)
        return Film(stream.width, stream.height, round(times[-1] - times[0] + 1 / rate, 3))
