"""Validation of a job request before anything is stored; each error names the field and the reason."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from types import ModuleType

from app.assets.resolve import resolve
from app.core.config import settings
from app.core.errors import BadRequest
from app.core.plugins import scan
from app.jobs.omissions import check_omissions
from app.planning.disk_estimate import bytes_needed
from app.planning.matching.file_names import text_of
from app.planning.scenes.archetypes import NEEDS, check_archetype
from app.planning.scenes.layouts import check_pictures
from app.planning.scenes.omitted import plan_omissions
from app.planning.scenes.planner import plan
from app.planning.text.left_out import omissions_of
from app.planning.text.long_words import TOO_LONG, has_long_word
from app.planning.text.spoken_text import script_text
from app.store.disk_errors import require_space
from app.store.disk_space import free_bytes
from presets.layout_library import layouts
from presets.library import preset, presets
from schemas.asset import Asset
from schemas.engine import split_engine_name
from schemas.frame import frame_size
from schemas.job import JobRequest, MusicRequest
from schemas.omissions import omission
from schemas.preset import Preset
from schemas.scene_graph import MAX_SCENES, Media, Overlay, Scene, SceneGraph

# The factor by which a picture can be enlarged before it looks soft.
MAX_ENLARGEMENT = 2


@dataclass(frozen=True, slots=True)
class CheckedRequest:
    """A valid request. ``request`` names each file by its asset id, so that no worker opens a path from a caller.

    ``files`` are the assets by field; ``warnings`` are messages about what will look worse than expected. ``graph`` is
    the plan of the job, except that no subjects were found in its pictures.
    """

    request: JobRequest
    files: dict[str, Asset]
    warnings: tuple[str, ...]
    graph: SceneGraph

    def with_content_hashes(self) -> JobRequest:
        """Return the request with the SHA-256 of each file as its id.

        Two requests with the same files are then equal, although each upload gets an id of its own.
        """
        hashes = {asset.id: asset.sha256 for asset in self.files.values()}
        return _with_assets(self.request, hashes)


def check_request(request: JobRequest) -> CheckedRequest:
    """Validate a request and resolve its files. Raises ``BadRequest`` with the field, or ``StorageFull``."""
    preset_of_film = _preset(request)
    _check_names(request)
    _check_scene_count(request)
    _check_script(request)
    if request.prompt:
        _prompt_checks().check_prompt(request.prompt, request.media)
    files = _files(request)
    asset_ids = {reference: files[field].id for field, reference in _references(request)}
    media = [asset for field, asset in files.items() if not _is_overlay(field) and asset.is_picture]
    resolved = _with_assets(request, asset_ids)
    check_space(bytes_needed(resolved, list({asset.id: asset for asset in media}.values())))
    given = [asset for asset in media if asset.id in resolved.media]
    graph = plan(resolved, given, preset_of_film, named=list(files.values()))
    _check_archetypes(resolved, graph, files)
    warnings = (*_warnings(resolved, media, preset_of_film, graph), *motion_omissions(files))
    check_omissions(request, warnings)
    return CheckedRequest(resolved, files, warnings, graph)


def _prompt_checks() -> ModuleType:
    # Its many patterns are compiled when it is imported, and most requests have a script.
    from app.jobs import prompt_checks

    return prompt_checks


def _preset(request: JobRequest) -> Preset:
    try:
        return preset(request.preset_id)
    except KeyError as error:
        known = ", ".join(preset.id for preset in presets())
        raise BadRequest("preset_id", f"there is no preset {request.preset_id!r}; available: {known}") from error


def _check_names(request: JobRequest) -> None:
    check_engine(request.engine_preference, "engine_preference")
    for index, scene in enumerate(request.scenes):
        check_engine(scene.engine, f"scenes.{index}.engine")
        check_layout(scene, f"scenes.{index}")
    check_voice(request.voice.provider, "voice.provider")


def _check_scene_count(request: JobRequest) -> None:
    if request.brand and len(request.scenes) >= MAX_SCENES:
        raise BadRequest("brand", f"it needs one more scene, and there are {MAX_SCENES} already")


def _check_script(request: JobRequest) -> None:
    lines = script_text(request.script, request.aspect).lines if request.script else ()
    if any(has_long_word(line.words) for line in lines):
        raise BadRequest("script", TOO_LONG)


def check_engine(name: str | None, field: str) -> None:
    """Raise ``BadRequest`` when there is no engine with this name; ``None`` and "" are valid.

    The model in "engine:model" is left to the policy, which says in the receipt if the engine has none of this name.
    """
    engine, _ = split_engine_name(name or "")
    _check_name(engine, field, "engine", scan("engines.adapters", "pytoon.engines"))


def check_layout(scene: Scene, field: str) -> None:
    """Raise ``BadRequest`` if there is no such layout, or if it shows another number of pictures than the scene has."""
    check_layout_name(scene.layout, f"{field}.layout")
    check_pictures(scene, field)


def check_layout_name(name: str | None, field: str) -> None:
    """Raise ``BadRequest`` when there is no layout with this name; ``None`` and "" are valid."""
    _check_name(name, field, "layout", layouts())


def _check_archetypes(request: JobRequest, graph: SceneGraph, files: Mapping[str, Asset]) -> None:
    """Raise ``BadRequest`` if a scene, or the whole film, has not what its archetype needs."""
    assets = {asset.id: asset for asset in files.values()}
    for index, (given, planned) in enumerate(zip(request.scenes, graph.scenes, strict=False)):
        if given.archetype:
            check_archetype(replace(planned, archetype=given.archetype), given, assets, f"scenes.{index}")
    named = request.archetype
    if named and all(scene.archetype != named for scene in graph.scenes):
        raise BadRequest("archetype", f"no scene has what {named} needs: {NEEDS[named]}")


def check_voice(name: str | None, field: str) -> None:
    """Raise ``BadRequest`` when there is no voice provider with this name; ``None`` and "" are valid."""
    _check_name(name, field, "voice", ("none", *scan("audio.voices", "pytoon.voices")))


def _check_name(name: str | None, field: str, kind: str, known: Iterable[str]) -> None:
    if name and name not in (names := tuple(known)):
        raise BadRequest(field, f"there is no {kind} {name!r}; available: {', '.join(names)}")


def _references(request: JobRequest) -> list[tuple[str, str]]:
    """Return each file that a request names as ``(field, reference)``."""
    references = [(f"media.{index}", reference) for index, reference in enumerate(request.media)]
    for index, scene in enumerate(request.scenes):
        references.append((f"scenes.{index}.media.asset", scene.media.asset or ""))
        for number, media in enumerate(scene.pictures):
            references.append((f"scenes.{index}.pictures.{number}.asset", media.asset or ""))
        for number, overlay in enumerate(scene.overlays):
            references.append((f"scenes.{index}.overlays.{number}.asset", overlay.asset or ""))
    if isinstance(request.music, MusicRequest):
        references.append(("music.asset", request.music.asset or ""))
    references.append(("brand.logo", request.brand.logo or ""))
    return [(field, reference) for field, reference in references if reference]


def _files(request: JobRequest) -> dict[str, Asset]:
    """Return the asset of each field that names a file; each reference is resolved once."""
    by_field: dict[str, Asset] = {}
    by_reference: dict[str, Asset] = {}
    for field, reference in _references(request):
        asset = by_reference.get(reference) or resolve(reference, field)
        by_reference[reference] = by_field[field] = asset
        check_asset_kind(asset, field)
    return by_field


def check_asset_kind(asset: Asset, field: str) -> None:
    """Raise ``BadRequest`` when a file is not of the kind that ``field`` requires."""
    if field.endswith("music.asset"):
        if asset.kind != "audio" and not asset.sound:
            raise BadRequest(field, "this file has no sound")
    elif not asset.is_picture:
        raise BadRequest(field, f"{asset.name or asset.id} is audio; an image or a video is required")
    elif _must_be_image(field, asset) and asset.kind != "image":
        raise BadRequest(field, f"{asset.name or asset.id} is a video; an image is required")


def _must_be_image(field: str, asset: Asset) -> bool:
    return ".pictures." in field or (_is_overlay(field) and not asset.is_animation)


def motion_omissions(files: Mapping[str, Asset]) -> list[str]:
    """Return a warning for each animation, by field, that is shown as a still picture: over the picture or as logo."""
    still = {field: asset for field, asset in files.items() if _is_overlay(field) and asset.is_animation}
    return [
        omission(f"the motion of {asset.name or asset.id}", "a logo or a picture over the picture is shown still")
        for asset in {asset.id: asset for asset in still.values()}.values()
    ]


def _is_overlay(field: str) -> bool:
    return ".overlays." in field or field == "brand.logo"


def check_space(extra_bytes: int = 0) -> None:
    """Raise ``StorageFull`` unless ``extra_bytes`` and the configured minimum are free."""
    require_space(free_bytes(), settings().min_free_bytes + extra_bytes)


def _with_assets(request: JobRequest, names: dict[str, str]) -> JobRequest:
    """Return the request with each reference to a file replaced by its value in ``names``."""
    music = request.music
    if isinstance(music, MusicRequest) and music.asset:
        music = MusicRequest(asset=names[music.asset])
    return replace(
        request,
        media=tuple(names[reference] for reference in request.media),
        scenes=tuple(scene_with_assets(scene, names) for scene in request.scenes),
        music=music,
        brand=replace(request.brand, logo=names[request.brand.logo]) if request.brand.logo else request.brand,
    )


def scene_with_assets(scene: Scene, names: dict[str, str]) -> Scene:
    """Return the scene with each reference to a file replaced by its value in ``names``."""
    media = replace(scene.media, asset=names[scene.media.asset]) if scene.media.asset else scene.media
    pictures = pictures_with_assets(scene.pictures, names)
    return replace(scene, media=media, pictures=pictures, overlays=overlays_with_assets(scene.overlays, names))


def pictures_with_assets(pictures: Sequence[Media], names: dict[str, str]) -> tuple[Media, ...]:
    """Return the pictures of a layout, each of which names an image, with their references replaced."""
    return tuple(replace(media, kind="image", asset=names[media.asset]) for media in pictures if media.asset)


def overlays_with_assets(overlays: Sequence[Overlay], names: dict[str, str]) -> tuple[Overlay, ...]:
    return tuple(replace(overlay, asset=names[overlay.asset]) if overlay.asset else overlay for overlay in overlays)


def sharpness_warnings(media: Sequence[Asset], aspect: str, quality: str) -> list[str]:
    """Return a warning for each picture that would be enlarged by more than ``MAX_ENLARGEMENT``."""
    width, height = frame_size(aspect, quality)
    film = f"a {width}×{height} film"
    return [
        f"{asset.name or asset.id} is {asset.width}×{asset.height}, small for {film}: it will look soft"
        for asset in media
        if asset.width and asset.height and min(width / asset.width, height / asset.height) > MAX_ENLARGEMENT
    ]


def _warnings(
    request: JobRequest, media: Sequence[Asset], preset_of_film: Preset, graph: SceneGraph
) -> tuple[str, ...]:
    warnings = sharpness_warnings(media, request.aspect, request.quality)
    warnings += _prompt_checks().prompt_warnings(request.prompt) if request.prompt else []
    warnings += _order_warnings(request, media)
    warnings += [*(left_out.warning for left_out in request.omissions), *_script_omissions(request)]
    given = [asset for asset in media if asset.id in request.media]
    warnings += plan_omissions(request, given, graph)
    if not media and not request.scenes:
        warnings.append(f"no media given: scenes are words on the colours of {preset_of_film.name}")
    return tuple(dict.fromkeys(warnings))


def _script_omissions(request: JobRequest) -> list[str]:
    """Return a warning for each part of the script that is neither spoken nor shown."""
    parts = script_text(request.script, request.aspect).parts_left_out if request.script else ()
    return [omission.warning for omission in omissions_of(parts)]


def _order_warnings(request: JobRequest, media: Sequence[Asset]) -> list[str]:
    """Return why ``media_order`` "story" has no effect, if it has none."""
    if request.media_order != "story" or not media:
        return []
    if request.scenes or not request.text:
        return ["media_order story has no effect: it matches media to the lines of a script or a prompt"]
    if not any(text_of(asset) for asset in media):
        return ["media_order story has no effect: no name or description of a file says what it shows"]
    return []
