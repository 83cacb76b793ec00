"""How much room a film will take, roughly, before anything of it is planned: more than it will, but not three times.

What is written: a plate for each still scene, each segment, the film that is joined of them, the lines that are spoken,
music and mix, and scratch files. All figures were measured in films that this house made.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil

from app.planning.words import spoken_ms
from schemas.asset import Asset
from schemas.frame import frame_size
from schemas.job import JobRequest
from schemas.timing import FPS

# Bytes of film for a million pixels: grounds with words, and photographs with grain.
COLOURS = {"draft": 8_000, "low": 4_000, "medium": 2_500, "high": 1_200}
PICTURES = {"draft": 42_000, "low": 24_000, "medium": 24_000, "high": 20_000}
# Footage is encoded anew: about as many bytes for a pixel as it had, and more than a ground has.
OF_ITS_BYTES, AT_LEAST = 1.3, 2
# Segments, and the film that is copied from them.
COPIES = 2
# A plate is larger than the frame, so that the camera can move on it; a byte and a half for each of its pixels.
PLATE = 1.5 * 1.6
# While one is made it lies there as RGB as well, which is twice as much.
AT_WORK = 2
# Bytes a second. Spoken lines, their track and its MP3; music; the mix, and the raw one while it is made.
VOICE, MUSIC, MIX = 96_000 + 96_000 + 16_000, 192_000, 26_000 + 384_000
PAPERS = 1_000_000
# How much longer a film is than its words, and what is said around a bare topic.
PAUSES = 1.1
AROUND_A_TOPIC_MS = 10_000
SHORTEST_MS, SCENE_MS, LENGTH_UNKNOWN_MS = 2_000, 3_000, 10_000


@dataclass(frozen=True, slots=True)
class Shown:
    """A scene as far as it is known: its length and its picture or clip, if it has one."""

    length_ms: float
    asset: Asset | None


def bytes_wanted(request: JobRequest, media: Sequence[Asset]) -> int:
    """What making the film will write. ``media`` are the pictures and clips of the request, whose files are ids."""
    megapixels = _megapixels(request)
    scenes = shown(request, media)
    film = sum(_film_bytes(scene, request.quality, megapixels) for scene in scenes)
    stills = sum(scene.asset is None or scene.asset.kind != "video" for scene in scenes)
    plates = (stills + (AT_WORK if stills else 0)) * PLATE * megapixels * 1_000_000
    sound = _sound_bytes(request) * sum(scene.length_ms for scene in scenes) / 1000
    return round(COPIES * film + plates + sound + PAPERS)


def shown(request: JobRequest, media: Sequence[Asset]) -> tuple[Shown, ...]:
    """The scenes that a request gives, or about as many as its words and pictures will make."""
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
    said_ms = spoken_ms(request.text, request.voice.speed, request.language or "en")
    length_ms = max(PAUSES * said_ms + (AROUND_A_TOPIC_MS if request.prompt else 0), len(media) * SHORTEST_MS)
    length_ms = max(length_ms, 1000 * (request.target_duration_seconds or 0))
    count = max(len(media), ceil(length_ms / SCENE_MS))
    return tuple(Shown(length_ms / count, media[place % len(media)] if media else None) for place in range(count))


def _film_bytes(scene: Shown, quality: str, megapixels: float) -> float:
    """One copy of the scene as it is encoded."""
    pictures = megapixels * float(FPS) * scene.length_ms / 1000
    if scene.asset is None:
        return COLOURS[quality] * pictures
    if scene.asset.kind != "video":
        return PICTURES[quality] * pictures
    return max(_as_it_was(scene.asset, megapixels) * scene.length_ms, AT_LEAST * COLOURS[quality] * pictures)


def _as_it_was(clip: Asset, megapixels: float) -> float:
    """Bytes for a millisecond of the clip, at the film's size if that is smaller."""
    own = (clip.width or 0) * (clip.height or 0) / 1_000_000
    return (
        OF_ITS_BYTES * clip.bytes / (clip.length_ms or LENGTH_UNKNOWN_MS) * min(1.0, megapixels / (own or megapixels))
    )


def _sound_bytes(request: JobRequest) -> int:
    """Of one second."""
    voice = VOICE if request.voice.provider != "none" else 0
    return MIX + voice + (MUSIC if request.music != "none" else 0)


def _megapixels(request: JobRequest) -> float:
    width, height = frame_size(request.aspect, request.quality)
    return width * height / 1_000_000
