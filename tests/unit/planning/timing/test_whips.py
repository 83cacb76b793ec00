"""The direction of a whip pan follows the cameras of both scenes."""

from __future__ import annotations

from dataclasses import replace

import pytest

from app.planning.timing.timeline import build, retime
from schemas.clip import Motion, Window
from schemas.preset import MotionStyle
from schemas.speech import Speech
from tests.unit.planning import films

STILL = Motion("still", Window(0.5, 0.5, 0.8), Window(0.5, 0.5, 0.8))
LEFT = Motion("pan_left", Window(0.56, 0.5, 0.8), Window(0.44, 0.5, 0.8))
RIGHT = Motion("pan_right", Window(0.44, 0.5, 0.8), Window(0.56, 0.5, 0.8))
UP = Motion("tilt_up", Window(0.5, 0.58, 0.8), Window(0.5, 0.42, 0.8))
DOWN = Motion("tilt_down", Window(0.5, 0.42, 0.8), Window(0.5, 0.58, 0.8))
LOOK = replace(films.PRESET, motion=MotionStyle(shot_ms=60_000))


def kinds(before: Motion, after: Motion, kind: str = "whip", seed: int = 0) -> list[str]:
    graph = replace(films.graph_of(films.silent(4000), films.silent(4000, kind, 233)), seed=seed)
    clips = films.still_clips(graph)
    clips = {number: replace(clips[number], motion=each) for number, each in ((1, before), (2, after))}
    film = retime(graph, build(graph, films.SIZE), Speech("en"), clips, LOOK)
    return [transition.kind for transition in film.transitions]


@pytest.mark.parametrize(
    ("before", "after", "kind"),
    [
        (RIGHT, RIGHT, "whip_left"),
        (LEFT, LEFT, "whip_right"),
        (UP, UP, "whip_down"),
        (DOWN, DOWN, "whip_up"),
        (STILL, RIGHT, "whip_left"),
        (LEFT, STILL, "whip_right"),
        (DOWN, STILL, "whip_up"),
    ],
)
def test_picture_moves_against_the_camera(before: Motion, after: Motion, kind: str) -> None:
    assert kinds(before, after) == [kind]


def test_without_a_direction_the_seed_chooses_left_or_right() -> None:
    chosen = [kinds(STILL, STILL, seed=seed) for seed in range(12)]
    assert {kind for (kind,) in chosen} == {"whip_left", "whip_right"}
    assert chosen == [kinds(STILL, STILL, seed=seed) for seed in range(12)]


def test_named_direction_stays() -> None:
    assert kinds(RIGHT, RIGHT, "whip_right") == ["whip_right"]
