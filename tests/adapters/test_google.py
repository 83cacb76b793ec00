"""The engine google: interactions, their states and errors, and results as links and inside the interaction."""

from __future__ import annotations

import base64
import json
import tracemalloc

import pytest

from app.core.config import Settings
from app.core.errors import ProviderBusy, ProviderClosed, ProviderRefused, SubmitUnknown, Unconfigured
from engines.adapters.google import build
from engines.base import HostedEngine, OrderProgress, Submission
from schemas.order import ClipOrder
from tests.adapters.hosted import (
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
from tests.emulators.google import Google

SUBMIT, POLL, FILE = "^/v1/interactions$", "^/v1/interactions/[^/]+$", "^/v1beta/files/"
OMNI, PREVIEW = "omni_1.1_flash", "omni_flash_preview"


@pytest.fixture
def google():
    with Google(work_s=0.0) as emulator:
        yield emulator


@pytest.fixture
def engine(google):
    return built(google)


def sent(google):
    return google.calls_to("POST", SUBMIT)[-1].json


def test_engine_is_a_hosted_engine_that_generates(engine):
    assert isinstance(engine, HostedEngine)
    assert engine.capabilities.media == ("generated", "image")
    assert engine.capabilities.generates and engine.capabilities.costs_money and engine.capabilities.needs_network
    assert engine.capabilities.max_seconds == 10
    assert not engine.finds_orders


def test_without_a_key_the_setting_is_named():
    with pytest.raises(Unconfigured, match="PYTOON_GOOGLE_API_KEY"):
        build(Settings())


def test_operator_chooses_models(google):
    chosen = built(google, google_models=PREVIEW).capabilities.models
    assert [model.id for model in chosen] == ["gemini-omni-flash-preview"]
    with pytest.raises(Unconfigured, match="PYTOON_GOOGLE_MODELS names 'veo'"):
        built(google, google_models="veo")


def test_text_to_video_is_the_request_of_the_client_library(google, engine):
    """google-genai 3.4.0 sends this for ``interactions.create`` with the same values."""
    submission = placed(engine, order_of(model_named(engine, OMNI), seconds=8, resolution="720p"))
    call = google.calls_to("POST", SUBMIT)[-1]
    assert call.headers["x-goog-api-key"] == google.key
    assert call.headers["Content-Type"] == "application/json"
    assert "key" not in call.query
    assert call.json == {
        "model": "gemini-omni-1.1-flash",
        "background": True,
        "input": [{"type": "user_input", "content": [{"type": "text", "text": PROMPT}]}],
        "response_format": [
            {"type": "video", "aspect_ratio": "9:16", "duration": "8s", "delivery": "uri", "resolution": "720p"}
        ],
        "generation_config": {"video_config": {"task": "text_to_video"}},
    }
    assert submission == Submission(job_of(google, submission).id)


@pytest.mark.parametrize(("name", "content_type"), [("first.png", "image/png"), ("first.jpg", "image/jpeg")])
def test_picture_is_a_part_of_the_input(google, engine, tmp_path, name, content_type):
    image = write_picture(tmp_path / name)
    placed(engine, order_of(model_named(engine, OMNI), image="1"), {"1": image})
    part = sent(google)["input"][0]["content"][1]
    assert part == {"type": "image", "mime_type": content_type, "data": base64.b64encode(image.read_bytes()).decode()}
    assert sent(google)["generation_config"] == {"video_config": {"task": "image_to_video"}}


@pytest.mark.parametrize("name", [OMNI, "omni_1.2_flash", PREVIEW])
def test_every_choice_of_a_model_is_accepted(google, engine, name):
    model = model_named(engine, name)
    choices = [
        *({"aspect": aspect} for aspect in model.aspects),
        *({"seconds": seconds} for seconds in model.seconds),
        *({"resolution": resolution} for resolution in model.resolutions),
    ]
    for changes in choices:
        placed(engine, order_of(model_named(engine, name), **changes))
    assert len(google.jobs) == len(choices)


def test_order_waits_runs_and_is_done(google, engine, tmp_path):
    google.hold()
    google.throttled = True
    submission = placed(engine, order_of(model_named(engine, OMNI)))
    assert engine.poll(submission).state is OrderProgress.WAITING
    google.throttled = False
    assert engine.poll(submission).state is OrderProgress.RUNNING
    google.finish(job_of(google, submission))
    progress = engine.poll(submission)
    assert progress.state is OrderProgress.DONE
    assert google.calls_to("GET", POLL)[-1].query == {"stream": "false"}
    engine.fetch(with_data(submission, progress), tmp_path / "clip.mp4")
    assert decoded(tmp_path / "clip.mp4") == Film(360, 640, 3.0)


# -- results -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("describes", [False, True])
def test_file_is_downloaded_with_the_key(google, engine, tmp_path, describes):
    google.describes = describes
    submission = placed(engine, order_of(model_named(engine, OMNI)))
    engine.fetch(with_data(submission, ended(engine, submission)), tmp_path / "clip.mp4")
    call = google.calls_to("GET", FILE)[-1]
    assert call.headers["x-goog-api-key"] == google.key
    assert call.query["alt"] == "media"
    assert decoded(tmp_path / "clip.mp4").seconds == 3.0


def test_name_of_a_file_is_a_link_too(google, engine, tmp_path):
    submission = placed(engine, order_of(model_named(engine, OMNI)))
    engine.fetch(Submission(submission.id, {"uri": f"files/{submission.id}"}), tmp_path / "clip.mp4")
    assert google.calls_to("GET", FILE)[-1].path == f"/v1beta/files/{submission.id}:download"


def test_link_at_another_host_gets_no_key(google, engine, tmp_path):
    with Google() as other:
        other.fail("GET", "/clip.mp4", Reply(200, b"film"))
        engine.fetch(Submission("id", {"uri": f"{other.url}/clip.mp4"}), tmp_path / "clip.mp4")
        assert other.calls[-1].headers["x-goog-api-key"] is None
        assert (tmp_path / "clip.mp4").read_bytes() == b"film"


@pytest.mark.parametrize("uri", ["gs://bucket/clip.mp4", "file:///etc/passwd"])
def test_link_that_is_no_web_address_is_refused(engine, tmp_path, uri):
    with pytest.raises(ProviderRefused, match="not an http or https URL"):
        engine.fetch(Submission("id", {"uri": uri}), tmp_path / "clip.mp4")


def test_expired_link_is_renewed_by_a_poll(google, engine, tmp_path):
    google.link_s = -1.0
    submission = placed(engine, order_of(model_named(engine, OMNI)))
    expired = with_data(submission, ended(engine, submission))
    with pytest.raises(ProviderBusy, match="expired"):
        engine.fetch(expired, tmp_path / "clip.mp4")
    google.link_s = 3600.0
    engine.fetch(with_data(expired, engine.poll(expired)), tmp_path / "clip.mp4")


@pytest.mark.parametrize("escapes", [False, True])
def test_result_inside_the_interaction_is_written_by_fetch(google, engine, tmp_path, escapes):
    google.delivery, google.escapes = "inline", escapes
    image = write_picture(tmp_path / "noise.png", "2:3", 60, noise=True)
    submission = placed(engine, order_of(model_named(engine, OMNI), image="1"), {"1": image})
    done = ended(engine, submission)
    assert done.data == {"inline": True}
    engine.fetch(with_data(submission, done), tmp_path / "clip.mp4")
    job = job_of(google, submission)
    assert (tmp_path / "clip.mp4").read_bytes() == google.film(**google.describe_film(job))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["clip.mp4", "noise.png"]


def test_result_inside_the_interaction_is_never_in_memory_as_a_whole(google, engine, tmp_path):
    size = 40_000_000
    google.delivery, google.film = "inline", lambda **_: b"film" * (size // 4)
    submission = placed(engine, order_of(model_named(engine, OMNI)))
    body = json.dumps(google._described(job_of(google, submission), with_steps=True)).encode()
    google.fail("GET", POLL, Reply(200, body))
    tracemalloc.start()
    try:
        engine.fetch(Submission(submission.id, {"inline": True}), tmp_path / "clip.mp4")
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert (tmp_path / "clip.mp4").stat().st_size == size
    assert most < size / 4


@pytest.mark.parametrize(
    "body", [b"{", {"steps": []}, {"steps": [{"type": "user_input", "content": [{"type": "video", "data": "AA=="}]}]}]
)
def test_interaction_that_cannot_be_read_is_tried_again(google, engine, tmp_path, body):
    submission = placed(engine, order_of(model_named(engine, OMNI)))
    google.change("GET", POLL, body=body)
    with pytest.raises(ProviderBusy, match="cannot be read"):
        engine.fetch(Submission(submission.id, {"inline": True}), tmp_path / "clip.mp4")
    assert list(tmp_path.iterdir()) == []


def test_fetch_before_a_poll_asks_for_a_poll(engine, tmp_path):
    with pytest.raises(ProviderBusy, match="not known yet"):
        engine.fetch(placed(engine, order_of(model_named(engine, OMNI))), tmp_path / "clip.mp4")


# -- failures ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        ("failed", "failed without a reason"),
        ("incomplete", "before the clip was complete"),
        ("budget_exceeded", "the budget of the account is used up"),
        ("requires_action", "Which boat do you mean?"),
        ("requires_continuation", "asks to continue"),
    ],
)
def test_status_of_a_failure_is_a_reason(google, engine, status, reason):
    google.hold()
    submission = placed(engine, order_of(model_named(engine, OMNI)))
    google.finish(job_of(google, submission), status)
    progress = engine.poll(submission)
    assert (progress.state, progress.can_retry) == (OrderProgress.FAILED, False)
    assert reason in progress.reason


