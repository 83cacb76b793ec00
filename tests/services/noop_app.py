"""A Celery application with a task of each step's name that does no work, to test the queue itself.

A file ``{PYTOON_HOME}/behaviour`` controls the scene tasks; its text is a word and a number:

- ``fail 5``: scene 5 fails.
- ``busy 5``: the provider of scene 5 is busy at the first attempt, with ``twice 5`` at the first two.
- ``again 5``: scene 5 raises Celery's ``Retry`` once.
- ``lost 5``: scene 5 loses its connection to Redis once.
- ``query 5``: scene 5 waits once in a statement of PostgreSQL.
- ``die 5``: scene 5 kills its worker process once, with ``poison 5`` at each attempt.
- ``slow 2``: every scene takes two seconds.
"""

from __future__ import annotations

import os
import signal
import time
from typing import Any

import redis
import sqlalchemy as sa

from app.core.config import settings
from app.core.errors import BadMedia, ProviderBusy
from app.database.session import transaction
from app.queue import canvas
from app.queue.application import celery
from schemas.steps import Step
from tasks.base import PipelineTask

celery.conf.include = []  # the tasks of this module have the names of the real ones
SCENES = range(1, 9)
SEGMENTS = 8


def _behaviour(word: str) -> float | None:
    """The number after ``word`` in the behaviour file; ``None`` when the file has another word."""
    path = settings().home / "behaviour"
    words = path.read_text().split() if path.exists() else []
    return float(words[1]) if words[:1] == [word] else None


def _first_time(name: str) -> bool:
    """True at the first call with this name in this home folder."""
    try:
        (settings().home / name).touch(exist_ok=False)
    except FileExistsError:
        return False
    return True


def _record_step(run_id: str, step: str) -> None:
    with (settings().home / f"{run_id}.steps").open("a") as file:
        file.write(f"{step}\n")


def _add_task(step: Step, **options: Any) -> Any:
    @celery.task(name=step, base=PipelineTask, **options)
    def noop(run_id: str, *numbers: int) -> dict[str, Any]:
        _record_step(run_id, " ".join([step.name, *map(str, numbers)]))
        return {"step": step.name, "numbers": list(numbers)}

    return noop


for _step in (Step.PLAN, Step.TIMELINE, Step.VOICE, Step.MUSIC, Step.SETTLE, Step.SEGMENT, Step.MUX):
    _add_task(_step)
_add_task(Step.DELIVER, track_started=False)


@celery.task(name=Step.RENDER, base=PipelineTask, bind=True)
def render(self: PipelineTask, run_id: str) -> Any:
    return self.replace(canvas.scenes_chord(run_id, SCENES))


@celery.task(name=Step.COMPOSE, base=PipelineTask, bind=True)
def compose(self: PipelineTask, run_id: str) -> Any:
    return self.replace(canvas.segments_chord(run_id, SEGMENTS))


@celery.task(name=Step.SCENE, base=PipelineTask, bind=True)
def scene(self: PipelineTask, run_id: str, number: int) -> dict[str, int]:
    _record_step(run_id, f"SCENE {number}")
    if _behaviour("fail") == number:
        raise BadMedia("media.4", "is damaged")
    if _behaviour("busy") == number and _first_time(f"{run_id}.busy"):
        raise ProviderBusy("runway", "429")
    if _behaviour("twice") == number and (_first_time(f"{run_id}.busy") or _first_time(f"{run_id}.still")):
        raise ProviderBusy("runway", "429")
    if _behaviour("again") == number and _first_time(f"{run_id}.again"):
        raise self.retry(exc=ProviderBusy("runway", "429"), countdown=1)
    if _behaviour("lost") == number and _first_time(f"{run_id}.lost"):
        raise redis.ConnectionError("Connection refused")
    if _behaviour("query") == number and _first_time(f"{run_id}.query"):
        with transaction() as session:
            session.execute(sa.text("SELECT pg_sleep(120)"))
    if _behaviour("die") == number and _first_time(f"{run_id}.died"):
        os.kill(os.getpid(), signal.SIGKILL)
    if _behaviour("poison") == number:
        os.kill(os.getpid(), signal.SIGKILL)
    time.sleep(_behaviour("slow") or 0)
    return {"scene": number}
