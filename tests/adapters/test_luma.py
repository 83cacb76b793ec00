"""The engine of Luma by its API for agents, and an emulator of it, over HTTP."""

from __future__ import annotations

import base64
from dataclasses import replace

import pytest

from app.core.config import Settings
from app.core.errors import ProviderBusy, ProviderClosed, ProviderRefused, SubmitUnknown, Unconfigured
from app.core.http import ProviderClient
from engines.adapters.luma import build
from engines.base import OrderProgress
from engines.vendors.luma_agents import LumaAgents as Engine
from engines.vendors.luma_models import AGENTS_MODELS
from tests.adapters.hosted import PICTURE, PROMPT, Provider, built, decoded, order_of
from tests.emulators.base import Reply
from tests.emulators.luma import LumaAgents

ORDERS = "/v1/generations$"


@pytest.fixture
def luma(tmp_path):
    with LumaAgents(work_s=0.0) as emulator:
        client = ProviderClient("luma", f"{emulator.url}/v1", {"Authorization": f"Bearer {emulator.key}"})
        yield Provider(emulator, Engine(client, AGENTS_MODELS, pause_s=0.0), tmp_path)


@pytest.fixture
def held(luma):
    """Luma with orders that do not end by themselves."""
    luma.emulator.hold()
    return luma


def body_of(luma, pattern=ORDERS):
    return luma.emulator.calls_to("POST", pattern)[-1].json


# -- set-up --------------------------------------------------------------------------------------------------------


def test_engine_without_a_key_names_the_setting():
    with pytest.raises(Unconfigured, match="PYTOON_LUMA_API_KEY"):
        build(Settings())


def test_api_for_agents_is_the_default():
    engine = build(Settings(luma_api_key="a-key"))
    assert [model.name for model in engine.capabilities.models] == ["ray-3.2"]
    assert engine.capabilities.media == ("generated", "image")


def test_engine_uses_the_address_of_the_settings(luma):
    assert built(luma.emulator).submit(order_of(AGENTS_MODELS[0]), {}, "key").id in luma.emulator.jobs


def test_model_of_the_other_api_is_not_known():
    with pytest.raises(Unconfigured, match="ray-2"):
        build(Settings(luma_api_key="a-key", luma_models="ray-2"))


# -- requests ------------------------------------------------------------------------------------------------------


def test_clip_from_text_is_ordered_with_these_fields(luma):
    luma.submit(order_of(luma.model, seconds=10, resolution="1080p", aspect="21:9"))
    call = luma.emulator.calls_to("POST", ORDERS)[-1]
    video = {"duration": "10s", "resolution": "1080p"}
    expected = {"model": "ray-3.2", "type": "video", "prompt": PROMPT, "aspect_ratio": "21:9", "video": video}
    assert call.json == expected
    assert call.headers["Authorization"] == f"Bearer {luma.emulator.key}"


def test_picture_of_a_clip_of_5_s_is_its_start_frame(luma):
    luma.submit(order_of(luma.model, image=PICTURE))
    data = base64.b64encode((luma.folder / "9x16-picture.png").read_bytes()).decode()
    assert body_of(luma)["video"] == {
        "duration": "5s",
        "resolution": "360p",
        "start_frame": {"data": data, "media_type": "image/png"},
    }


def test_last_picture_is_the_end_frame(luma):
    luma.submit(order_of(luma.model, image=PICTURE, last_image="assets/a2/last.jpg"))
    video = body_of(luma)["video"]
    assert video["start_frame"]["media_type"] == "image/png"
    assert video["end_frame"]["media_type"] == "image/jpeg"


def test_pictures_of_a_clip_of_10_s_are_guide_frames(luma):
    luma.submit(order_of(luma.model, image=PICTURE, last_image="assets/a2/last.jpg", seconds=10))
    video = body_of(luma)["video"]
    assert not {"start_frame", "end_frame"} & set(video)
    assert video["keyframe_indexes"] == [0, 240]
    assert [frame["media_type"] for frame in video["keyframes"]] == ["image/png", "image/jpeg"]


def test_every_aspect_and_resolution_is_accepted(luma):
    for aspect in luma.model.aspects:
        for resolution in luma.model.resolutions:
            luma.submit(order_of(luma.model, aspect=aspect, resolution=resolution))
            assert body_of(luma)["aspect_ratio"] == aspect
            assert body_of(luma)["video"]["resolution"] == resolution


def test_order_that_luma_does_not_accept_is_refused_with_its_words(luma):
    with pytest.raises(ProviderRefused, match="422 prompt: must have 1 to 6000"):
        luma.submit(order_of(luma.model, prompt="x" * 6001))


def test_account_without_balance_is_closed(luma):
    luma.emulator.has_balance = False
    with pytest.raises(ProviderClosed, match="402 Insufficient balance"):
        luma.submit()


def test_luma_states_no_cost(luma):
    submission = luma.submit()
    assert submission.cost is None
    assert luma.ended(submission).cost is None


# -- uploads -------------------------------------------------------------------------------------------------------


