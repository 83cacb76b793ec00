"""fal's own library (fal-client) sends what the engine sends, and accepts each reply of the emulator.

The library knows only https and its own hosts, so that an emulator answers there by a proxy.
"""

from __future__ import annotations

import os

import fal_client
import pytest

from app.core.config import Settings
from engines.base import OrderProgress
from engines.vendors.fal_storage import HOSTS
from tests.adapters.hosted import LAST_PICTURE, PICTURE, files_of, model_named, order_of
from tests.adapters.wire import assert_same, assert_same_headers, engine_at_vendor
from tests.emulators.base import Reply
from tests.emulators.fal import REQUEST_ERRORS, Fal, Pika

QUEUE, REST, FILES, BUCKET = "queue.fal.run", "rest.fal.ai", "v3.fal.media", "storage.googleapis.com"
ORDERS, STATUS, RESULT = r"-to-video$", r"/status$", r"/requests/[^/]+$"
TEXT, IMAGE = "kling_v2.5_turbo_pro_text", "kling_v2.5_turbo_pro_image"


def at_fal(at_hosts, emulator_class):
    emulator = at_hosts(emulator_class, QUEUE, REST, FILES, BUCKET)
    emulator.host = f"https://{QUEUE}"
    return emulator


@pytest.fixture
def fal(at_hosts):
    return at_fal(at_hosts, Fal)


@pytest.fixture
def pika(at_hosts):
    return at_fal(at_hosts, Pika)


@pytest.fixture
def engine(fal):
    return engine_at_vendor(fal)


@pytest.fixture
def library(fal):
    return fal_client.SyncClient(key=fal.key)


def last_two(emulator, method, pattern):
    return emulator.calls_to(method, pattern)[-2:]


def kling(order):
    return {"duration": str(order.seconds), "negative_prompt": order.negative_prompt}


def seedance(order):
    shape = {"aspect_ratio": order.aspect, "resolution": order.resolution}
    return {"duration": str(order.seconds), "seed": order.seed, "generate_audio": False, **shape}


def veo(order):
    shape = {"aspect_ratio": order.aspect, "resolution": order.resolution}
    more = {"seed": order.seed, "negative_prompt": order.negative_prompt, "generate_audio": False}
    return {"duration": f"{order.seconds}s", **shape, **more}


def ray(order):
    return {"duration": f"{order.seconds}s", "aspect_ratio": order.aspect, "resolution": order.resolution}


def wan(order):
    more = {"seed": order.seed, "negative_prompt": order.negative_prompt}
    return {"duration": order.seconds, "resolution": order.resolution, **more}


# The arguments of each model by the facts of an order, besides its prompt and its first picture.
ARGUMENTS = {
    "hailuo_2.3_image": lambda order: {"duration": str(order.seconds), "prompt_optimizer": False},
    "hailuo_2.3_text": lambda order: {"duration": str(order.seconds), "prompt_optimizer": False},
    IMAGE: kling,
    TEXT: lambda order: {**kling(order), "aspect_ratio": order.aspect},
    "ltx_2_image": lambda order: {
        "duration": order.seconds,
        "resolution": order.resolution,
        "generate_audio": False,
    },
    "ltx_2_text": lambda order: {
        "duration": order.seconds,
        "resolution": order.resolution,
        "generate_audio": False,
    },
    "luma_ray_v3.2_image": ray,
    "luma_ray_v3.2_text": ray,
    "seedance_v1.5_pro_image": seedance,
    "seedance_v1.5_pro_text": seedance,
    "veo_3.1_fast_image": veo,
    "veo_3.1_image": veo,
    "wan_2.7_image": wan,
}
PIKA = {"pika_v2.2_text": lambda order: {**wan(order), "aspect_ratio": order.aspect}, "pika_v2.2_image": wan}
LAST = {IMAGE: "tail_image_url", "seedance_v1.5_pro_image": "end_image_url", "luma_ray_v3.2_image": "end_image_url"}


