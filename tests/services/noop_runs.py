"""Runs of ``noop_app``: functions that store, submit and wait for them."""

from __future__ import annotations

import uuid

from app.core.config import settings
from app.database.models import JobRow, RevisionRow, RunRow, SceneRow
from app.database.session import transaction
from app.jobs import runs
from app.queue import run_state
from schemas.job import State
from tests.waiting import wait_until

SCENES = range(1, 9)
SEGMENTS = range(8)
STEPS = sorted(
    ["PLAN", "TIMELINE", "VOICE", "MUSIC", "SETTLE", "MUX", "DELIVER"]
    + [f"SCENE {number}" for number in SCENES]
    + [f"SEGMENT {index}" for index in SEGMENTS]
)


def set_behaviour(text: str) -> None:
    """Set the behaviour of the scene tasks from now on; see ``noop_app``."""
    (settings().home / "behaviour").write_text(text)


def store_run() -> tuple[str, str]:
    """Store a job with a run that is not sent; return the ids of both."""
    job_id, run_id = f"job_{uuid.uuid4().hex}", str(uuid.uuid4())
    with transaction() as session:
        session.add(JobRow(id=job_id, request={"script": "Hello there."}))
        session.flush()
        revision = RevisionRow(job_id=job_id, number=1)
        session.add(revision)
        session.flush()
        session.add(RunRow(id=run_id, job_id=job_id, revision_id=revision.id))
        session.add_all(SceneRow(run_id=run_id, scene_id=number, position=number) for number in SCENES)
    return job_id, run_id


def submit_run() -> tuple[str, str]:
    """Store a job with a run and send the run; return the ids of both."""
    job_id, run_id = store_run()
    runs.send(run_id)
    return job_id, run_id


def wait_for_end(run_id: str) -> tuple[State, list[State]]:
    """The final state of the run, and all states that were observed, in their order."""
    observed: list[State] = []

    def has_ended() -> bool:
        state = run_state.task_status(run_id).state
        if not observed or observed[-1] is not state:
            observed.append(state)
        return state.ended

    wait_until(has_ended, lambda: f"the end of run {run_id}, still {observed}", pause_s=0.01)
    return observed[-1], observed


def wait_for_state(run_id: str, state: State) -> None:
    wait_until(
        lambda: run_state.task_status(run_id).state is state, lambda: f"{state}, not {run_state.task_status(run_id)}"
    )


def executed_steps(run_id: str) -> list[str]:
    """The steps whose tasks have run, in their order, such as "SCENE 5"."""
    return (settings().home / f"{run_id}.steps").read_text().split("\n")[:-1]