@pytest.mark.parametrize(("code", "can_retry"), [("UNAVAILABLE", True), ("429", True), ("503", True), ("400", False)])
def test_failure_of_the_service_can_be_tried_again(google, engine, code, can_retry):
    google.code = code
    google.hold()
    submission = placed(engine, order_of(model_named(engine, OMNI)))
    google.finish(job_of(google, submission), "The model is overloaded.")
    progress = engine.poll(submission)
    assert (progress.reason, progress.can_retry) == ("The model is overloaded.", can_retry)


@pytest.mark.parametrize(
    ("error", "can_retry"), [({"code": 503}, True), ({"status": "INTERNAL"}, True), ({"code": 400}, False)]
)
def test_single_error_of_an_interaction_is_read_too(google, engine, error, can_retry):
    google.change("GET", POLL, body={"status": "failed", "error": {"message": "It did not work.", **error}})
    progress = engine.poll(placed(engine, order_of(model_named(engine, OMNI))))
    assert (progress.reason, progress.can_retry) == ("It did not work.", can_retry)


@pytest.mark.parametrize(("code", "can_retry"), [(14, True), (3, False)])
def test_error_of_a_step_is_read_too(google, engine, code, can_retry):
    steps = [{"type": "model_output", "error": {"code": code, "message": "The model failed."}}]
    google.change("GET", POLL, body={"status": "failed", "steps": steps})
    progress = engine.poll(placed(engine, order_of(model_named(engine, OMNI))))
    assert (progress.reason, progress.can_retry) == ("The model failed.", can_retry)