def arguments_of(order, arguments, files, last_field=""):
    given = {"prompt": order.prompt, **arguments(order)}
    if order.image:
        given["image_url"] = fal_client.encode_file(files[order.image])
    if order.last_image:
        given[last_field] = fal_client.encode_file(files[order.last_image])
    return given


def compared(emulator, engine, model, order, given, files):
    library = fal_client.SyncClient(key=emulator.key)
    handle = library.submit(model.id, given)
    assert handle == library.get_handle(model.id, handle.request_id)
    submission = engine.submit(order, files, "key")
    assert_same(*last_two(emulator, "POST", ORDERS))
    assert {handle.request_id, submission.id} == set(emulator.jobs)
    urls = {"status_url": handle.status_url, "response_url": handle.response_url, "cancel_url": handle.cancel_url}
    assert {name: url.replace(handle.request_id, submission.id) for name, url in urls.items()} == submission.data


@pytest.mark.parametrize("name", ARGUMENTS)
@pytest.mark.parametrize("is_longest", [False, True])
def test_order_is_the_request_of_the_library(fal, engine, tmp_path, name, is_longest):
    model = model_named(engine, name)
    changes = {"seconds": model.seconds[-1], "resolution": (model.resolutions or ("",))[-1]} if is_longest else {}
    order = order_of(model, negative_prompt="fog", **changes)
    files = files_of(order, tmp_path)
    compared(fal, engine, model, order, arguments_of(order, ARGUMENTS[name], files), files)


@pytest.mark.parametrize("name", LAST)
def test_order_with_a_last_picture_is_the_request_of_the_library(fal, engine, tmp_path, name):
    model = model_named(engine, name)
    order = order_of(model, negative_prompt="fog", image=PICTURE, last_image=LAST_PICTURE)
    files = files_of(order, tmp_path)
    compared(fal, engine, model, order, arguments_of(order, ARGUMENTS[name], files, LAST[name]), files)


@pytest.mark.parametrize("name", PIKA)
def test_order_of_pika_is_the_request_of_the_library(pika, tmp_path, name):
    engine = engine_at_vendor(pika)
    model = model_named(engine, name)
    order = order_of(model, negative_prompt="fog", seconds=10)
    files = files_of(order, tmp_path)
    compared(pika, engine, model, order, arguments_of(order, PIKA[name], files), files)


def test_every_model_is_compared_with_the_library(engine):
    names = {model.name for model in engine.capabilities.models}
    assert names == set(ARGUMENTS)
    assert {model.name for model in engine.capabilities.models if model.takes_last_image} == set(LAST)


def test_address_of_the_settings_is_that_of_the_library(fal, engine, library):
    library.submit("fal-ai/ltx-2/text-to-video", {"prompt": "kite"})
    engine.submit(order_of(model_named(engine, TEXT)), {}, "key")
    assert {call.headers["Host"] for call in fal.calls_to("POST", ORDERS)} == {QUEUE}
    assert Settings().fal_url == f"https://{QUEUE}"


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        (fal_client.Queued, OrderProgress.WAITING),
        (fal_client.InProgress, OrderProgress.RUNNING),
        (fal_client.Completed, OrderProgress.DONE),
    ],
)
@pytest.mark.parametrize("with_logs", [False, True])
def test_poll_is_the_request_of_the_library_which_reads_every_state(fal, engine, library, state, expected, with_logs):
    fal.hold()
    fal.throttled = state is fal_client.Queued
    handle = library.submit("fal-ai/kling-video/v2.5-turbo/pro/text-to-video", {"prompt": "kite", "duration": "5"})
    submission = engine.submit(order_of(model_named(engine, TEXT)), {}, "key")
    if expected is OrderProgress.DONE:
        for job in fal.jobs.values():
            fal.finish(job)
    assert isinstance(handle.status(with_logs=with_logs), state)
    same = library.get_handle("fal-ai/kling-video", submission.id)
    assert isinstance(same.status(), state)
    progress = engine.poll(submission)
    assert_same(*last_two(fal, "GET", STATUS))
    assert progress.state is expected
    if expected is OrderProgress.DONE:
        result = same.get()
        assert_same(*reversed(last_two(fal, "GET", RESULT)))
        assert result["video"]["url"].partition("?")[0] == progress.data["video_url"].partition("?")[0]


