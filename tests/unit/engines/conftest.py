"""Shots to render, and images for them."""

from __future__ import annotations

import hashlib
import mimetypes
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

SHOT_FIELDS = ("seed", "frames", "width", "height", "preset")
RED, GREEN, BLUE, WHITE = (255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 255)


def quadrant_image(width: int, height: int) -> Image.Image:
    """Return an image of four quadrants, red, green, blue and white, in which any rotation is visible."""
    pixels = np.empty((height, width, 3), np.uint8)
    pixels[: height // 2, : width // 2], pixels[: height // 2, width // 2 :] = RED, GREEN
    pixels[height // 2 :, : width // 2], pixels[height // 2 :, width // 2 :] = BLUE, WHITE
    return Image.fromarray(pixels)


class ShotFactory:
    """Makes shots of 108 × 192 with their own store."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.store = Folder(directory / "store")
        self.store.root.mkdir()

    def save_image(self, image: Image.Image, name: str = "picture.png", **options: object) -> Path:
        path = self.directory / name
        image.save(path, **options)
        return path

    def preset(self, **changes: object) -> Preset:
        return replace(Preset("plain", "Plain", "For tests", motion=MotionStyle(("push_in",), 1.15)), **changes)

    def shot(
        self, picture: Path | None = None, *, kind: str = "image", grade: Grade | None = None, **options: object
    ) -> Shot:
        style = SceneStyle(options.pop("motion", None), options.pop("zoom", None))
        changes = {name: options.pop(name) for name in SHOT_FIELDS if name in options}
        scene = Scene(options.pop("id", 1), media=Media("colour" if picture is None else kind, **options), style=style)
        preset = self.preset(grade=grade or Grade())
        shot = Shot(scene, None, picture, 108, 192, Fraction(30), 90, preset, 0, self.store)
        return replace(shot, asset=asset_of(picture, kind) if picture else None, **changes)


def asset_of(path: Path, kind: str) -> Asset:
    data = path.read_bytes()
    content_type, sha256 = mimetypes.guess_type(path)[0] or "", hashlib.sha256(data).hexdigest()
    return Asset("a1", kind, f"assets/a1/{path.name}", sha256, len(data), content_type, name=path.name)


@pytest.fixture
def shots(tmp_path: Path) -> ShotFactory:
    return ShotFactory(tmp_path)


@pytest.fixture
def quadrants():
    return quadrant_image
