"""Runs of the studio that makes nothing: sent, watched, and what was worked for them."""

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


def mood(text: str) -> None:
    """How the studio's scenes go from now on; see ``noop_app``."""
    (settings().home / "mood").write_text(text)


def stored() -> tuple[str, str]:
    """A job and its run, as a submission leaves them before it is sent."""
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


def sent() -> tuple[str, str]:
    job_id, run_id = stored()
    runs.send(run_id)
    return job_id, run_id


def ended(run_id: str) -> tuple[State, list[State]]:
    """The state it ended in, and all that were seen on the way."""
    seen: list[State] = []

    def has_ended() -> bool:
        state = run_state.task_status(run_id).state
        if not seen or seen[-1] is not state:
            seen.append(state)
        return state.ended

    wait_until(has_ended, lambda: f"the end of run {run_id}, still {seen}", pause_s=0.01)
    return seen[-1], seen


def until(run_id: str, state: State) -> None:
    wait_until(
        lambda: run_state.task_status(run_id).state is state, lambda: f"{state}, not {run_state.task_status(run_id)}"
    )


def worked(run_id: str) -> list[str]:
    """The steps that were really worked, in their order: "SCENE 5"."""
    return (settings().home / f"{run_id}.count").read_text().split("\n")[:-1]
