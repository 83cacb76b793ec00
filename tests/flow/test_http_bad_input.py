"""Bad input over real HTTP: refused with the field and the reason, and nothing is left half-made."""

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
from tests.flow.serving import clip, huge_png, left, picture, serving, tone

SCRIPT = {"script": "Bread takes time."}
SCENE = {"description": "bread", "duration_ms": 2000}


@pytest.fixture(scope="module")
def address(broker: Broker) -> Iterator[str]:
    with serving(create_app(replace(settings(), max_request_mb=160))) as url:
        yield url


@pytest.fixture(autouse=True)
def _nothing_is_left(broker: Broker) -> Iterator[None]:
    before = left()
    yield
    assert left() == before


def refusal(reply: requests.Response, status: int = 422) -> dict[str, Any]:
    assert reply.status_code == status, reply.text
    body = reply.json()
    assert body["request_id"] == reply.headers["X-Request-Id"]
    error: dict[str, Any] = body["error"]
    assert error["message"] and error["advice"] and error["code"]
    assert str(settings().home) not in reply.text and "Traceback" not in reply.text
    return error


def sent(address: str, plain: Any) -> requests.Response:
    return requests.post(f"{address}/api/v2/jobs", json=plain, timeout=60)


def sent_with(address: str, *files: tuple[str, tuple[str, bytes]], **plain: Any) -> requests.Response:
    parts: list[tuple[str, Any]] = [("request", (None, json.dumps(plain or SCRIPT)))]
    return requests.post(f"{address}/api/v2/jobs", files=[*parts, *files], timeout=60)


