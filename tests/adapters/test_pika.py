"""The engine pika: Pika's models in the queue of fal."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest

from app.core.config import Settings
from app.core.errors import ProviderClosed, Unconfigured
from engines.adapters.pika import build
from engines.base import HostedEngine, OrderProgress
from engines.hosted.pictures import data_uri
from tests.adapters.hosted import (
    PICTURE,
    PROMPT,
    Film,
    built,
    decoded,
    ended,
    model_named,
    order_of,
    placed,
    with_data,
    write_picture,
)
from tests.emulators.base import Reply
from tests.emulators.fal import Pika

SUBMIT = r"-to-video$"
TEXT, IMAGE = "pika_v2.2_text", "pika_v2.2_image"


@pytest.fixture
def pika():
    with Pika(work_s=0.0) as emulator:
        yield emulator


@pytest.fixture
def engine(pika):
    return built(pika)


def test_engine_has_the_models_of_pika_only(engine):
    assert isinstance(engine, HostedEngine)
    assert engine.name == "pika"
    assert [model.name for model in engine.capabilities.models] == [IMAGE, TEXT]
    assert engine.capabilities.max_seconds == 10


def test_key_is_that_of_fal():
    with pytest.raises(Unconfigured, match="PYTOON_FAL_API_KEY"):
        build(Settings())
    assert build(Settings(fal_api_key="secret", fal_models="veo_3.1_image")).name == "pika"


def test_text_to_video_is_sent_as_documented(pika, engine, tmp_path):
    """The full example of fal has the length as an integer."""
    order = order_of(model_named(engine, TEXT), negative_prompt="fog", seconds=10, aspect="4:5", resolution="1080p")
    submission = placed(engine, order)
    call = pika.calls_to("POST", SUBMIT)[-1]
    assert call.path == "/fal-ai/pika/v2.2/text-to-video"
    assert json.loads(call.body) == {
        "prompt": PROMPT,
        "negative_prompt": "fog",
        "duration": 10,
        "aspect_ratio": "4:5",
        "resolution": "1080p",
        "seed": 7,
    }
    assert submission.data["response_url"] == f"{pika.url}/fal-ai/pika/requests/{submission.id}"
    engine.fetch(with_data(submission, ended(engine, submission)), tmp_path / "clip.mp4")
    assert decoded(tmp_path / "clip.mp4") == Film(512, 640, 10.0)


def test_image_to_video_has_no_aspect_and_follows_the_picture(pika, engine, tmp_path):
    image = write_picture(tmp_path / "picture.png", "2:1")
    submission = placed(engine, order_of(model_named(engine, IMAGE)), {PICTURE: image})
    assert pika.calls_to("POST", SUBMIT)[-1].json == {
        "prompt": PROMPT,
        "duration": 5,
        "resolution": "720p",
        "seed": 7,
        "image_url": data_uri("pika", image),
    }
    engine.fetch(with_data(submission, ended(engine, submission)), tmp_path / "clip.mp4")
    assert decoded(tmp_path / "clip.mp4") == Film(640, 320, 5.0)


@pytest.mark.parametrize("name", [TEXT, IMAGE])
def test_every_choice_of_a_model_is_accepted(pika, engine, tmp_path, name):
    image = write_picture(tmp_path / "picture.png")
    model = model_named(engine, name)
    for changes in (
        *({"aspect": aspect} for aspect in model.aspects),
        *({"seconds": seconds} for seconds in model.seconds),
        *({"resolution": resolution} for resolution in model.resolutions),
    ):
        placed(engine, order_of(model_named(engine, name), **changes), {PICTURE: image})
    assert {job.failure for job in pika.jobs.values()} == {""}


@pytest.mark.parametrize("name", [TEXT, IMAGE])
def test_price_depends_on_resolution_and_length(engine, name):
    model = model_named(engine, name)
    prices = {(price.resolution, price.seconds): price.usd for price in model.prices}
    assert prices["720p", 5] == Decimal("0.20")
    assert prices["1080p", 5] == Decimal("0.45")
    assert {price.per for price in model.prices} == {"clip"}


def test_errors_have_the_name_of_the_engine(pika, engine):
    pika.fail("POST", SUBMIT, Reply(403, {"detail": "User is locked"}))
    with pytest.raises(ProviderClosed, match="pika: 403 User is locked"):
        placed(engine, order_of(model_named(engine, TEXT)))


def test_cancelled_order_ends_as_cancelled(pika, engine):
    pika.hold()
    submission = placed(engine, order_of(model_named(engine, TEXT)))
    assert engine.cancel(submission).cancelled
    assert engine.poll(submission).state is OrderProgress.CANCELLED
