"""The scene that a composition receives, as plain values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from engines.base import Shot


@dataclass(frozen=True, slots=True)
class CompositionScene:
    """The argument of ``compose``.

    ``text`` describes the picture, ``caption`` and ``narration`` are shown and spoken. The clip must have ``width`` and
    ``height`` in pixels; ``seconds`` of it are shown at ``fps``, a shorter one is slowed down or held. ``colours`` are
    "#RRGGBB", those of the scene or else of the preset. ``pictures`` are the files of the scene's images and videos.
    """

    text: str
    caption: str
    narration: str
    width: int
    height: int
    fps: float
    seconds: float
    seed: int
    colours: tuple[str, ...]
    pictures: tuple[Path, ...]


def scene_of(shot: Shot) -> CompositionScene:
    """Return the scene of a shot, whose files are all there."""
    scene, files = shot.scene, (shot.picture, *(path for _, path in shot.more))
    return CompositionScene(
        text=scene.description,
        caption=scene.caption,
        narration=scene.voice_script,
        width=shot.width,
        height=shot.height,
        fps=float(shot.fps),
        seconds=shot.seconds,
        seed=shot.seed,
        colours=scene.media.colours or shot.preset.palette,
        pictures=tuple(path.absolute() for path in files if path),
    )


def plain_scene(scene: CompositionScene) -> dict[str, Any]:
    """Return the scene as JSON-ready data."""
    return {**asdict(scene), "pictures": [str(path) for path in scene.pictures]}


def read_scene(plain: Mapping[str, Any]) -> CompositionScene:
    """Return the scene of ``plain_scene``."""
    pictures = tuple(Path(path) for path in plain["pictures"])
    return CompositionScene(**{**plain, "colours": tuple(plain["colours"]), "pictures": pictures})
