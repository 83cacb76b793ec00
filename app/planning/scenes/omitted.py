"""What a request gives and its planned film does not have: pictures, clips and sentences."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from app.planning.scenes.media_order import unique_pictures
from app.planning.scenes.narration import Narration, narration_of
from app.planning.text.left_out import beginning
from schemas.asset import Asset
from schemas.job import JobRequest
from schemas.omissions import omission
from schemas.scene_graph import MAX_SCENES, MEME_TEXT, Scene, SceneGraph


def plan_omissions(request: JobRequest, media: Sequence[Asset], graph: SceneGraph) -> tuple[str, ...]:
    """Return a warning for each of ``media`` that no scene shows, and for each sentence that no scene has."""
    return (*_of_media(request, media, graph), *_of_words(request, graph))


def _of_media(request: JobRequest, media: Sequence[Asset], graph: SceneGraph) -> Iterator[str]:
    shown = {asset_id for scene in graph.scenes for asset_id in scene.asset_ids}
    for asset in unique_pictures(media):
        if asset.id not in shown:
            yield omission(asset.name or asset.id, _why_not_shown(request, graph))


def _why_not_shown(request: JobRequest, graph: SceneGraph) -> str:
    count = len(graph.scenes)
    if request.archetype == MEME_TEXT:
        return "meme_text shows no files: its backgrounds are generated"
    if request.scenes:
        return "no scene of the request names it"
    if count >= MAX_SCENES:
        return f"a film has at most {MAX_SCENES} scenes"
    if request.target_duration_seconds:
        return f"in {request.target_duration_seconds} s there is time for {count} scenes; ask for a longer film"
    return f"the text is long enough for {count} scenes only; add words or ask for a longer film"


def _of_words(request: JobRequest, graph: SceneGraph) -> Iterator[str]:
    if request.scenes:
        return
    narration = narration_of(request)
    in_film = "".join(_letters(text) for scene in graph.scenes for text in _texts(scene, graph))
    missing = [line for line in narration.lines if _letters(line) not in in_film]
    if missing and not _has_narration(graph):
        yield omission("the narration", "there is neither a voice nor captions; choose one of them")
        return
    yield from (omission(beginning(line), _why_not_said(narration)) for line in missing)


def _why_not_said(narration: Narration) -> str:
    if narration.target_ms:
        return f"there is no time for it in {narration.target_ms // 1000} s"
    return "no scene has it"


def _has_narration(graph: SceneGraph) -> bool:
    """Return whether the narration is heard or seen as captions."""
    return graph.captions or graph.global_audio.voice.provider != "none"


def _texts(scene: Scene, graph: SceneGraph) -> tuple[str, ...]:
    """Return the words of a scene that are heard or seen."""
    if _has_narration(graph):
        return (scene.voice_script or scene.caption,)
    return tuple(overlay.text for overlay in scene.overlays if overlay.kind == "text")


def _letters(text: str) -> str:
    return "".join(char for char in text.casefold() if char.isalnum())
