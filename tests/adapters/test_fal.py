"""The engine fal: the queue, its storage and the input of each model."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from app.core.config import Settings
from app.core.errors import ProviderBusy, ProviderClosed, ProviderRefused, SubmitUnknown, Unconfigured
from engines.adapters.fal import build
from engines.base import HostedEngine, OrderProgress, Submission
from engines.hosted.pictures import data_uri
from engines.vendors.fal_queue import MAX_INLINE_BYTES
from engines.vendors.fal_storage import HOSTS, FalStorage
from schemas.order import ClipOrder
from tests.adapters.hosted import (
    LAST_PICTURE,
    PICTURE,
    PROMPT,
    Film,
    built,
    decoded,
    ended,
    job_of,
    model_named,
    order_of,
    placed,
    with_data,
    write_picture,
)
from tests.emulators.base import DROP, Reply
from tests.emulators.fal import Fal

SUBMIT, STATUS, RESULT = r"-to-video$", r"/status$", r"/requests/[^/]+$"
TEXT, IMAGE = "kling_v2.5_turbo_pro_text", "kling_v2.5_turbo_pro_image"


@pytest.fixture
def fal():
    with Fal(work_s=0.0) as emulator:
        yield emulator


@pytest.fixture
def engine(fal):
    return built(fal)


@pytest.fixture
def image(tmp_path):
    return write_picture(tmp_path / "picture.png")


def sent(fal):
    return fal.calls_to("POST", SUBMIT)[-1].json


def test_engine_is_a_hosted_engine_that_generates(engine):
    assert isinstance(engine, HostedEngine)
    assert engine.capabilities.media == ("generated", "image")
    assert engine.capabilities.generates and engine.capabilities.costs_money and engine.capabilities.needs_network
    assert not engine.finds_orders


def test_without_a_key_the_setting_is_named():
    with pytest.raises(Unconfigured, match="PYTOON_FAL_API_KEY"):
        build(Settings())


def test_models_of_pika_belong_to_the_engine_pika(engine):
    assert not [model for model in engine.capabilities.models if "pika" in model.id]


def test_operator_chooses_models_and_their_order(fal):
    chosen = built(fal, fal_models=f"{IMAGE}, {TEXT}").capabilities.models
    assert [model.name for model in chosen] == [IMAGE, TEXT]
    with pytest.raises(Unconfigured, match="PYTOON_FAL_MODELS names 'nothing'"):
        built(fal, fal_models="nothing")


EXPECTED = {
    "hailuo_2.3_image": {"duration": "6", "image_url": "IMAGE", "prompt_optimizer": False},
    "hailuo_2.3_text": {"duration": "6", "prompt_optimizer": False},
    "kling_v2.5_turbo_pro_image": {"duration": "5", "image_url": "IMAGE", "negative_prompt": "fog"},
    "kling_v2.5_turbo_pro_text": {"duration": "5", "aspect_ratio": "9:16", "negative_prompt": "fog"},
    "ltx_2_image": {"duration": 6, "resolution": "1080p", "image_url": "IMAGE", "generate_audio": False},
    "ltx_2_text": {"duration": 6, "resolution": "1080p", "generate_audio": False},
    "luma_ray_v3.2_image": {
        "duration": "5s",
        "aspect_ratio": "9:16",
        "resolution": "540p",
        "image_url": "IMAGE",
    },
    "luma_ray_v3.2_text": {"duration": "5s", "aspect_ratio": "9:16", "resolution": "540p"},
    "seedance_v1.5_pro_image": {
        "duration": "4",
        "aspect_ratio": "9:16",
        "resolution": "480p",
        "seed": 7,
        "image_url": "IMAGE",
        "generate_audio": False,
    },
    "seedance_v1.5_pro_text": {
        "duration": "4",
        "aspect_ratio": "9:16",
        "resolution": "480p",
        "seed": 7,
        "generate_audio": False,
    },
    "veo_3.1_fast_image": {
        "duration": "4s",
        "aspect_ratio": "9:16",
        "resolution": "720p",
        "seed": 7,
        "negative_prompt": "fog",
        "image_url": "IMAGE",
        "generate_audio": False,
    },
    "veo_3.1_image": {
        "duration": "4s",
        "aspect_ratio": "9:16",
        "resolution": "720p",
        "seed": 7,
        "negative_prompt": "fog",
        "image_url": "IMAGE",
        "generate_audio": False,
    },
    "wan_2.7_image": {
        "duration": 2,
        "resolution": "720p",
        "seed": 7,
        "negative_prompt": "fog",
        "image_url": "IMAGE",
    },
}


def test_every_model_has_an_expected_input(engine):
    assert [model.name for model in engine.capabilities.models] == list(EXPECTED)


@pytest.mark.parametrize("name", EXPECTED)
def test_input_of_the_model_is_as_documented_and_accepted(fal, engine, image, name):
    order = order_of(model_named(engine, name), negative_prompt="fog")
    submission = placed(engine, order, {PICTURE: image})
    expected = {field: data_uri("fal", image) if value == "IMAGE" else value for field, value in EXPECTED[name].items()}
    assert sent(fal) == {"prompt": PROMPT, **expected}
    assert ended(engine, submission).state is OrderProgress.DONE


@pytest.mark.parametrize("name", EXPECTED)
def test_every_length_aspect_and_resolution_of_a_model_is_accepted(fal, engine, image, name):
    model = model_named(engine, name)
    for seconds in model.seconds:
        placed(engine, order_of(model_named(engine, name), seconds=seconds), {PICTURE: image})
    for aspect in model.aspects:
        placed(engine, order_of(model_named(engine, name), aspect=aspect), {PICTURE: image})
    for resolution in model.resolutions:
        placed(engine, order_of(model_named(engine, name), resolution=resolution), {PICTURE: image})
    assert {job.failure for job in fal.jobs.values()} == {""}


@pytest.mark.parametrize(
    ("name", "field"),
    [(IMAGE, "tail_image_url"), ("seedance_v1.5_pro_image", "end_image_url"), ("luma_ray_v3.2_image", "end_image_url")],
)
def test_last_picture_has_its_own_field(fal, engine, image, tmp_path, name, field):
    last = write_picture(tmp_path / "last.jpg", "16:9")
    placed(engine, order_of(model_named(engine, name), last_image=LAST_PICTURE), {PICTURE: image, LAST_PICTURE: last})
    assert sent(fal)["image_url"] == data_uri("fal", image)
    assert sent(fal)[field] == data_uri("fal", last)
    assert sent(fal)[field].startswith("data:image/jpeg;base64,")


def test_request_is_the_one_of_the_client_library_of_fal(fal, engine):
    """fal-client 1.0.3 sends this for ``submit("fal-ai/kling-video/v2.5-turbo/pro/text-to-video", arguments)``."""
    placed(engine, order_of(model_named(engine, TEXT)))
    call = fal.calls_to("POST", SUBMIT)[-1]
    assert call.path == "/fal-ai/kling-video/v2.5-turbo/pro/text-to-video"
    assert call.query == {}
    assert call.headers["Authorization"] == f"Key {fal.key}"
    assert call.headers["Content-Type"] == "application/json"
    assert json.loads(call.body) == {"prompt": PROMPT, "duration": "5", "aspect_ratio": "9:16"}


def test_order_is_never_said_not_to_be_accepted(engine):
    with pytest.raises(SubmitUnknown):
        engine.find(order_of(model_named(engine, TEXT)), "key-of-the-order", datetime.now(UTC))


def test_submission_keeps_the_urls_of_the_reply(fal, engine):
    submission = placed(engine, order_of(model_named(engine, TEXT)))
    url = f"{fal.url}/fal-ai/kling-video/requests/{submission.id}"
    assert submission.data == {"status_url": f"{url}/status", "response_url": url, "cancel_url": f"{url}/cancel"}
    assert submission.cost is None


def test_order_waits_runs_and_is_done(fal, engine, tmp_path):
    fal.hold()
    fal.throttled = True
    submission = placed(engine, order_of(model_named(engine, TEXT)))
    assert engine.poll(submission).state is OrderProgress.WAITING
    fal.throttled = False
    assert engine.poll(submission).state is OrderProgress.RUNNING
    fal.finish(job_of(fal, submission))
    progress = engine.poll(submission)
    assert progress.state is OrderProgress.DONE
    assert json.loads(json.dumps(progress.data)) == progress.data
    engine.fetch(with_data(submission, progress), tmp_path / "clip.mp4")
    assert decoded(tmp_path / "clip.mp4") == Film(360, 640, 5.0)


def test_download_has_no_key(fal, engine, tmp_path):
    submission = placed(engine, order_of(model_named(engine, TEXT)))
    engine.fetch(with_data(submission, ended(engine, submission)), tmp_path / "clip.mp4")
    assert fal.calls_to("GET", "/results/")[-1].headers["Authorization"] is None


def test_expired_link_is_renewed_by_a_poll(fal, engine, tmp_path):
    fal.link_s = -1.0
    submission = placed(engine, order_of(model_named(engine, TEXT)))
    expired = with_data(submission, ended(engine, submission))
    with pytest.raises(ProviderBusy, match="403"):
        engine.fetch(expired, tmp_path / "clip.mp4")
    fal.link_s = 3600.0
    engine.fetch(with_data(expired, engine.poll(expired)), tmp_path / "clip.mp4")


def test_fetch_before_a_poll_asks_for_a_poll(fal, engine, tmp_path):
    with pytest.raises(ProviderBusy, match="not known yet"):
        engine.fetch(placed(engine, order_of(model_named(engine, TEXT))), tmp_path / "clip.mp4")


# -- failures ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("states_failure", [True, False])
@pytest.mark.parametrize(
    ("failure", "can_retry"),
    [
        ("request_timeout", True),
        ("startup_timeout", True),
        ("runner_disconnected", True),
        ("client_disconnected", True),
        ("internal_error", True),
        ("bad_request", False),
    ],
)
def test_failure_of_the_platform_says_whether_to_retry(fal, engine, failure, can_retry, states_failure):
    fal.states_failure = states_failure
    fal.hold()
    submission = placed(engine, order_of(model_named(engine, TEXT)))
    fal.finish(job_of(fal, submission), failure)
    progress = engine.poll(submission)
    assert (progress.state, progress.can_retry) == (OrderProgress.FAILED, can_retry)
    assert failure in progress.reason


@pytest.mark.parametrize("states_failure", [True, False])
@pytest.mark.parametrize(("header", "can_retry"), [("true", True), ("false", False)])
def test_header_of_a_failed_result_says_whether_to_retry(fal, engine, header, can_retry, states_failure):
    fal.states_failure, fal.retryable = states_failure, header
    fal.hold()
    submission = placed(engine, order_of(model_named(engine, TEXT)))
    fal.finish(job_of(fal, submission), "generation_timeout")
    progress = engine.poll(submission)
    assert (progress.state, progress.can_retry) == (OrderProgress.FAILED, can_retry)
    assert progress.reason.removeprefix("prompt: ") == "Refused by a check"


@pytest.mark.parametrize("states_failure", [True, False])
def test_refusal_by_moderation_is_a_failure_without_retry(fal, engine, states_failure):
    fal.states_failure, fal.retryable = states_failure, "true"
    progress = ended(engine, placed(engine, order_of(model_named(engine, TEXT), prompt="a forbidden thing")))
    assert (progress.state, progress.can_retry) == (OrderProgress.FAILED, False)
    assert "Refused by a check" in progress.reason


def test_invalid_input_is_a_failure_with_the_words_of_the_model(fal, engine):
    progress = ended(engine, placed(engine, order_of(model_named(engine, TEXT), aspect="7:3")))
    assert (progress.state, progress.can_retry) == (OrderProgress.FAILED, False)
    assert "Input should be '16:9'" in progress.reason


def test_result_without_a_clip_is_a_failure(fal, engine):
    fal.change("GET", RESULT, body={"images": []})
    assert ended(engine, placed(engine, order_of(model_named(engine, TEXT)))).reason == "the result has no clip"


@pytest.mark.parametrize("body", [{"video": "URL"}, {"videos": [{"url": "URL"}]}, {"output": {"url": "URL"}}])
def test_less_usual_forms_of_a_result_are_read(fal, engine, body):
    fal.change("GET", RESULT, body=json.loads(json.dumps(body).replace("URL", "https://a.example/x.mp4")))
    assert (
        ended(engine, placed(engine, order_of(model_named(engine, TEXT)))).data["video_url"]
        == "https://a.example/x.mp4"
    )


def test_unavailable_result_is_read_later(fal, engine):
    submission = placed(engine, order_of(model_named(engine, TEXT)))
    fal.fail("GET", RESULT, Reply(502, b"<html>bad gateway</html>", {"Content-Type": "text/html"}))
    with pytest.raises(ProviderBusy, match="502"):
        engine.poll(submission)
    fal.fail("GET", RESULT, Reply(429, {"detail": "slow down"}, {"Retry-After": "7"}))
    with pytest.raises(ProviderBusy) as raised:
        engine.poll(submission)
    assert raised.value.wait_s == 7
    assert engine.poll(submission).state is OrderProgress.DONE


def test_unknown_order_is_a_failure(fal, engine):
    submission = placed(engine, order_of(model_named(engine, TEXT)))
    fal.jobs.clear()
    progress = engine.poll(submission)
    assert (progress.state, progress.can_retry) == (OrderProgress.FAILED, False)


@pytest.mark.parametrize("status", [401, 402, 403])
def test_account_that_is_refused_is_closed(fal, engine, status):
    fal.fail("POST", SUBMIT, Reply(status, {"detail": "User is locked. Reason: Exhausted balance."}))
    with pytest.raises(ProviderClosed, match="Exhausted balance"):
        placed(engine, order_of(model_named(engine, TEXT)))


def test_wrong_key_is_closed_and_not_shown(fal):
    engine = built(fal, fal_api_key="wrong-key-of-mine")
    fal.fail("POST", SUBMIT, Reply(401, {"detail": "no access for Key wrong-key-of-mine"}))
    for _ in range(2):
        with pytest.raises(ProviderClosed) as raised:
            placed(engine, order_of(model_named(engine, TEXT)))
        assert "wrong-key-of-mine" not in f"{raised.value!r} {raised.value.as_dict()} {engine!r}"
    assert not fal.jobs


def test_limit_of_requests_is_busy_with_its_time(fal, engine):
    fal.fail("POST", SUBMIT, Reply(429, {"detail": "Too many requests"}, {"Retry-After": "3"}))
    with pytest.raises(ProviderBusy) as raised:
        placed(engine, order_of(model_named(engine, TEXT)))
    assert raised.value.wait_s == 3
    assert not fal.jobs


def test_model_that_fal_has_no_longer_is_refused(fal, engine):
    fal.fail("POST", SUBMIT, Reply(404, {"detail": "Application 'x' not found"}))
    with pytest.raises(ProviderRefused, match="not found"):
        placed(engine, order_of(model_named(engine, TEXT)))
    with pytest.raises(ProviderRefused, match="it has no model"):
        placed(engine, ClipOrder("fal-ai/old"))


def test_refused_input_at_submission_is_refused_with_its_words(fal, engine):
    body = {"detail": [{"loc": ["body", "prompt"], "msg": "too long", "type": "string_too_long"}]}
    fal.fail("POST", SUBMIT, Reply(422, body))
    with pytest.raises(ProviderRefused, match="prompt: too long"):
        placed(engine, order_of(model_named(engine, TEXT)))


@pytest.mark.parametrize("reply", [DROP, Reply(500, {"detail": "oops"}), Reply(504, {"detail": "timeout"})])
def test_order_with_a_lost_reply_is_unknown_and_sent_once(fal, engine, reply):
    fal.fail("POST", SUBMIT, reply, after=True)
    with pytest.raises(SubmitUnknown):
        placed(engine, order_of(model_named(engine, TEXT)))
    assert len(fal.jobs) == 1


@pytest.mark.parametrize("changes", [{"body": b"<html>"}, {"body": []}, {"body": {}}, {"body": {"request_id": 7}}])
def test_reply_that_cannot_be_read_is_unknown(fal, engine, changes):
    fal.change("POST", SUBMIT, **changes)
    with pytest.raises(SubmitUnknown):
        placed(engine, order_of(model_named(engine, TEXT)))


# -- the key stays with fal ----------------------------------------------------------------------------------------


def test_urls_at_another_host_are_refused(fal, engine):
    fal.host = "http://127.0.0.1:9"
    with pytest.raises(SubmitUnknown, match="names no URLs of the queue"):
        placed(engine, order_of(model_named(engine, TEXT)))


@pytest.mark.parametrize(
    "url", ["https://evil.example/status", "http://127.0.0.1:9/x", None, 7, "//evil.example", "http://["]
)
def test_stored_url_at_another_host_gets_no_request(fal, engine, tmp_path, url):
    stored = Submission("id", {"status_url": url, "response_url": url, "cancel_url": url})
    with pytest.raises(ProviderRefused, match="not at the host"):
        engine.poll(stored)
    with pytest.raises(ProviderRefused, match="not at the host"):
        engine.cancel(stored)
    assert not fal.calls


# -- cancelling ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("throttled", [True, False])
def test_cancelled_order_ends_as_cancelled(fal, engine, throttled):
    fal.hold()
    fal.throttled = throttled
    submission = placed(engine, order_of(model_named(engine, TEXT)))
    cancellation = engine.cancel(submission)
    assert cancellation.cancelled
    assert cancellation.charged is None
    assert ended(engine, submission).state is OrderProgress.CANCELLED
    assert not engine.cancel(submission).cancelled


def test_order_that_has_ended_cannot_be_cancelled(fal, engine):
    submission = placed(engine, order_of(model_named(engine, TEXT)))
    cancellation = engine.cancel(submission)
    assert (cancellation.cancelled, cancellation.reason) == (False, "ALREADY_COMPLETED")


def test_cancelling_an_unknown_order_is_no_error(fal, engine):
    submission = placed(engine, order_of(model_named(engine, TEXT)))
    fal.jobs.clear()
    assert engine.cancel(submission).reason == "NOT_FOUND"


# -- uploads -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("has_cdn", [True, False])
def test_large_picture_is_uploaded_before_the_order(fal, engine, tmp_path, has_cdn):
    fal.has_cdn = has_cdn
    large = write_picture(tmp_path / "large.png", "4:9", 400, noise=True)
    assert large.stat().st_size > MAX_INLINE_BYTES
    submission = placed(engine, order_of(model_named(engine, IMAGE)), {PICTURE: large})
    assert fal.uploads[sent(fal)["image_url"]] == large.read_bytes()
    assert ended(engine, submission).state is OrderProgress.DONE


def test_upload_to_the_cdn_has_its_token_and_not_the_key(fal, engine, tmp_path):
    placed(
        engine,
        order_of(model_named(engine, IMAGE)),
        {PICTURE: write_picture(tmp_path / "large.png", "4:9", 400, noise=True)},
    )
    upload = fal.calls_to("POST", "/files/upload")[-1]
    assert upload.headers["Authorization"] == f"Bearer {fal.token}"
    assert upload.headers["Content-Type"] == "image/png"
    token = fal.calls_to("POST", "/storage/auth/token")[-1]
    assert (token.query, token.json) == ({"storage_type": "fal-cdn-v3"}, {})
    assert token.headers["Authorization"] == f"Key {fal.key}"


def test_failed_upload_places_no_order(fal, engine, tmp_path):
    large = write_picture(tmp_path / "large.png", "4:9", 400, noise=True)
    fal.fail("POST", "/files/upload", DROP)
    with pytest.raises(ProviderBusy):
        placed(engine, order_of(model_named(engine, IMAGE)), {PICTURE: large})
    fal.fail("POST", "/storage/auth/token", Reply(403, {"detail": "locked"}))
    with pytest.raises(ProviderClosed):
        placed(engine, order_of(model_named(engine, IMAGE)), {PICTURE: large})
    fal.change("POST", "/files/upload", body={})
    with pytest.raises(ProviderBusy, match="access_url"):
        placed(engine, order_of(model_named(engine, IMAGE)), {PICTURE: large})
    assert not fal.jobs


def test_storage_of_the_real_queue_is_at_its_own_hosts():
    assert HOSTS["https://queue.fal.run"] == ("https://rest.fal.ai", "https://v3.fal.media")
    storage = FalStorage("fal", Settings().fal_url, "key")
    assert storage._client.url == "https://rest.fal.ai"
    assert storage._files == "https://v3.fal.media"


# -- prices --------------------------------------------------------------------------------------------------------


def test_prices_are_exact_amounts_with_a_source(engine):
    prices = {model.name: model.prices for model in engine.capabilities.models}
    assert prices[TEXT][0].usd == Decimal("0.07")
    assert all(price.source for each in prices.values() for price in each)
    ray = {(price.seconds, price.resolution): price.usd for price in prices["luma_ray_v3.2_image"]}
    assert (ray[5, "540p"], ray[10, "1080p"]) == (Decimal("0.5"), Decimal(4))


def test_order_of_which_only_the_id_is_known_is_polled_and_downloaded(engine, tmp_path):
    model = next(model for model in engine.capabilities.models if model.from_text)
    submission = placed(engine, order_of(model))
    known = Submission(submission.id, {"model": model.id})
    progress = ended(engine, known)
    engine.fetch(with_data(known, progress), tmp_path / "clip.mp4")
    assert progress.state is OrderProgress.DONE
    assert (tmp_path / "clip.mp4").stat().st_size > 1000
