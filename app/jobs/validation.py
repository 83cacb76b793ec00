"""What can be said of a request before anything is stored: every refusal names its field and the reason."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from app.assets.resolve import resolve
from app.core.config import settings
from app.core.errors import BadRequest
from app.core.plugins import scan
from app.planning.disk_estimate import bytes_needed
from app.store.disk_errors import require_space
from app.store.disk_space import free_bytes
from presets.library import preset, presets
from schemas.asset import Asset
from schemas.frame import frame_size
from schemas.job import JobRequest, MusicWish
from schemas.preset import Preset
from schemas.scene_graph import Overlay, Scene

# A picture enlarged more than this looks soft.
SHARP_UP_TO = 2


@dataclass(frozen=True, slots=True)
class CheckedRequest:
    """A request that can become a film. In ``request`` every file is an asset id, so that no worker looks at a path a
    caller wrote; ``files`` are those assets by field, ``warnings`` what will look worse than expected, in words."""

    request: JobRequest
    files: dict[str, Asset]
    warnings: tuple[str, ...]

    def by_content(self) -> JobRequest:
        """The request with every file as its SHA-256: the same files are the same request, whatever ids they got."""
        contents = {asset.id: asset.sha256 for asset in self.files.values()}
        return _renamed(self.request, contents)


def check_request(request: JobRequest) -> CheckedRequest:
    """Raises ``BadRequest`` naming the field, or ``StorageFull``."""
    look = _look(request)
    _check_names(request)
    files = _files(request)
    known = {reference: files[field].id for field, reference in _references(request)}
    media = [asset for field, asset in files.items() if ".overlays." not in field and asset.is_picture]
    wanted = _renamed(request, known)
    check_space(bytes_needed(wanted, list({asset.id: asset for asset in media}.values())))
    return CheckedRequest(wanted, files, _warnings(request, media, look))


def _look(request: JobRequest) -> Preset:
    try:
        return preset(request.preset_id)
    except KeyError as error:
        known = ", ".join(each.id for each in presets())
        raise BadRequest("preset_id", f"there is no preset {request.preset_id!r}; there are {known}") from error


def _check_names(request: JobRequest) -> None:
    check_engine(request.engine_preference, "engine_preference")
    for place, scene in enumerate(request.scenes):
        check_engine(scene.engine, f"scenes.{place}.engine")
    check_voice(request.voice.provider, "voice.provider")


def check_engine(name: str | None, field: str) -> None:
    """Raises ``BadRequest`` when there is no engine of that name; ``None`` names nobody."""
    _check_name(name, field, "engine", scan("engines.adapters", "pytoon.engines"))


def check_voice(name: str | None, field: str) -> None:
    """Raises ``BadRequest`` when there is no provider of voices of that name; ``None`` names nobody."""
    _check_name(name, field, "voice", ("none", *scan("audio.voices", "pytoon.voices")))


def _check_name(name: str | None, field: str, kind: str, known: Iterable[str]) -> None:
    if name and name not in (names := tuple(known)):
        raise BadRequest(field, f"there is no {kind} {name!r}; there are {', '.join(names)}")


def _references(request: JobRequest) -> list[tuple[str, str]]:
    """Every file a request names, as ``(field, reference)``."""
    found = [(f"media.{place}", reference) for place, reference in enumerate(request.media)]
    for place, scene in enumerate(request.scenes):
        found.append((f"scenes.{place}.media.asset", scene.media.asset or ""))
        for number, overlay in enumerate(scene.overlays):
            found.append((f"scenes.{place}.overlays.{number}.asset", overlay.asset or ""))
    if isinstance(request.music, MusicWish):
        found.append(("music.asset", request.music.asset or ""))
    return [(field, reference) for field, reference in found if reference]


def _files(request: JobRequest) -> dict[str, Asset]:
    files: dict[str, Asset] = {}
    taken: dict[str, Asset] = {}
    for field, reference in _references(request):
        asset = taken.get(reference) or resolve(reference, field)
        taken[reference] = files[field] = asset
        check_fits(asset, field)
    return files


def check_fits(asset: Asset, field: str) -> None:
    """Raises ``BadRequest`` when a file is not of the kind that ``field`` wants."""
    if field.endswith("music.asset"):
        if asset.kind != "audio" and not asset.sound:
            raise BadRequest(field, "this file has no sound")
    elif not asset.is_picture:
        raise BadRequest(field, f"{asset.name or asset.id} is sound; an image or a video is wanted here")
    elif ".overlays." in field and asset.kind != "image":
        raise BadRequest(field, f"{asset.name or asset.id} is a video; an image is wanted here")


def check_space(extra: int = 0) -> None:
    """Whether ``extra`` bytes find room besides what is to stay free; raises ``StorageFull``."""
    require_space(free_bytes(), settings().min_free_bytes + extra)


def _renamed(request: JobRequest, names: dict[str, str]) -> JobRequest:
    music = request.music
    if isinstance(music, MusicWish) and music.asset:
        music = MusicWish(asset=names[music.asset])
    return replace(
        request,
        media=tuple(names[reference] for reference in request.media),
        scenes=tuple(scene_renamed(scene, names) for scene in request.scenes),
        music=music,
    )


def scene_renamed(scene: Scene, names: dict[str, str]) -> Scene:
    """The scene with each reference to a file as the name that ``names`` has for it."""
    media = replace(scene.media, asset=names[scene.media.asset]) if scene.media.asset else scene.media
    return replace(scene, media=media, overlays=overlays_renamed(scene.overlays, names))


def overlays_renamed(overlays: Sequence[Overlay], names: dict[str, str]) -> tuple[Overlay, ...]:
    return tuple(replace(o, asset=names[o.asset]) if o.asset else o for o in overlays)


def soft(media: Sequence[Asset], aspect: str, quality: str) -> list[str]:
    """A warning for each picture that has to be enlarged a lot."""
    wide, tall = frame_size(aspect, quality)
    return [
        f"{asset.name or asset.id} is {asset.width}×{asset.height}, small for a {wide}×{tall} film: it will look soft"
        for asset in media
        if asset.width and asset.height and min(wide / asset.width, tall / asset.height) > SHARP_UP_TO
    ]


def _warnings(request: JobRequest, media: Sequence[Asset], look: Preset) -> tuple[str, ...]:
    found = soft(media, request.aspect, request.quality)
    if not media and not request.scenes:
        found.append(f"no media given: scenes are words on the colours of {look.name}")
    return tuple(dict.fromkeys(found))
