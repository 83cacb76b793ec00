"""Validation of an edit before anything is stored: its engines and voices, its files and their kinds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from app.assets.resolve import get_asset, resolve
from app.core.errors import BadRequest
from app.jobs.validation import (
    check_asset_kind,
    check_engine,
    check_layout_name,
    check_space,
    check_voice,
    motion_omissions,
    overlays_with_assets,
    pictures_with_assets,
    scene_with_assets,
    sharpness_warnings,
)
from schemas.asset import PICTURE_KINDS, Asset
from schemas.edit import KEEP, Change, FilmEdit, Insertion, SceneEdit
from schemas.job import JobRequest, MusicRequest
from schemas.scene_graph import Media, Overlay, Scene, SceneGraph


@dataclass(frozen=True, slots=True)
class CheckedEdit:
    """A valid edit.

    ``changes`` name each file by its asset id and have its kind; ``assets`` are these files by id. ``warnings`` are
    messages.
    """

    changes: tuple[Change, ...]
    warnings: tuple[str, ...]
    assets: Mapping[str, Asset]


def check_edit(changes: Sequence[Change], graph: SceneGraph, request: JobRequest) -> CheckedEdit:
    """Validate an edit and resolve its files. Raises ``BadRequest`` with the field, or ``StorageFull``."""
    for where, change in _with_paths(changes):
        _check_names(change, where)
    files = _files(changes)
    for where, change in _with_paths(changes):
        if isinstance(change, SceneEdit) and change.media is not KEEP and change.media.start_ms is not KEEP:
            _check_start(change, graph, files, f"{where}.media")
    check_space()
    media = [file for field, file in files.items() if field.endswith("media.asset")]
    ids = {reference: files[field].id for field, reference in _references(changes)}
    kinds = {file.id: file.kind for file in files.values()}
    resolved = tuple(_with_assets(change, where, ids, kinds) for where, change in _with_paths(changes))
    warnings = (*sharpness_warnings(media, graph.aspect, request.quality), *motion_omissions(files))
    return CheckedEdit(resolved, tuple(dict.fromkeys(warnings)), {file.id: file for file in files.values()})


def _with_paths(changes: Sequence[Change]) -> Iterator[tuple[str, Change]]:
    """Return each change with its dotted path, as in errors."""
    return ((f"changes.{index}", change) for index, change in enumerate(changes))


def _check_names(change: Change, where: str) -> None:
    if isinstance(change, SceneEdit) and change.engine is not KEEP:
        check_engine(change.engine, f"{where}.engine")
    if isinstance(change, SceneEdit) and change.layout is not KEEP:
        check_layout_name(change.layout, f"{where}.layout")
    if isinstance(change, Insertion):
        check_engine(change.insert.engine, f"{where}.insert.engine")
        check_layout_name(change.insert.layout, f"{where}.insert.layout")
    if isinstance(change, FilmEdit) and change.film.voice is not KEEP and change.film.voice.provider is not KEEP:
        check_voice(change.film.voice.provider, f"{where}.film.voice.provider")


# -- files -----------------------------------------------------------------------------------------------------------


def _files(changes: Sequence[Change]) -> dict[str, Asset]:
    files: dict[str, Asset] = {}
    for field, reference in _references(changes):
        files[field] = resolve(reference, field)
        check_asset_kind(files[field], field)
    return files


def _references(changes: Sequence[Change]) -> list[tuple[str, str]]:
    """Return each file that an edit names as ``(field, reference)``."""
    pairs = [pair for where, change in _with_paths(changes) for pair in _references_of_change(change, where)]
    return [(field, reference) for field, reference in pairs if reference]


def _references_of_change(change: Change, where: str) -> Iterator[tuple[str, str | None]]:
    match change:
        case SceneEdit():
            if change.media is not KEEP and change.media.asset is not KEEP:
                yield f"{where}.media.asset", change.media.asset
            if change.overlays is not KEEP:
                yield from _references_of_overlays(change.overlays, where)
            if change.pictures is not KEEP:
                yield from _references_of_pictures(change.pictures, where)
        case Insertion(insert=scene):
            yield f"{where}.insert.media.asset", scene.media.asset
            yield from _references_of_pictures(scene.pictures, f"{where}.insert")
            yield from _references_of_overlays(scene.overlays, f"{where}.insert")
        case FilmEdit(film=film) if isinstance(film.music, MusicRequest):
            yield f"{where}.film.music.asset", film.music.asset


def _references_of_pictures(pictures: Sequence[Media], where: str) -> Iterator[tuple[str, str | None]]:
    return ((f"{where}.pictures.{number}.asset", media.asset) for number, media in enumerate(pictures))


def _references_of_overlays(overlays: Sequence[Overlay], where: str) -> Iterator[tuple[str, str | None]]:
    return ((f"{where}.overlays.{number}.asset", overlay.asset) for number, overlay in enumerate(overlays))


def _check_start(change: SceneEdit, graph: SceneGraph, files: dict[str, Asset], where: str) -> None:
    """Raise ``BadRequest`` when the start lies at or after the end of the video."""
    file = files.get(f"{where}.asset") or _present_file(graph, change)
    if file and file.length_ms is not None and file.kind == "video" and change.media.start_ms >= file.length_ms:
        raise BadRequest(f"{where}.start_ms", f"the video is {file.length_ms} ms long")


def _present_file(graph: SceneGraph, change: SceneEdit) -> Asset | None:
    """Return the file that the scene has and that the edit keeps, if any."""
    asset_id = next((scene.media.asset for scene in graph.scenes if scene.id == change.scene), None)
    return get_asset(asset_id) if asset_id and change.media.asset is KEEP else None


# -- asset ids -------------------------------------------------------------------------------------------------------


def _with_assets(change: Change, where: str, ids: dict[str, str], kinds: dict[str, str]) -> Change:
    """Return the change with each reference to a file replaced by its asset id, and with the kind of its media."""
    match change:
        case SceneEdit():
            overlays = change.overlays if change.overlays is KEEP else overlays_with_assets(change.overlays, ids)
            pictures = change.pictures if change.pictures is KEEP else pictures_with_assets(change.pictures, ids)
            return replace(_media_with_asset(change, where, ids, kinds), overlays=overlays, pictures=pictures)
        case Insertion(insert=scene):
            return replace(change, insert=_with_kind_of_file(scene_with_assets(scene, ids), f"{where}.insert", kinds))
        case FilmEdit(film=film) if isinstance(film.music, MusicRequest) and film.music.asset:
            return FilmEdit(replace(film, music=MusicRequest(ids[film.music.asset])))
    return change


def _media_with_asset(change: SceneEdit, where: str, ids: dict[str, str], kinds: dict[str, str]) -> SceneEdit:
    media = change.media
    if media is KEEP or media.asset is KEEP or media.asset is None:
        return change
    file_kind = kinds[ids[media.asset]]
    if media.kind is not KEEP:
        _check_kind(media.kind, file_kind, f"{where}.media.kind")
    kind = file_kind if media.kind is KEEP else media.kind
    return replace(change, media=replace(media, asset=ids[media.asset], kind=kind))


def _with_kind_of_file(scene: Scene, where: str, kinds: dict[str, str]) -> Scene:
    """Return the scene with the kind of its file. Raises ``BadRequest`` when the scene names another kind."""
    if scene.media.asset is None:
        return scene
    file_kind = kinds[scene.media.asset]
    if scene.media.kind == "colour":  # the default
        return replace(scene, media=replace(scene.media, kind=file_kind))
    _check_kind(scene.media.kind, file_kind, f"{where}.media.kind")
    return scene


def _check_kind(kind: str, file_kind: str, field: str) -> None:
    if (kind in PICTURE_KINDS and kind != file_kind) or kind == "colour":
        raise BadRequest(field, f"the file is {'an' if file_kind == 'image' else 'a'} {file_kind}")
