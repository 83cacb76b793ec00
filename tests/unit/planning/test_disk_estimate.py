"""How much room a film will take is said before it is made: never too little, and not three times too much."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.planning.disk_estimate import bytes_needed, estimated_scenes
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
    found = enumerate(media)
    return tuple(Scene(n, duration_ms=length_ms, media=Media(each.kind, each.id), caption="Look") for n, each in found)


def of_scenes(media: list[Asset], length_ms: int, quality: str = "medium", music: str | None = None) -> JobRequest:
    return JobRequest(scenes=scenes(media, length_ms), voice=SILENT, quality=quality, music=music)


SMOOTH, NOISY = clips(2, 3_842_705), clips(2, 97_171_013)
# What was in the home at the most while each of these was made, in MB, uploads and database apart.
MEASURED: dict[str, tuple[JobRequest, list[Asset], float]] = {
    "words, draft": (JobRequest(script=SCRIPT, quality="draft"), [], 13.9),
    "words": (JobRequest(script=SCRIPT), [], 26.2),
    "words, high": (JobRequest(script="Bread takes time. Good bread takes longer.", quality="high"), [], 46.8),
    "a topic": (JobRequest(prompt=TOPIC, target_duration_seconds=30), [], 39.5),
    "photographs, draft": (JobRequest(script=SCRIPT, quality="draft"), photographs(4), 21.4),
    "photographs, low": (JobRequest(script=SCRIPT, quality="low"), photographs(4), 18.4),
    "photographs": (JobRequest(script=SCRIPT), photographs(4), 41.3),
    "photographs, square": (JobRequest(script=SCRIPT, aspect="1:1", preset_id="pop_meme"), photographs(3), 39.2),
    "photographs, high": (of_scenes(photographs(2), 2000, "high"), photographs(2), 66.9),
    "clips": (of_scenes(SMOOTH, 3000), SMOOTH, 9.6),
    "clips full of noise": (of_scenes(NOISY, 3000), NOISY, 216.1),
}


@pytest.mark.parametrize("film", MEASURED)
def test_what_a_film_took_is_less_than_was_said_and_more_than_a_third_of_it(film: str) -> None:
    request, media, took_mb = MEASURED[film]
    assert took_mb * MB <= bytes_needed(request, media) <= 3 * took_mb * MB


def test_a_scenes_own_length_counts_and_so_do_its_words() -> None:
    still = Scene(0, duration_ms=2000, media=Media("colour"))
    spoken = replace(still, voice_script=SCRIPT)
    assert [each.length_ms for each in estimated_scenes(JobRequest(scenes=(still,)), [])] == [2000]
    assert estimated_scenes(JobRequest(scenes=(spoken,)), [])[0].length_ms > 10_000


def test_a_film_is_as_long_as_was_asked_for_and_has_a_scene_for_each_picture() -> None:
    found = estimated_scenes(JobRequest(prompt=TOPIC, target_duration_seconds=60), photographs(30))
    assert sum(each.length_ms for each in found) == pytest.approx(60_000)
    assert len({each.asset.id for each in found if each.asset}) == 30


def test_a_clip_that_does_not_say_how_long_it_is_still_has_its_bytes() -> None:
    media = clips(1, 5 * MB, None)
    assert bytes_needed(of_scenes(media, 3000), media) > 5 * MB


@given(st.integers(1, 40), st.integers(0, 12), st.sampled_from(QUALITIES), st.booleans())
def test_more_words_more_pictures_and_more_pixels_take_more(words: int, count: int, quality: str, moving: bool) -> None:
    media = clips(count, 9 * MB) if moving else photographs(count)
    request = JobRequest(script="Bread takes time. " * words, quality=quality)
    wanted = bytes_needed(request, media)
    assert wanted > MB
    assert bytes_needed(replace(request, script=request.text * 2), media) >= wanted
    assert bytes_needed(replace(request, target_duration_seconds=600), media) >= wanted
    assert bytes_needed(replace(request, quality="high"), media) >= wanted
