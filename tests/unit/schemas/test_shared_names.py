"""Tables keyed by a shared name have an entry for every value, and content types cover every accepted file."""

from __future__ import annotations

import pytest

from app.cli.progress import SIGNS, WORDS
from app.media.probe import file_type
from app.media.probe.av import AUDIO_ONLY_SUFFIX, VIDEO_SUFFIX
from app.planning import disk_estimate
from audio.music import moods
from schemas.asset import ASSET_ID, new_asset_id
from schemas.content_types import CONTENT_TYPES, content_type
from schemas.frame import ASPECTS, DEFAULT_ASPECT, DEFAULT_QUALITY, QUALITIES, frame_size
from schemas.job import SceneState, State
from schemas.preset import MOODS
from schemas.segment import ENCODINGS


@pytest.mark.parametrize(
    "table",
    [ENCODINGS, disk_estimate.BACKGROUND_BYTES, disk_estimate.PICTURE_BYTES],
    ids=["encodings", "colours", "pictures"],
)
def test_table_by_quality_has_every_quality(table: dict[str, object]) -> None:
    assert tuple(table) == QUALITIES == ("draft", "low", "medium", "high")


def test_default_aspect_and_quality_give_1080_by_1920() -> None:
    assert frame_size(DEFAULT_ASPECT, DEFAULT_QUALITY) == (1080, 1920)


@pytest.mark.parametrize("aspect", ASPECTS)
def test_aspect_is_the_ratio_of_its_sides(aspect: str) -> None:
    assert aspect == "{}:{}".format(*ASPECTS[aspect])


def test_progress_has_a_text_or_sign_for_every_state() -> None:
    assert set(WORDS) == set(State)
    assert set(SIGNS) == set(SceneState)


def test_music_composer_has_every_mood() -> None:
    assert set(moods.MOODS) == set(MOODS)


def test_new_asset_ids_match_the_pattern_and_differ() -> None:
    ids = {new_asset_id() for _ in range(100)}
    assert len(ids) == 100
    assert all(ASSET_ID.fullmatch(asset_id) for asset_id in ids)


def accepted_suffixes() -> set[str]:
    constants = [value for value in vars(file_type).values() if isinstance(value, file_type.FileType)]
    signatures = [value for _, value in file_type.SIGNATURES if isinstance(value, file_type.FileType)]
    return {value.suffix for value in (*constants, *signatures)}


def test_every_accepted_file_has_a_content_type() -> None:
    suffixes = accepted_suffixes()
    assert {".jpg", ".png", ".mp4", ".webm", ".wav", ".ogg"} <= suffixes
    assert {*suffixes, *AUDIO_ONLY_SUFFIX.values(), *VIDEO_SUFFIX.values()} <= set(CONTENT_TYPES)


@pytest.mark.parametrize("suffix", [".mp4", ".mov", ".mkv", ".webm", ".ts"])
def test_video_container_without_video_has_an_audio_type(suffix: str) -> None:
    assert content_type(suffix).startswith("video/")
    assert content_type(AUDIO_ONLY_SUFFIX.get(suffix, suffix), sound_only=True).startswith("audio/")


def test_unknown_suffix_has_no_content_type() -> None:
    with pytest.raises(KeyError):
        content_type(".exe")
