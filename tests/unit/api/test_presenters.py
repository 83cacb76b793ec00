"""Presenters: the completed share of a job, pagination and links."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from hypothesis import given, settings
from hypothesis import strategies as st

from app.api.factory import create_app
from app.api.presenters import (
    SCENES_WEIGHT,
    SEGMENTS_WEIGHT,
    STEP_WEIGHTS,
    completed_share,
    job_links,
    page,
)
from app.jobs.queries import JobView
from app.jobs.statuses import SceneView
from schemas.job import State

CREATED_AT = datetime(2026, 1, 2, 3, 4, 5, 678, tzinfo=UTC)
QUEUED = JobView(
    id="job_1",
    run_id="run_1",
    state=State.QUEUED,
    created_at=CREATED_AT,
    ended_at=None,
    request={},
    warnings=(),
    scenes=(),
    steps=dict.fromkeys((*STEP_WEIGHTS, "deliver"), "PENDING"),
    timings_ms={},
    error=None,
    artifacts=(),
)
FINISHED_STEPS = dict.fromkeys(STEP_WEIGHTS, "SUCCESS")


def scenes(*states: str) -> tuple[SceneView, ...]:
    return tuple(SceneView(number, state, "", "colour", None) for number, state in enumerate(states, 1))


def test_share_of_a_queued_job_is_zero() -> None:
    assert completed_share(QUEUED) == 0


def test_share_of_a_done_job_is_one_even_when_its_results_have_expired() -> None:
    assert completed_share(replace(QUEUED, state=State.DONE)) == 1


def test_share_before_the_last_step_is_almost_one() -> None:
    view = replace(QUEUED, scenes=scenes("DONE", "FALLBACK"), steps={**FINISHED_STEPS, "segments": "4/4"})
    assert 0.9 < completed_share(view) < 1


def test_sum_of_all_weights_is_below_one() -> None:
    assert sum(STEP_WEIGHTS.values()) + SCENES_WEIGHT + SEGMENTS_WEIGHT < 1


@settings(max_examples=80)
@given(st.data())
def test_share_never_decreases_when_more_is_done(data: st.DataObject) -> None:
    count = data.draw(st.integers(1, 6))
    before = data.draw(
        st.lists(st.sampled_from(["QUEUED", "RENDERING", "DONE", "FALLBACK"]), min_size=count, max_size=count)
    )
    after = [
        data.draw(st.sampled_from(["DONE", "FALLBACK"])) if data.draw(st.booleans()) else state for state in before
    ]
    steps_before = data.draw(st.sets(st.sampled_from(sorted(STEP_WEIGHTS))))
    steps_after = steps_before | data.draw(st.sets(st.sampled_from(sorted(STEP_WEIGHTS))))
    segments = data.draw(st.integers(0, 5))
    earlier = replace(
        QUEUED,
        scenes=scenes(*before),
        steps={**dict.fromkeys(steps_before, "SUCCESS"), "segments": f"{segments}/5"},
    )
    later = replace(QUEUED, scenes=scenes(*after), steps={**dict.fromkeys(steps_after, "SUCCESS"), "segments": "5/5"})
    assert 0 <= completed_share(earlier) <= completed_share(later) < 1


def test_full_page_links_to_the_next_page_and_a_shorter_one_does_not() -> None:
    rows = [{"job_id": "job_1", "created_at": CREATED_AT}, {"job_id": "job_2", "created_at": CREATED_AT}]
    with create_app().test_request_context():
        next_page = "/api/v2/jobs?limit=2&before=2026-01-02T03%3A04%3A05.000678%2B00%3A00&before_id=job_2"
        assert page(rows, 2)["next"] == next_page
        assert page(rows, 3)["next"] is None and page([], 3) == {"jobs": [], "next": None}


def test_links_are_paths_by_default() -> None:
    with create_app().test_request_context():
        links = job_links("job_1")
    assert links["self"] == "/api/v2/jobs/job_1" and links["scene_graph"] == "/api/v2/jobs/job_1/scene-graph"
    assert len(set(links.values())) == 11
