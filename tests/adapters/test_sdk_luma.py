"""Luma's own libraries (luma-agents, lumaai) send what the engine sends, and accept each reply of the emulators."""

from __future__ import annotations

import os
from datetime import UTC, datetime

import luma_agents
import lumaai
import pytest

from engines.base import OrderProgress
from engines.hosted.pictures import base64_of
from engines.vendors import luma_agents as agents_engine
from engines.vendors import luma_dream_machine
from tests.adapters.hosted import LAST_PICTURE, PICTURE, files_of, model_named, order_of
from tests.adapters.wire import STAINLESS, assert_same, engine_at_vendor
from tests.emulators.base import Reply
from tests.emulators.luma import FAILURE_CODES, LumaAgents, LumaDreamMachine

AGENTS_HOST, DREAM_MACHINE_HOST = "agents.lumalabs.ai", "api.lumalabs.ai"
ORDERS, POLL = r"/v1/generations(/video)?$", r"/v1/generations/[^/]+$"


@pytest.fixture
def agents(at_hosts):
    return at_hosts(LumaAgents, AGENTS_HOST)


@pytest.fixture
def agents_library(agents):
    with luma_agents.Luma(auth_token=agents.key, max_retries=0, _strict_response_validation=True) as client:
        yield client


@pytest.fixture
def dream_machine(at_hosts):
    return at_hosts(LumaDreamMachine, DREAM_MACHINE_HOST)


@pytest.fixture
def dream_machine_library(dream_machine):
    with lumaai.LumaAI(auth_token=dream_machine.key, max_retries=0, _strict_response_validation=True) as client:
        yield client


def last_two(emulator, method, pattern):
    return emulator.calls_to(method, pattern)[-2:]


def shortest(engine, name, **changes):
    return order_of(model_named(engine, name), **changes)


def in_state(emulator, submission, state, failure=""):
    job = emulator.jobs[submission.id]
    if state in ("queued", "processing", "dreaming"):
        emulator.advance(job, 0.0 if state == "queued" else 0.5)
    else:
        emulator.finish(job, failure)


EXPECTED = {
    "queued": OrderProgress.WAITING,
    "processing": OrderProgress.RUNNING,
    "dreaming": OrderProgress.RUNNING,
    "completed": OrderProgress.DONE,
    "failed": OrderProgress.FAILED,
}


# -- the API for agents ----------------------------------------------------------------------------------------------


def created(library, order, files):
    def picture(key):
        return {"data": base64_of(files[key]), "media_type": "image/png"}

    video = {"duration": f"{order.seconds}s", "resolution": order.resolution}
    if order.seconds == 5:
        frames = {"start_frame": order.image, "end_frame": order.last_image}
        video |= {name: picture(key) for name, key in frames.items() if key}
    elif order.image:
        keys = [key for key in (order.image, order.last_image) if key]
        video |= {"keyframes": [picture(key) for key in keys], "keyframe_indexes": [0, 240][: len(keys)]}
    return library.generations.create(
        model="ray-3.2", type="video", prompt=order.prompt, aspect_ratio=order.aspect, video=video
    )


@pytest.mark.parametrize("seconds", [5, 10])
@pytest.mark.parametrize("images", [{}, {"image": PICTURE}, {"image": PICTURE, "last_image": LAST_PICTURE}])
def test_order_is_the_request_of_the_library_for_agents(agents, agents_library, tmp_path, seconds, images):
    engine = engine_at_vendor(agents)
    order = shortest(engine, "ray-3.2", seconds=seconds, aspect="3:4", resolution="720p", **images)
    files = files_of(order, tmp_path)
    generation, submission = created(agents_library, order, files), engine.submit(order, files, "key")
    assert_same(*last_two(agents, "POST", ORDERS), STAINLESS)
    assert {generation.id, submission.id} == set(agents.jobs)


def test_addresses_of_the_engine_are_those_of_the_libraries(agents_library, dream_machine_library):
    assert str(agents_library.base_url).rstrip("/") == agents_engine.URL == f"https://{AGENTS_HOST}/v1"
    assert str(dream_machine_library.base_url).rstrip("/") == luma_dream_machine.URL


@pytest.mark.parametrize("state", ["queued", "processing", "completed", "failed"])
def test_poll_is_the_request_of_the_library_for_agents_which_reads_every_state(agents, agents_library, state):
    engine = engine_at_vendor(agents)
    submission = engine.submit(shortest(engine, "ray-3.2"), {}, "key")
    in_state(agents, submission, state, "corrupt_input" if state == "failed" else "")
    generation, progress = agents_library.generations.get(submission.id), engine.poll(submission)
    assert_same(*last_two(agents, "GET", POLL), STAINLESS)
    assert (generation.state, progress.state) == (state, EXPECTED[state])
    if state == "completed":
        assert len(generation.output) == len(progress.data["links"]) == 1
    if state == "failed":
        assert generation.failure_code == "corrupt_input"
        assert generation.failure_reason in progress.reason


@pytest.mark.parametrize("code", FAILURE_CODES)
def test_library_for_agents_knows_every_failure_of_the_emulator(agents, agents_library, code):
    engine = engine_at_vendor(agents)
    submission = engine.submit(shortest(engine, "ray-3.2"), {}, "key")
    agents.finish(agents.jobs[submission.id], code)
    assert agents_library.generations.get(submission.id).failure_code == code


