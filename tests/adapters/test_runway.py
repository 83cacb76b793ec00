"""The engine of Runway and an emulator of its API, over HTTP."""

from __future__ import annotations

import base64

import pytest

from app.core.config import Settings
from app.core.errors import ProviderBusy, ProviderRefused, Unconfigured
from engines.adapters.runway import build
from tests.adapters.hosted import LAST_PICTURE, PICTURE, PROMPT, Provider, built, model_named, order_of
from tests.emulators.base import Reply
from tests.emulators.runway import IMAGE, TEXT, Runway

CREATE = r"_to_video$"


@pytest.fixture
def runway(tmp_path):
    with Runway(work_s=0.0) as emulator:
        yield Provider(emulator, built(emulator), tmp_path)


def order(runway, name, **changes):
    return order_of(model_named(runway.engine, name), **changes)


def body_of(runway, pattern=CREATE):
    return runway.emulator.calls_to("POST", pattern)[-1].json


# -- set-up --------------------------------------------------------------------------------------------------------


def test_engine_without_a_key_names_the_setting():
    with pytest.raises(Unconfigured, match="PYTOON_RUNWAY_API_KEY"):
        build(Settings())


def test_chosen_models_are_offered_in_their_order():
    engine = build(Settings(runway_api_key="a-key", runway_models="veo3.1_fast, gen4_turbo"))
    assert [model.name for model in engine.capabilities.models] == ["veo3.1_fast", "gen4_turbo"]


def test_engine_of_image_models_alone_generates_nothing_from_text():
    engine = build(Settings(runway_api_key="a-key", runway_models="gen4_turbo"))
    assert engine.capabilities.media == ("image",)


def test_unknown_model_in_the_settings_is_named():
    with pytest.raises(Unconfigured, match="gen9"):
        build(Settings(runway_api_key="a-key", runway_models="gen9"))


# -- requests ------------------------------------------------------------------------------------------------------


def test_clip_from_text_is_ordered_with_these_fields(runway):
    runway.submit(order(runway, "gen4.5_text", prompt=PROMPT, seconds=3, seed=11))
    call = runway.emulator.calls_to("POST", CREATE)[-1]
    assert call.path == "/v1/text_to_video"
    expected = {"model": "gen4.5", "promptText": PROMPT, "ratio": "720:1280", "duration": 3, "seed": 11}
    assert call.json == expected
    assert call.headers["X-Runway-Version"] == "2024-11-06"
    assert call.headers["Authorization"] == f"Bearer {runway.emulator.key}"
    assert call.headers["Content-Type"] == "application/json"


@pytest.mark.parametrize("name", ["gen4_turbo", "gen4.5"])
def test_clip_from_a_picture_is_ordered_with_these_fields(runway, name):
    runway.submit(order(runway, name, seconds=10, seed=0))
    call = runway.emulator.calls_to("POST", CREATE)[-1]
    assert call.path == "/v1/image_to_video"
    picture = base64.b64encode((runway.folder / "9x16-picture.png").read_bytes()).decode()
    expected = {"model": name, "promptText": PROMPT, "ratio": "720:1280", "duration": 10, "seed": 0}
    assert call.json == expected | {"promptImage": f"data:image/png;base64,{picture}"}


@pytest.mark.parametrize("name", ["veo3.1", "veo3.1_fast"])
def test_clip_of_veo_is_ordered_without_sound(runway, name):
    runway.submit(order(runway, name, negative_prompt="text", resolution="1080p", aspect="16:9", seconds=6))
    expected = {"model": name, "promptText": PROMPT, "ratio": "1920:1080", "duration": 6, "seed": 7}
    assert body_of(runway) == expected | {"audio": False, "negativePrompt": "text"}


def test_negative_prompt_is_not_sent_to_models_that_take_none(runway):
    runway.submit(order(runway, "gen4.5_text", negative_prompt="text"))
    assert not {"audio", "negativePrompt"} & set(body_of(runway))


def test_first_and_last_picture_are_sent_with_their_positions(runway):
    runway.submit(order(runway, "veo3.1", image=PICTURE, last_image="assets/a2/last.jpg"))
    first, last = body_of(runway)["promptImage"]
    assert (first["position"], last["position"]) == ("first", "last")
    assert first["uri"].startswith("data:image/png;base64,")
    assert last["uri"].startswith("data:image/jpeg;base64,")


