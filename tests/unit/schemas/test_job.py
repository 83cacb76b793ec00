"""Requests for films, and the states of a job."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import strategies as st
from marshmallow import ValidationError

from schemas.job import ENDED, JobRequestSchema, MusicRequest, State, music_choice
from schemas.scene_graph import MAX_SCENES, MusicChoice

states = st.sampled_from(list(State))


def messages_of(**request: Any) -> dict[str, Any]:
    with pytest.raises(ValidationError) as caught:
        JobRequestSchema.read(request)
    messages = caught.value.messages
    assert isinstance(messages, dict)
    return messages


def test_script_alone_is_a_valid_request() -> None:
    request = JobRequestSchema.read({"script": "Hello there."})
    assert request.text == "Hello there."
    assert (request.preset_id, request.aspect, request.quality) == ("clean_bold", "9:16", "medium")
    assert request.brand_safe


def test_scenes_of_a_request_need_no_ids() -> None:
    request = JobRequestSchema.read({"scenes": [{"caption": "One"}, {"caption": "Two"}]})
    assert [scene.caption for scene in request.scenes] == ["One", "Two"]


@pytest.mark.parametrize(
    "sources",
    [
        {},
        {"script": "a", "prompt": "b"},
        {"prompt": "b", "scenes": [{}]},
        {"script": "a", "prompt": "b", "scenes": [{}]},
    ],
)
def test_request_has_exactly_one_source(sources: dict[str, Any]) -> None:
    reason = next(iter(messages_of(**sources).values()))[0]
    assert reason.startswith("Give exactly one of prompt, script, scenes, or media with a title; got ")


def test_media_with_a_title_need_no_text() -> None:
    request = JobRequestSchema.read({"media": ["ast_1"], "title": "Anna and Paul"})
    assert (request.text, request.title, request.media) == ("", "Anna and Paul", ("ast_1",))


@pytest.mark.parametrize("title", [None, "", "…"])
def test_media_without_a_text_and_a_title_are_refused(title: str | None) -> None:
    assert messages_of(media=["ast_1"], title=title) == {"title": ["A film of media without a text needs a title."]}


@pytest.mark.parametrize("text", ["...", "  ", "🎬🎬", "\n\t", "!?"])
def test_text_without_words_is_refused(text: str) -> None:
    assert messages_of(script=text) == {"script": ["It has no words."]}


@pytest.mark.parametrize("text", ["你好", "مرحبا", "7", "Ünï", "हिन्दी"])
def test_text_in_any_script_is_accepted(text: str) -> None:
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
        ("engine_preference", "Runway"),
        ("engine_preference", "runway:"),
        ("engine_preference", "runway:gen4:turbo"),
        ("engine_preference", ":gen4"),
        ("engine_preference", "runway:../gen4"),
        ("budget_usd", -0.01),
        ("budget_usd", 1_000_001),
        ("budget_usd", "5"),
        ("budget_usd", True),
        ("takes", 0),
        ("takes", 5),
        ("continuity", "style"),
    ],
)
def test_invalid_field_is_named(field: str, value: object) -> None:
    assert list(messages_of(script="Hello", **{field: value})) == [field]


def test_more_scenes_than_the_limit_are_refused() -> None:
    assert "scenes" in messages_of(scenes=[{}] * (MAX_SCENES + 1))


@pytest.mark.parametrize(
    ("plain", "music"),
    [("none", "none"), ({"mood": "calm"}, MusicRequest(mood="calm")), ({"asset": "a1"}, MusicRequest(asset="a1"))],
)
def test_music_is_none_a_mood_or_an_asset(plain: object, music: object) -> None:
    request = JobRequestSchema.read({"script": "Hello", "music": plain})
    assert request.music == music
    assert JobRequestSchema.plain(request)["music"] == plain


@pytest.mark.parametrize(
    ("requested", "choice"),
    [
        (None, MusicChoice("mood")),
        ("none", MusicChoice("none")),
        (MusicRequest(mood="calm"), MusicChoice("mood", mood="calm")),
        (MusicRequest(asset="a1"), MusicChoice("asset", asset="a1")),
        (MusicRequest(), MusicChoice("mood")),
    ],
)
def test_requested_music_becomes_a_choice_of_the_scene_graph(requested: object, choice: MusicChoice) -> None:
    assert music_choice(requested) == choice


@pytest.mark.parametrize(
    "music",
    ["loud", {}, {"mood": "angry"}, {"mood": "calm", "asset": "a"}, {"asset": ""}, {"asset": 7}, {"song": "x"}, 5, []],
)
def test_invalid_music_is_refused(music: object) -> None:
    assert list(messages_of(script="Hello", music=music)) == ["music"]


# -- engines ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["runway", "runway:gen4_turbo", "runway:gen4.5", "fal:kling-video/v2", None])
def test_engine_is_named_alone_or_with_a_model(name: str | None) -> None:
    request = JobRequestSchema.read({"scenes": [{"engine": name}], "engine_preference": name})
    assert (request.engine_preference, request.scenes[0].engine) == (name, name)


def test_budget_is_exact() -> None:
    request = JobRequestSchema.read({"script": "Hello", "budget_usd": 0.1, "takes": 3, "continuity": "character"})
    assert request.budget_usd == Decimal("0.1")
    assert JobRequestSchema.read(JobRequestSchema.plain(request)) == request


def test_document_without_budget_takes_and_continuity_stays_as_it_was() -> None:
    request = JobRequestSchema.read({"script": "Hello"})
    assert (request.budget_usd, request.takes, request.continuity) == (None, 1, "none")
    assert not {"budget_usd", "takes", "continuity"} & set(JobRequestSchema.plain(request))


# -- states ----------------------------------------------------------------------------------------------------------


def test_ended_states_are_done_failed_and_cancelled() -> None:
    assert set(State) >= ENDED
    assert [state for state in State if state.ended] == [State.DONE, State.FAILED, State.CANCELLED]
