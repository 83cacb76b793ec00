"""Jobs that wait for review, run out of disk space, are cancelled, or are resumed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import psutil
import pytest
import requests

from app.api.factory import create_app
from app.core.config import settings
from app.queue.embedded_broker import Broker
from schemas.job import ENDED
from schemas.steps import WORKER_QUEUES
from tests.conftest import running_worker
from tests.flow.serving import ALL_QUEUES, cancel_open_runs, http_server
from tests.waiting import REPLY_S, wait_until

SCRIPT = "The kettle sang. Nobody listened. Outside, the first snow of the year began to fall."
QUICK = {"quality": "draft", "music": "none", "seed": 3}


@pytest.fixture(scope="module")
def server(broker: Broker) -> Iterator[str]:
    cancel_open_runs()
    with http_server(create_app()) as address:
        yield address


@pytest.fixture
def start_worker() -> Iterator[Callable[..., psutil.Process]]:
    """``start_worker("gpu", PYTOON_…=…)`` starts a worker and gives its process."""
    with ExitStack() as stack:

        def start(kind: str, **env: str) -> psutil.Process:
            return psutil.Process(stack.enter_context(running_worker(WORKER_QUEUES[kind], children=2, env=env)).pid)

        yield start


def submit(server: str, **request: Any) -> str:
    reply = requests.post(f"{server}/api/v2/jobs", json={"script": SCRIPT, **QUICK, **request}, timeout=60)
    assert reply.status_code == 202, reply.text
    return f"{server}/api/v2/jobs/{reply.json()['job_id']}"


def wait_for_state(job: str, *states: str) -> dict[str, Any]:
    """The job once it is in one of the states; fails when it ends in another."""
    reply: dict[str, Any] = {}

    def is_there() -> bool:
        reply.update(requests.get(job, timeout=REPLY_S).json())
        assert reply["state"] in states or reply["state"] not in ENDED, reply
        return reply["state"] in states

    wait_until(is_there, lambda: f"{states}, not {reply}", pause_s=0.1)
    return reply


@pytest.fixture(scope="class")
def worker(server: str) -> Iterator[None]:
    """A worker for all queues, whose only child a job that waits must not occupy."""
    with running_worker(ALL_QUEUES):
        yield


@pytest.mark.usefixtures("worker")
class TestReview:
    def test_a_plan_waits_for_review_without_a_worker_and_continues_after_approval(self, server: str) -> None:
        job = submit(server, review=True)
        wait_for_state(job, "AWAITING_REVIEW")
        assert requests.get(f"{job}/scene-graph", timeout=REPLY_S).json()["scenes"]
        other = submit(server)
        wait_for_state(other, "DONE")  # a waiting job does not block others
        assert requests.get(job, timeout=REPLY_S).json()["state"] == "AWAITING_REVIEW"
        assert requests.post(f"{job}/approve", timeout=REPLY_S).status_code == 202
        done = wait_for_state(job, "DONE")
        assert any(each["name"] == "output.mp4" for each in done["artefacts"])
        assert requests.post(f"{job}/approve", timeout=REPLY_S).status_code == 409
        kinds = [event["kind"] for event in requests.get(f"{job}/events", timeout=REPLY_S).json()["events"]]
        assert "review.approved" in kinds

    def test_a_rejected_plan_ends_the_job_and_stores_the_reason(self, server: str) -> None:
        job = submit(server, review=True)
        wait_for_state(job, "AWAITING_REVIEW")
        rejected = requests.post(f"{job}/reject", json={"reason": "too long"}, timeout=REPLY_S)
        assert rejected.json()["state"] == "CANCELLED"
        reply = requests.get(f"{job}/events", timeout=REPLY_S).json()["events"]
        assert next(event["data"] for event in reply if event["kind"] == "review.rejected") == {"reason": "too long"}

    def test_a_plan_is_revised_during_its_review(self, server: str) -> None:
        job = submit(server, review=True)
        wait_for_state(job, "AWAITING_REVIEW")
        scene = requests.get(f"{job}/scene-graph", timeout=REPLY_S).json()["scenes"][0]["id"]
        edit = {"changes": [{"scene": scene, "caption": "As I want it"}]}
        assert requests.post(f"{job}/revisions", json=edit, timeout=REPLY_S).status_code == 202
        done = wait_for_state(job, "DONE")
        assert done["revision"] == 2
        graph = requests.get(f"{job}/scene-graph", timeout=REPLY_S).json()
        assert graph["scenes"][0]["caption"] == "As I want it"


def test_a_job_without_disk_space_fails_and_resumes_when_there_is_space(
    server: str, start_worker: Callable[..., psutil.Process]
) -> None:
    start_worker("cpu")
    full = start_worker("gpu", PYTOON_MIN_FREE_MB="1000000000")
    job = submit(server)
    failed = wait_for_state(job, "FAILED")
    error = failed["error"]
    assert (error["code"], error["stage"], error["spent_usd"]) == ("storage_full", "scene", 0.0)
    assert "resume" in error["advice"]
    full.terminate()
    start_worker("gpu")
    assert requests.post(f"{job}/resume", timeout=REPLY_S).status_code == 202
    done = wait_for_state(job, "DONE")
    assert done["reused"]["plan"] is True
    assert done["run_id"] != failed["run_id"]


def test_a_resumed_job_reuses_all_results(server: str, start_worker: Callable[..., psutil.Process]) -> None:
    start_worker("gpu")
    cpu = start_worker("cpu")
    job = submit(server)
    wait_for_state(job, "COMPOSING", "AUDIO_ASSEMBLY", "FINALIZING")
    cpu.suspend()  # the step stays unfinished
    assert requests.post(f"{job}/cancel", timeout=REPLY_S).json()["state"] == "CANCELLED"
    cpu.resume()
    again = submit(server)
    done = wait_for_state(again, "DONE")
    assert done["reused"]["scene"] == [scene["id"] for scene in done["progress"]["scenes"]]
    assert done["reused"]["voice"] is True


def test_a_cancelled_job_leaves_no_encoder_running(server: str, start_worker: Callable[..., psutil.Process]) -> None:
    start_worker("gpu")
    cpu = start_worker("cpu")
    job = submit(server, quality="medium", script=" ".join([SCRIPT] * 4))
    wait_for_state(job, "COMPOSING")
    wait_until(lambda: encoders(cpu), "an encoder at work")
    assert requests.post(f"{job}/cancel", timeout=REPLY_S).json()["state"] == "CANCELLED"
    wait_until(lambda: not encoders(cpu), "the end of every encoder")
    assert requests.post(f"{job}/cancel", timeout=REPLY_S).json()["state"] == "CANCELLED"
    drafts = [path for path in settings().home.rglob(".*.mp4") if path.is_file()]
    assert drafts == []


def encoders(worker: psutil.Process) -> list[psutil.Process]:
    return [each for each in worker.children(recursive=True) if "ffmpeg" in each.name()]