@pytest.mark.parametrize(
    ("aspect", "ratio"),
    [("9:16", "720:1280"), ("16:9", "1280:720"), ("1:1", "960:960"), ("3:4", "832:1104"), ("21:9", "1584:672")],
)
def test_aspect_is_sent_as_a_size(runway, aspect, ratio):
    runway.submit(order(runway, "gen4_turbo", aspect=aspect))
    assert body_of(runway)["ratio"] == ratio


def test_every_ratio_of_every_model_is_offered(runway):
    for model in runway.engine.capabilities.models:
        sizes = (IMAGE if model.from_image else TEXT)[model.id.partition(":")[0]][0]
        assert len(sizes) == len(model.aspects) * len(model.resolutions), model.name
        for resolution in model.resolutions:
            for aspect in model.aspects:
                runway.submit(order(runway, model.name, aspect=aspect, resolution=resolution))
                assert body_of(runway)["ratio"] in sizes


def test_picture_without_a_prompt_is_sent_without_one(runway):
    runway.submit(order(runway, "gen4_turbo", prompt=""))
    assert "promptText" not in body_of(runway)


def test_aspect_that_a_model_does_not_make_is_refused_and_not_sent(runway):
    with pytest.raises(ProviderRefused, match="4:5"):
        runway.submit(order(runway, "gen4_turbo", aspect="4:5"))
    assert not runway.emulator.calls


def test_prompt_of_1000_utf16_units_is_accepted_and_a_longer_one_refused_with_the_reason(runway):
    runway.submit(order(runway, "gen4.5_text", prompt="🪁" * 500))
    with pytest.raises(ProviderRefused, match="400 promptText: must have 1 to 1000"):
        runway.submit(order(runway, "gen4.5_text", prompt="🪁" * 501))


# -- pictures ------------------------------------------------------------------------------------------------------


def large_png(runway, data_bytes):
    """The path of a PNG file with so many bytes: those after its end are ignored."""
    path = runway.folder / "9x16-picture.png"
    runway.submit(order(runway, "gen4_turbo"))
    path.write_bytes(path.read_bytes().ljust(data_bytes, b"\0"))
    return path


def test_large_picture_is_uploaded_before_the_order(runway):
    path = large_png(runway, 3_800_000)
    runway.submit(order(runway, "gen4_turbo"))
    methods = [call.path for call in runway.emulator.calls][1:]
    assert methods == ["/v1/uploads", "/bucket", "/v1/image_to_video"]
    uri = body_of(runway)["promptImage"]
    assert uri.startswith("runway://")
    assert runway.emulator.uploads[uri] == path.read_bytes()
    assert body_of(runway, "/v1/uploads") == {"filename": "picture.png", "type": "ephemeral"}


def test_picture_just_below_the_limit_is_a_data_uri(runway):
    large_png(runway, 3_749_900)
    runway.submit(order(runway, "gen4_turbo"))
    assert 4_999_000 < len(body_of(runway)["promptImage"]) <= 5_000_000


@pytest.mark.parametrize(
    ("path", "reply"),
    [
        ("/v1/uploads", Reply(500, b"error")),
        ("/v1/uploads", Reply(200, b"<html>")),
        ("/v1/uploads", Reply(200, {"fields": {}})),
        ("/bucket", Reply(403, b"<Error><Code>AccessDenied</Code></Error>")),
        ("/bucket", Reply(drop=True)),
    ],
)
def test_failed_upload_is_busy_and_no_order_is_sent(runway, path, reply):
    large_png(runway, 3_800_000)
    runway.emulator.fail("POST", path, reply)
    with pytest.raises(ProviderBusy):
        runway.submit(order(runway, "gen4_turbo"))
    assert len(runway.emulator.jobs) == 1


def test_file_that_is_neither_jpeg_nor_png_is_refused_and_not_sent(runway, tmp_path):
    path = tmp_path / "picture.png"
    path.write_bytes(b"GIF89a picture")
    with pytest.raises(ProviderRefused, match="JPEG or PNG"):
        runway.engine.submit(order(runway, "gen4_turbo"), {PICTURE: path, LAST_PICTURE: path}, "key")
    assert not runway.emulator.calls
