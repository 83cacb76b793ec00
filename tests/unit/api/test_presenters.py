"""How jobs are shown: a share that only grows, pages that join, links that hold."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from hypothesis import given, settings
from hypothesis import strategies as st

from app.api.factory import create_app
from app.api.presenters import SCENES, SEGMENTS, WEIGHTS, links, page, share
from app.jobs.queries import JobView
from app.jobs.statuses import SceneView
from schemas.job import State

MOMENT = datetime(2026, 1, 2, 3, 4, 5, 678, tzinfo=UTC)
WAITING = JobView(
    id="job_1",
    run_id="run_1",
    state=State.QUEUED,
    created_at=MOMENT,
    ended_at=None,
    request={},
    warnings=(),
    scenes=(),
    steps=dict.fromkeys((*WEIGHTS, "deliver"), "PENDING"),
    timings_ms={},
    error=None,
    artifacts=(),
)
MADE = dict.fromkeys(WEIGHTS, "SUCCESS")


def scenes(*states: str) -> tuple[SceneView, ...]:
    return tuple(SceneView(number, state, "", "colour", None) for number, state in enumerate(states, 1))


def test_nothing_is_done_of_a_job_that_waits() -> None:
    assert share(WAITING) == 0


def test_a_film_that_is_there_is_done_whatever_has_expired() -> None:
    assert share(replace(WAITING, state=State.DONE)) == 1


def test_all_but_the_last_step_is_nearly_everything() -> None:
    view = replace(WAITING, scenes=scenes("DONE", "FALLBACK"), steps={**MADE, "segments": "4/4"})
    assert 0.9 < share(view) < 1


def test_the_parts_of_a_film_are_less_than_the_whole() -> None:
    assert sum(WEIGHTS.values()) + SCENES + SEGMENTS < 1


@settings(max_examples=80)
@given(st.data())
def test_more_done_is_never_a_smaller_share(data: st.DataObject) -> None:
    count = data.draw(st.integers(1, 6))
    before = data.draw(
        st.lists(st.sampled_from(["QUEUED", "RENDERING", "DONE", "FALLBACK"]), min_size=count, max_size=count)
    )
    after = [
        data.draw(st.sampled_from(["DONE", "FALLBACK"])) if data.draw(st.booleans()) else state for state in before
    ]
    done = data.draw(st.sets(st.sampled_from(sorted(WEIGHTS))))
    more = done | data.draw(st.sets(st.sampled_from(sorted(WEIGHTS))))
    made = data.draw(st.integers(0, 5))
    now = replace(WAITING, scenes=scenes(*before), steps={**dict.fromkeys(done, "SUCCESS"), "segments": f"{made}/5"})
    then = replace(WAITING, scenes=scenes(*after), steps={**dict.fromkeys(more, "SUCCESS"), "segments": "5/5"})
    assert 0 <= share(now) <= share(then) < 1


def test_a_full_page_leads_to_the_next_and_a_short_one_ends() -> None:
    lines = [{"job_id": "job_1", "created_at": MOMENT}, {"job_id": "job_2", "created_at": MOMENT}]
    with create_app().test_request_context():
        next_page = "/api/v2/jobs?limit=2&before=2026-01-02T03%3A04%3A05.000678%2B00%3A00&before_id=job_2"
        assert page(lines, 2)["next"] == next_page
        assert page(lines, 3)["next"] is None and page([], 3) == {"jobs": [], "next": None}


def test_links_are_paths_on_this_server() -> None:
    with create_app().test_request_context():
        found = links("job_1")
    assert found["self"] == "/api/v2/jobs/job_1" and found["scene_graph"] == "/api/v2/jobs/job_1/scene-graph"
    assert len(set(found.values())) == 10
