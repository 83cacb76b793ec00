"""Everything that a request gives is in the planned film, or a warning names it."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.planning.scenes.omitted import plan_omissions
from app.planning.scenes.planner import plan
from presets.library import preset
from schemas.asset import Asset
from schemas.job import JobRequest
from schemas.scene_graph import MAX_SCENES, Media, Scene, VoiceChoice
from tests.unit.planning import films


def asset(number: int, kind: str = "image") -> Asset:
    length_ms = 3_000 if kind == "video" else None
    name = f"{kind}-{number:03}.bin"
    return Asset(f"{number:032x}", kind, name, f"{number:064x}", 9, "x/y", name, 900, 1600, length_ms)


def omissions(request: JobRequest, media: list[Asset]) -> tuple[str, ...]:
    return plan_omissions(request, media, plan(request, media, preset(request.preset_id)))


@st.composite
def requests(draw: st.DrawFn) -> tuple[JobRequest, list[Asset]]:
    media = [asset(number, draw(st.sampled_from(("image", "video")))) for number in range(draw(st.integers(0, 40)))]
    words = films.text(draw(st.integers(1, 300)), draw(st.integers(0, 11)))
    source = draw(st.sampled_from(("script", "prompt", "title")))
    if source == "title" and not media:
        source = "script"
    seconds = draw(st.none() | st.integers(1, 60))
    request = JobRequest(
        media=tuple(item.id for item in media), target_duration_seconds=seconds, **{source: words[:190]}
    )
    return request, media


@settings(max_examples=60)
@given(requests())
def test_every_picture_and_clip_is_shown_or_named(case: tuple[JobRequest, list[Asset]]) -> None:
    request, media = case
    graph = plan(request, media, preset(request.preset_id))
    shown = {item.asset for scene in graph.scenes for item in scene.all_media}
    named = " ".join(plan_omissions(request, media, graph))
    assert [item.name for item in media if item.id not in shown] == [item.name for item in media if item.name in named]


@settings(max_examples=60)
@given(requests())
def test_no_sentence_of_a_script_is_left_out(case: tuple[JobRequest, list[Asset]]) -> None:
    request, media = case
    if request.script:
        assert not [warning for warning in omissions(request, media) if "“" in warning]


def test_sentences_of_a_prompt_for_which_there_is_no_time_are_named() -> None:
    facts = " ".join(f"Bread number {number} rests for {number} hours." for number in range(3, 13))
    warnings = omissions(JobRequest(prompt=f"Bread. {facts}", target_duration_seconds=10), [])
    assert "not in the film: “Bread number 12 rests for 12 hours.”: there is no time for it in 10 s" in warnings


def test_media_beside_given_scenes_that_name_others_are_named() -> None:
    used, unused = asset(1), asset(2)
    request = JobRequest(scenes=(Scene(1, media=Media("image", used.id), caption="One."),), media=(used.id, unused.id))
    assert omissions(request, [used, unused]) == (f"not in the film: {unused.name}: no scene of the request names it",)


def test_more_pictures_than_scenes_are_named_with_the_limit() -> None:
    media = [asset(number) for number in range(MAX_SCENES + 5)]
    request = JobRequest(title="All of them", media=tuple(item.id for item in media))
    warnings = omissions(request, media)
    assert len(warnings) == 5 and all(f"at most {MAX_SCENES} scenes" in warning for warning in warnings)


@pytest.mark.parametrize("preset_id", ["clean_bold", "documentary"])
def test_narration_without_voice_and_captions_over_pictures_is_named(preset_id: str) -> None:
    media = [asset(1), asset(2)]
    request = JobRequest(
        script="Bread takes time. Good bread takes longer than you think. The oven has to wait for it.",
        media=tuple(item.id for item in media),
        preset_id=preset_id,
        voice=VoiceChoice("none"),
        captions=False,
    )
    (warning,) = omissions(request, media)
    assert warning.startswith("not in the film: the narration: there is neither a voice nor captions")
