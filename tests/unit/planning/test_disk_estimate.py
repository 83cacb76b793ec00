"""The estimated disk space of a film is never too small and less than three times too large."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.planning.disk_estimate import bytes_needed, estimated_scenes
from app.planning.scenes.planner import plan
from presets.library import preset
from schemas.asset import Asset
from schemas.frame import QUALITIES
from schemas.job import JobRequest
from schemas.scene_graph import Media, Scene, VoiceChoice

SCRIPT = (
    "Four friends walked into the hills before the sun was up. By noon they had found the old stone bridge. "
    "Nobody had crossed it for a hundred years. They sat down, shared their bread, and listened to the river."
)
TOPIC = "The history of bread in five steps"
SILENT = VoiceChoice("none")
MB = 1_000_000


def photographs(count: int) -> list[Asset]:
    return [Asset(f"ast_{number}", "image", "", "", 2 * MB, "image/jpeg") for number in range(count)]


def clips(count: int, size: int, length_ms: int | None = 4000) -> list[Asset]:
    return [
        Asset(f"ast_{number}", "video", "", "", size, "video/mp4", "", 1080, 1920, length_ms) for number in range(count)
    ]


def scenes(media: list[Asset], length_ms: int) -> tuple[Scene, ...]:
    return tuple(
        Scene(number, duration_ms=length_ms, media=Media(asset.kind, asset.id), caption="Look")
        for number, asset in enumerate(media)
    )


def request_for(media: list[Asset], length_ms: int, quality: str = "medium", music: str | None = None) -> JobRequest:
    return JobRequest(scenes=scenes(media, length_ms), voice=SILENT, quality=quality, music=music)


SMOOTH_CLIPS, NOISY_CLIPS = clips(2, 3_842_705), clips(2, 97_171_013)
# Measured peak size of the data directory in MB during each job, without uploads and database.
MEASURED: dict[str, tuple[JobRequest, list[Asset], float]] = {
    "words, draft": (JobRequest(script=SCRIPT, quality="draft"), [], 13.9),
    "words": (JobRequest(script=SCRIPT), [], 26.2),
    "words, high": (JobRequest(script="Bread takes time. Good bread takes longer.", quality="high"), [], 46.8),
    "a topic": (JobRequest(prompt=TOPIC, target_duration_seconds=30), [], 39.5),
    "photographs, draft": (JobRequest(script=SCRIPT, quality="draft"), photographs(4), 21.4),
    "photographs, low": (JobRequest(script=SCRIPT, quality="low"), photographs(4), 18.4),
    "photographs": (JobRequest(script=SCRIPT), photographs(4), 41.3),
    "photographs, square": (JobRequest(script=SCRIPT, aspect="1:1", preset_id="pop_meme"), photographs(3), 39.2),
    "photographs, high": (request_for(photographs(2), 2000, "high"), photographs(2), 66.9),
    "clips": (request_for(SMOOTH_CLIPS, 3000), SMOOTH_CLIPS, 9.6),
    "clips full of noise": (request_for(NOISY_CLIPS, 3000), NOISY_CLIPS, 216.1),
}


@pytest.mark.parametrize("case", MEASURED)
def test_measured_space_is_below_the_estimate_and_above_a_third_of_it(case: str) -> None:
    request, media, measured_mb = MEASURED[case]
    assert measured_mb * MB <= bytes_needed(request, media) <= 3 * measured_mb * MB


def test_scene_length_is_the_longer_of_its_duration_and_its_words() -> None:
    still = Scene(0, duration_ms=2000, media=Media("colour"))
    spoken = replace(still, voice_script=SCRIPT)
    assert [scene.length_ms for scene in estimated_scenes(JobRequest(scenes=(still,)), [])] == [2000]
    assert estimated_scenes(JobRequest(scenes=(spoken,)), [])[0].length_ms > 10_000


def test_estimated_scenes_have_the_target_length_and_one_scene_per_picture() -> None:
    estimated = estimated_scenes(JobRequest(prompt=TOPIC, target_duration_seconds=60), photographs(30))
    assert sum(scene.length_ms for scene in estimated) == pytest.approx(60_000)
    assert len({scene.asset.id for scene in estimated if scene.asset}) == 30


def test_video_without_a_known_length_counts_with_its_bytes() -> None:
    media = clips(1, 5 * MB, None)
    assert bytes_needed(request_for(media, 3000), media) > 5 * MB


@given(st.integers(1, 40), st.integers(0, 12), st.sampled_from(QUALITIES), st.booleans())
def test_more_words_longer_target_and_more_pixels_never_take_less(
    words: int, count: int, quality: str, is_video: bool
) -> None:
    media = clips(count, 9 * MB) if is_video else photographs(count)
    request = JobRequest(script="Bread takes time. " * words, quality=quality)
    estimate = bytes_needed(request, media)
    assert estimate > MB
    assert bytes_needed(replace(request, script=request.text * 2), media) >= estimate
    assert bytes_needed(replace(request, target_duration_seconds=600), media) >= estimate
    assert bytes_needed(replace(request, quality="high"), media) >= estimate


@pytest.mark.parametrize(("clip_sound", "extra_mb"), [("duck", 3.456), ("keep", 3.456), ("mute", 0)])
def test_sound_of_clips_takes_space_unless_it_is_muted(clip_sound: str, extra_mb: float) -> None:
    silent = clips(2, 4 * MB)
    sounding = [replace(clip, sound=True) for clip in silent]
    request = replace(request_for(silent, 3000), clip_sound=clip_sound)
    assert bytes_needed(request, sounding) - bytes_needed(request, silent) == pytest.approx(extra_mb * MB)


def test_silent_film_is_as_long_as_the_slowest_preset_makes_it() -> None:
    media = photographs(4)
    slowest = plan(JobRequest(title="Anna", preset_id="warm_memories"), media, preset("warm_memories"))
    planned_ms = sum(scene.duration_ms for scene in slowest.scenes)
    estimated_ms = sum(scene.length_ms for scene in estimated_scenes(JobRequest(title="Anna"), media))
    assert planned_ms <= estimated_ms < 3 * planned_ms
