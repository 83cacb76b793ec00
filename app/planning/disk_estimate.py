"""Estimate the disk space that a film needs, before it is planned.

The estimate is never too small, and less than three times too large. A job writes a plate for each still scene, the
segments, the joined film, the spoken lines, music and mix, and scratch files. All figures were measured on films made
by Pytoon.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil

from app.planning.text.spoken_length import spoken_ms
from schemas.asset import Asset
from schemas.frame import frame_size
from schemas.job import JobRequest, music_choice
from schemas.timing import FPS

# Bytes of film per million pixels: plain backgrounds with text, and photographs with grain.
BACKGROUND_BYTES = {"draft": 8_000, "low": 4_000, "medium": 2_500, "high": 1_200}
PICTURE_BYTES = {"draft": 42_000, "low": 24_000, "medium": 24_000, "high": 20_000}
# Re-encoded footage takes about as many bytes per pixel as its source, and more than a plain background.
FOOTAGE_SIZE_FACTOR, FOOTAGE_MIN_FACTOR = 1.3, 2
# The segments, and the film that is joined from them by copy.
ENCODED_COPIES = 2
# A plate takes 1.5 bytes per pixel. It is larger than the frame, so that the camera can move over it.
PLATE_BYTES_PER_PIXEL = 1.5 * 1.6
# While a plate is written, an RGB copy of twice its size exists.
EXTRA_PLATES = 2
# Bytes per second: spoken lines, their track and its MP3; music; the mix, and the raw mix while it is encoded.
VOICE_BYTES_PER_S, MUSIC_BYTES_PER_S, MIX_BYTES_PER_S = 96_000 + 96_000 + 16_000, 192_000, 26_000 + 384_000
# The sound of clips: its track, and the decoded sound of which it is made.
CLIP_SOUND_BYTES_PER_S = 192_000 + 384_000
DOCUMENT_BYTES = 1_000_000
# Length of a film divided by the length of its words, and the length of the sentences added to a topic.
PAUSE_FACTOR = 1.1
TOPIC_SENTENCES_MS = 10_000
MIN_PICTURE_MS, TYPICAL_SCENE_MS, UNKNOWN_CLIP_MS = 2_000, 3_000, 10_000
# The longest time that a preset shows a picture of a film without words, and its closing.
SILENT_PICTURE_MS, SILENT_CLOSING_MS = 5_000, 2_000


@dataclass(frozen=True, slots=True)
class EstimatedScene:
    """A scene before planning: its length, and its picture or video if it has one."""

    length_ms: float
    asset: Asset | None


def bytes_needed(request: JobRequest, media: Sequence[Asset]) -> int:
    """Return the bytes that rendering the film will write; ``media`` are the pictures and videos of the request."""
    megapixels = _megapixels(request)
    scenes = estimated_scenes(request, media)
    film = sum(_film_bytes(scene, request.quality, megapixels) for scene in scenes)
    still_count = sum(scene.asset is None or scene.asset.kind != "video" for scene in scenes)
    plates = (still_count + (EXTRA_PLATES if still_count else 0)) * PLATE_BYTES_PER_PIXEL * megapixels * 1_000_000
    sound = _sound_bytes(request, media) * sum(scene.length_ms for scene in scenes) / 1000
    return round(ENCODED_COPIES * film + plates + sound + DOCUMENT_BYTES)


def estimated_scenes(request: JobRequest, media: Sequence[Asset]) -> tuple[EstimatedScene, ...]:
    """Return the scenes of a request, or an estimate of the scenes that its words and pictures will be planned as."""
    if request.scenes:
        assets = {asset.id: asset for asset in media}
        speed = request.voice.speed
        return tuple(
            EstimatedScene(
                max(scene.duration_ms, PAUSE_FACTOR * spoken_ms(scene.voice_script, speed)),
                assets.get(scene.media.asset or ""),
            )
            for scene in request.scenes
        )
    speech_ms = spoken_ms(request.text, request.voice.speed, request.language or "en")
    pictures_ms = len(media) * (MIN_PICTURE_MS if request.text else SILENT_PICTURE_MS)
    if not request.text:
        pictures_ms += SILENT_CLOSING_MS
    length_ms = max(PAUSE_FACTOR * speech_ms + (TOPIC_SENTENCES_MS if request.prompt else 0), pictures_ms)
    length_ms = max(length_ms, 1000 * (request.target_duration_seconds or 0))
    count = max(len(media), ceil(length_ms / TYPICAL_SCENE_MS))
    return tuple(
        EstimatedScene(length_ms / count, media[index % len(media)] if media else None) for index in range(count)
    )


def _film_bytes(scene: EstimatedScene, quality: str, megapixels: float) -> float:
    """Return the size of one encoded copy of the scene."""
    total_megapixels = megapixels * float(FPS) * scene.length_ms / 1000
    if scene.asset is None:
        return BACKGROUND_BYTES[quality] * total_megapixels
    if scene.asset.kind != "video":
        return PICTURE_BYTES[quality] * total_megapixels
    return max(
        _footage_bytes_per_ms(scene.asset, megapixels) * scene.length_ms,
        FOOTAGE_MIN_FACTOR * BACKGROUND_BYTES[quality] * total_megapixels,
    )


def _footage_bytes_per_ms(clip: Asset, megapixels: float) -> float:
    """Return the encoded bytes per millisecond of a video, scaled to the frame size of the film if that is smaller."""
    source_megapixels = (clip.width or 0) * (clip.height or 0) / 1_000_000
    scale = min(1.0, megapixels / (source_megapixels or megapixels))
    return FOOTAGE_SIZE_FACTOR * clip.bytes / (clip.length_ms or UNKNOWN_CLIP_MS) * scale


def _sound_bytes(request: JobRequest, media: Sequence[Asset]) -> int:
    """Return the bytes written for one second of sound."""
    voice = VOICE_BYTES_PER_S if request.voice.provider != "none" else 0
    music = MUSIC_BYTES_PER_S if music_choice(request.music).kind != "none" else 0
    has_own_sound = request.clip_sound != "mute" and any(asset.kind == "video" and asset.sound for asset in media)
    return MIX_BYTES_PER_S + voice + music + (CLIP_SOUND_BYTES_PER_S if has_own_sound else 0)


def _megapixels(request: JobRequest) -> float:
    width, height = frame_size(request.aspect, request.quality)
    return width * height / 1_000_000
