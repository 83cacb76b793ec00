"""The engine that needs nothing: pictures with a moving camera, films as they are, grounds for words."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from app.core.config import Settings
from app.core.errors import BadMedia, ProviderRefused
from app.store.cache import get_or_make
from app.store.json_files import read_json, write_json
from app.store.keys import cache_key
from engines.base import Capabilities, Engine, Shot
from schemas.clip import Clip, Motion, MotionSchema
from schemas.contract import fingerprint
from schemas.preset import GradeSchema
from schemas.scene_graph import MediaSchema

NAME = "local"


def build(_settings: Settings) -> Engine:
    """Always there; OpenCV is loaded with the first picture."""
    return Local()


class Local:
    """Stills, footage and colour grounds, made on this machine."""

    name = NAME
    capabilities = Capabilities(media=("image", "video", "colour"))

    def render(self, shot: Shot) -> Clip:
        """Raises ``ProviderRefused`` when there is nothing to show, ``BadMedia`` when the file is none."""
        if shot.asset is None:
            if shot.scene.media.kind != "colour":
                raise ProviderRefused(NAME, f"scene {shot.scene.id} has no picture of its own")
            return _still(shot)
        if not shot.asset.is_picture:
            raise BadMedia("asset", f"{shot.asset.kind} is nothing to look at")
        if shot.picture is None:
            raise BadMedia("asset", "its file is not there")
        return _footage(shot) if shot.asset.kind == "video" else _still(shot)


def _still(shot: Shot) -> Clip:
    from engines.stills.plates import PLATE_VERSION

    identity = fingerprint("still", PLATE_VERSION, _ingredients(shot))
    motion = _kept_motion(shot, identity)
    return Clip(
        scene_id=shot.scene.id,
        kind="still",
        key=_plate_key(identity),
        identity=identity,
        engine=NAME,
        motion=motion,
        take=shot.scene.take,
        seed=shot.seed,
    )


def _ingredients(shot: Shot) -> dict[str, Any]:
    """All that the plate and its motion are made of, and nothing else."""
    from engines.stills.prepare import options_of

    grade = GradeSchema.plain(shot.preset.grade)
    grade.pop("vignette")
    asset = shot.asset
    return {
        "asset": asset.sha256 if asset else None,
        "colours": [] if asset else list(shot.scene.media.colours),
        "palette": list(shot.preset.palette),
        "size": [shot.width, shot.height],
        "wish": asdict(options_of(shot)),
        "grade": grade if asset else None,
    }


def _plate_key(identity: str) -> str:
    return cache_key("plate", identity, ".npy")


def _kept_motion(shot: Shot, identity: str) -> Motion:
    """The plate's motion; both are made together, and found together the next time."""
    key = cache_key("motion", identity, ".json")
    both = {key, _plate_key(identity)}
    if shot.store.claim(both) == both:
        return MotionSchema.read(read_json(shot.store, key))
    from engines.stills import plates, prepare

    plate = (
        prepare.plate_of_picture(shot.picture, shot)
        if shot.asset and shot.picture
        else prepare.plate_of_background(shot)
    )
    get_or_make(shot.store, "plate", identity, ".npy", lambda path: plates.write_plate(plate.rgb, path))
    write_json(shot.store, key, MotionSchema.plain(plate.motion))
    return plate.motion


def _footage(shot: Shot) -> Clip:
    from engines.footage import probe_footage

    assert shot.asset is not None
    assert shot.picture is not None
    media = shot.scene.media
    length = probe_footage(shot.picture, media.start_ms, shot.asset.length_ms).length_ms
    plain = MediaSchema.plain(media)
    fit = media.fit or shot.preset.fit
    ground = shot.preset.palette[0]
    trimmed = (media.start_ms, length, fit, plain["focus"], ground)
    return Clip(
        scene_id=shot.scene.id,
        kind="video",
        key=shot.asset.key,
        identity=fingerprint("video", shot.asset.sha256, *trimmed),
        engine=NAME,
        start_ms=media.start_ms,
        length_ms=None if length is None else max(1, length - media.start_ms),
        fit=fit,
        focus=media.focus,
        ground=ground,
        take=shot.scene.take,
        seed=shot.seed,
    )