def test_refusal_by_moderation_is_a_failure_without_retry(google, engine):
    google.code = "UNAVAILABLE"
    progress = ended(engine, placed(engine, order_of(model_named(engine, OMNI), prompt="a forbidden thing")))
    assert (progress.state, progress.can_retry) == (OrderProgress.FAILED, False)
    assert "safety policy" in progress.reason


def test_interaction_without_a_clip_is_a_failure_with_the_text_of_the_model(google, engine):
    steps = [{"type": "model_output", "content": [{"type": "text", "text": "I cannot\n show this."}]}]
    google.change("GET", POLL, body={"status": "completed", "steps": steps})
    progress = engine.poll(placed(engine, order_of(model_named(engine, OMNI))))
    assert (progress.state, progress.reason) == (OrderProgress.FAILED, "I cannot show this.")


@pytest.mark.parametrize("body", [{"status": "thinking"}, [], {}])
def test_status_that_is_not_known_counts_as_running(google, engine, body):
    google.change("GET", POLL, body=body)
    assert engine.poll(placed(engine, order_of(model_named(engine, OMNI)))).state is OrderProgress.RUNNING


def test_poll_that_google_does_not_understand_is_refused(google, engine):
    submission = placed(engine, order_of(model_named(engine, OMNI)))
    google.fail("GET", POLL, Reply(400, {"error": {"message": "Unknown name stream"}}))
    with pytest.raises(ProviderRefused, match="Unknown name stream"):
        engine.poll(submission)


