"""Shots to film and pictures to film them from."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from app.store.backends.folder import Folder
from engines.base import Shot
from schemas.asset import Asset
from schemas.preset import Grade, MotionStyle, Preset
from schemas.scene_graph import Media, Scene, SceneStyle

RED, GREEN, BLUE, WHITE = (255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 255)


def corners(width: int, height: int) -> Image.Image:
    """A quarter of red, green (right), blue (below) and white: whoever turns it shows it."""
    pixels = np.empty((height, width, 3), np.uint8)
    pixels[: height // 2, : width // 2], pixels[: height // 2, width // 2 :] = RED, GREEN
    pixels[height // 2 :, : width // 2], pixels[height // 2 :, width // 2 :] = BLUE, WHITE
    return Image.fromarray(pixels)


class Studio:
    """Makes shots of 108 × 192 in a store of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.store = Folder(folder / "store")
        self.store.root.mkdir()

    def saved(self, image: Image.Image, name: str = "picture.png", **options: object) -> Path:
        image.save(self.folder / name, **options)
        return self.folder / name

    def preset(self, **changes: object) -> Preset:
        return replace(Preset("plain", "Plain", "For tests", motion=MotionStyle(("push_in",), 1.15)), **changes)

    def shot(
        self, picture: Path | None = None, *, kind: str = "image", grade: Grade | None = None, **wishes: object
    ) -> Shot:
        style = SceneStyle(wishes.pop("motion", None), wishes.pop("zoom", None))
        changes = {name: wishes.pop(name) for name in ("seed", "frames", "width", "height", "preset") if name in wishes}
        scene = Scene(wishes.pop("id", 1), media=Media("colour" if picture is None else kind, **wishes), style=style)
        made = Shot(
            scene, None, picture, 108, 192, Fraction(30), 90, self.preset(grade=grade or Grade()), 0, self.store
        )
        return replace(made, asset=asset_of(picture, kind) if picture else None, **changes)


def asset_of(path: Path, kind: str) -> Asset:
    data = path.read_bytes()
    return Asset("a1", kind, f"assets/a1/{path.name}", hashlib.sha256(data).hexdigest(), len(data), "image/png")


@pytest.fixture
def studio(tmp_path: Path) -> Studio:
    return Studio(tmp_path)


@pytest.fixture
def quarters():
    return corners
