"""Replicate's own library (replicate) sends what the engine sends, and accepts each reply of the emulator."""

from __future__ import annotations

import os
import ssl

import httpx
import pytest
import replicate
import yaml
from replicate.exceptions import ReplicateError

from app.core.config import Settings
from engines.base import OrderProgress
from tests.adapters.hosted import LAST_PICTURE, PICTURE, files_of, model_named, order_of
from tests.adapters.wire import assert_same, engine_at_vendor
from tests.emulators.base import Reply
from tests.emulators.replicate import VERSIONS, Replicate

HOST = "api.replicate.com"
ORDERS, POLL, CANCEL = r"/predictions$", r"^/v1/predictions/[^/]+$", r"/cancel$"


@pytest.fixture
def emulator(at_hosts):
    return at_hosts(Replicate, HOST)


@pytest.fixture
def library(emulator):
    """The library with its own address. Its transport does not read the environment, so it is given one that does."""
    context = ssl.create_default_context(cafile=os.environ["SSL_CERT_FILE"])
    transport = httpx.HTTPTransport(proxy=os.environ["HTTPS_PROXY"], verify=context)
    return replicate.Client(api_token=emulator.key, transport=transport)


@pytest.fixture
def engine(emulator):
    return engine_at_vendor(emulator)


def last_two(emulator, method, pattern):
    return emulator.calls_to(method, pattern)[-2:]


# The input of each model by the facts of an order, with pictures as files: the library encodes them itself.
INPUTS = {
    "luma_ray_3.2": lambda order, picture: {
        "aspect_ratio": order.aspect,
        "resolution": order.resolution,
        "loop": False,
        "hdr": False,
        **picture("start_image", order.image),
        **picture("end_image", order.last_image),
    },
    "kling_v2.5_turbo_pro": lambda order, picture: {
        "aspect_ratio": order.aspect,
        "negative_prompt": order.negative_prompt,
        **picture("start_image", order.image),
    },
    "hailuo_2.3": lambda order, picture: {
        "resolution": order.resolution,
        "prompt_optimizer": False,
        **picture("first_frame_image", order.image),
    },
    "veo_3.1_fast": lambda order, picture: {
        "aspect_ratio": order.aspect,
        "resolution": order.resolution,
        "negative_prompt": order.negative_prompt,
        "generate_audio": False,
        "seed": order.seed,
        **picture("image", order.image),
        **picture("last_frame", order.last_image),
    },
}


def input_of(name, order, files):
    def picture(field, key):
        return {field: files[key]} if key else {}

    return {"prompt": order.prompt, "duration": order.seconds, **INPUTS[name](order, picture)}


def test_every_model_is_compared_with_the_library(engine):
    assert set(INPUTS) == {model.name for model in engine.capabilities.models}


@pytest.mark.parametrize("name", INPUTS)
@pytest.mark.parametrize("pictures", [0, 1, 2])
def test_order_is_the_request_of_the_library(emulator, library, engine, tmp_path, name, pictures):
    model = model_named(engine, name)
    images = dict(list({"image": PICTURE, "last_image": LAST_PICTURE}.items())[:pictures])
    if pictures == 2 and not model.takes_last_image:
        images = {"image": "assets/a1/picture.jpg"}
    order = order_of(model, negative_prompt="fog", seconds=model.seconds[-1], **images)
    files = files_of(order, tmp_path)
    prediction = library.models.predictions.create(
        model.id, input=input_of(name, order, files), file_encoding_strategy="base64"
    )
    submission = engine.submit(order, files, "key")
    assert_same(*last_two(emulator, "POST", ORDERS))
    assert {prediction.id, submission.id} == set(emulator.jobs)


def test_order_of_a_version_is_the_request_of_the_library(emulator, library, tmp_path):
    version = next(iter(VERSIONS))
    plain = {
        "id": "me/ray",
        "name": "my_ray",
        "version": version,
        "seconds": [5],
        "input": {"prompt": "prompt", "duration": "duration"},
        "prices": [{"usd": 0.1, "source": "my contract"}],
    }
    (tmp_path / "replicate").mkdir()
    (tmp_path / "replicate" / "my_ray.yaml").write_text(yaml.safe_dump(plain))
    engine = engine_at_vendor(emulator, engine_models=str(tmp_path), replicate_models="my_ray")
    order = order_of(engine.capabilities.models[0])
    library.predictions.create(version=version, input={"prompt": order.prompt, "duration": order.seconds})
    engine.submit(order, {}, "key")
    assert_same(*last_two(emulator, "POST", "^/v1/predictions$"))


def test_address_of_the_settings_is_that_of_the_library(emulator, library, engine):
    engine.submit(order_of(engine.capabilities.models[0]), {}, "key")
    library.models.predictions.create("luma/ray-3.2", input={"prompt": "kite"})
    assert {call.headers["Host"] for call in emulator.calls} == {HOST}
    assert Settings().replicate_url == f"https://{HOST}"


STATES = {
    "starting": OrderProgress.WAITING,
    "processing": OrderProgress.RUNNING,
    "succeeded": OrderProgress.DONE,
    "failed": OrderProgress.FAILED,
    "canceled": OrderProgress.CANCELLED,
}


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("returns_list", [False, True])
def test_poll_is_the_request_of_the_library_which_reads_every_state(emulator, library, engine, state, returns_list):
    emulator.returns_list = returns_list
    submission = engine.submit(order_of(engine.capabilities.models[0]), {}, "key")
    job, emulator.throttled = emulator.jobs[submission.id], state == "starting"
    if state in ("starting", "processing"):
        emulator.advance(job, 0.5)
    elif state == "canceled":
        job.cancelled_at = job.started_at
    else:
        emulator.finish(job, "ValueError: the image is too small" if state == "failed" else "")
    prediction, progress = library.predictions.get(submission.id), engine.poll(submission)
    assert_same(*last_two(emulator, "GET", POLL))
    assert (prediction.status, progress.state) == (state, STATES[state])
    if state == "failed":
        assert prediction.error == progress.reason
    if state == "succeeded":
        link = prediction.output[0] if returns_list else prediction.output
        assert link.partition("?")[0] == progress.data["video_url"].partition("?")[0]


def test_cancellation_is_the_request_of_the_library(emulator, library, engine):
    emulator.hold()
    submission = engine.submit(order_of(engine.capabilities.models[0]), {}, "key")
    assert library.predictions.cancel(submission.id).status == "canceled"
    assert engine.cancel(submission).cancelled
    assert_same(*last_two(emulator, "POST", CANCEL))


@pytest.mark.parametrize("status", [401, 404, 422, 429])
def test_library_understands_the_errors_of_the_emulator(emulator, library, status):
    if status == 401:
        emulator.key = "another-key"
    if status == 429:
        emulator.fail("POST", ORDERS, Reply(429, {"detail": "Request was throttled."}))
    name = "luma/none" if status == 404 else "luma/ray-3.2"
    with pytest.raises(ReplicateError) as raised:
        library.models.predictions.create(name, input={"prompt": 7} if status == 422 else {"prompt": "kite"})
    assert (raised.value.status, bool(raised.value.detail)) == (status, True)