@pytest.mark.parametrize(
    ("plain", "field"),
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
def test_a_wrong_field_is_named_with_a_reason(address: str, plain: Any, field: str) -> None:
    error = refusal(sent(address, plain))
    assert error["field"] == field
    assert error["reason"] and error["reason"] in error["message"]


def test_null_is_no_job(address: str) -> None:
    reply = requests.post(
        f"{address}/api/v2/jobs", data=b"null", headers={"Content-Type": "application/json"}, timeout=60
    )
    assert refusal(reply)["field"] == "body"


def test_every_wrong_field_is_named_at_once(address: str) -> None:
    error = refusal(sent(address, {**SCRIPT, "aspect": "3:2", "seed": -1, "voice": {"speed": 9}}))
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
def test_a_reference_that_is_no_asset_is_refused(address: str, reference: str) -> None:
    assert refusal(sent(address, {**SCRIPT, "media": [reference]}))["field"] == "media.0"


def test_a_scene_with_an_asset_that_is_not_there_is_named_by_its_place(address: str) -> None:
    scenes = [SCENE, {**SCENE, "media": {"kind": "image", "asset": "asset_none"}}]
    assert refusal(sent(address, {"scenes": scenes}))["field"] == "scenes.1.media.asset"


def zipped() -> bytes:
    into = io.BytesIO()
    with zipfile.ZipFile(into, "w") as archive:
        archive.writestr("a.png", picture())
    return into.getvalue()


PLAYLIST = b"#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\nfile:///etc/passwd\n#EXT-X-ENDLIST\n"
CONCAT = b"ffconcat version 1.0\nfile /etc/passwd\n"
SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><image href="file:///etc/passwd"/></svg>'
NOT_MEDIA = {
    "text.png": b"I am not a picture at all.",
    "empty.jpg": b"",
    "zip.mp4": zipped(),
    "playlist.mp4": PLAYLIST,
    "concat.mp4": CONCAT,
    "drawing.svg": SVG,
    "page.html": b"<!doctype html><script>alert(1)</script>",
    "program.png": b"\x7fELF" + bytes(200),
    "cut.png": picture(size=(400, 400))[:-200],
    "cut.jpg": picture("JPEG", size=(400, 400))[:600],
    "head.png": picture()[:20],
}


@pytest.mark.parametrize("name", NOT_MEDIA)
def test_a_file_that_is_not_whole_media_is_refused(address: str, name: str) -> None:
    job = refusal(sent_with(address, ("media", (name, NOT_MEDIA[name]))))
    assert job["field"] == "media.0"
    upload = requests.post(f"{address}/api/v1/assets/upload", files={"file": (name, NOT_MEDIA[name])}, timeout=60)
    assert refusal(upload)["field"] == "file"


def test_a_film_cut_off_in_the_middle_is_refused(address: str) -> None:
    assert refusal(sent_with(address, ("media", ("clip.mp4", clip()[:-900]))))["field"] == "media.0"


def test_a_picture_of_30000_by_30000_pixels_is_refused(address: str) -> None:
    reply = sent_with(address, ("media", ("huge.png", huge_png(30_000, 30_000))))
    assert reply.status_code in (413, 422)
    assert "media.0" in refusal(reply, reply.status_code)["message"]


def test_one_bad_file_among_good_ones_takes_them_all_back(address: str) -> None:
    good = ("media", ("a.png", picture(colour="#112233")))
    bad = ("media", ("b.png", b"no picture"))
    assert refusal(sent_with(address, good, bad))["field"] == "media.1"
    files = [("file", ("a.png", picture(colour="#112233"))), ("file", ("b.png", b"no picture"))]
    upload = requests.post(f"{address}/api/v1/assets/upload", files=files, timeout=60)
    assert refusal(upload)["field"] == "file.1"


def test_good_files_of_a_job_that_is_refused_are_not_kept(address: str) -> None:
    good = ("media", ("a.png", picture(colour="#445566")))
    assert refusal(sent_with(address, good, **SCRIPT, preset_id="no_such_look"))["field"] == "preset_id"
    assert refusal(sent_with(address, good, **SCRIPT, engine_preference="none_such"))["field"] == "engine_preference"


def test_sound_is_no_picture_and_a_picture_is_no_music(address: str) -> None:
    assert refusal(sent_with(address, ("media", ("tone.wav", tone()))))["field"] == "media.0"
    assert refusal(sent_with(address, ("music", ("a.png", picture()))))["field"] == "music.asset"


def test_music_twice_is_refused(address: str) -> None:
    song = ("music", ("tone.wav", tone()))
    assert refusal(sent_with(address, song, song))["field"] == "music"
    assert refusal(sent_with(address, song, **SCRIPT, music="none"))["field"] == "music"


def test_files_in_parts_nobody_asked_for_are_refused(address: str) -> None:
    assert refusal(sent_with(address, ("virus", ("a.png", picture()))))["field"] == "virus"


def test_more_files_than_a_job_may_have_are_refused(address: str) -> None:
    many = [("media", (f"{number}.png", b"x")) for number in range(201)]
    assert refusal(sent_with(address, *many))["field"] == "media"


def test_more_parts_than_a_form_may_have_are_refused_before_they_are_read(address: str) -> None:
    many = [("media", (f"{number}.png", b"x")) for number in range(MAX_PARTS + 1)]
    assert refusal(sent_with(address, *many), 413)["code"] == "too_large"


def test_a_form_says_everything_once(address: str) -> None:
    where = f"{address}/api/v2/jobs"
    twice = requests.post(where, files=[("script", (None, "One.")), ("script", (None, "Two."))], timeout=60)
    assert refusal(twice)["field"] == "script"
    both = requests.post(where, files=[("request", (None, json.dumps(SCRIPT))), ("title", (None, "Bread"))], timeout=60)
    assert refusal(both)["field"] == "request"


def test_an_empty_upload_is_refused(address: str) -> None:
    where = f"{address}/api/v1/assets/upload"
    assert refusal(requests.post(where, timeout=60))["field"] == "file"
    assert refusal(requests.post(where, files={"picture": ("a.png", picture())}, timeout=60))["field"] == "file"
    assert refusal(requests.post(where, json={"file": "a.png"}, timeout=60))["field"] == "file"


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
def test_what_is_not_json_is_said_to_be_none(address: str, body: bytes) -> None:
    reply = requests.post(f"{address}/api/v2/jobs", data=body, headers={"Content-Type": "application/json"}, timeout=60)
    assert refusal(reply, 400)["message"].startswith("This is not JSON")
    part = requests.post(f"{address}/api/v2/jobs", files={"request": ("r.json", body)}, timeout=60)
    assert refusal(part, 400)["code"] == "malformed"


def test_another_content_type_is_refused(address: str) -> None:
    for kind in ("text/plain", "application/xml", "application/x-www-form-urlencoded", ""):
        reply = requests.post(f"{address}/api/v2/jobs", data=b"script=x", headers={"Content-Type": kind}, timeout=60)
        assert refusal(reply, 415)["code"] == "unsupported_media_type"


def test_a_hundred_megabytes_of_text_are_refused_and_the_caller_is_told(address: str) -> None:
    text = b'{"script": "' + b"word " * (20 << 20) + b'"}'
    reply = requests.post(f"{address}/api/v2/jobs", data=text, headers={"Content-Type": "application/json"}, timeout=60)
    assert refusal(reply, 413)["code"] == "too_large"
    form = requests.post(f"{address}/api/v2/jobs", files={"script": (None, text)}, timeout=60)
    assert refusal(form, 413)["code"] == "too_large"


def test_a_request_larger_than_the_operator_allows_is_refused(broker: Broker) -> None:
    with serving(create_app(replace(settings(), max_request_mb=1))) as url:
        big = {"file": ("a.png", picture() + bytes(2 << 20))}
        assert refusal(requests.post(f"{url}/api/v1/assets/upload", files=big, timeout=60), 413)["code"] == "too_large"


@pytest.mark.parametrize("key", ["", "k" * 256, "caf\u00e9", "tab\there"])
def test_an_idempotency_key_is_printable_and_short(address: str, key: str) -> None:
    headers = {"Idempotency-Key": key.encode("latin-1")}
    reply = requests.post(f"{address}/api/v2/jobs", json=SCRIPT, headers=headers, timeout=60)
    assert refusal(reply)["field"] == "Idempotency-Key"


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
def test_what_is_not_there_is_said_in_the_same_words(address: str, path: str, status: int) -> None:
    refusal(requests.get(f"{address}{path}", timeout=60), status)


def test_a_wrong_query_is_named(address: str) -> None:
    assert refusal(requests.get(f"{address}/api/v2/jobs?limit=0", timeout=60))["field"] == "limit"


def test_another_method_is_refused_with_those_there_are(address: str) -> None:
    reply = requests.delete(f"{address}/api/v2/jobs", timeout=60)
    refusal(reply, 405)
    assert {"GET", "POST"} <= set(reply.headers["Allow"].split(", "))
