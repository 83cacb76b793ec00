"""For tests of the engine for stock footage: orders, and engines that use emulated libraries."""

from __future__ import annotations

import traceback
from itertools import count

from app.core.config import Settings
from engines.adapters.stock import build
from schemas.order import ClipOrder

ORDER = ClipOrder("videos", seconds=5, query="Waves of the ocean", width=1080, height=1920)
SEARCH = {"pexels": "/videos/search", "pixabay": "/api/videos/"}


def engine_builder(tmp_path):
    """Return a function that builds the engine for emulators, each with a home of its own unless one is given."""
    homes = count()

    def build_for(*emulators, home=None, **changes):
        fields = {name: value for emulator in emulators for name, value in emulator.settings().items()}
        return build(Settings(home=home or tmp_path / f"home-{next(homes)}", **{**fields, **changes}))

    return build_for


def submit(engine, order=ORDER):
    return engine.submit(order, {}, "a-key")


def searches(emulator):
    return emulator.calls_to("GET", SEARCH[emulator.name])


def shown(error):
    return "".join(traceback.format_exception(error)) + repr(error)