@pytest.mark.parametrize("failure", [*REQUEST_ERRORS, "content_policy_violation"])
def test_library_reads_every_failure_as_the_engine_does(fal, engine, library, failure):
    fal.hold()
    submission = engine.submit(order_of(model_named(engine, TEXT)), {}, "key")
    fal.finish(fal.jobs[submission.id], failure)
    handle, progress = library.get_handle("fal-ai/kling-video", submission.id), engine.poll(submission)
    status = handle.status()
    assert (status.error_type, status.error) == (failure, progress.reason)
    # The library would repeat a request for a result whose status is one of a proxy.
    if REQUEST_ERRORS.get(failure, 422) < 500:
        with pytest.raises(fal_client.FalClientHTTPError) as raised:
            handle.get()
        assert raised.value.status_code == REQUEST_ERRORS.get(failure, 422)


def test_cancellation_is_the_request_of_the_library(fal, engine, library):
    fal.hold()
    ours, theirs = (engine.submit(order_of(model_named(engine, TEXT)), {}, "key") for _ in range(2))
    library.cancel("fal-ai/kling-video", theirs.id)
    assert engine.cancel(ours).cancelled
    known, sent = last_two(fal, "PUT", "/cancel$")
    assert known.path.replace(theirs.id, ours.id) == sent.path
    assert (known.query, known.body) == (sent.query, sent.body) == ({}, b"")
    assert_same_headers(known, sent, {})
    with pytest.raises(fal_client.FalClientHTTPError):
        library.cancel("fal-ai/kling-video", theirs.id)


@pytest.fixture
def large_picture(engine, tmp_path):
    order = order_of(model_named(engine, IMAGE))
    path = tmp_path / "picture.png"
    path.write_bytes(files_of(order, tmp_path)[order.image].read_bytes() + os.urandom(1_500_000))
    return order, path


def test_upload_is_the_requests_of_the_library(fal, engine, library, large_picture):
    order, path = large_picture
    url = library.upload_file(path)
    engine.submit(order, {order.image: path}, "key")
    assert_same(*last_two(fal, "POST", "^/storage/auth/token$"))
    known, sent = last_two(fal, "POST", "^/files/upload$")
    assert_same(known, sent, {"x-fal-file-name": "the name of a user's file does not have to leave this machine"})
    assert fal.uploads[url] == path.read_bytes()
    assert set(HOSTS[Settings().fal_url]) == {f"https://{REST}", f"https://{FILES}"}
    assert [call.headers["Host"] for call in last_two(fal, "POST", "^/storage/auth/token$")] == [REST, REST]
    assert sent.headers["Host"] == FILES


def test_upload_to_the_older_storage_is_the_requests_of_the_library(fal, engine, library, large_picture):
    order, path = large_picture
    fal.has_cdn, fal.bucket = False, f"https://{BUCKET}"
    url = library.upload_file(path, repository="fal")
    engine.submit(order, {order.image: path}, "key")
    assert_same(*last_two(fal, "POST", "^/storage/upload/initiate$"))
    known, sent = last_two(fal, "PUT", "^/bucket/")
    assert known.body == sent.body == path.read_bytes() == fal.uploads[url]
    assert (known.query, known.headers["Content-Type"]) == (sent.query, sent.headers["Content-Type"])
    assert "Authorization" not in sent.headers


@pytest.mark.parametrize("status", [400, 401, 404, 422])
def test_library_understands_the_errors_of_the_emulator(fal, library, status):
    if status == 401:
        fal.key = "another-key"
    if status == 422:
        fal.fail("POST", ORDERS, Reply(422, {"detail": [{"loc": ["body", "prompt"], "msg": "too long"}]}))
    model = "fal-ai/none/text-to-video" if status == 404 else "fal-ai/ltx-2/text-to-video"
    with pytest.raises(fal_client.FalClientHTTPError) as raised:
        library.submit(model, [] if status == 400 else {"prompt": "kite"})
    assert (raised.value.status_code, bool(raised.value.message)) == (status, True)
