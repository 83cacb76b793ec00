"""The local engine: stills with a camera motion, unchanged video files, and colour backgrounds for text."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from app.core.config import Settings
from app.core.errors import BadMedia, ProviderRefused
from app.store.cache import get_or_make
from app.store.json_files import read_json, write_json
from app.store.keys import cache_key, identity_of
from engines.base import Engine, Shot
from engines.stills.plate_facts import PlateFacts, PlateFactsSchema
from schemas.asset import Asset
from schemas.clip import Clip, Motion, Panel, PanelSchema
from schemas.contract import fingerprint
from schemas.engine import Capabilities
from schemas.layout import Layout, LayoutSchema
from schemas.omissions import omission
from schemas.preset import GradeSchema, card_style
from schemas.region import Region, RegionSchema
from schemas.scene_graph import Focus, FocusSchema
from schemas.subjects import Subjects

NAME = "local"


def build(_settings: Settings) -> Engine:
    """Return the engine, which is always available; OpenCV is imported with the first picture."""
    return Local()


class Local:
    """Renders stills, footage and colour backgrounds on this machine."""

    name = NAME
    capabilities = Capabilities(media=("image", "video", "colour"))

    def render(self, shot: Shot) -> Clip:
        """Render the shot.

        Raises ``ProviderRefused`` if the scene needs a picture and has none, ``BadMedia`` if its file is unusable.
        """
        if shot.is_missing_files:
            raise BadMedia("asset", "a file of its scene is no longer stored")
        if shot.panels and shot.asset:
            return _panels(shot)
        if shot.asset is None:
            if shot.scene.media.kind != "colour":
                raise ProviderRefused(NAME, f"scene {shot.scene.id} has no image or video")
            return _still(shot)
        if not shot.asset.is_picture:
            raise BadMedia("asset", f"{shot.asset.kind} is not an image or a video")
        return _footage(shot) if shot.asset.kind == "video" else _still(shot)


def _still(shot: Shot) -> Clip:
    from engines.stills.plates import PLATE_VERSION

    identity = fingerprint("still", PLATE_VERSION, _plate_inputs(shot))
    facts = _facts_of_plate(shot, identity)
    return Clip(
        scene_id=shot.scene.id,
        kind="still",
        key=_plate_key(identity),
        identity=identity,
        engine=NAME,
        motion=facts.motion,
        take=shot.scene.take,
        seed=shot.seed,
        faces=facts.faces,
        subject=facts.subject,
        aspect=facts.aspect,
        picture=facts.picture,
        views=facts.views,
        part=facts.part,
    )


def _panels(shot: Shot) -> Clip:
    """Return the background of the scene's layout with a still for each of its panels."""
    from engines.stills.panels import card_area, panel_background
    from engines.stills.plates import PLATE_VERSION, write_plate

    assert shot.layout is not None
    areas, pictures = shot.panels or (), _shots_of_pictures(shot)
    _check_pictures(shot.layout, pictures)
    inputs = {**_plate_inputs(shot), "layout": LayoutSchema.plain(shot.layout)}
    background = fingerprint("layout", PLATE_VERSION, inputs)
    key, _ = get_or_make(
        shot.store, "plate", background, ".npy", lambda into: write_plate(panel_background(shot), into)
    )
    if shot.layout.has_single_card:
        areas = (card_area(areas[0], pictures[0]),)
    panels = tuple(_panel(picture, area) for picture, area in zip(pictures, areas, strict=False))
    return Clip(
        scene_id=shot.scene.id,
        kind="still",
        key=key,
        identity=fingerprint("panels", background, [PanelSchema.plain(panel) for panel in panels]),
        engine=NAME,
        take=shot.scene.take,
        seed=shot.seed,
        panels=panels,
        radius=shot.layout.radius,
        shadow=shot.layout.shadow,
    )


def _check_pictures(layout: Layout, pictures: Sequence[Shot]) -> None:
    if len(pictures) < layout.pictures:
        reason = f"layout {layout.id} shows {layout.pictures} pictures, and the scene has {len(pictures)}"
        raise ProviderRefused(NAME, reason)
    if any(picture.asset and picture.asset.kind != "image" for picture in pictures):
        raise ProviderRefused(NAME, f"layout {layout.id} shows images, not videos")


def _shots_of_pictures(shot: Shot) -> list[Shot]:
    """Return a shot without a layout for each picture of the scene; each varies the camera in another way."""
    files = [(shot.asset, shot.picture)] if shot.asset and shot.picture else []
    media = shot.scene.all_media if files else shot.scene.pictures
    return [
        replace(
            shot,
            scene=replace(shot.scene, media=each, layout=None, pictures=()),
            asset=asset,
            picture=path,
            seed=shot.seed + turn,
            layout=None,
            more=(),
        )
        for turn, (each, (asset, path)) in enumerate(zip(media, [*files, *shot.more], strict=True))
    ]


def _panel(shot: Shot, area: Region) -> Panel:
    """Return the picture of a panel, prepared like that of a frame of the panel's size, which it fills."""
    _, _, width, height = area.even_box(shot.width, shot.height)
    still = _still(replace(shot, width=width, height=height, preset=replace(shot.preset, fit="crop")))
    return Panel(area, still.key, still.motion, still.faces, still.subject, still.aspect, still.part)


