"""The own sound of video clips: where it is heard in the film, and why it is not."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from schemas.asset import Asset
from schemas.clip import Clip
from schemas.omissions import omission
from schemas.scene_graph import Scene, SceneGraph
from schemas.timeline import AudioItem, Timeline, VideoItem
from schemas.timing import ms_of

# Level of a clip that is not lowered, in dB relative to the voice.
LEVEL_DB = -3.0
# Speech that is stretched further sounds slurred and metallic; ffmpeg's atempo stretches without changing the pitch.
SLOWEST_SPEED = 0.8
# Fade at a cut: it removes the click and is too short to be noticed.
CUT_FADE_MS = 20


@dataclass(frozen=True, slots=True)
class ClipSound:
    """The decision about the sound of one scene's clip, the file ``name``.

    ``mode`` is "keep", "duck", "mute" (chosen by a person) or "dropped"; ``reason`` says why it is not heard.
    """

    scene_id: int
    name: str
    mode: str
    reason: str = ""

    @property
    def is_heard(self) -> bool:
        return self.mode in ("keep", "duck")

    @property
    def warning(self) -> str | None:
        """The warning for a sound that is dropped without having been muted by a person."""
        if self.mode != "dropped":
            return None
        return omission(f"the sound of {self.name} (scene {self.scene_id})", self.reason)


def clip_sounds(
    graph: SceneGraph, video: Sequence[VideoItem], clips: Mapping[int, Clip], assets: Mapping[str, Asset]
) -> tuple[ClipSound, ...]:
    """Return the decision for each scene whose video file has sound, in film order; ``assets`` are by id."""
    return tuple(
        _decide(scene, asset, graph.global_audio.clip_sound, item, clips.get(scene.id))
        for scene, item in zip(graph.scenes, video, strict=True)
        if (asset := assets.get(scene.media.asset or "")) and asset.kind == "video" and asset.sound
    )


def _decide(scene: Scene, asset: Asset, film_mode: str, item: VideoItem, clip: Clip | None) -> ClipSound:
    name, mode = asset.name or "the clip", scene.media.sound or film_mode
    if mode == "mute":
        setting = "media.sound of the scene" if scene.media.sound else "clip_sound of the film"
        return ClipSound(scene.id, name, mode, f"{setting} is mute")
    if clip is None or clip.kind != "video" or clip.key != asset.key:
        return ClipSound(scene.id, name, "dropped", "the scene does not show the file")
    if item.speed < SLOWEST_SPEED:
        reason = f"the picture is slowed to {item.speed:.2f} of its speed, and sound is stretched to {SLOWEST_SPEED}"
        return ClipSound(scene.id, name, "dropped", f"{reason} at most; make the scene shorter or the clip longer")
    return ClipSound(scene.id, name, mode)


def unreadable(sounds: Sequence[ClipSound], scene_ids: Collection[int]) -> tuple[ClipSound, ...]:
    """Return ``sounds`` with those of ``scene_ids`` dropped, because the mix could not decode them."""
    reason = "it cannot be decoded; export the clip again with AAC sound"
    return tuple(
        replace(sound, mode="dropped", reason=reason) if sound.scene_id in scene_ids else sound for sound in sounds
    )


def clip_items(
    graph: SceneGraph,
    film: Timeline,
    video: Sequence[VideoItem],
    clips: Mapping[int, Clip],
    assets: Mapping[str, Asset],
) -> Iterator[AudioItem]:
    """Return the items of all clips that are heard, as long as their pictures move; ``film`` has the transitions."""
    modes = {sound.scene_id: sound.mode for sound in clip_sounds(graph, video, clips, assets) if sound.is_heard}
    for item in video:
        if item.scene_id in modes:
            yield _item(item, clips[item.scene_id], modes[item.scene_id], film)


def _item(item: VideoItem, clip: Clip, mode: str, film: Timeline) -> AudioItem:
    end_frame = item.end_frame - item.hold_frames
    fade_in_ms, fade_out_ms = _fades_ms(item, end_frame, film)
    return AudioItem(
        kind="clip",
        start_ms=ms_of(item.start_frame, film.fps),
        end_ms=ms_of(end_frame, film.fps),
        key=clip.key,
        scene_id=item.scene_id,
        gain_db=LEVEL_DB,
        in_ms=clip.start_ms + item.in_ms,
        speed=item.speed,
        fade_in_ms=fade_in_ms,
        fade_out_ms=fade_out_ms,
        ducked=mode == "duck",
    )


def _fades_ms(item: VideoItem, end_frame: int, film: Timeline) -> tuple[int, int]:
    """Return the fades of a clip that moves until ``end_frame``: as long as its transitions, or those of a cut."""
    into = next((t.end_frame for t in film.transitions if t.into == item.scene_id), item.start_frame)
    out = next((t.start_frame for t in film.transitions if t.out_of == item.scene_id), end_frame)
    bounds = [
        ms_of(frame, film.fps) for frame in (item.start_frame, min(into, end_frame), min(out, end_frame), end_frame)
    ]
    fade_in_ms, _, fade_out_ms = (end - start for start, end in pairwise(bounds))
    return max(CUT_FADE_MS, fade_in_ms), max(CUT_FADE_MS, fade_out_ms)
