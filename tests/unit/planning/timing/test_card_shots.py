"""Views of scenes without a picture: they change with the words, and nothing stays the same for 1.5 s."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from app.planning.timing.card_shots import MAX_STEADY_MS, card_shots, card_starts
from app.planning.timing.shots import SceneSpan
from schemas.clip import Clip, Motion, Window
from schemas.timing import frames_of

FPS = Fraction(30)
VIEWS = tuple(Motion("drift", Window(x, 0.4, 0.3), Window(x + 0.02, 0.6, 0.3)) for x in (0.2, 0.5, 0.8))
CLIP = Clip(1, "still", "plate", "plate", "local", views=VIEWS)


def span(frames: int, first: int = 0, end: int | None = None) -> SceneSpan:
    return SceneSpan(frames, first, frames if end is None else end, FPS, 0.5625)


@given(
    st.integers(1, 600),
    st.integers(0, 20),
    st.lists(st.integers(0, 600), max_size=12),
    st.integers(1000, 8000),
)
def test_something_changes_every_one_and_a_half_seconds(frames, first, changes, shot_ms) -> None:
    scene = span(frames, min(first, frames - 1))
    starts = card_starts(scene, changes, shot_ms)
    assert starts[0] == 0 and list(starts) == sorted(set(starts)) and starts[-1] < frames
    known = sorted({*starts, *(change for change in changes if scene.first < change < scene.end), frames})
    longest = frames_of(MAX_STEADY_MS, FPS)
    assert all(after - max(before, scene.first) <= longest for before, after in pairwise(known))


def test_view_begins_with_a_change_of_the_words() -> None:
    assert card_starts(span(120), [10, 40, 50, 90], 2000) == (0, 50)
    assert card_starts(span(150), [], 2000) == (0, 37, 75, 112)


def test_one_shot_keeps_one_view() -> None:
    assert card_starts(span(300), [40, 90], 2000, count=1) == (0,)


def test_views_follow_each_other_at_the_same_speed() -> None:
    shots = card_shots(CLIP, (0, 30, 90, 135), span(150))
    assert [shot.motion.start for shot in shots] == [VIEWS[0].start, VIEWS[1].start, VIEWS[2].start, VIEWS[0].start]
    short, long = (shots[index].motion.end.y - shots[index].motion.start.y for index in (0, 1))
    assert abs(long - 2 * short) < 1e-9
