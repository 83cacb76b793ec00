"""The last scene shows the credits of the stock footage, and an edit changes them alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest

from app.planning.editing.apply import apply_changes
from app.planning.editing.diff import differences
from app.planning.timing.segments import segments
from app.planning.timing.timeline import build, retime
from presets.library import preset
from schemas.clip import Clip, Credit
from schemas.edit import EditSchema
from schemas.frame import ASPECTS
from schemas.scene_graph import Overlay, SceneGraph, SceneGraphSchema
from schemas.segment import Encoding, Segment, SegmentSchema
from tests.unit.planning import films

JANE, JOHN = Credit("pexels", "Jane Doe"), Credit("pexels", "John Roe")
CREDITS = {1: JANE, 2: JOHN}
TEXT = "Footage: Jane Doe, John Roe (Pexels)"


def film(transition: str = "cut", **facts: object) -> SceneGraph:
    scenes = (films.spoken(films.text(6, first=k), transition, 0 if transition == "cut" else 300) for k in range(3))
    return replace(films.graph_of(*scenes), preset_id="clean_bold", **facts)  # type: ignore[arg-type]


def segments_of(graph: SceneGraph, credits: Mapping[int, Credit] = CREDITS) -> tuple[Segment, ...]:
    used = preset(graph.preset_id)
    clips: dict[int, Clip] = {
        number: replace(clip, credit=credits.get(number)) for number, clip in films.still_clips(graph).items()
    }
    final = retime(graph, build(graph, ASPECTS[graph.aspect]), films.speech(graph), clips, used)
    return segments(graph, final, clips, used, encoding=Encoding(), overlay_keys={})


def edited(graph: SceneGraph, change: dict[str, object]) -> SceneGraph:
    return apply_changes(graph, EditSchema.read({"changes": [change]}).changes)


def shown(film_segments: tuple[Segment, ...]) -> list[tuple[int, str]]:
    timed = ((segment.index, timed.overlay) for segment in film_segments for timed in segment.overlays)
    return [(index, overlay.text) for index, overlay in timed if overlay.style == "credits"]


def test_last_scene_shows_the_credits_of_all_scenes() -> None:
    assert shown(segments_of(film(credits=True))) == [(2, TEXT)]


def test_film_that_does_not_ask_for_credits_shows_none() -> None:
    assert shown(segments_of(film())) == []


def test_film_without_stock_footage_shows_nothing_and_has_the_same_segments() -> None:
    plain, asked = (segments_of(film(credits=wanted), {}) for wanted in (False, True))
    assert plain == asked and shown(asked) == []


@pytest.mark.parametrize("transition", ["cut", "fade"])
def test_credits_are_shown_from_the_end_of_the_transition_to_the_end_of_the_film(transition: str) -> None:
    last = segments_of(film(transition, credits=True))[-1]
    first = last.outgoing.frames if last.outgoing else 0
    assert [(timed.first, timed.first + timed.frames) for timed in last.overlays] == [(first, last.frames)]
    assert (first > 0) is (transition != "cut")


@pytest.mark.parametrize("aspect", list(ASPECTS))
def test_credits_are_in_the_safe_zone_of_the_preset_after_the_other_texts(aspect: str) -> None:
    graph = film(credits=True, aspect=aspect)
    closing = replace(graph.scenes[-1], layout="closing", overlays=(Overlay(text="The end"),))
    last = segments_of(replace(graph, scenes=(*graph.scenes[:-1], closing)))[-1]
    assert [timed.overlay.text for timed in last.overlays] == ["The end", TEXT]
    assert last.free_zone == preset("clean_bold").safe_zone_of(*ASPECTS[aspect])
    assert last.overlays[-1].overlay.position == "bottom"


def test_only_the_last_segment_has_another_identity_with_credits() -> None:
    identities = [[s.identity for s in segments_of(film(credits=wanted))] for wanted in (False, True)]
    assert [before == after for before, after in zip(*identities, strict=True)] == [True, True, False]


def test_segment_with_credits_survives_its_plain_form() -> None:
    last = segments_of(film(credits=True))[-1]
    assert SegmentSchema.read(SegmentSchema.plain(last)) == last


def test_graph_without_credits_is_written_as_before() -> None:
    assert "credits" not in SceneGraphSchema.plain(film())
    assert SceneGraphSchema.read(SceneGraphSchema.plain(film(credits=True))).credits


def test_credits_move_to_the_scene_that_an_edit_puts_last() -> None:
    after = edited(film(credits=True), {"order": [3, 1, 2]})
    assert after.credits
    assert shown(segments_of(after)) == [(2, TEXT)]


def test_edit_removes_the_credits() -> None:
    before = film(credits=True)
    after = edited(before, {"film": {"credits": False}})
    assert not after.credits
    assert [each.words for each in differences(before, after)] == ["Film: credits in the last scene on → off."]
