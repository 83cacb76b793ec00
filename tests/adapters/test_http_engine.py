"""The engine for a server of one's own against its emulator, and the example server of docs/http-engine.md."""

from __future__ import annotations

import base64
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import av
import pytest
from PIL import Image

from app.core.config import Settings
from app.core.errors import (
    ProviderBusy,
    ProviderClosed,
    ProviderRefused,
    SubmitUnknown,
    Unavailable,
    Unconfigured,
    UnusableAdapter,
)
from app.media.ffmpeg import binary
from engines.adapters import http
from engines.base import HostedEngine, OrderProgress, Progress, Submission
from engines.registry import build_engines
from schemas.engine import Cost
from schemas.order import ClipOrder
from tests.emulators.base import DROP, Reply
from tests.emulators.http_engine import MODELS, HttpEngine
from tests.waiting import wait_until

SENT = datetime(2026, 11, 1, tzinfo=UTC)
PAGE = Path(__file__).parents[2] / "docs" / "http-engine.md"
ORDER = ClipOrder("wan-22-5b", "a harbour", "rain", 2, "9:16", "480p", 7, fps=Fraction(30000, 1001))


@pytest.fixture
def server() -> Iterator[HttpEngine]:
    with HttpEngine(work_s=0.0) as emulator:
        yield emulator


@pytest.fixture
def engine(server: HttpEngine) -> http.HttpEngine:
    return http.build(Settings(**server.settings()))


@pytest.fixture
def files(tmp_path: Path) -> dict[str, Path]:
    Image.new("RGB", (9, 16)).save(tmp_path / "a.png")
    Image.new("RGB", (9, 16)).save(tmp_path / "b.jpg")
    return {"assets/a.png": tmp_path / "a.png", "assets/b.jpg": tmp_path / "b.jpg"}


def ended(engine: http.HttpEngine, submission: Submission) -> Progress:
    seen: list[Progress] = []
    ends = (OrderProgress.DONE, OrderProgress.FAILED, OrderProgress.CANCELLED)
    wait_until(lambda: seen.append(engine.poll(submission)) or seen[-1].state in ends, "the order ends")
    return seen[-1]


# -- capabilities ------------------------------------------------------------------------------------------------------


def test_missing_url_is_unconfigured():
    with pytest.raises(Unconfigured, match="PYTOON_HTTP_ENGINE_URL"):
        http.build(Settings())


def test_models_and_prices_are_those_of_the_server(engine, server):
    capabilities = engine.capabilities
    assert isinstance(engine, HostedEngine)
    assert [model.name for model in capabilities.models] == ["wan", "free"]
    assert (capabilities.media, capabilities.costs_money, capabilities.needs_network) == (
        ("image", "generated"),
        True,
        True,
    )
    assert [price.usd for price in capabilities.models[0].prices] == [Decimal("0.02"), Decimal("0.05")]
    assert (engine.poll_s, capabilities.generates, capabilities.max_seconds) == (0.5, True, None)


def test_models_are_read_once(engine, server):
    assert engine.capabilities == engine.capabilities
    assert len(server.calls_to("GET", "/v1/models")) == 1


def test_server_without_prices_may_be_local(engine, server):
    server.models = {"models": [MODELS[1]], "is_local": True, "generates": False}
    capabilities = engine.capabilities
    assert (capabilities.needs_network, capabilities.costs_money, capabilities.generates) == (False, False, False)
    assert engine.poll_s == 2.0


def test_server_with_prices_is_never_local(engine, server):
    server.models = {"models": MODELS, "is_local": True}
    assert engine.capabilities.needs_network


def test_engine_whose_server_does_not_answer_is_missing_with_that_reason():
    settings = Settings(http_engine_url="http://127.0.0.1:1")
    with pytest.raises(Unavailable):
        _ = http.build(settings).capabilities
    reason = build_engines(settings).missing["http"]
    assert reason == "the http engine at 127.0.0.1 is not available: GET /v1/models: it cannot be reached"


def test_models_are_read_again_after_the_server_did_not_answer(engine, server):
    server.fail("GET", "/v1/models", Reply(503, {"error": "it starts"}))
    with pytest.raises(Unavailable, match="it starts"):
        _ = engine.capabilities
    assert engine.capabilities.models


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ({"models": []}, "lists no models"),
        ([], "lists no models"),
        ({"models": [{"name": "x"}]}, "id"),
        ({"models": [{"id": "x", "name": "x", "secnds": [2]}]}, "secnds"),
        ({"models": [{"id": "x", "name": "x", "prices": [{"usd": -1}]}]}, "negative"),
        ({"models": ["x"]}, "Must be an object|Invalid"),
        ({"models": [{"id": "x", "name": "x", "resolutions": ["720p"]}]}, "shorter_side_px"),
    ],
)
def test_wrong_models_are_named_with_their_field(body, reason, engine, server):
    server.models = body
    with pytest.raises(UnusableAdapter, match=reason):
        _ = engine.capabilities