def test_unknown_order_is_a_failure(google, engine):
    submission = placed(engine, order_of(model_named(engine, OMNI)))
    google.jobs.clear()
    progress = engine.poll(submission)
    assert (progress.state, progress.can_retry) == (OrderProgress.FAILED, False)


def test_wrong_or_missing_key_is_closed_and_not_shown(google):
    engine = built(google, google_api_key="wrong-key-of-mine")
    for reply in (None, Reply(403, {"error": {"message": "no access for wrong-key-of-mine"}})):
        if reply:
            google.fail("POST", SUBMIT, reply)
        with pytest.raises(ProviderClosed) as raised:
            placed(engine, order_of(model_named(engine, OMNI)))
        assert "wrong-key-of-mine" not in f"{raised.value!r} {raised.value.as_dict()} {engine!r}"
    with pytest.raises(ProviderClosed, match="API key not valid"):
        engine.poll(Submission("v1_0"))
    with pytest.raises(ProviderClosed, match="API key not valid"):
        engine.cancel(Submission("v1_0"))
    assert not google.jobs


@pytest.mark.parametrize("status", [401, 402, 403])
def test_account_that_is_refused_is_closed(google, engine, status):
    google.fail("POST", SUBMIT, Reply(status, {"error": {"message": "Billing is disabled"}}))
    with pytest.raises(ProviderClosed, match="Billing is disabled"):
        placed(engine, order_of(model_named(engine, OMNI)))


def test_invalid_request_is_refused_with_the_words_of_google(google, engine):
    with pytest.raises(ProviderRefused, match=r"response_format\.aspect_ratio: Input should be") as raised:
        placed(engine, order_of(model_named(engine, OMNI), aspect="7:3"))
    assert not isinstance(raised.value, ProviderClosed)
    with pytest.raises(ProviderRefused, match="the model makes 720p"):
        placed(engine, order_of(model_named(engine, PREVIEW), resolution="1080p"))
    with pytest.raises(ProviderRefused, match="it has no model"):
        placed(engine, ClipOrder("gemini-old"))
    assert not google.jobs


def test_limit_of_requests_is_busy_with_its_time(google, engine):
    google.fail("POST", SUBMIT, Reply(429, {"error": {"message": "Quota exceeded"}}, {"Retry-After": "34"}))
    with pytest.raises(ProviderBusy, match="Quota exceeded") as raised:
        placed(engine, order_of(model_named(engine, OMNI)))
    assert raised.value.wait_s == 34


@pytest.mark.parametrize("reply", [DROP, Reply(500, {"error": {"message": "oops"}}), Reply(504)])
def test_order_with_a_lost_reply_is_unknown_and_sent_once(google, engine, reply):
    google.fail("POST", SUBMIT, reply, after=True)
    with pytest.raises(SubmitUnknown):
        placed(engine, order_of(model_named(engine, OMNI)))
    assert len(google.jobs) == 1


@pytest.mark.parametrize("changes", [{"body": b"<html>"}, {"body": []}, {"body": {}}, {"body": {"id": 7}}])
def test_reply_that_cannot_be_read_is_unknown(google, engine, changes):
    google.change("POST", SUBMIT, **changes)
    with pytest.raises(SubmitUnknown):
        placed(engine, order_of(model_named(engine, OMNI)))


def test_cancelled_order_ends_as_cancelled(google, engine):
    google.hold()
    submission = placed(engine, order_of(model_named(engine, OMNI)))
    cancellation = engine.cancel(submission)
    assert (cancellation.cancelled, cancellation.charged) == (True, None)
    assert engine.poll(submission).state is OrderProgress.CANCELLED


def test_order_that_has_ended_or_is_unknown_cannot_be_cancelled(google, engine):
    submission = placed(engine, order_of(model_named(engine, OMNI)))
    assert "has ended" in engine.cancel(submission).reason
    google.jobs.clear()
    cancellation = engine.cancel(submission)
    assert not cancellation.cancelled
    assert "not found" in cancellation.reason


def test_prices_are_ranges_that_say_where_they_are_from(engine):
    for model in engine.capabilities.models:
        assert [price.resolution for price in model.prices] == list(model.resolutions)
        assert all(price.max_usd > price.usd and "not in the documentation" in price.source for price in model.prices)