def _plate_inputs(shot: Shot) -> dict[str, Any]:
    """Return everything that the plate and its motion depend on, and nothing else."""
    from engines.stills.prepare import area_of_product, options_of

    grade = GradeSchema.plain(shot.preset.grade)
    grade.pop("vignette")
    asset, media = shot.asset, shot.scene.media
    inputs = {
        "asset": asset.sha256 if asset else None,
        "colours": [] if asset else list(media.colours),
        "palette": list(shot.preset.palette),
        "size": [shot.width, shot.height],
        "wish": asdict(options_of(shot)),  # this key is part of the identity of existing plates
        "grade": grade if asset else None,
        "exposure": asdict(media.correction) if asset else None,
    }
    if asset and (area := area_of_product(shot)):
        inputs["area"] = RegionSchema.plain(area)
    return inputs if asset or not shot.preset.shapes else {**inputs, "card": card_style(shot.preset)}


def _plate_key(identity: str) -> str:
    return cache_key("plate", identity, ".npy")


def _facts_of_plate(shot: Shot, identity: str) -> PlateFacts:
    """Return the facts of the plate; both are read from the store, or made together if either is missing."""
    key = cache_key("motion", identity, ".json")
    keys = {key, _plate_key(identity)}
    if shot.store.claim(keys) == keys:
        return PlateFactsSchema.read(read_json(shot.store, key))
    from engines.stills import plates, prepare

    plate = (
        prepare.plate_of_picture(shot.picture, shot)
        if shot.asset and shot.picture
        else prepare.plate_of_background(shot)
    )
    get_or_make(shot.store, "plate", identity, ".npy", lambda path: plates.write_plate(plate.rgb, path))
    height, width = plate.rgb.shape[:2]
    aspect = round(width / height, 6)
    facts = PlateFacts(plate.motion, plate.faces, plate.subject, aspect, plate.picture, plate.views, plate.part)
    write_json(shot.store, key, PlateFactsSchema.plain(facts))
    return facts


def _fit_of_footage(shot: Shot, subjects: Subjects, aspect: float) -> str:
    """Return the preset's fit, or "crop" if all that matters stays in the frame."""
    from engines.stills.camera import View
    from engines.stills.framing import keeps_all, shows

    view = View(aspect, 1.0, shot.width / shot.height, subjects.focus)
    window = view.window(view.max_width)
    fills = subjects.subject is not None and shows(view, window, subjects.subject)
    return "crop" if fills and keeps_all(view, Motion("still", window, window), subjects.faces) else shot.preset.fit


def _footage(shot: Shot) -> Clip:
    from engines.footage_subjects import subjects_of_footage

    assert shot.asset is not None
    assert shot.picture is not None
    media = shot.scene.media
    key, length_ms, content = _video_file(shot, shot.asset, shot.picture)
    seen = subjects_of_footage(shot.picture, shot.asset.sha256, shot.asset.length_ms or length_ms, shot.store)
    subjects = seen.during(media.start_ms, media.start_ms + round(shot.seconds * 1000))
    focus = media.focus or (Focus(*media.subject.centre) if media.subject else subjects.focus)
    fit = media.fit or _fit_of_footage(shot, subjects, seen.aspect)
    background = _ground_of_footage(shot, shot.picture)
    framing = (media.start_ms, length_ms, fit, FocusSchema.plain(focus), background)
    exposure = media.correction
    correction = () if exposure.is_neutral else (exposure.stops, exposure.contrast)
    return Clip(
        scene_id=shot.scene.id,
        kind="video",
        key=key,
        identity=fingerprint("video", content, *framing, *correction),
        engine=NAME,
        start_ms=media.start_ms,
        length_ms=None if length_ms is None else max(1, length_ms - media.start_ms),
        fit=fit,
        focus=focus,
        ground=background,
        faces=subjects.faces,
        subject=media.subject or subjects.subject,
        aspect=None if seen.resized else seen.aspect,
        resized=seen.resized,
        exposure=exposure,
        warnings=_damage(shot, seen.damaged_ms),
        cuts_ms=tuple(cut_ms - media.start_ms for cut_ms in seen.cuts_ms if cut_ms >= media.start_ms),
        take=shot.scene.take,
        seed=shot.seed,
    )


def _damage(shot: Shot, damaged_ms: Sequence[int]) -> tuple[str, ...]:
    """Return a warning if a part of the video that the scene shows cannot be decoded: the picture before it stays."""
    assert shot.asset is not None
    start_ms = 0 if shot.asset.is_animation else shot.scene.media.start_ms
    end_ms = start_ms + round(shot.seconds * 1000)
    shown = [at_ms for at_ms in damaged_ms if shot.asset.is_animation or start_ms <= at_ms < end_ms]
    name = shot.asset.name or shot.asset.id
    why = "the file is damaged there and cannot be decoded; the picture before it is shown instead"
    return (omission(f"{name} at {shown[0] / 1000:.1f} s", why),) if shown else ()


def _ground_of_footage(shot: Shot, path: Path) -> str:
    from engines.footage import transparent_pictures
    from engines.stills.grounds import plain_ground_of

    colour = shot.preset.palette[0]
    if shot.asset is None or not shot.asset.alpha:
        return colour
    return plain_ground_of(transparent_pictures(path, shot.asset.length_ms or 0), colour)


def _video_file(shot: Shot, asset: Asset, path: Path) -> tuple[str, int | None, str]:
    """Return the storage key of the video that is shown, its duration, and what identifies its content.

    An animated image is repeated until it is long enough. Raises ``BadMedia``.
    """
    from engines.animations import Video, animation_as_video
    from engines.footage import probe_footage

    start_ms = shot.scene.media.start_ms
    if not asset.is_animation:
        return asset.key, probe_footage(path, start_ms, asset.length_ms).length_ms, asset.sha256
    length_ms = start_ms + (math.ceil(shot.seconds) + 1) * 1000
    video = Video(shot.width, shot.height, shot.fps, length_ms, asset.alpha)
    key = animation_as_video(path, asset.sha256, video, shot.store)
    return key, length_ms, identity_of(key)
