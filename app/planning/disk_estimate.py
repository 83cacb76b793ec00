"""Estimate the disk space of a film before it is planned: always too much, but by less than a factor of three.

A job writes a plate for each still scene, the segments, the joined film, the spoken lines, music and mix, and scratch
files. All figures were measured on films made by Pytoon.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil

from app.planning.text.sentences import spoken_ms
from schemas.asset import Asset
from schemas.frame import frame_size
from schemas.job import JobRequest, music_choice
from schemas.timing import FPS

# Bytes of film per million pixels: plain backgrounds with text, and photographs with grain.
COLOURS = {"draft": 8_000, "low": 4_000, "medium": 2_500, "high": 1_200}
PICTURES = {"draft": 42_000, "low": 24_000, "medium": 24_000, "high": 20_000}
# Footage is re-encoded: about as many bytes per pixel as the source has, and more than a plain background.
OF_ITS_BYTES, AT_LEAST = 1.3, 2
# Segments, and the film that is copied from them.
COPIES = 2
# A plate is larger than the frame, so that the camera can move over it, and takes 1.5 bytes per pixel.
PLATE = 1.5 * 1.6
# While a plate is made, an RGB copy exists as well, which is twice as large.
AT_WORK = 2
# Bytes per second: spoken lines, their track and its MP3; music; the mix, and the raw mix while it is made.
VOICE, MUSIC, MIX = 96_000 + 96_000 + 16_000, 192_000, 26_000 + 384_000
PAPERS = 1_000_000
# The length of a film in relation to its words, and the sentences added to a topic.
PAUSES = 1.1
AROUND_A_TOPIC_MS = 10_000
SHORTEST_MS, SCENE_MS, LENGTH_UNKNOWN_MS = 2_000, 3_000, 10_000


@dataclass(frozen=True, slots=True)
class Shown:
    """What is known of a scene before planning: its length and its picture or clip, if it has one."""

    length_ms: float
    asset: Asset | None


def bytes_needed(request: JobRequest, media: Sequence[Asset]) -> int:
    """Return the bytes that making the film will write; ``media`` are the pictures and clips of the request."""
    megapixels = _megapixels(request)
    scenes = shown(request, media)
    film = sum(_film_bytes(scene, request.quality, megapixels) for scene in scenes)
    stills = sum(scene.asset is None or scene.asset.kind != "video" for scene in scenes)
    plates = (stills + (AT_WORK if stills else 0)) * PLATE * megapixels * 1_000_000
    sound = _sound_bytes(request) * sum(scene.length_ms for scene in scenes) / 1000
    return round(COPIES * film + plates + sound + PAPERS)


def shown(request: JobRequest, media: Sequence[Asset]) -> tuple[Shown, ...]:
    """Return the scenes of a request, or an estimate of those that its words and pictures will become."""
    if request.scenes:
        known = {asset.id: asset for asset in media}
        speed = request.voice.speed
        return tuple(
            Shown(
                max(scene.duration_ms, PAUSES * spoken_ms(scene.voice_script, speed)),
                known.get(scene.media.asset or ""),
            )
            for scene in request.scenes
        )
    speech_ms = spoken_ms(request.text, request.voice.speed, request.language or "en")
    length_ms = max(PAUSES * speech_ms + (AROUND_A_TOPIC_MS if request.prompt else 0), len(media) * SHORTEST_MS)
    length_ms = max(length_ms, 1000 * (request.target_duration_seconds or 0))
    count = max(len(media), ceil(length_ms / SCENE_MS))
    return tuple(Shown(length_ms / count, media[index % len(media)] if media else None) for index in range(count))


def _film_bytes(scene: Shown, quality: str, megapixels: float) -> float:
    """Return the size of one encoded copy of the scene."""
    pictures = megapixels * float(FPS) * scene.length_ms / 1000
    if scene.asset is None:
        return COLOURS[quality] * pictures
    if scene.asset.kind != "video":
        return PICTURES[quality] * pictures
    return max(_source_rate(scene.asset, megapixels) * scene.length_ms, AT_LEAST * COLOURS[quality] * pictures)


def _source_rate(clip: Asset, megapixels: float) -> float:
    """Return the bytes per millisecond of the clip, scaled to the film's size if that is smaller."""
    own = (clip.width or 0) * (clip.height or 0) / 1_000_000
    scale = min(1.0, megapixels / (own or megapixels))
    return OF_ITS_BYTES * clip.bytes / (clip.length_ms or LENGTH_UNKNOWN_MS) * scale


def _sound_bytes(request: JobRequest) -> int:
    """Return the bytes of one second of sound."""
    voice = VOICE if request.voice.provider != "none" else 0
    return MIX + voice + (MUSIC if music_choice(request.music).kind != "none" else 0)


def _megapixels(request: JobRequest) -> float:
    width, height = frame_size(request.aspect, request.quality)
    return width * height / 1_000_000