@pytest.fixture
def large(luma):
    """Luma with a picture that is too large for an order."""
    luma.submit(order_of(luma.model, image=PICTURE))
    path = luma.folder / "9x16-picture.png"
    path.write_bytes(path.read_bytes().ljust(3_000_001, b"\0"))
    luma.emulator.calls.clear()
    return luma


def test_large_picture_is_uploaded_before_the_order(large):
    large.emulator.checks = 2
    large.submit(order_of(large.model, image=PICTURE))
    (file_id,) = large.emulator.files
    paths = [f"{call.method} {call.path}" for call in large.emulator.calls]
    assert paths == [
        "POST /v1/files",
        f"PUT /bucket/{file_id}",
        f"POST /v1/files/{file_id}/complete",
        f"GET /v1/files/{file_id}",
        f"GET /v1/files/{file_id}",
        "POST /v1/generations",
    ]
    assert body_of(large, "/v1/files$") == {"mime_type": "image/png", "size_bytes": 3_000_001, "purpose": "input"}
    assert body_of(large)["video"]["start_frame"] == {"file_id": file_id}


def test_upload_that_does_not_become_ready_is_busy(large):
    large.emulator.checks = 100
    with pytest.raises(ProviderBusy, match="not ready"):
        large.submit(order_of(large.model, image=PICTURE))
    assert not large.emulator.calls_to("POST", ORDERS)


def test_upload_that_luma_refuses_is_refused(large):
    path = large.folder / "9x16-picture.png"
    path.write_bytes(b"\x89PNG\r\n\x1a\n".ljust(3_000_001, b"\0"))
    with pytest.raises(ProviderRefused, match="corrupt_input"):
        large.submit(order_of(large.model, image=PICTURE))
    assert not large.emulator.calls_to("POST", ORDERS)


def test_upload_whose_link_has_expired_is_busy(large):
    large.emulator.link_s = -1.0
    with pytest.raises(ProviderBusy, match="403"):
        large.submit(order_of(large.model, image=PICTURE))


@pytest.mark.parametrize("reply", [Reply(200, {"id": "1"}), Reply(200, {"id": "1", "upload": None}), Reply(200, b"<")])
def test_reply_without_a_place_for_the_upload_is_busy(large, reply):
    large.emulator.fail("POST", "/v1/files$", reply)
    with pytest.raises(ProviderBusy):
        large.submit(order_of(large.model, image=PICTURE))


# -- progress ------------------------------------------------------------------------------------------------------


def test_states_of_a_generation_are_told_apart(held):
    submission = held.submit()
    assert held.engine.poll(submission).state == OrderProgress.WAITING
    held.emulator.advance(held.job, 0.5)
    assert held.engine.poll(submission).state == OrderProgress.RUNNING
    held.emulator.throttled = True
    assert held.engine.poll(submission).state == OrderProgress.WAITING
    held.emulator.finish(held.job)
    assert held.engine.poll(submission).state == OrderProgress.DONE


@pytest.mark.parametrize(
    ("code", "can_retry"),
    [
        ("content_moderated", False),
        ("generation_failed", True),
        ("budget_exhausted", False),
        ("output_not_found", True),
        ("image_too_large", False),
        ("unsupported_format", False),
        ("corrupt_input", False),
        ("invalid_request", False),
        ("rate_limited", True),
    ],
)
def test_failure_code_decides_whether_the_order_can_be_placed_again(held, code, can_retry):
    submission = held.submit()
    held.emulator.finish(held.job, code)
    ended = held.engine.poll(submission)
    assert (ended.state, ended.can_retry) == (OrderProgress.FAILED, can_retry)
    assert ended.reason == f"The generation failed: {code} ({code})"


@pytest.mark.parametrize("output", [None, [], [{"type": "image", "url": "https://example.org/a"}], [{}], "text"])
def test_generation_that_ends_without_a_clip_has_failed(held, output):
    submission = held.submit()
    held.emulator.fail("GET", "/v1/generations/", Reply(200, {"state": "completed", "output": output}))
    ended = held.engine.poll(submission)
    assert (ended.state, ended.reason) == (OrderProgress.FAILED, "the generation has ended without a clip")


def test_each_poll_gives_a_new_link(luma):
    submission = luma.submit()
    first, second = luma.engine.poll(submission), luma.engine.poll(submission)
    assert first.data != second.data
    assert decoded(luma.fetch(replace(submission, data=second.data)))
    with pytest.raises(ProviderBusy, match="no link"):
        luma.fetch(submission)


def test_cancellation_says_that_luma_has_none(held):
    submission = held.submit()
    result = held.engine.cancel(submission)
    assert not result.cancelled
    assert result.charged is None
    assert "cannot cancel" in result.reason
    held.emulator.finish(held.job)
    assert held.engine.poll(submission).state == OrderProgress.DONE


def test_lost_order_cannot_be_found(luma):
    with pytest.raises(SubmitUnknown, match="no list"):
        luma.engine.find(order_of(luma.model), "key", None)