def test_upload_is_the_requests_of_the_library_for_agents(agents, agents_library, tmp_path):
    engine = engine_at_vendor(agents)
    order = shortest(engine, "ray-3.2", image=PICTURE)
    path = tmp_path / "picture.png"
    path.write_bytes(files_of(order, tmp_path)[order.image].read_bytes() + os.urandom(4_000_000))
    engine.submit(order, {order.image: path}, "key")
    (stored,) = agents.calls_to("PUT", "^/bucket/")
    slot = agents_library.files.create(mime_type="image/png", size_bytes=path.stat().st_size, purpose="input")
    sent, known = last_two(agents, "POST", "^/v1/files$")
    assert_same(known, sent, STAINLESS)
    assert (slot.upload.method, dict(slot.upload.headers)["X-Amz-Checksum"]) == (
        "PUT",
        stored.headers["X-Amz-Checksum"],
    )
    assert "Authorization" not in stored.headers
    agents.stored[slot.id] = path.read_bytes()
    file = agents_library.files.complete(slot.id)
    assert file.state == agents_library.files.get(slot.id).state == "ready"
    sent, known = last_two(agents, "POST", "^/v1/files/[^/]+/complete$")
    assert (sent.body, known.body, sent.query, known.query) == (b"", b"", {}, {})


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (401, luma_agents.AuthenticationError),
        (402, luma_agents.APIStatusError),
        (404, luma_agents.NotFoundError),
        (422, luma_agents.UnprocessableEntityError),
        (429, luma_agents.RateLimitError),
    ],
)
def test_library_for_agents_understands_the_errors_of_the_emulator(agents, agents_library, status, error):
    if status == 401:
        agents.key = "another-key"
    agents.has_balance = status != 402
    if status == 429:
        agents.fail("POST", ORDERS, Reply(429, {"detail": "slow down"}, {"Retry-After": "1"}))
    with pytest.raises(error) as raised:
        if status == 404:
            agents_library.generations.get("unknown")
        agents_library.generations.create(model="ray-3.2", type="video", prompt="")
    assert raised.value.status_code == status
    assert raised.value.body["detail"]


# -- Dream Machine ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["ray-2", "ray-flash-2"])
@pytest.mark.parametrize("changes", [{}, {"seconds": 9, "aspect": "9:21", "resolution": "1080p"}])
def test_order_is_the_request_of_the_library_for_dream_machine(dream_machine, dream_machine_library, name, changes):
    engine = engine_at_vendor(dream_machine)
    order = shortest(engine, name, **changes)
    generation = dream_machine_library.generations.video.create(
        generation_type="video",
        model=name,
        prompt=order.prompt,
        aspect_ratio=order.aspect,
        duration=f"{order.seconds}s",
        resolution=order.resolution,
    )
    submission = engine.submit(order, {}, "key")
    assert_same(*last_two(dream_machine, "POST", ORDERS), STAINLESS)
    assert {generation.id, submission.id} == set(dream_machine.jobs)
    assert generation.request.prompt == order.prompt


@pytest.mark.parametrize("state", ["queued", "dreaming", "completed", "failed"])
def test_poll_is_the_request_of_the_library_for_dream_machine(dream_machine, dream_machine_library, state):
    engine = engine_at_vendor(dream_machine)
    submission = engine.submit(shortest(engine, "ray-2"), {}, "key")
    in_state(dream_machine, submission, state, "the job failed" if state == "failed" else "")
    generation, progress = dream_machine_library.generations.get(submission.id), engine.poll(submission)
    assert_same(*last_two(dream_machine, "GET", POLL), STAINLESS)
    assert (generation.state, progress.state) == (state, EXPECTED[state])
    if state == "completed":
        assert generation.assets.video.partition("?")[0] == progress.data["link"].partition("?")[0]
    if state == "failed":
        assert generation.failure_reason == progress.reason


def test_search_of_an_order_is_the_list_of_the_library(dream_machine, dream_machine_library):
    engine = engine_at_vendor(dream_machine)
    order, sent_at = shortest(engine, "ray-2"), datetime.now(UTC)
    submission = engine.submit(order, {}, "key")
    listed = dream_machine_library.generations.list(limit=100, offset=0)
    assert engine.find(order, "key", sent_at).id == listed.generations[0].id == submission.id
    assert_same(*last_two(dream_machine, "GET", r"/generations$"), STAINLESS)


def test_library_for_dream_machine_reads_the_account_and_deletes(dream_machine, dream_machine_library):
    engine = engine_at_vendor(dream_machine)
    submission = engine.submit(shortest(engine, "ray-2"), {}, "key")
    assert dream_machine_library.credits.get().credit_balance == 10_000
    assert dream_machine_library.ping.check().message
    dream_machine_library.generations.delete(submission.id)
    with pytest.raises(lumaai.NotFoundError):
        dream_machine_library.generations.get(submission.id)


@pytest.mark.parametrize(("status", "error"), [(400, lumaai.BadRequestError), (401, lumaai.AuthenticationError)])
def test_library_for_dream_machine_understands_the_errors(dream_machine, dream_machine_library, status, error):
    if status == 401:
        dream_machine.key = "another-key"
    with pytest.raises(error) as raised:
        dream_machine_library.generations.video.create(model="ray-2", prompt="")
    assert raised.value.body["detail"]
