"""The engine replicate: predictions, their states and errors, and the input of each model."""

from __future__ import annotations

import json

import pytest
import yaml

from app.core.config import Settings
from app.core.errors import ProviderBusy, ProviderClosed, ProviderRefused, SubmitUnknown, Unconfigured
from engines.adapters.replicate import build
from engines.base import HostedEngine, OrderProgress, Submission
from engines.hosted.pictures import data_uri
from schemas.order import ClipOrder
from tests.adapters.hosted import (
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
from tests.emulators.replicate import VERSIONS, Replicate

SUBMIT, POLL = r"/predictions$", r"^/v1/predictions/[^/]+$"
RAY = "luma_ray_3.2"


@pytest.fixture
def replicate():
    with Replicate(work_s=0.0) as emulator:
        yield emulator


@pytest.fixture
def engine(replicate):
    return built(replicate)


def sent(replicate):
    return replicate.calls_to("POST", SUBMIT)[-1].json


def test_engine_is_a_hosted_engine_that_generates(engine):
    assert isinstance(engine, HostedEngine)
    assert engine.capabilities.media == ("generated", "image")
    assert engine.capabilities.generates and engine.capabilities.costs_money and engine.capabilities.needs_network
    assert not engine.finds_orders


def test_without_a_key_the_setting_is_named():
    with pytest.raises(Unconfigured, match="PYTOON_REPLICATE_API_KEY"):
        build(Settings())


def test_operator_chooses_models(replicate):
    chosen = built(replicate, replicate_models="veo_3.1_fast").capabilities.models
    assert [model.id for model in chosen] == ["google/veo-3.1-fast"]
    with pytest.raises(Unconfigured, match="PYTOON_REPLICATE_MODELS names 'ray'"):
        built(replicate, replicate_models="ray")


EXPECTED = {
    "hailuo_2.3": ({"duration": 6, "resolution": "768p", "prompt_optimizer": False}, "first_frame_image"),
    "kling_v2.5_turbo_pro": ({"duration": 5, "aspect_ratio": "9:16", "negative_prompt": "fog"}, "start_image"),
    "luma_ray_3.2": (
        {"duration": 5, "aspect_ratio": "9:16", "resolution": "540p", "loop": False, "hdr": False},
        "start_image",
    ),
    "veo_3.1_fast": (
        {
            "duration": 4,
            "aspect_ratio": "9:16",
            "resolution": "720p",
            "negative_prompt": "fog",
            "generate_audio": False,
            "seed": 7,
        },
        "image",
    ),
}


def test_every_model_has_an_expected_input(engine):
    assert [model.name for model in engine.capabilities.models] == list(EXPECTED)


@pytest.mark.parametrize("name", EXPECTED)
def test_input_of_the_model_is_as_documented_and_accepted(replicate, engine, tmp_path, name):
    expected, image_field = EXPECTED[name]
    placed(engine, order_of(model_named(engine, name), negative_prompt="fog"))
    assert sent(replicate) == {"input": {"prompt": PROMPT, **expected}}
    image = write_picture(tmp_path / "first.jpg")
    placed(engine, order_of(model_named(engine, name), negative_prompt="fog", image=PICTURE), {PICTURE: image})
    assert sent(replicate) == {"input": {"prompt": PROMPT, **expected, image_field: data_uri("replicate", image)}}
    assert len(replicate.jobs) == 2


@pytest.mark.parametrize("name", EXPECTED)
def test_every_choice_of_a_model_is_accepted(replicate, engine, name):
    model = model_named(engine, name)
    choices = [
        *({"aspect": aspect} for aspect in model.aspects),
        *({"seconds": seconds} for seconds in model.seconds),
        *({"resolution": resolution} for resolution in model.resolutions),
    ]
    for changes in choices:
        placed(engine, order_of(model_named(engine, name), **changes))
    assert len(replicate.jobs) == len(choices)


def test_last_picture_has_its_own_field(replicate, engine, tmp_path):
    first, last = write_picture(tmp_path / "picture.png"), write_picture(tmp_path / "last.jpg")
    placed(engine, order_of(model_named(engine, RAY), image="1", last_image="2"), {"1": first, "2": last})
    assert sent(replicate)["input"]["start_image"] == data_uri("replicate", first)
    assert sent(replicate)["input"]["end_image"] == data_uri("replicate", last)


def test_request_for_an_official_model_is_the_one_of_the_client_library(replicate, engine):
    """replicate 1.0.7 sends this for ``models.predictions.create("luma/ray-3.2", input)``."""
    submission = placed(engine, order_of(model_named(engine, RAY)))
    call = replicate.calls_to("POST", SUBMIT)[-1]
    assert call.path == "/v1/models/luma/ray-3.2/predictions"
    assert call.headers["Authorization"] == f"Bearer {replicate.key}"
    assert call.headers["Content-Type"] == "application/json"
    assert list(json.loads(call.body)) == ["input"]
    assert submission == Submission(job_of(replicate, submission).id)


def test_model_with_a_version_is_ordered_by_its_version(replicate, tmp_path):
    """replicate 1.0.7 sends this for ``predictions.create(version=…, input=…)``."""
    version = next(iter(VERSIONS))
    (tmp_path / "replicate").mkdir()
    plain = {
        "id": "me/ray",
        "name": "my_ray",
        "version": version,
        "seconds": [5],
        "input": {"prompt": "prompt", "duration": "duration"},
        "prices": [{"usd": 0.1, "source": "my contract"}],
    }
    (tmp_path / "replicate" / "my_ray.yaml").write_text(yaml.safe_dump(plain))
    engine = built(replicate, engine_models=str(tmp_path), replicate_models="my_ray")
    submission = placed(engine, order_of(model_named(engine, "my_ray")))
    call = replicate.calls_to("POST", SUBMIT)[-1]
    assert call.path == "/v1/predictions"
    assert call.json == {"version": version, "input": {"prompt": PROMPT, "duration": 5}}
    assert ended(engine, submission).state is OrderProgress.DONE


@pytest.mark.parametrize("returns_list", [False, True])
def test_order_waits_runs_and_is_done(replicate, engine, tmp_path, returns_list):
    replicate.hold()
    replicate.throttled, replicate.returns_list = True, returns_list
    submission = placed(engine, order_of(model_named(engine, RAY)))
    assert engine.poll(submission).state is OrderProgress.WAITING
    replicate.throttled = False
    assert engine.poll(submission).state is OrderProgress.RUNNING
    replicate.finish(job_of(replicate, submission))
    progress = engine.poll(submission)
    assert progress.state is OrderProgress.DONE
    engine.fetch(with_data(submission, progress), tmp_path / "clip.mp4")
    assert decoded(tmp_path / "clip.mp4") == Film(360, 640, 5.0)
    assert replicate.calls_to("GET", "/results/")[-1].headers["Authorization"] is None


def test_expired_link_is_renewed_by_a_poll(replicate, engine, tmp_path):
    replicate.link_s = -1.0
    submission = placed(engine, order_of(model_named(engine, RAY)))
    expired = with_data(submission, ended(engine, submission))
    with pytest.raises(ProviderBusy, match="403"):
        engine.fetch(expired, tmp_path / "clip.mp4")
    replicate.link_s = 3600.0
    engine.fetch(with_data(expired, engine.poll(expired)), tmp_path / "clip.mp4")


def test_fetch_before_a_poll_asks_for_a_poll(engine, tmp_path):
    with pytest.raises(ProviderBusy, match="not known yet"):
        engine.fetch(placed(engine, order_of(model_named(engine, RAY))), tmp_path / "clip.mp4")


@pytest.mark.parametrize(
    ("failure", "can_retry"),
    [
        ("Prediction interrupted; please retry (code: PA)", True),
        ("Service is temporarily unavailable", True),
        ("ValueError: the image is too small", False),
        ("aborted", True),
    ],
)
def test_failed_prediction_says_why_and_whether_to_retry(replicate, engine, failure, can_retry):
    replicate.hold()
    submission = placed(engine, order_of(model_named(engine, RAY)))
    replicate.finish(job_of(replicate, submission), failure)
    progress = engine.poll(submission)
    assert (progress.state, progress.can_retry) == (OrderProgress.FAILED, can_retry)
    assert failure in progress.reason


def test_refusal_by_moderation_is_a_failure_without_retry(engine):
    progress = ended(engine, placed(engine, order_of(model_named(engine, RAY), prompt="a forbidden thing")))
    assert (progress.state, progress.can_retry) == (OrderProgress.FAILED, False)
    assert "flagged as sensitive" in progress.reason


@pytest.mark.parametrize("output", [None, [], {}, "text", 7])
def test_prediction_without_a_clip_is_a_failure(replicate, engine, output):
    replicate.change("GET", POLL, body={"status": "succeeded", "output": output})
    progress = engine.poll(placed(engine, order_of(model_named(engine, RAY))))
    assert progress.state is OrderProgress.FAILED
    assert "no clip" in progress.reason


def test_status_that_is_not_known_counts_as_running(replicate, engine):
    replicate.change("GET", POLL, body={"status": "warming"})
    assert engine.poll(placed(engine, order_of(model_named(engine, RAY)))).state is OrderProgress.RUNNING


def test_unknown_order_is_a_failure(replicate, engine):
    submission = placed(engine, order_of(model_named(engine, RAY)))
    replicate.jobs.clear()
    progress = engine.poll(submission)
    assert (progress.state, progress.can_retry) == (OrderProgress.FAILED, False)
    assert "could not be found" in progress.reason


def test_id_of_an_order_cannot_lead_to_another_path(replicate, engine):
    engine.poll(Submission("../models?x"))
    assert replicate.calls[-1].path == "/v1/predictions/..%2Fmodels%3Fx"


def test_invalid_input_is_refused_with_the_words_of_replicate(replicate, engine):
    with pytest.raises(ProviderRefused, match=r"input\.aspect_ratio: Input should be"):
        placed(engine, order_of(model_named(engine, RAY), aspect="7:3"))
    with pytest.raises(ProviderRefused, match="it has no model"):
        placed(engine, ClipOrder("owner/old"))
    assert not replicate.jobs


@pytest.mark.parametrize("status", [401, 402, 403])
def test_account_that_is_refused_is_closed(replicate, engine, status):
    body = {"title": "Insufficient credit", "detail": "You have insufficient credit", "status": status}
    replicate.fail("POST", SUBMIT, Reply(status, body))
    with pytest.raises(ProviderClosed, match="insufficient credit"):
        placed(engine, order_of(model_named(engine, RAY)))


def test_wrong_key_is_closed_and_not_shown(replicate):
    engine = built(replicate, replicate_api_key="wrong-key-of-mine")
    replicate.fail("POST", SUBMIT, Reply(401, {"detail": "no access for wrong-key-of-mine"}))
    for _ in range(2):
        with pytest.raises(ProviderClosed) as raised:
            placed(engine, order_of(model_named(engine, RAY)))
        assert "wrong-key-of-mine" not in f"{raised.value!r} {raised.value.as_dict()} {engine!r}"


def test_limit_of_requests_is_busy_with_its_time(replicate, engine):
    replicate.fail("POST", SUBMIT, Reply(429, {"detail": "Request was throttled."}, {"Retry-After": "5"}))
    with pytest.raises(ProviderBusy, match="throttled") as raised:
        placed(engine, order_of(model_named(engine, RAY)))
    assert raised.value.wait_s == 5
    replicate.fail("GET", POLL, Reply(503))
    with pytest.raises(ProviderBusy):
        engine.poll(placed(engine, order_of(model_named(engine, RAY))))


@pytest.mark.parametrize("reply", [DROP, Reply(500, {"detail": "oops"}), Reply(504)])
def test_order_with_a_lost_reply_is_unknown_and_sent_once(replicate, engine, reply):
    replicate.fail("POST", SUBMIT, reply, after=True)
    with pytest.raises(SubmitUnknown):
        placed(engine, order_of(model_named(engine, RAY)))
    assert len(replicate.jobs) == 1


@pytest.mark.parametrize("changes", [{"body": b"<html>"}, {"body": []}, {"body": {}}, {"body": {"id": 7}}])
def test_reply_that_cannot_be_read_is_unknown(replicate, engine, changes):
    replicate.change("POST", SUBMIT, **changes)
    with pytest.raises(SubmitUnknown):
        placed(engine, order_of(model_named(engine, RAY)))


def test_cancelled_order_ends_as_cancelled(replicate, engine):
    replicate.hold()
    submission = placed(engine, order_of(model_named(engine, RAY)))
    cancellation = engine.cancel(submission)
    assert (cancellation.cancelled, cancellation.charged) == (True, None)
    assert engine.poll(submission).state is OrderProgress.CANCELLED


def test_order_that_has_ended_or_is_unknown_cannot_be_cancelled(replicate, engine):
    submission = placed(engine, order_of(model_named(engine, RAY)))
    cancellation = engine.cancel(submission)
    assert (cancellation.cancelled, cancellation.reason) == (False, "it has succeeded")
    replicate.jobs.clear()
    cancellation = engine.cancel(submission)
    assert not cancellation.cancelled
    assert "could not be found" in cancellation.reason


def test_price_that_is_not_documented_is_a_range_and_says_so(engine):
    for model in engine.capabilities.models:
        for price in model.prices:
            assert price.max_usd > price.usd
            assert price.source.startswith("not in the documentation read")
