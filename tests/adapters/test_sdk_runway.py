"""Runway's own library (runwayml) sends what the engine sends, and accepts each reply of the emulator."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
import runwayml

from app.core.config import Settings
from engines.base import OrderProgress, Submission
from engines.hosted.pictures import data_uri
from engines.vendors.runway_models import RATIOS
from tests.adapters.hosted import LAST_PICTURE, PICTURE, files_of, model_named, order_of
from tests.adapters.wire import STAINLESS, assert_same, assert_same_headers, engine_at_vendor
from tests.emulators.request_parts import multipart
from tests.emulators.runway import Runway

HOST = "api.dev.runwayml.com"
CREATE, TASK = r"_to_video$", r"^/v1/tasks/"


@pytest.fixture
def runway(at_hosts):
    return at_hosts(Runway, HOST)


@pytest.fixture
def library(runway):
    """The library with its own address; a reply that does not have the form of its types is an error."""
    with runwayml.RunwayML(api_key=runway.key, max_retries=0, _strict_response_validation=True) as client:
        yield client


@pytest.fixture
def engine(runway):
    return engine_at_vendor(runway)


def last_two(runway, method, pattern):
    return runway.calls_to(method, pattern)[-2:]


def created(library, order, files):
    """Place an order with the library, by the facts of the order."""
    ratio = RATIOS[order.resolution][order.aspect]
    fields = {"model": order.model.partition(":")[0], "ratio": ratio, "duration": order.seconds, "seed": order.seed}
    if order.prompt:
        fields["prompt_text"] = order.prompt
    if order.model.startswith("veo"):
        fields |= {"audio": False, "negative_prompt": order.negative_prompt}
    if not order.image:
        return library.text_to_video.create(**fields)
    first = data_uri("runway", files[order.image])
    if not order.last_image:
        return library.image_to_video.create(prompt_image=first, **fields)
    last = data_uri("runway", files[order.last_image])
    images = [{"uri": first, "position": "first"}, {"uri": last, "position": "last"}]
    return library.image_to_video.create(prompt_image=images, **fields)


ORDERS = [
    ("gen4_turbo", {}),
    ("gen4_turbo", {"prompt": "", "seconds": 10, "aspect": "21:9"}),
    ("gen4.5", {"seconds": 3, "aspect": "3:4"}),
    ("gen4.5_text", {"aspect": "16:9", "prompt": "Ein Drachen steigt über das Meer ☀"}),
    ("veo3.1", {"negative_prompt": "fog", "resolution": "1080p"}),
    ("veo3.1", {"negative_prompt": "fog", "image": PICTURE}),
    ("veo3.1_fast", {"negative_prompt": "fog", "seconds": 8, "image": PICTURE, "last_image": LAST_PICTURE}),
]


@pytest.mark.parametrize(("name", "changes"), ORDERS)
def test_order_is_the_request_of_the_library(runway, library, engine, tmp_path, name, changes):
    order = order_of(model_named(engine, name), **changes)
    files = files_of(order, tmp_path)
    reply, submission = created(library, order, files), engine.submit(order, files, "key")
    assert_same(*last_two(runway, "POST", CREATE), STAINLESS)
    assert reply.id in runway.jobs
    assert submission.cost.units == reply.estimated_cost.credits


def test_every_model_is_compared_with_the_library(engine):
    assert {name for name, _ in ORDERS} == {model.name for model in engine.capabilities.models}


def test_address_of_the_settings_is_that_of_the_library(library):
    assert str(library.base_url).rstrip("/") == Settings().runway_url == f"https://{HOST}"


def progress_in(runway, state):
    """Bring the only order to a state."""
    (job,) = runway.jobs.values()
    runway.throttled = state == "THROTTLED"
    if state == "PENDING":
        runway.advance(job, 0.0)
    elif state in ("RUNNING", "THROTTLED"):
        runway.advance(job, 0.5)
    elif state == "CANCELLED":
        job.cancelled_at = job.started_at
    else:
        runway.finish(job, "INTERNAL.BAD_OUTPUT.CODE01" if state == "FAILED" else "")
    return job.id


@pytest.mark.parametrize("state", ["PENDING", "THROTTLED", "RUNNING", "SUCCEEDED", "FAILED", "CANCELLED"])
def test_poll_is_the_request_of_the_library_which_reads_every_state(runway, library, engine, state):
    submission = engine.submit(order_of(model_named(engine, "gen4.5_text")), {}, "key")
    progress_in(runway, state)
    task, progress = library.tasks.retrieve(submission.id), engine.poll(submission)
    assert_same(*last_two(runway, "GET", TASK), STAINLESS)
    assert task.status == state
    expected = {"PENDING": OrderProgress.WAITING, "THROTTLED": OrderProgress.WAITING}
    assert progress.state == expected.get(state) or progress.state.name in (state, "DONE")
    if state in ("SUCCEEDED", "FAILED", "CANCELLED"):
        assert progress.cost.units == task.cost.credits
    if state == "SUCCEEDED":
        assert len(progress.data["links"]) == len(task.output) == 1


def test_cancellation_is_the_request_of_the_library(runway, library, engine):
    runway.hold()
    ours, theirs = (engine.submit(order_of(model_named(engine, "gen4.5_text")), {}, "key") for _ in range(2))
    library.tasks.delete(theirs.id)
    assert engine.cancel(ours).cancelled
    known, sent = last_two(runway, "DELETE", TASK)
    assert (known.path, sent.path) == (f"/v1/tasks/{theirs.id}", f"/v1/tasks/{ours.id}")
    assert known.body == sent.body == b""
    assert_same_headers(known, sent, {**STAINLESS, "content-type": "the library states one for the empty body too"})
    with pytest.raises(runwayml.NotFoundError):
        library.tasks.retrieve(theirs.id)


def test_upload_is_the_requests_of_the_library(runway, library, engine, tmp_path):
    order = order_of(model_named(engine, "gen4_turbo"))
    path = tmp_path / "picture.png"
    # A PNG with so many bytes after its end that it is too large for a data URI.
    path.write_bytes(files_of(order, tmp_path)[order.image].read_bytes() + os.urandom(4_000_000))
    uri = library.uploads.create_ephemeral(file=Path(path)).uri
    engine.submit(order, {order.image: path}, "key")
    assert_same(*last_two(runway, "POST", "^/v1/uploads$"), STAINLESS)
    library_form, engine_form = (multipart(call) for call in last_two(runway, "POST", "^/bucket$"))
    assert list(library_form) == list(engine_form)  # the file is the last part, as the store wants it
    assert library_form["file"] == engine_form["file"] == ("picture.png", path.read_bytes())
    assert "Authorization" not in last_two(runway, "POST", "^/bucket$")[1].headers
    library.image_to_video.create(model="gen4_turbo", ratio="720:1280", prompt_image=uri, duration=2)


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (400, runwayml.BadRequestError),
        (401, runwayml.AuthenticationError),
        (404, runwayml.NotFoundError),
    ],
)
def test_library_understands_the_errors_of_the_emulator(runway, library, status, error):
    with pytest.raises(error) as raised:
        if status == 404:
            library.tasks.retrieve("00000000-0000-0000-0000-000000000000")
        if status == 401:
            runway.key = "another-key"
        library.text_to_video.create(model="gen4.5", prompt_text="kite", ratio="1:1", duration=2)
    assert raised.value.status_code == status
    assert isinstance(raised.value.body["error"], str)


def test_library_reads_the_account(library):
    account = library.organization.retrieve()
    assert account.credit_balance == 100_000
    assert account.tier.max_monthly_credit_spend


def test_result_of_the_library_is_the_clip_that_the_engine_downloads(runway, library, engine):
    submission = engine.submit(order_of(model_named(engine, "gen4.5_text")), {}, "key")
    (link,) = library.tasks.retrieve(submission.id).output
    (ours,) = engine.poll(Submission(submission.id)).data["links"]
    assert link.partition("?")[0] == ours.partition("?")[0]
