"""A studio that makes nothing: every step of a run as a real task without work, to test the queue itself.

A file ``{PYTOON_HOME}/mood`` says what happens: ``fail 5`` lets scene 5 fail, ``busy 5`` makes it busy for one try and
``twice 5`` for two, ``again 5`` lets it ask Celery for one more try and ``lost 5`` breaks its connection to Redis once,
``query 5`` lets it wait in a statement of PostgreSQL once, ``die 5`` kills its worker once and ``poison 5`` each time,
``slow 2`` makes every scene take two seconds.
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

celery.conf.include = []  # not the real tasks: these have their names
SCENES = range(1, 9)
SEGMENTS = 8


def _told(word: str) -> float | None:
    mood = settings().home / "mood"
    text = mood.read_text().split() if mood.exists() else []
    return float(text[1]) if text[:1] == [word] else None


def _once(name: str) -> bool:
    """True the first time in this home."""
    try:
        (settings().home / name).touch(exist_ok=False)
    except FileExistsError:
        return False
    return True


def _count(run_id: str, what: str) -> None:
    with (settings().home / f"{run_id}.count").open("a") as file:
        file.write(f"{what}\n")


def _plain(step: Step, **options: Any) -> Any:
    @celery.task(name=step, base=PipelineTask, **options)
    def work(run_id: str, *numbers: int) -> dict[str, Any]:
        _count(run_id, " ".join([step.name, *map(str, numbers)]))
        return {"step": step.name, "numbers": list(numbers)}

    return work


for _step in (Step.PLAN, Step.TIMELINE, Step.VOICE, Step.MUSIC, Step.SETTLE, Step.SEGMENT, Step.MUX):
    _plain(_step)
_plain(Step.DELIVER, track_started=False)


@celery.task(name=Step.RENDER, base=PipelineTask, bind=True)
def render(self: PipelineTask, run_id: str) -> Any:
    return self.replace(canvas.scenes_chord(run_id, SCENES))


@celery.task(name=Step.COMPOSE, base=PipelineTask, bind=True)
def compose(self: PipelineTask, run_id: str) -> Any:
    return self.replace(canvas.segments_chord(run_id, SEGMENTS))


@celery.task(name=Step.SCENE, base=PipelineTask, bind=True)
def scene(self: PipelineTask, run_id: str, number: int) -> dict[str, int]:
    _count(run_id, f"SCENE {number}")
    if _told("fail") == number:
        raise BadMedia("media.4", "is torn")
    if _told("busy") == number and _once(f"{run_id}.busy"):
        raise ProviderBusy("runway", "429")
    if _told("twice") == number and (_once(f"{run_id}.busy") or _once(f"{run_id}.still")):
        raise ProviderBusy("runway", "429")
    if _told("again") == number and _once(f"{run_id}.again"):
        raise self.retry(exc=ProviderBusy("runway", "429"), countdown=1)
    if _told("lost") == number and _once(f"{run_id}.lost"):
        raise redis.ConnectionError("Connection refused")
    if _told("query") == number and _once(f"{run_id}.query"):
        with transaction() as session:
            session.execute(sa.text("SELECT pg_sleep(120)"))
    if _told("die") == number and _once(f"{run_id}.died"):
        os.kill(os.getpid(), signal.SIGKILL)
    if _told("poison") == number:
        os.kill(os.getpid(), signal.SIGKILL)
    time.sleep(_told("slow") or 0)
    return {"scene": number}
