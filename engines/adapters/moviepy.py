"""The engine for compositions: the operator's own Python code makes the clip of a scene with MoviePy."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from app.core.config import Settings
from app.core.errors import BadMedia, ProviderRefused, Unconfigured
from app.store.cache import get_or_make
from engines.base import Engine, Shot
from engines.compositions.process import Limits, frames_of
from engines.compositions.scene import CompositionScene, plain_scene, scene_of
from engines.compositions.source import Composition, find_compositions
from schemas.clip import Clip
from schemas.contract import fingerprint
from schemas.engine import Capabilities

NAME = "moviepy"
# Increment this when another clip would be made by the same composition.
COMPOSITION_VERSION = 1


def build(settings: Settings) -> Engine:
    """Return the engine. Raises ``Unconfigured`` without a composition, or without the package ``moviepy``."""
    if not find_compositions(settings.moviepy_directory):
        raise Unconfigured(NAME, "set PYTOON_MOVIEPY_DIRECTORY to a directory with Python files of compositions")
    if find_spec("moviepy") is None:
        raise Unconfigured(NAME, "moviepy is not installed (pip install 'pytoon-studio[moviepy]')")
    return Moviepy(settings.moviepy_directory)


class Moviepy:
    """Runs the composition that a scene names; a scene of another engine is refused.

    The directory is read for every scene, so that a composition can be changed without a restart.
    """

    name = NAME
    capabilities = Capabilities(media=("generated", "image"), only_named=True)

    def __init__(self, directory: str, limits: Limits | None = None) -> None:
        self._directory = directory
        self._limits = limits or Limits()

    def render(self, shot: Shot) -> Clip:
        """Render the shot. Raises ``ProviderRefused`` if the scene names no composition, or if the composition fails.

        Raises ``BadMedia`` if a file of the scene is no longer stored.
        """
        composition = self.composition_of(shot)
        if shot.is_missing_files:
            raise BadMedia("asset", "a file of its scene is no longer stored")
        identity = identity_of(composition, shot)
        key, _ = get_or_make(
            shot.store, "composition", identity, ".mp4", lambda into: self._make(composition, shot, into)
        )
        return _clip(shot, key, identity)

    def composition_of(self, shot: Shot) -> Composition:
        """Return the composition of a scene: the one that its media's query names, or the only one."""
        media, engine = shot.scene.media, shot.scene.engine
        if media.kind not in self.capabilities.media:
            raise ProviderRefused(NAME, f"it cannot render a scene from {media.kind}")
        compositions = find_compositions(self._directory)
        if engine in (None, NAME) and media.query.strip() in compositions:
            return compositions[media.query.strip()]
        if engine != NAME:
            raise ProviderRefused(NAME, "the scene does not name it or one of its compositions")
        if len(compositions) != 1:
            raise ProviderRefused(NAME, f"the query of the scene names none of {', '.join(compositions) or 'them'}")
        return next(iter(compositions.values()))

    def _make(self, composition: Composition, shot: Shot, into: Path) -> None:
        from engines.compositions.encoding import encode_frames

        scene = scene_of(shot)
        with closing(frames_of(NAME, composition, scene, shot.frames, self._limits)) as frames:
            encode_frames(frames, shot.width, shot.height, shot.fps, into)
        _check_video(into, scene)


def identity_of(composition: Composition, shot: Shot) -> str:
    """Return the hash of everything that the clip depends on: the code, and what the composition receives."""
    inputs: dict[str, Any] = plain_scene(replace(scene_of(shot), pictures=()))
    assets = [shot.asset, *(asset for asset, _ in shot.more)]
    contents = [asset.sha256 for asset in assets if asset]
    rate = (str(shot.fps), shot.frames)
    return fingerprint("composition", COMPOSITION_VERSION, composition.identity, inputs, contents, *rate)


def _check_video(path: Path, scene: CompositionScene) -> None:
    """Raise ``BadMedia`` if the encoded clip cannot be decoded or is longer than the scene."""
    from engines.footage import probe_footage

    length_ms = probe_footage(path, 0).length_ms
    if length_ms is None or length_ms > scene.seconds * 1000 + 1000 / scene.fps:
        raise BadMedia("video", f"the clip has a length of {length_ms} ms")


def _clip(shot: Shot, key: str, identity: str) -> Clip:
    from engines.footage import probe_footage

    return Clip(
        scene_id=shot.scene.id,
        kind="video",
        key=key,
        identity=identity,
        engine=NAME,
        length_ms=probe_footage(shot.store.local(key), 0).length_ms,
        fit="crop",
        ground=shot.preset.palette[0],
        take=shot.scene.take,
        seed=shot.seed,
    )
