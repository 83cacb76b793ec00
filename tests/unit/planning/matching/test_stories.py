"""Scripts in many languages with the right picture for each line, chosen by hand."""

from __future__ import annotations

import random
from dataclasses import dataclass
from pathlib import Path

import yaml

from app.planning.scenes.planner import plan
from presets.library import preset
from schemas.asset import Asset
from schemas.job import JobRequest
from schemas.scene_graph import SceneGraph

STORIES = Path(__file__).parent / "stories.yaml"


@dataclass(frozen=True, slots=True)
class Story:
    """A script as lines with the name of the right picture, "" for any."""

    language: str
    lines: tuple[tuple[str, str], ...]
    others: tuple[str, ...] = ()

    @property
    def names(self) -> list[str]:
        return [*(name for _, name in self.lines if name), *self.others]


def stories() -> list[Story]:
    plain = yaml.safe_load(STORIES.read_text(encoding="utf-8"))
    return [
        Story(story["language"], tuple(map(line_and_name, story["lines"])), tuple(story.get("others", ())))
        for story in plain
    ]


def line_and_name(text: str) -> tuple[str, str]:
    line, _, name = text.partition(" -> ")
    return line, name


def picture(name: str) -> Asset:
    kind = "video" if name.endswith(".mp4") else "image"
    return Asset(
        name, kind, f"assets/{name}", "0" * 64, 1, "image/jpeg", name, length_ms=60_000 if kind == "video" else None
    )


def film_of(story: Story, names: list[str], media_order: str | None) -> SceneGraph:
    script = "\n".join(text for text, _ in story.lines)
    request = JobRequest(script=script, language=story.language, media_order=media_order)
    return plan(request, [picture(name) for name in names], preset("clean_bold"))


def shown_with(text: str, graph: SceneGraph) -> list[str]:
    """The pictures of the scenes that say ``text`` or a part of it."""
    scenes = [s for s in graph.scenes if s.voice_script and (s.voice_script in text or text in s.voice_script)]
    return [media.asset or "" for scene in scenes for media in scene.all_media]


def right_lines(story: Story, media_order: str | None, seed: int = 0) -> list[bool]:
    names = story.names
    random.Random(seed).shuffle(names)
    graph = film_of(story, names, media_order)
    return [name in shown_with(text, graph) for text, name in story.lines if name]


def test_there_are_enough_stories_and_languages():
    assert len(stories()) >= 40
    assert len({story.language for story in stories()}) >= 15


def test_most_nameable_lines_get_the_right_picture():
    right = [is_right for story in stories() for is_right in right_lines(story, "story")]
    assert sum(right) / len(right) > 0.9
