"""Briefs with as many pictures as items, sections, paragraphs or sentences, and with names that tell a little."""

from __future__ import annotations

from dataclasses import replace
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest
import yaml

from app.planning.scenes.planner import plan
from presets.library import preset
from schemas.asset import Asset
from schemas.job import JobRequest
from schemas.region import Region
from schemas.scene_graph import Scene, SceneGraph
from schemas.subjects import Subjects

BRIEFS: list[dict[str, Any]] = yaml.safe_load((Path(__file__).parent / "parts.yaml").read_text(encoding="utf-8"))
by_subject = pytest.mark.parametrize("brief", BRIEFS, ids=[brief["about"] for brief in BRIEFS])


def rows_of(brief: dict[str, Any]) -> list[tuple[str, str]]:
    """The lines of a brief, each with its picture, "" for any."""
    return [(line, name) for line, _, name in (row.partition(" -> ") for row in brief["script"].splitlines())]


def film_of(brief: dict[str, Any], strongest: str = "") -> SceneGraph:
    script = (" " if brief.get("inline") else "\n").join(line for line, _ in rows_of(brief))
    media = [
        Asset(name, "image", f"assets/{name}", "0" * 64, 1, "image/jpeg", name, width=1200, height=1600)
        for name in brief["pictures"]
    ]
    seen = {strongest: Subjects(faces=(Region(0.3, 0.2, 0.3, 0.3),))} if strongest else {}
    request = JobRequest(script=script, title=brief.get("title"), media_order=brief.get("media_order"))
    return plan(request, media, preset("documentary"), seen)


def scenes_with(line: str, graph: SceneGraph) -> list[Scene]:
    """The scenes that say a line of a script or a part of it, without the marks of Markdown."""
    words = line.strip().lstrip("*-# ")
    return [s for s in graph.scenes if s.voice_script and (s.voice_script in words or words in s.voice_script)]


def pictures(scenes: list[Scene]) -> set[str]:
    return {media.asset or "" for scene in scenes for media in scene.all_media}


def test_there_are_enough_briefs():
    assert len(BRIEFS) >= 25


@by_subject
def test_each_line_shows_its_picture_in_all_of_its_scenes(brief):
    graph = film_of(brief)
    for line, name in rows_of(brief):
        shown = pictures(scenes_with(line, graph))
        if name.startswith("!"):
            assert shown and name[1:] not in shown, line
        elif name:
            assert shown == {name}, line


@by_subject
def test_no_picture_is_left_out(brief):
    assert pictures([*film_of(brief).scenes]) == set(brief["pictures"])


@by_subject
def test_closing_shows_a_picture_that_fits_its_words(brief):
    last = film_of(brief).scenes[-1]
    assert last.role == "closing"
    assert last.media.asset == brief.get("closing", last.media.asset)
    assert last.media.reason


@by_subject
def test_every_picture_that_is_not_simply_the_next_one_has_a_reason(brief):
    reasons = [media.reason for scene in film_of(brief).scenes for media in scene.all_media if scene.role != "closing"]
    assert all(reasons) or not any(reasons)


@pytest.mark.parametrize(("strongest", "shown"), [("IMG_3.jpg", "IMG_3.jpg"), ("IMG_1.jpg", "IMG_2.jpg")])
def test_introduction_of_a_list_shows_the_strongest_picture_but_not_that_of_the_first_item(strongest, shown):
    assert film_of(BRIEFS[0], strongest).scenes[0].media.asset == shown


def test_reasons_name_the_items():
    assert [scene.media.reason for scene in film_of(BRIEFS[0]).scenes[1:4]] == [
        f"in the order given: item {number} of the list" for number in (1, 2, 3)
    ]


def test_shuffled_pictures_with_names_are_shown_with_their_items():
    brief = next(brief for brief in BRIEFS if brief["about"].startswith("Items that name"))
    for names in permutations(["bus.jpg", "coffee.png", "palace.jpg", "steps.jpg"]):
        items = [scene.media.asset for scene in film_of(brief | {"pictures": names}).scenes if scene.item]
        assert items == ["palace.jpg", "steps.jpg", "steps.jpg", "bus.jpg", "coffee.png"]


def test_item_longer_than_its_clip_shows_no_other_picture():
    clip = Asset("a.mp4", "video", "assets/a.mp4", "0" * 64, 1, "video/mp4", "a.mp4", length_ms=1500)
    media = [clip, replace(clip, id="b.mp4"), Asset("c.jpg", "image", "assets/c", "0" * 64, 1, "image/jpeg", "c.jpg")]
    script = (
        "1. The harbour at dawn, when nobody is awake but the gulls, and the boats lie on the sand like tired dogs.\n"
        "2. The market at noon, when everybody is awake and shouting, and the fish look up at you as if you knew.\n"
        "3. The square at night."
    )
    graph = plan(JobRequest(script=script), media, preset("documentary"))
    shown = [(scene.item.number, scene.media.asset) for scene in graph.scenes if scene.item]
    assert len(shown) > len(media)
    assert set(shown) == {(1, "a.mp4"), (2, "b.mp4"), (3, "c.jpg")}
