"""Films whose scenes hosted engines make, by a whole stack against emulators: each scene is paid once."""

from __future__ import annotations

import json
import os
import signal
import time
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.emulators.base import DROP, Reply
from tests.emulators.demo import settings_of
from tests.emulators.http_engine import HttpEngine
from tests.emulators.runway import Runway
from tests.stacks import Stack, running_stack
from tests.waiting import REPLY_S, wait_until

KITE, BOAT = "a red kite over a calm sea", "a wooden boat on a lake at dawn"


@pytest.fixture(scope="module")
def providers() -> Iterator[dict[str, Any]]:
    with Runway(work_s=0.5) as runway, HttpEngine(work_s=0.5) as own:
        yield {"runway": runway, "http": own}


@pytest.fixture(scope="module")
def stack(providers: dict[str, Any], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    env = {**settings_of(list(providers.values())), "PYTOON_LEASE_S": "5", "PYTOON_LOCK_S": "3"}
    with running_stack(tmp_path_factory.mktemp("ordered") / "home", env) as stack:
        yield stack


@pytest.fixture
def runway(providers: dict[str, Any]) -> Runway:
    """The emulator of Runway, with the usual behaviour and no calls before those of the test."""
    emulator: Runway = providers["runway"]
    emulator.work_s, emulator.faults = 0.5, []
    emulator.calls.clear()
    emulator.jobs.clear()
    providers["http"].refuses = "nothing is refused"
    return emulator


def generated(query: str, engine: str | None = "runway", **fields: Any) -> dict[str, Any]:
    media = {"kind": "generated", "query": query}
    return {"description": query, "caption": query, "media": media, "engine": engine, "duration_ms": 2000, **fields}


def submit(stack: Stack, *scenes: dict[str, Any], **request: Any) -> str:
    body = {"title": "Ordered", "scenes": list(scenes), "quality": "draft", "voice": {"provider": "none"}, **request}
    reply = requests.post(f"{stack.url}/api/v2/jobs", json={"music": "none", **body}, timeout=REPLY_S)
    assert reply.status_code == 202, reply.text
    return str(reply.json()["job_id"])


def get(stack: Stack, path: str) -> Any:
    reply = requests.get(f"{stack.url}{path}", timeout=REPLY_S)
    assert reply.status_code == 200, reply.text
    return reply.json()


def orders(stack: Stack, job_id: str) -> list[dict[str, Any]]:
    return list(get(stack, f"/api/v2/jobs/{job_id}/orders")["orders"])


def states(stack: Stack, job_id: str) -> list[str]:
    return [order["state"] for order in orders(stack, job_id)]


def receipt(stack: Stack, job: dict[str, Any]) -> dict[str, Any]:
    (url,) = [each["url"] for each in job["artefacts"] if each["name"] == "metadata.json"]
    return dict(requests.get(url if url.startswith("http") else f"{stack.url}{url}", timeout=REPLY_S).json())


def wait_for_submissions(emulator: Runway, count: int) -> None:
    wait_until(lambda: len(emulator.jobs) >= count, lambda: f"{count} orders, not {len(emulator.jobs)}")


def kill(stack: Stack, kind: str) -> None:
    """Kill the worker of a kind and its children; the stack starts another one."""
    count = len(stack.workers(kind))
    os.killpg(stack.workers(kind)[-1], signal.SIGKILL)
    wait_until(lambda: len(stack.workers(kind)) > count, lambda: stack.log(kind)[-2000:])


def test_each_scene_is_ordered_once_and_the_receipt_has_its_price(stack: Stack, runway: Runway) -> None:
    job_id = submit(stack, generated(KITE), generated(BOAT, "runway:gen4.5"), budget_usd=5)
    job = stack.wait_for_end(job_id)
    assert job["state"] == "DONE", job
    assert [scene["state"] for scene in job["progress"]["scenes"]] == ["DONE", "DONE"]
    assert len(runway.jobs) == 2
    prompts = [call.json["promptText"].lower() for call in runway.calls_to("POST", "text_to_video")]
    assert sorted(KITE in prompt for prompt in prompts) == [False, True]
    facts = receipt(stack, job)
    assert [scene["engine"] for scene in facts["scenes"]] == ["runway", "runway"]
    assert facts["money"]["spent_usd"] == sum(scene["cost_usd"] for scene in facts["scenes"]) > 0
    assert job["money"]["spent_usd"] == facts["money"]["spent_usd"]


def test_edit_of_a_caption_orders_nothing_again(stack: Stack, runway: Runway) -> None:
    job_id = submit(stack, generated(f"{KITE} in spring"))
    stack.wait_for_end(job_id)
    edit = {"changes": [{"scene": 1, "caption": "Another caption"}]}
    reply = requests.post(f"{stack.url}/api/v2/jobs/{job_id}/revisions", json=edit, timeout=REPLY_S)
    assert reply.status_code == 202, reply.text
    assert stack.wait_for_end(job_id)["state"] == "DONE"
    assert len(runway.jobs) == 1
    assert len(orders(stack, job_id)) == 1


def test_worker_of_orders_may_be_killed_while_clips_are_in_flight(stack: Stack, runway: Runway) -> None:
    runway.hold()
    job_id = submit(stack, *(generated(f"{BOAT}, number {number}") for number in range(3)))
    wait_until(lambda: states(stack, job_id) == ["submitted"] * 3, lambda: str(orders(stack, job_id)))
    kill(stack, "api")
    for order in list(runway.jobs.values()):
        runway.finish(order)
    job = stack.wait_for_end(job_id)
    assert job["state"] == "DONE"
    assert {scene["engine"] for scene in job["progress"]["scenes"]} == {"runway"}
    assert len(runway.jobs) == 3


def test_worker_of_scenes_may_be_killed_while_clips_are_in_flight(stack: Stack, runway: Runway) -> None:
    runway.hold()
    job_id = submit(stack, *(generated(f"{KITE}, number {number}") for number in range(3)))
    wait_for_submissions(runway, 3)
    kill(stack, "gpu")
    for order in list(runway.jobs.values()):
        runway.finish(order)
    job = stack.wait_for_end(job_id)
    assert (job["state"], len(runway.jobs)) == ("DONE", 3)
    assert {scene["state"] for scene in job["progress"]["scenes"]} == {"DONE"}


def test_waiting_clips_occupy_no_worker(stack: Stack, runway: Runway) -> None:
    runway.hold()
    waiting = submit(stack, generated(f"{KITE} in autumn"))
    wait_for_submissions(runway, 1)
    other = submit(stack, {"description": "words", "caption": "Words on colours", "duration_ms": 1500})
    assert stack.wait_for_end(other)["state"] == "DONE"
    assert stack.job(waiting)["state"] == "RENDERING_SCENES"
    runway.finish(next(iter(runway.jobs.values())))
    assert stack.wait_for_end(waiting)["state"] == "DONE"


def test_cancelled_job_cancels_its_orders_at_the_provider(stack: Stack, runway: Runway) -> None:
    runway.hold()
    runway.throttled = True
    try:
        job_id = submit(stack, generated(f"{BOAT} in winter"))
        wait_for_submissions(runway, 1)
        reply = requests.post(f"{stack.url}/api/v2/jobs/{job_id}/cancel", timeout=REPLY_S)
        assert reply.status_code == 200, reply.text
        wait_until(lambda: orders(stack, job_id)[0]["state"] == "cancelled", lambda: str(orders(stack, job_id)))
    finally:
        runway.throttled = False
    assert runway.calls_to("DELETE", "tasks")
    assert get(stack, f"/api/v2/jobs/{job_id}")["money"]["spent_usd"] == 0


def test_refused_order_falls_back_to_the_next_engine_with_the_reason(stack: Stack, runway: Runway) -> None:
    job_id = submit(stack, generated("a forbidden garden"), engine_preference="http", budget_usd=5)
    job = stack.wait_for_end(job_id)
    (scene,) = job["progress"]["scenes"]
    assert (job["state"], scene["state"], scene["engine"]) == ("DONE", "FALLBACK", "http"), str(scene["steps_down"])
    assert scene["steps_down"][0]["engine"].startswith("runway")
    assert scene["steps_down"][0]["reason"]


def test_scene_slides_to_a_cheaper_engine_when_the_budget_is_too_small(stack: Stack, runway: Runway) -> None:
    job_id = submit(stack, generated(f"{BOAT} at noon"), budget_usd=0.01)
    job = stack.wait_for_end(job_id)
    (scene,) = job["progress"]["scenes"]
    assert (job["state"], runway.jobs) == ("DONE", {})
    assert scene["engine"] != "runway"
    assert any("$0.01 are left" in each["reason"] for each in scene["steps_down"])


def test_order_whose_reply_is_lost_is_not_sent_again_and_stays_reserved(stack: Stack, runway: Runway) -> None:
    runway.fail("POST", "text_to_video", DROP, after=True)
    job_id = submit(stack, generated(f"{KITE} before a storm"))
    job = stack.wait_for_end(job_id)
    (order,) = orders(stack, job_id)
    assert (job["state"], order["state"], len(runway.jobs)) == ("DONE", "ambiguous", 1)
    assert job["money"]["held_usd"] > 0
    assert job["progress"]["scenes"][0]["engine"] != "runway"
    assert "unknown" in job["progress"]["scenes"][0]["steps_down"][0]["reason"]


def test_busy_provider_is_asked_again_when_it_says(stack: Stack, runway: Runway) -> None:
    runway.fail("POST", "text_to_video", Reply(429, {"error": "Too many requests"}, {"Retry-After": "1"}))
    job = stack.wait_for_end(submit(stack, generated(f"{KITE} after the rain")))
    assert job["progress"]["scenes"][0]["engine"] == "runway"
    first, second = runway.calls_to("POST", "text_to_video")
    assert second.at - first.at >= 1


def test_two_takes_are_made_and_another_one_is_chosen_at_no_cost(stack: Stack, runway: Runway) -> None:
    job_id = submit(stack, generated(f"{BOAT} in fog"), takes=2, budget_usd=5)
    job = stack.wait_for_end(job_id)
    assert (job["state"], len(runway.jobs)) == ("DONE", 2)
    seeds = {call.json["seed"] for call in runway.calls_to("POST", "text_to_video")}
    assert len(seeds) == 2
    assert [take["take"] for take in job["progress"]["scenes"][0]["takes"]] == [2]
    edit = {"changes": [{"scene": 1, "take": 2}]}
    reply = requests.post(f"{stack.url}/api/v2/jobs/{job_id}/revisions", json=edit, timeout=REPLY_S)
    assert reply.status_code == 202, reply.text
    assert stack.wait_for_end(job_id)["state"] == "DONE"
    assert len(runway.jobs) == 2


def test_scene_begins_with_the_end_of_the_one_before(stack: Stack, runway: Runway) -> None:
    job_id = submit(
        stack,
        generated(f"{BOAT} leaves the shore"),
        generated(f"{BOAT} reaches the island"),
        continuity="previous_frame",
    )
    job = stack.wait_for_end(job_id)
    assert (job["state"], [scene["engine"] for scene in job["progress"]["scenes"]]) == ("DONE", ["runway", "runway"])
    (first,), (second,) = runway.calls_to("POST", "text_to_video"), runway.calls_to("POST", "image_to_video")
    assert second.at > first.at
    assert json.dumps(second.json["promptImage"]).startswith('"data:image/jpeg;base64,')


def test_deliveries_have_no_key_of_a_provider(stack: Stack, providers: dict[str, Any]) -> None:
    key = providers["runway"].key
    texts = [path.read_bytes() for path in Path(stack.home).rglob("*") if path.suffix in (".json", ".log")]
    assert texts
    assert not any(key.encode() in text for text in texts)


def test_polls_keep_the_interval_of_the_provider(stack: Stack, runway: Runway) -> None:
    runway.work_s = 6.0
    begun = time.monotonic()
    stack.wait_for_end(submit(stack, generated(f"{KITE} at midnight")))
    times = [call.at for call in runway.calls_to("GET", "/v1/tasks/") if call.at > begun]
    assert all(later - earlier >= 4.9 for earlier, later in pairwise(times))
