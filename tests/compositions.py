"""For tests of compositions: code of compositions, and scenes that are rendered with it."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import av

from app.store.backends.folder import Folder
from engines.adapters.moviepy import Moviepy
from engines.base import Shot
from engines.compositions.process import Limits
from schemas.preset import Preset
from schemas.scene_graph import Media, Scene

LIMITS = Limits(60, 300.0, 512)
COLOUR = "from moviepy import ColorClip\ndef compose(scene):\n    return {}\n"
PLAIN = COLOUR.format("ColorClip((scene.width, scene.height), color=(200, 30, 30))")
TITLE = """
from moviepy import ColorClip, CompositeVideoClip, TextClip

def compose(scene):
    ground = ColorClip((scene.width, scene.height), color=(0, 0, 0), duration=scene.seconds)
    title = TextClip(text=scene.caption, font_size=40, color=scene.colours[0], duration=scene.seconds)
    return CompositeVideoClip([ground, title.with_position("center")])
"""
# Tells by its colour whether a condition holds: green if it does, else red.
IS = """
import os, sys
from pathlib import Path
from moviepy import ColorClip

def compose(scene):
    return ColorClip((scene.width, scene.height), color=(0, 200, 0) if {condition} else (200, 0, 0))
"""


def directory_in(tmp_path):
    """Return the directory of compositions, which is made if there is none."""
    (tmp_path / "compositions").mkdir(exist_ok=True)
    return tmp_path / "compositions"


def renderer(tmp_path):
    """Return a function that writes a composition and renders a scene with it."""
    (tmp_path / "store").mkdir()

    def render_with(code, limits=LIMITS, shot=None):
        (directory_in(tmp_path) / "title.py").write_text(code)
        return Moviepy(str(directory_in(tmp_path)), limits).render(shot or shot_of(tmp_path))

    return render_with


def shot_of(tmp_path, frames=10, **changes):
    store = Folder(tmp_path / "store")
    scene = Scene(3, "A title", media=Media("generated", query="title"), caption="Hello", engine="moviepy", take=2)
    preset = Preset("p", "P", "For tests", palette=("#FFEE00", "#102030"))
    shot = Shot(scene, None, None, 108, 192, Fraction(10), frames, preset, 11, store)
    return replace(shot, **{**changes, "scene": replace(scene, **changes.get("scene", {}))})


def frames_of(clip, tmp_path):
    with av.open(str(Folder(tmp_path / "store").local(clip.key))) as container:
        return [frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)]


def is_green(clip, tmp_path):
    red, green, _ = frames_of(clip, tmp_path)[0].mean(axis=(0, 1))
    return green > red
