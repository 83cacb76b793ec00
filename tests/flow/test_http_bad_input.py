"""Invalid requests over real HTTP are refused with field and reason, and store nothing."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
import requests

from app.api.factory import create_app
from app.api.http.limits import MAX_PARTS
from app.core.config import settings
from app.queue.embedded_broker import Broker
from tests.flow.serving import audio_bytes, http_server, huge_png, image_bytes, stored_state, video_bytes

SCRIPT = {"script": "Bread takes time."}
SCENE = {"description": "bread", "duration_ms": 2000}
JSON_TYPE = {"Content-Type": "application/json"}


@pytest.fixture(scope="module")
def address(broker: Broker) -> Iterator[str]:
    with http_server(create_app(replace(settings(), max_request_mb=160))) as url:
        yield url


@pytest.fixture(autouse=True)
def _nothing_is_stored(broker: Broker) -> Iterator[None]:
    before = stored_state()
    yield
    assert stored_state() == before


def error_of(response: requests.Response, status: int = 422) -> dict[str, Any]:
    assert response.status_code == status, response.text
    body = response.json()
    assert body["request_id"] == response.headers["X-Request-Id"]
    error: dict[str, Any] = body["error"]
    assert error["message"] and error["advice"] and error["code"]
    assert str(settings().home) not in response.text and "Traceback" not in response.text
    return error


def submit(address: str, data: Any) -> requests.Response:
    return requests.post(f"{address}/api/v2/jobs", json=data, timeout=60)


def submit_form(address: str, *files: tuple[str, tuple[str, bytes]], **fields: Any) -> requests.Response:
    parts: list[tuple[str, Any]] = [("request", (None, json.dumps(fields or SCRIPT)))]
    return requests.post(f"{address}/api/v2/jobs", files=[*parts, *files], timeout=60)


@pytest.mark.parametrize(
    ("data", "field"),
    [
        ({}, "script"),
        ({"media": []}, "script"),
        ({"prompt": "a loaf", "script": "a loaf"}, "prompt"),
        ({"prompt": "a loaf", "scenes": [SCENE]}, "prompt"),
        ({"script": ""}, "script"),
        ({"script": "  \n\t "}, "script"),
        ({"script": "… — !?"}, "script"),
        ({"script": "a" * 20_001}, "script"),
        ({"prompt": "a" * 4_001}, "prompt"),
        ({"prompt": "Give me 3 facts about octopuses"}, "prompt"),
        ({"prompt": "Make it fast and funny, 30 seconds, with a hook"}, "prompt"),
        ({"script": None}, "script"),
        ({"script": 7}, "script"),
        ({"script": ["a", "b"]}, "script"),
        ({"script": {"text": "a"}}, "script"),
        ({**SCRIPT, "scenes": "two"}, "scenes"),
        ({**SCRIPT, "media": "asset_1"}, "media"),
        ({**SCRIPT, "media": [1]}, "media.0"),
        ({**SCRIPT, "media": [""]}, "media.0"),
        ({**SCRIPT, "media": ["x" * 3000]}, "media.0"),
        ({**SCRIPT, "media": ["asset_a"] * 201}, "media"),
        ({**SCRIPT, "captions": "perhaps"}, "captions"),
        ({**SCRIPT, "brand_safe": []}, "brand_safe"),
        ({**SCRIPT, "seed": -1}, "seed"),
        ({**SCRIPT, "seed": 2**40}, "seed"),
        ({**SCRIPT, "aspect": "3:2"}, "aspect"),
        ({**SCRIPT, "quality": "best"}, "quality"),
        ({**SCRIPT, "engine_policy": "cheap"}, "engine_policy"),
        ({**SCRIPT, "language": "e"}, "language"),
        ({**SCRIPT, "target_duration_seconds": 0}, "target_duration_seconds"),
        ({**SCRIPT, "target_duration_seconds": -5}, "target_duration_seconds"),
        ({**SCRIPT, "target_duration_seconds": 601}, "target_duration_seconds"),
        ({**SCRIPT, "target_duration_seconds": 10**30}, "target_duration_seconds"),
        ({**SCRIPT, "target_duration_seconds": 12.5}, "target_duration_seconds"),
        ({**SCRIPT, "target_duration_seconds": "long"}, "target_duration_seconds"),
        ({"scenes": [{**SCENE, "duration_ms": 0}]}, "scenes.0.duration_ms"),
        ({"scenes": [SCENE, {**SCENE, "duration_ms": -1}]}, "scenes.1.duration_ms"),
        ({"scenes": [SCENE] * 500}, "scenes"),
        ({"scenes": [{**SCENE, "wobble": 1}]}, "scenes.0.wobble"),
        ({"scenes": [{**SCENE, "media": {"kind": "hologram"}}]}, "scenes.0.media.kind"),
        ({**SCRIPT, "colour": "red"}, "colour"),
        ({**SCRIPT, "__proto__": {}}, "__proto__"),
        ({**SCRIPT, "music": "loud"}, "music"),
        ({**SCRIPT, "music": {"mood": "furious"}}, "music"),
        ({**SCRIPT, "music": {"asset": "nothing_here"}}, "music.asset"),
        ({**SCRIPT, "preset_id": "no_such_look"}, "preset_id"),
        ({**SCRIPT, "preset_id": "../etc/passwd"}, "preset_id"),
        ({**SCRIPT, "engine_preference": "no_such_engine"}, "engine_preference"),
        ({**SCRIPT, "voice": {"provider": "no_such_voice"}}, "voice.provider"),
        ({**SCRIPT, "voice": {"speed": 9}}, "voice.speed"),
        ({**SCRIPT, "voice": "loud"}, "voice"),
        ({"script": "half a \ud800 pair"}, "script"),
        ({"script": "a nul \x00 inside"}, "script"),
        ({"scenes": [{**SCENE, "caption": "a\x00b"}]}, "scenes.0.caption"),
        ([], "body"),
        ("text", "body"),
    ],
    ids=lambda value: str(value)[:40] if not isinstance(value, str) else None,
)
def test_invalid_field_is_named_with_its_reason(address: str, data: Any, field: str) -> None:
    error = error_of(submit(address, data))
    assert error["field"] == field
    assert error["reason"] and error["reason"] in error["message"]


def test_null_is_refused(address: str) -> None:
    response = requests.post(f"{address}/api/v2/jobs", data=b"null", headers=JSON_TYPE, timeout=60)
    assert error_of(response)["field"] == "body"


def test_every_invalid_field_is_named(address: str) -> None:
    error = error_of(submit(address, {**SCRIPT, "aspect": "3:2", "seed": -1, "voice": {"speed": 9}}))
    assert set(error["errors"]) == {"aspect", "seed", "voice.speed"}


@pytest.mark.parametrize(
    "reference",
    [
        "asset_00000000000000000000000000000000",
        "no such asset",
        "/etc/passwd",
        "file:///etc/passwd",
        "file://localhost/etc/passwd",
        "../../../etc/passwd",
        "assets/../../../../etc/passwd",
        "concat:/etc/passwd|/etc/hosts",
        "subfile,,start,0,end,9,,:/etc/passwd",
        "data:image/png;base64,AAAA",
        "http://127.0.0.1:1/picture.png",
        "ftp://example.org/a.png",
        "%2e%2e%2fetc%2fpasswd",
        "'; drop table job; --",
    ],
)
def test_reference_to_anything_but_an_asset_is_refused(address: str, reference: str) -> None:
    assert error_of(submit(address, {**SCRIPT, "media": [reference]}))["field"] == "media.0"


def test_missing_asset_of_a_scene_is_named_by_its_path(address: str) -> None:
    scenes = [SCENE, {**SCENE, "media": {"kind": "image", "asset": "asset_none"}}]
    assert error_of(submit(address, {"scenes": scenes}))["field"] == "scenes.1.media.asset"


def zip_archive() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("a.png", image_bytes())
    return buffer.getvalue()


PLAYLIST = b"#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\nfile:///etc/passwd\n#EXT-X-ENDLIST\n"
CONCAT = b"ffconcat version 1.0\nfile /etc/passwd\n"
SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><image href="file:///etc/passwd"/></svg>'
INVALID_MEDIA = {
    "text.png": b"This is not an image.",
    "empty.jpg": b"",
    "zip.mp4": zip_archive(),
    "playlist.mp4": PLAYLIST,
    "concat.mp4": CONCAT,
    "drawing.svg": SVG,
    "page.html": b"<!doctype html><script>alert(1)</script>",
    "program.png": b"\x7fELF" + bytes(200),
    "cut.png": image_bytes(size=(400, 400))[:-200],
    "cut.jpg": image_bytes("JPEG", size=(400, 400))[:600],
    "head.png": image_bytes()[:20],
}


@pytest.mark.parametrize("name", INVALID_MEDIA)
def test_invalid_or_truncated_media_file_is_refused(address: str, name: str) -> None:
    error = error_of(submit_form(address, ("media", (name, INVALID_MEDIA[name]))))
    assert error["field"] == "media.0"
    upload = requests.post(f"{address}/api/v1/assets/upload", files={"file": (name, INVALID_MEDIA[name])}, timeout=60)
    assert error_of(upload)["field"] == "file"


def test_truncated_video_is_refused(address: str) -> None:
    assert error_of(submit_form(address, ("media", ("clip.mp4", video_bytes()[:-900]))))["field"] == "media.0"


def test_image_of_30000_by_30000_pixels_is_refused(address: str) -> None:
    response = submit_form(address, ("media", ("huge.png", huge_png(30_000, 30_000))))
    assert response.status_code in (413, 422)
    assert "media.0" in error_of(response, response.status_code)["message"]


def test_one_invalid_file_rolls_back_all_uploads(address: str) -> None:
    good = ("media", ("a.png", image_bytes(colour="#112233")))
    bad = ("media", ("b.png", b"not an image"))
    assert error_of(submit_form(address, good, bad))["field"] == "media.1"
    files = [("file", ("a.png", image_bytes(colour="#112233"))), ("file", ("b.png", b"not an image"))]
    upload = requests.post(f"{address}/api/v1/assets/upload", files=files, timeout=60)
    assert error_of(upload)["field"] == "file.1"


def test_valid_files_of_a_refused_job_are_not_stored(address: str) -> None:
    good = ("media", ("a.png", image_bytes(colour="#445566")))
    assert error_of(submit_form(address, good, **SCRIPT, preset_id="no_such_look"))["field"] == "preset_id"
    assert error_of(submit_form(address, good, **SCRIPT, engine_preference="none_such"))["field"] == "engine_preference"


def test_audio_as_media_and_an_image_as_music_are_refused(address: str) -> None:
    assert error_of(submit_form(address, ("media", ("tone.wav", audio_bytes()))))["field"] == "media.0"
    assert error_of(submit_form(address, ("music", ("a.png", image_bytes()))))["field"] == "music.asset"


def test_music_given_twice_is_refused(address: str) -> None:
    song = ("music", ("tone.wav", audio_bytes()))
    assert error_of(submit_form(address, song, song))["field"] == "music"
    assert error_of(submit_form(address, song, **SCRIPT, music="none"))["field"] == "music"


def test_logo_is_one_image(address: str) -> None:
    logo = ("logo", ("a.png", image_bytes()))
    assert error_of(submit_form(address, logo, logo, **SCRIPT))["field"] == "logo"
    assert error_of(submit_form(address, logo, **SCRIPT, brand={"logo": "ast_1"}))["field"] == "brand.logo"
    assert error_of(submit_form(address, ("logo", ("a.wav", audio_bytes())), **SCRIPT))["field"] == "brand.logo"
    assert error_of(submit_form(address, logo, **SCRIPT, brand="acme"))["field"].startswith("brand")


def test_file_in_an_unknown_part_is_refused(address: str) -> None:
    assert error_of(submit_form(address, ("virus", ("a.png", image_bytes()))))["field"] == "virus"


def test_more_media_files_than_allowed_are_refused(address: str) -> None:
    many = [("media", (f"{number}.png", b"x")) for number in range(201)]
    assert error_of(submit_form(address, *many))["field"] == "media"


def test_form_with_more_parts_than_allowed_returns_413(address: str) -> None:
    many = [("media", (f"{number}.png", b"x")) for number in range(MAX_PARTS + 1)]
    assert error_of(submit_form(address, *many), 413)["code"] == "too_large"


def test_form_with_repeated_fields_is_refused(address: str) -> None:
    url = f"{address}/api/v2/jobs"
    twice = requests.post(url, files=[("script", (None, "One.")), ("script", (None, "Two."))], timeout=60)
    assert error_of(twice)["field"] == "script"
    both = requests.post(url, files=[("request", (None, json.dumps(SCRIPT))), ("title", (None, "Bread"))], timeout=60)
    assert error_of(both)["field"] == "request"


def test_upload_without_a_file_is_refused(address: str) -> None:
    url = f"{address}/api/v1/assets/upload"
    assert error_of(requests.post(url, timeout=60))["field"] == "file"
    assert error_of(requests.post(url, files={"picture": ("a.png", image_bytes())}, timeout=60))["field"] == "picture"
    error_of(requests.post(url, json={"file": "a.png"}, timeout=60), 415)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"{'script': 'x'}",
        b'{"script": "a",}',
        b"\xff\xfe\x00",
        b'{"seed": NaN, "script": "a"}',
        b'{"seed": ' + b"9" * 6000 + b"}",
        b"[" * 100_000,
        b'{"script": "unfinished',
    ],
    ids=["empty", "brace", "quotes", "comma", "utf16", "nan", "digits", "depth", "cut"],
)
def test_invalid_json_returns_400(address: str, body: bytes) -> None:
    response = requests.post(f"{address}/api/v2/jobs", data=body, headers=JSON_TYPE, timeout=60)
    assert error_of(response, 400)["message"].startswith("This is not JSON")
    part = requests.post(f"{address}/api/v2/jobs", files={"request": ("r.json", body)}, timeout=60)
    assert error_of(part, 400)["code"] == "malformed"


def test_unsupported_content_type_returns_415(address: str) -> None:
    for content_type in ("text/plain", "application/xml", "application/x-www-form-urlencoded", ""):
        response = requests.post(
            f"{address}/api/v2/jobs", data=b"script=x", headers={"Content-Type": content_type}, timeout=60
        )
        assert error_of(response, 415)["code"] == "unsupported_media_type"


def test_100_megabytes_of_text_return_413(address: str) -> None:
    text = b'{"script": "' + b"word " * (20 << 20) + b'"}'
    response = requests.post(f"{address}/api/v2/jobs", data=text, headers=JSON_TYPE, timeout=60)
    assert error_of(response, 413)["code"] == "too_large"
    form = requests.post(f"{address}/api/v2/jobs", files={"script": (None, text)}, timeout=60)
    assert error_of(form, 413)["code"] == "too_large"


def test_request_above_the_configured_limit_returns_413(broker: Broker) -> None:
    with http_server(create_app(replace(settings(), max_request_mb=1))) as url:
        files = {"file": ("a.png", image_bytes() + bytes(2 << 20))}
        response = requests.post(f"{url}/api/v1/assets/upload", files=files, timeout=60)
        assert error_of(response, 413)["code"] == "too_large"


@pytest.mark.parametrize("key", ["", "k" * 256, "caf\u00e9", "tab\there"])
def test_invalid_idempotency_key_is_refused(address: str, key: str) -> None:
    headers = {"Idempotency-Key": key.encode("latin-1")}
    response = requests.post(f"{address}/api/v2/jobs", json=SCRIPT, headers=headers, timeout=60)
    assert error_of(response)["field"] == "Idempotency-Key"


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/api/v2/jobs/job_none", 404),
        ("/api/v2/jobs/job_none/events", 404),
        ("/api/v2/jobs/job_none/timeline", 404),
        ("/api/v2/jobs/job_none/scene-graph", 404),
        ("/api/v2/jobs/job_none/artefacts", 404),
        ("/api/v2/jobs/job_none/artefacts/output.mp4", 404),
        ("/api/v2/jobs/job_none/artefacts/../../../pytoon.db", 404),
        ("/api/v2/jobs/%00", 404),
        ("/api/v2/jobs/" + "j" * 65, 404),
        ("/api/v2/jobs?limit=0", 422),
        ("/api/v2/jobs?limit=100000", 422),
        ("/api/v2/jobs?limit=many", 422),
        ("/api/v2/jobs?before=yesterday", 422),
        ("/api/v2/jobs?wrong=1", 422),
        ("/api/v2/nothing", 404),
        ("/", 404),
    ],
)
def test_unknown_url_or_invalid_query_returns_an_error_body(address: str, path: str, status: int) -> None:
    error_of(requests.get(f"{address}{path}", timeout=60), status)


def test_invalid_query_parameter_is_named(address: str) -> None:
    assert error_of(requests.get(f"{address}/api/v2/jobs?limit=0", timeout=60))["field"] == "limit"


def test_unsupported_method_returns_405_with_the_allowed_methods(address: str) -> None:
    response = requests.delete(f"{address}/api/v2/jobs", timeout=60)
    error_of(response, 405)
    assert {"GET", "POST"} <= set(response.headers["Allow"].split(", "))
