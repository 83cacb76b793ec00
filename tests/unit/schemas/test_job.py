"""What a caller may ask for, and the states a job goes through."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import strategies as st
from marshmallow import ValidationError

from schemas.job import ENDED, JobRequestSchema, MusicWish, State, music_choice
from schemas.scene_graph import MAX_SCENES, MusicChoice

states = st.sampled_from(list(State))


def complaints(**request: Any) -> dict[str, Any]:
    with pytest.raises(ValidationError) as caught:
        JobRequestSchema.read(request)
    messages = caught.value.messages
    assert isinstance(messages, dict)
    return messages


def test_a_script_is_enough() -> None:
    request = JobRequestSchema.read({"script": "Hello there."})
    assert request.text == "Hello there."
    assert (request.preset_id, request.aspect, request.quality) == ("clean_bold", "9:16", "medium")
    assert request.brand_safe


def test_scenes_given_outright_need_no_numbers() -> None:
    request = JobRequestSchema.read({"scenes": [{"caption": "One"}, {"caption": "Two"}]})
    assert [scene.caption for scene in request.scenes] == ["One", "Two"]


@pytest.mark.parametrize(
    "telling",
    [
        {},
        {"script": "a", "prompt": "b"},
        {"prompt": "b", "scenes": [{}]},
        {"script": "a", "prompt": "b", "scenes": [{}]},
    ],
)
def test_a_job_tells_exactly_one_thing(telling: dict[str, Any]) -> None:
    reason = next(iter(complaints(**telling).values()))[0]
    assert reason.startswith("Give exactly one of prompt, script, scenes; got ")


@pytest.mark.parametrize("text", ["...", "  ", "🎬🎬", "\n\t", "!?"])
def test_a_text_without_words_is_refused(text: str) -> None:
    assert complaints(script=text) == {"script": ["It has no words."]}


@pytest.mark.parametrize("text", ["你好", "مرحبا", "7", "Ünï", "हिन्दी"])
def test_words_of_every_script_are_words(text: str) -> None:
    assert JobRequestSchema.read({"script": text}).text == text


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("aspect", "3:2"),
        ("quality", "best"),
        ("engine_policy", "anything"),
        ("target_duration_seconds", 0),
        ("target_duration_seconds", 601),
        ("target_duration_seconds", 2.5),
        ("seed", -1),
        ("seed", 2**32),
        ("preset_id", "../../etc/passwd"),
        ("media", [""]),
        ("media", "one.jpg"),
        ("captions", "perhaps"),
        ("voice", {"speed": 9}),
        ("title", "t" * 201),
        ("callback", "http://example.com"),
    ],
)
def test_a_wrong_wish_is_named(field: str, value: object) -> None:
    assert list(complaints(script="Hello", **{field: value})) == [field]


def test_no_more_scenes_than_a_film_may_have() -> None:
    assert "scenes" in complaints(scenes=[{}] * (MAX_SCENES + 1))


@pytest.mark.parametrize(
    ("given", "meant"),
    [("none", "none"), ({"mood": "calm"}, MusicWish(mood="calm")), ({"asset": "a1"}, MusicWish(asset="a1"))],
)
def test_music_is_none_a_mood_or_an_asset(given: object, meant: object) -> None:
    request = JobRequestSchema.read({"script": "Hello", "music": given})
    assert request.music == meant
    assert JobRequestSchema.plain(request)["music"] == given


@pytest.mark.parametrize(
    ("wish", "choice"),
    [
        (None, MusicChoice("mood")),
        ("none", MusicChoice("none")),
        (MusicWish(mood="calm"), MusicChoice("mood", mood="calm")),
        (MusicWish(asset="a1"), MusicChoice("asset", asset="a1")),
        (MusicWish(), MusicChoice("mood")),
    ],
)
def test_a_wish_for_music_is_one_choice_in_the_scene_graph(wish: object, choice: MusicChoice) -> None:
    assert music_choice(wish) == choice


@pytest.mark.parametrize(
    "music",
    ["loud", {}, {"mood": "angry"}, {"mood": "calm", "asset": "a"}, {"asset": ""}, {"asset": 7}, {"song": "x"}, 5, []],
)
def test_any_other_music_is_refused(music: object) -> None:
    assert list(complaints(script="Hello", music=music)) == ["music"]


# -- states ----------------------------------------------------------------------------------------------------------


def test_a_job_ends_done_failed_or_cancelled() -> None:
    assert set(State) >= ENDED
    assert [state for state in State if state.ended] == [State.DONE, State.FAILED, State.CANCELLED]
