"""What can be said of an edit before anything is stored: its names exist, its files are there and of the right kind."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from app.assets.resolve import asset, resolve
from app.core.errors import BadRequest
from app.jobs.validation import (
    check_engine,
    check_fits,
    check_space,
    check_voice,
    overlays_renamed,
    scene_renamed,
    soft,
)
from schemas.asset import PICTURE_KINDS, Asset
from schemas.edit import KEEP, Change, FilmEdit, Insertion, SceneEdit
from schemas.job import JobRequest, MusicWish
from schemas.scene_graph import Overlay, Scene, SceneGraph


@dataclass(frozen=True, slots=True)
class CheckedEdit:
    """``changes`` name every file by its asset id, and say of which kind it is; ``warnings`` are in words."""

    changes: tuple[Change, ...]
    warnings: tuple[str, ...]


def check_edit(changes: Sequence[Change], graph: SceneGraph, request: JobRequest) -> CheckedEdit:
    """Raises ``BadRequest`` naming the field, or ``StorageFull``."""
    for where, change in _placed(changes):
        _check_names(change, where)
    files = _files(changes)
    for where, change in _placed(changes):
        if isinstance(change, SceneEdit) and change.media is not KEEP and change.media.start_ms is not KEEP:
            _check_start(change, graph, files, f"{where}.media")
    check_space()
    shown = [found for field, found in files.items() if field.endswith("media.asset")]
    known = {reference: files[field].id for field, reference in _references(changes)}
    kinds = {found.id: found.kind for found in files.values()}
    renamed = tuple(_renamed(change, where, known, kinds) for where, change in _placed(changes))
    return CheckedEdit(renamed, tuple(dict.fromkeys(soft(shown, graph.aspect, request.quality))))


def _placed(changes: Sequence[Change]) -> Iterator[tuple[str, Change]]:
    return ((f"changes.{place}", change) for place, change in enumerate(changes))


def _check_names(change: Change, where: str) -> None:
    if isinstance(change, SceneEdit) and change.engine is not KEEP:
        check_engine(change.engine, f"{where}.engine")
    if isinstance(change, Insertion):
        check_engine(change.insert.engine, f"{where}.insert.engine")
    if isinstance(change, FilmEdit) and change.film.voice is not KEEP and change.film.voice.provider is not KEEP:
        check_voice(change.film.voice.provider, f"{where}.film.voice.provider")


# -- files -----------------------------------------------------------------------------------------------------------


def _files(changes: Sequence[Change]) -> dict[str, Asset]:
    found: dict[str, Asset] = {}
    for field, reference in _references(changes):
        found[field] = resolve(reference, field)
        check_fits(found[field], field)
    return found


def _references(changes: Sequence[Change]) -> list[tuple[str, str]]:
    """Every file that an edit names, as ``(field, reference)``."""
    named = [pair for where, change in _placed(changes) for pair in _of_one(change, where)]
    return [(field, reference) for field, reference in named if reference]


def _of_one(change: Change, where: str) -> Iterator[tuple[str, str | None]]:
    match change:
        case SceneEdit():
            if change.media is not KEEP and change.media.asset is not KEEP:
                yield f"{where}.media.asset", change.media.asset
            if change.overlays is not KEEP:
                yield from _over(change.overlays, where)
        case Insertion(insert=scene):
            yield f"{where}.insert.media.asset", scene.media.asset
            yield from _over(scene.overlays, f"{where}.insert")
        case FilmEdit(film=film) if isinstance(film.music, MusicWish):
            yield f"{where}.film.music.asset", film.music.asset


def _over(overlays: Sequence[Overlay], where: str) -> Iterator[tuple[str, str | None]]:
    return ((f"{where}.overlays.{number}.asset", overlay.asset) for number, overlay in enumerate(overlays))


def _check_start(change: SceneEdit, graph: SceneGraph, files: dict[str, Asset], where: str) -> None:
    """A video has to have something left after its start."""
    shown = files.get(f"{where}.asset") or _shown_now(graph, change)
    if shown and shown.length_ms is not None and shown.kind == "video" and change.media.start_ms >= shown.length_ms:
        raise BadRequest(f"{where}.start_ms", f"the video is {shown.length_ms} ms long")


def _shown_now(graph: SceneGraph, change: SceneEdit) -> Asset | None:
    named = next((scene.media.asset for scene in graph.scenes if scene.id == change.scene), None)
    return asset(named) if named and change.media.asset is KEEP else None


# -- the same edit by asset ids --------------------------------------------------------------------------------------


def _renamed(change: Change, where: str, ids: dict[str, str], kinds: dict[str, str]) -> Change:
    match change:
        case SceneEdit():
            overlays = change.overlays if change.overlays is KEEP else overlays_renamed(change.overlays, ids)
            return replace(_media_renamed(change, where, ids, kinds), overlays=overlays)
        case Insertion(insert=scene):
            return replace(change, insert=_of_its_kind(scene_renamed(scene, ids), f"{where}.insert", kinds))
        case FilmEdit(film=film) if isinstance(film.music, MusicWish) and film.music.asset:
            return FilmEdit(replace(film, music=MusicWish(ids[film.music.asset])))
    return change


def _media_renamed(change: SceneEdit, where: str, ids: dict[str, str], kinds: dict[str, str]) -> SceneEdit:
    media = change.media
    if media is KEEP or media.asset is KEEP or media.asset is None:
        return change
    own = kinds[ids[media.asset]]
    if media.kind is not KEEP:
        _check_kind(media.kind, own, f"{where}.media.kind")
    kind = own if media.kind is KEEP else media.kind
    return replace(change, media=replace(media, asset=ids[media.asset], kind=kind))


def _of_its_kind(scene: Scene, where: str, kinds: dict[str, str]) -> Scene:
    """A scene that comes with a file and does not say what it is, or says it rightly."""
    if scene.media.asset is None:
        return scene
    own = kinds[scene.media.asset]
    if scene.media.kind == "colour":  # what it is when nobody says
        return replace(scene, media=replace(scene.media, kind=own))
    _check_kind(scene.media.kind, own, f"{where}.media.kind")
    return scene


def _check_kind(said: str, own: str, field: str) -> None:
    if (said in PICTURE_KINDS and said != own) or said == "colour":
        raise BadRequest(field, f"the file is {'an' if own == 'image' else 'a'} {own}")