def test_wrong_key_is_named_at_the_models(server):
    with pytest.raises(UnusableAdapter, match="the key is not valid"):
        _ = http.build(Settings(http_engine_url=server.url, http_engine_api_key="wrong-key")).capabilities


# -- a whole order -----------------------------------------------------------------------------------------------------


def test_order_becomes_a_film(engine, server, tmp_path):
    submission = engine.submit(ORDER, {}, "key")
    assert submission.cost == Cost(Decimal("0.04"))
    progress = ended(engine, submission)
    assert (progress.state, progress.share, progress.cost) == (OrderProgress.DONE, 1.0, Cost(Decimal("0.04")))
    engine.fetch(replace(submission, data=progress.data), tmp_path / "clip.mp4")
    with av.open(tmp_path / "clip.mp4") as clip:
        stream = clip.streams.video[0]
        assert (stream.width, stream.height) == (360, 640)
        assert float(stream.duration * stream.time_base) == pytest.approx(2.0, abs=0.1)


def test_order_has_every_field_on_the_wire(engine, server, files):
    engine.submit(replace(ORDER, image="assets/a.png", last_image="assets/b.jpg"), files, "key-1")
    call = server.calls_to("POST", "/v1/clips")[-1]
    assert call.headers["Idempotency-Key"] == "key-1"
    assert call.headers["Authorization"] == f"Bearer {server.key}"
    assert call.json == {
        "model": "wan-22-5b",
        "prompt": "a harbour",
        "negative_prompt": "rain",
        "seconds": 2,
        "aspect": "9:16",
        "resolution": "480p",
        "seed": 7,
        "width": 1080,
        "height": 1920,
        "fps": 29.97,
        "image": {"content_type": "image/png", "data": _base64(files["assets/a.png"])},
        "last_image": {"content_type": "image/jpeg", "data": _base64(files["assets/b.jpg"])},
    }


def _base64(path: Path) -> str:
    return base64.b64encode(path.read_bytes()).decode()


def test_same_key_is_the_same_order(engine, server):
    first, second = (engine.submit(ORDER, {}, "key") for _ in range(2))
    assert first.id == second.id
    assert len(server.jobs) == 1
    with pytest.raises(ProviderRefused, match="another order"):
        engine.submit(replace(ORDER, seed=8), {}, "key")


def test_states_share_and_time_of_the_next_poll_are_reported(engine, server):
    server.hold()
    submission = engine.submit(ORDER, {}, "key")
    server.throttled = True
    assert (engine.poll(submission).state, engine.poll(submission).again_s) == (OrderProgress.WAITING, 0.5)
    server.throttled = False
    progress = engine.poll(submission)
    assert (progress.state, progress.share, progress.again_s) == (OrderProgress.RUNNING, 0.0, 0.5)


@pytest.mark.parametrize(("words", "can_retry"), [("out of memory", True), ("the model is broken", False)])
def test_failure_has_reason_and_whether_it_can_be_retried(words, can_retry, engine, server):
    server.hold()
    submission = engine.submit(ORDER, {}, "key")
    server.finish(server.jobs[submission.id], words)
    progress = engine.poll(submission)
    assert (progress.state, progress.reason, progress.can_retry) == (OrderProgress.FAILED, words, can_retry)
    assert progress.cost == Cost()


def test_expired_link_is_renewed_by_the_next_poll(engine, server, tmp_path):
    server.link_s = -1.0
    submission = engine.submit(ORDER, {}, "key")
    stale = replace(submission, data=ended(engine, submission).data)
    with pytest.raises(ProviderBusy, match="403"):
        engine.fetch(stale, tmp_path / "clip.mp4")
    server.link_s = 60.0
    engine.fetch(replace(submission, data=engine.poll(submission).data), tmp_path / "clip.mp4")
    assert (tmp_path / "clip.mp4").stat().st_size > 0


@pytest.mark.parametrize("changes", [{"state": "sleeping"}, {"state": "done"}, [], None])
def test_unreadable_progress_is_busy(changes, engine, server):
    submission = engine.submit(ORDER, {}, "key")
    server.fail("GET", "^/v1/clips/", Reply(200, changes))
    with pytest.raises(ProviderBusy):
        engine.poll(submission)


def test_order_that_the_server_has_forgotten_failed_and_can_be_placed_again(engine, server):
    submission = engine.submit(ORDER, {}, "key")
    server.jobs.clear()
    progress = engine.poll(submission)
    assert (progress.state, progress.can_retry, progress.cost) == (OrderProgress.FAILED, True, Cost())
    server.fail("GET", "^/v1/clips/", Reply(404, b"<html>no such host</html>"))
    with pytest.raises(ProviderBusy, match="not JSON"):
        engine.poll(submission)


# -- refusals and unknown outcomes -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"prompt": "something forbidden"}, "the prompt is not allowed"),
        ({"prompt": "x" * 201}, "the prompt is too long"),
        ({"seconds": 3}, "seconds must be one of"),
        ({"aspect": "4:5"}, "aspect must be one of"),
        ({"resolution": "4k"}, "resolution must be one of"),
        ({"model": "gone"}, "there is no model gone"),
    ],
)
def test_refusal_has_the_words_of_the_server(changes, reason, engine, server):
    with pytest.raises(ProviderRefused, match=reason):
        engine.submit(replace(ORDER, **changes), {}, "key")
    assert not server.jobs


