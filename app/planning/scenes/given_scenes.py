"""Complete the scenes of a request that lists its scenes: number them and set only the fields left at their default."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import replace

from app.planning.scenes.archetypes import product_of
from app.planning.scenes.decoration import background
from app.planning.text.language import language_of
from app.planning.text.titles import title_of
from app.planning.timing.lengths import expected_ms
from schemas.asset import Asset
from schemas.job import JobRequest
from schemas.preset import Preset
from schemas.scene_graph import MEME_TEXT, Media, Scene

DEFAULT_MEDIA = Media()
DEFAULT_DURATION_MS = Scene(1).duration_ms


def given_scenes(
    request: JobRequest, media: Sequence[Asset], preset: Preset, speed: float
) -> tuple[str, str, tuple[Scene, ...]]:
    """Return title, language and scenes. A spoken scene of the default length (4 s) becomes as long as its words."""
    texts = [scene.voice_script or scene.caption or scene.description for scene in request.scenes]
    language = request.language or language_of(" ".join(texts))
    title = request.title or title_of(texts)
    scenes = _with_media(_numbered_scenes(request), media, preset, request.archetype)
    expected = expected_ms(scenes, preset.pacing, language, speed)
    timed = tuple(
        replace(scene, duration_ms=ms)
        if scene.voice_script.strip() and scene.duration_ms == DEFAULT_DURATION_MS
        else scene
        for scene, ms in zip(scenes, expected, strict=True)
    )
    return title, language, timed


def _numbered_scenes(request: JobRequest) -> list[Scene]:
    return [
        replace(scene, id=index + 1, engine=scene.engine or request.engine_preference)
        for index, scene in enumerate(request.scenes)
    ]


def _with_media(
    scenes: Sequence[Scene], media: Sequence[Asset], preset: Preset, archetype: str | None
) -> tuple[Scene, ...]:
    """Give scenes without a picture the media that no scene names, in order, then all media again.

    A meme gets none, and a scene that shows a product over a background gets one as the product.
    """
    kinds = {asset.id: asset.kind for asset in media}
    named_ids = {scene.media.asset for scene in scenes}
    queue = deque(asset for asset in media if asset.id not in named_ids)
    completed: list[Scene] = []
    for index, scene in enumerate(scenes):
        of_scene = scene.archetype or archetype
        if of_scene == MEME_TEXT or (of_scene and product_of(scene)):
            scene_media = _with_kind(scene.media, kinds)
        elif of_scene and media:
            scene_media = replace(scene.media, asset=_next_media(queue, media, ()).asset)
        elif scene.media == DEFAULT_MEDIA and media:
            next_asset = scenes[index + 1].media.asset if index + 1 < len(scenes) else None
            neighbours = (completed[-1].media.asset if completed else None, next_asset)
            scene_media = _next_media(queue, media, neighbours)
        elif scene.media == DEFAULT_MEDIA:
            engine = scene.engine or preset.engines[0]
            scene_media = background(
                index, preset.palette, engine, scene.description or scene.voice_script or scene.caption
            )
        else:
            scene_media = _with_kind(scene.media, kinds)
        completed.append(replace(scene, media=scene_media))
    return tuple(completed)


def _with_kind(media: Media, kinds: Mapping[str, str]) -> Media:
    """Return the media with the kind of its file, if it says none itself."""
    return replace(media, kind=kinds.get(media.asset or "", media.kind)) if media.kind == "colour" else media


def _next_media(queue: deque[Asset], media: Sequence[Asset], neighbours: Sequence[str | None]) -> Media:
    """Return the next media that differs from its neighbours, or the next in the queue if none differs."""
    if not queue:
        queue.extend(media)
    asset = next((a for a in queue if a.id not in neighbours), None) or next(
        (a for a in media if a.id not in neighbours), queue[0]
    )
    if asset in queue:
        queue.remove(asset)
    return Media(asset.kind, asset.id)