@pytest.mark.parametrize("status", [401, 402, 403])
def test_wrong_key_or_empty_account_is_closed(status, engine, server):
    server.fail("POST", "^/v1/clips$", Reply(status, {"error": f"not with {server.key}"}))
    with pytest.raises(ProviderClosed) as error:
        engine.submit(ORDER, {}, "key")
    assert server.key not in str(error.value)
    assert server.key not in repr(engine)


@pytest.mark.parametrize("status", [429, 503])
def test_overloaded_server_says_when_to_try_again(status, engine, server):
    server.fail("POST", "^/v1/clips$", Reply(status, {"error": "full"}, {"Retry-After": "7"}))
    with pytest.raises(ProviderBusy) as error:
        engine.submit(ORDER, {}, "key")
    assert error.value.wait_s == 7


@pytest.mark.parametrize("reply", [DROP, Reply(500), Reply(202, b"<html>"), Reply(202, {}), Reply(202, [])])
def test_lost_reply_is_unknown_and_the_order_is_found_by_its_key(reply, engine, server):
    server.fail("POST", "^/v1/clips$", reply, after=True)
    with pytest.raises(SubmitUnknown):
        engine.submit(ORDER, {}, "key & more")
    submission = engine.find(ORDER, "key & more", SENT)
    assert submission is not None
    assert list(server.jobs) == [submission.id]
    assert engine.find(ORDER, "another", SENT) is None


@pytest.mark.parametrize("body", [{}, [], {"clips": [{}]}, {"clips": {}}])
def test_unreadable_look_up_is_busy_and_not_a_missing_order(body, engine, server):
    server.fail("GET", "^/v1/clips$", Reply(200, body))
    with pytest.raises(ProviderBusy):
        engine.find(ORDER, "key", SENT)


# -- cancel ------------------------------------------------------------------------------------------------------------


def test_cancelled_order_has_ended_without_cost(engine, server):
    server.hold()
    submission = engine.submit(ORDER, {}, "key")
    cancellation = engine.cancel(submission)
    assert (cancellation.cancelled, cancellation.charged) == (True, Cost())
    assert engine.poll(submission).state is OrderProgress.CANCELLED


def test_finished_or_unknown_order_can_be_cancelled(engine, server):
    submission = engine.submit(ORDER, {}, "key")
    assert engine.cancel(submission).charged == Cost(Decimal("0.04"))
    assert engine.cancel(replace(submission, id="no/such id")).cancelled


def test_cancellation_that_takes_effect_later_has_not_ended_the_order(engine, server):
    submission = engine.submit(ORDER, {}, "key")
    server.fail("DELETE", "^/v1/clips/", Reply(200, {"state": "running"}))
    assert engine.cancel(submission).cancelled is False
    server.fail("DELETE", "^/v1/clips/", Reply(204))
    assert engine.cancel(submission).cancelled is True


# -- the page ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def example(tmp_path: Path) -> Iterator[http.HttpEngine]:
    (code,) = re.findall(r"```python\n(.+?)```", PAGE.read_text(), re.DOTALL)
    assert len([line for line in code.splitlines() if line]) <= 40
    (tmp_path / "server.py").write_text(code)
    argv = [sys.executable, tmp_path / "server.py"]
    environ = {**os.environ, "FFMPEG": binary(), "PORT": "0"}
    with subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environ, text=True) as process:
        yield http.build(Settings(http_engine_url=process.stdout.readline().strip()))
        process.kill()


def test_example_of_the_page_makes_a_film(example, tmp_path):
    order = ClipOrder("pattern", "a harbour", seconds=1, width=36, height=64)
    assert [model.name for model in example.capabilities.models] == ["pattern"]
    assert not example.capabilities.needs_network
    submission = example.submit(order, {}, "a key")
    assert example.submit(order, {}, "a key").id == submission.id
    assert example.find(order, "a key", SENT).id == submission.id
    assert example.find(order, "another", SENT) is None
    progress = ended(example, submission)
    assert progress.state is OrderProgress.DONE
    example.fetch(replace(submission, data=progress.data), tmp_path / "clip.mp4")
    with av.open(tmp_path / "clip.mp4") as clip:
        assert (clip.streams.video[0].width, clip.streams.video[0].height) == (36, 64)
    assert example.poll(replace(submission, id="unknown")).can_retry


def test_example_of_the_page_cancels_an_order(example):
    submission = example.submit(ClipOrder("pattern", seconds=4), {}, "a key")
    assert example.cancel(submission).cancelled


def test_page_describes_every_field_of_models_and_orders():
    text = PAGE.read_text()
    names = {*http.order_body(ORDER, {}), *(name for model in MODELS for name in model)}
    assert [name for name in names if f'"{name}"' not in text and f"`{name}`" not in text] == []
