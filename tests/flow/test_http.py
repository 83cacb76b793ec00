"""The API over real HTTP, with a real database, storage and broker, and no workers."""

from __future__ import annotations

import hashlib
import json
import re
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import requests
from celery import states
from sqlalchemy import select

from app.api.factory import create_app
from app.assets import resolve
from app.core.config import settings
from app.core.errors import StageFailed
from app.database.models import ArtifactRow, JobRow, RunRow
from app.database.session import transaction
from app.jobs import events
from app.queue import application, run_state
from app.queue.embedded_broker import Broker
from app.store.factory import storage
from app.store.json_files import write_json
from app.store.keys import job_key, run_key
from schemas.job import State
from tests.flow.serving import clip, left, noise, picture, serving, tone

SCRIPT = {"script": "Bread takes time. Good bread takes longer."}


@pytest.fixture(scope="module")
def address(broker: Broker) -> Iterator[str]:
    with serving(create_app()) as url:
        yield url


def got(address: str, path: str, **more: Any) -> Any:
    reply = requests.get(f"{address}{path}", timeout=60, **more)
    assert reply.status_code == 200, reply.text
    return reply.json()


def accepted(reply: requests.Response) -> dict[str, Any]:
    assert reply.status_code == 202, reply.text
    body: dict[str, Any] = reply.json()
    return body


def made(address: str, plain: Any = None, **more: Any) -> dict[str, Any]:
    return accepted(requests.post(f"{address}/api/v2/jobs", json=plain or SCRIPT, timeout=60, **more))


def stored(job_id: str) -> dict[str, Any]:
    with transaction() as session:
        return session.get_one(JobRow, job_id).request


# -- submit ----------------------------------------------------------------------------------------------------------


def test_a_job_is_accepted_and_its_canvas_is_on_the_queue(address: str) -> None:
    before = queued()
    reply = requests.post(f"{address}/api/v2/jobs", json=SCRIPT, timeout=60)
    body = accepted(reply)
    assert re.fullmatch(r"job_[0-9a-f]{32}", body["job_id"])
    assert uuid.UUID(body["run_id"])
    assert body["state"] == "QUEUED" and body["estimate"] == {"usd": 0.0}
    assert body["warnings"] == ["no media given: scenes are words on the colours of Clean bold"]
    assert reply.headers["Location"] == body["links"]["self"] == f"/api/v2/jobs/{body['job_id']}"
    assert queued() == before + 1


def queued() -> int:
    with application.celery.connection_for_read() as line:
        return int(line.default_channel.client.llen("orch"))


def test_the_links_of_a_new_job_lead_somewhere_or_say_what_is_not_made_yet(address: str) -> None:
    links = made(address)["links"]
    found = {name: requests.get(f"{address}{url}", timeout=60).status_code for name, url in links.items()}
    assert found == {
        "self": 200,
        "artefacts": 200,
        "events": 200,
        "revisions": 200,
        "scene_graph": 404,
        "timeline": 404,
        **dict.fromkeys(("cancel", "resume", "approve", "reject"), 405),
    }


@pytest.mark.parametrize(
    "text",
    [
        "🍞 Bread 👩‍👩‍👧‍👦 takes time",
        "الخبز يحتاج إلى وقت",
        "面包需要时间。",
        r"{\an8\fs200}Bread\Nand {\p1}m 0 0{\p0} butter",
        "%{pts} ':=;,[a][b]\\ $(reboot) `id` \"quoted\" 'single'",
        "movie=/etc/passwd[a];[a]overlay",
        "a\r\nb\tc \u200b\u202e\u0301",
        "<script>alert(1)</script> &amp; {{7*7}}",
    ],
)
def test_any_text_is_accepted_and_stored_just_as_it_came(address: str, text: str) -> None:
    assert stored(made(address, {"script": text})["job_id"])["script"] == text
    form = requests.post(f"{address}/api/v2/jobs", files={"script": (None, text.encode())}, timeout=60)
    assert stored(accepted(form)["job_id"])["script"] == text


def test_a_form_brings_its_files_along_in_their_order(address: str) -> None:
    files = [
        ("request", (None, json.dumps({**SCRIPT, "title": "Bread"}))),
        ("media", ("b.png", picture(colour="#000001"))),
        ("media", ("a.mp4", clip())),
        ("media", ("c.jpg", picture("JPEG", colour="#000003"))),
        ("music", ("song.wav", tone())),
    ]
    request = stored(accepted(requests.post(f"{address}/api/v2/jobs", files=files, timeout=60))["job_id"])
    again = requests.post(
        f"{address}/api/v1/assets/upload",
        files=[("file", file) for name, file in files if name == "media"],
        timeout=60,
    ).json()["assets"]
    assert len(set(request["media"])) == 3
    assert [asset["kind"] for asset in again] == ["image", "video", "image"]
    assert request["title"] == "Bread" and request["music"]["asset"]


def test_plain_fields_of_a_form_mean_what_they_mean_in_json(address: str) -> None:
    fields = {
        "script": "7",
        "title": "true",
        "captions": "false",
        "seed": "5",
        "target_duration_seconds": "12",
        "voice": '{"provider": "none"}',
        "music": "none",
        "aspect": "1:1",
        "language": "",
    }
    reply = requests.post(
        f"{address}/api/v2/jobs", files={name: (None, text) for name, text in fields.items()}, timeout=60
    )
    request = stored(accepted(reply)["job_id"])
    assert (request["script"], request["title"], request["captions"], request["seed"]) == ("7", "true", False, 5)
    assert (request["target_duration_seconds"], request["voice"]["provider"], request["music"]) == (12, "none", "none")
    assert (request["aspect"], request["language"]) == ("1:1", None)


def test_files_come_behind_the_assets_that_were_named(address: str) -> None:
    first = requests.post(
        f"{address}/api/v1/assets/upload", files={"file": ("z.png", picture(colour="#00aa00"))}, timeout=60
    ).json()["asset_id"]
    files = [("script", (None, "Bread.")), ("media", (None, first)), ("media", ("a.png", picture(colour="#00bb00")))]
    request = stored(accepted(requests.post(f"{address}/api/v2/jobs", files=files, timeout=60))["job_id"])
    assert request["media"][0] == first and len(request["media"]) == 2


def test_a_small_picture_is_warned_about_and_used(address: str) -> None:
    files = [("script", (None, "Bread.")), ("media", ("small.png", picture()))]
    warnings = accepted(requests.post(f"{address}/api/v2/jobs", files=files, timeout=60))["warnings"]
    assert len(warnings) == 1 and "64×48" in warnings[0]


# -- idempotency -----------------------------------------------------------------------------------------------------


def test_the_same_key_and_body_is_the_same_job(address: str) -> None:
    key = {"Idempotency-Key": f"key {uuid.uuid4()}"}
    first = made(address, headers=key)
    before = left()
    reply = requests.post(f"{address}/api/v2/jobs", json=SCRIPT, headers=key, timeout=60)
    assert accepted(reply)["job_id"] == first["job_id"]
    assert reply.headers["Idempotency-Replayed"] == "true"
    assert left() == before


def test_the_same_key_with_another_body_is_a_conflict(address: str) -> None:
    key = {"Idempotency-Key": f"key-{uuid.uuid4()}"}
    made(address, headers=key)
    before = left()
    reply = requests.post(f"{address}/api/v2/jobs", json={"script": "Cake."}, headers=key, timeout=60)
    assert reply.status_code == 409 and reply.json()["error"]["code"] == "conflict"
    assert left() == before


def test_the_same_key_and_files_is_the_same_job_and_the_files_are_not_stored_twice(address: str) -> None:
    key = {"Idempotency-Key": f"key-{uuid.uuid4()}"}
    files = [("script", (None, "Bread.")), ("media", ("a.png", picture(colour="#0000cc")))]
    first = accepted(requests.post(f"{address}/api/v2/jobs", files=files, headers=key, timeout=60))
    before = left()
    again = requests.post(f"{address}/api/v2/jobs", files=files, headers=key, timeout=60)
    assert accepted(again)["job_id"] == first["job_id"]
    assert left() == before


def test_one_key_sent_many_times_at_once_makes_one_job(address: str) -> None:
    key = {"Idempotency-Key": f"key-{uuid.uuid4()}"}
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: made(address, headers=key)["job_id"], range(8)))
    assert len(set(found)) == 1


# -- look ------------------------------------------------------------------------------------------------------------


def test_a_new_job_shows_that_it_waits(address: str) -> None:
    job = made(address, {**SCRIPT, "title": "Bread"})
    shown = got(address, job["links"]["self"])
    assert (shown["state"], shown["title"], shown["ended_at"], shown["error"]) == ("QUEUED", "Bread", None, None)
    assert shown["progress"]["share"] == 0 and shown["progress"]["scenes"] == []
    assert set(shown["progress"]["steps"].values()) == {"PENDING"}
    assert shown["artefacts"] == [] and shown["links"] == job["links"]


def test_the_state_of_a_live_job_is_its_celery_result(address: str) -> None:
    job = made(address)
    for state in (State.PLANNING_SCENES, State.RENDERING_SCENES, State.COMPOSING, State.FINALIZING):
        run_state.set_state(job["run_id"], state)
        assert got(address, job["links"]["self"])["state"] == state


def test_a_failed_job_says_stage_cause_and_what_to_do(address: str) -> None:
    job = made(address)
    facts = ("bad_media", "it has no frames", True, "Send another file.", 0.5)
    run_state.set_failed(job["run_id"], StageFailed("scene", 3, *facts))
    error = got(address, job["links"]["self"])["error"]
    assert error == {
        "code": "bad_media",
        "message": "it has no frames",
        "stage": "scene",
        "scene_id": 3,
        "retryable": True,
        "advice": "Send another file.",
        "spent_usd": 0.5,
    }


def test_jobs_are_listed_newest_first_and_page_by_page(address: str) -> None:
    ids = [made(address, {**SCRIPT, "title": f"number {number}"})["job_id"] for number in range(5)]
    page = got(address, "/api/v2/jobs?limit=2")
    assert [line["job_id"] for line in page["jobs"]] == ids[:-3:-1]
    assert page["jobs"][0]["title"] == "number 4" and page["jobs"][0]["state"] == "QUEUED"
    older = got(address, page["next"])
    assert [line["job_id"] for line in older["jobs"]] == ids[2:0:-1]
    assert got(address, page["jobs"][0]["url"])["job_id"] == ids[4]


def test_the_last_page_has_no_next(address: str) -> None:
    made(address)
    assert got(address, "/api/v2/jobs?before=2000-01-01T00:00:00Z") == {"jobs": [], "next": None}


def test_the_scene_graph_and_the_timeline_come_as_they_are_stored(address: str) -> None:
    job = made(address)
    write_json(storage(), run_key(job["run_id"], "scene_graph.json"), {"version": "2.0", "title": "Brot 🍞"})
    write_json(storage(), run_key(job["run_id"], "timeline_planned.json"), {"planned": True})
    assert got(address, job["links"]["scene_graph"]) == {"version": "2.0", "title": "Brot 🍞"}
    assert got(address, job["links"]["timeline"]) == {"planned": True}
    write_json(storage(), run_key(job["run_id"], "timeline.json"), {"planned": False})
    assert got(address, job["links"]["timeline"]) == {"planned": False}


def test_events_are_listed_from_where_the_caller_left_off(address: str) -> None:
    job = made(address)
    events.record(job["job_id"], "step.finished", job["run_id"], step="plan", started_ms=1000, ended_ms=1250)
    all_of_them = got(address, job["links"]["events"])
    assert [event["kind"] for event in all_of_them["events"]] == ["job.submitted", "step.finished"]
    first = all_of_them["events"][0]["number"]
    rest = got(address, f"{job['links']['events']}?after={first}")
    assert [event["data"]["step"] for event in rest["events"]] == ["plan"]
    nothing = got(address, f"{job['links']['events']}?after={rest['last']}")
    assert nothing == {"events": [], "last": rest["last"]}
    assert got(address, job["links"]["self"])["timings_ms"] == {"plan": 250}


# -- cancel ----------------------------------------------------------------------------------------------------------


def test_a_cancelled_job_stays_cancelled(address: str) -> None:
    job = made(address)
    for _ in range(2):
        reply = requests.post(f"{address}{job['links']['cancel']}", timeout=60)
        assert reply.status_code == 200 and reply.json()["state"] == "CANCELLED"
    assert not run_state.set_state(job["run_id"], State.COMPOSING)
    shown = got(address, job["links"]["self"])
    assert shown["state"] == "CANCELLED" and shown["ended_at"]


def test_a_job_that_has_ended_cannot_be_cancelled(address: str) -> None:
    job = made(address)
    application.backend().set_unless_ended(job["run_id"], states.SUCCESS, {})
    reply = requests.post(f"{address}{job['links']['cancel']}", timeout=60)
    assert reply.status_code == 409 and "DONE" in reply.json()["error"]["message"]


# -- files -----------------------------------------------------------------------------------------------------------

FILM = bytes(range(256)) * 400


@pytest.fixture(scope="module")
def finished(address: str) -> dict[str, Any]:
    """A job whose files are there, as the last step leaves them."""
    job = made(address, {**SCRIPT, "title": "Bread"})
    files = {
        "output.mp4": ("video/mp4", FILM),
        "captions.vtt": ("text/vtt", b"WEBVTT\n"),
        "scenes/scene_1.mp4": ("video/mp4", FILM[:1000]),
    }
    with transaction() as session:
        for name, (kind, content) in files.items():
            key = job_key(job["job_id"], name)
            with storage().writing(key) as path:
                path.write_bytes(content)
            digest = hashlib.sha256(content).hexdigest()
            session.add(
                ArtifactRow(
                    job_id=job["job_id"],
                    run_id=job["run_id"],
                    name=name,
                    key=key,
                    content_type=kind,
                    bytes=len(content),
                    sha256=digest,
                )
            )
    application.backend().set_unless_ended(job["run_id"], states.SUCCESS, {})
    return job


def test_a_finished_job_lists_its_files_with_addresses_that_work(address: str, finished: dict[str, Any]) -> None:
    shown = got(address, finished["links"]["self"])
    assert shown["state"] == "DONE" and shown["progress"]["share"] == 1
    assert shown["artefacts"] == got(address, finished["links"]["artefacts"])["artefacts"]
    assert [each["name"] for each in shown["artefacts"]] == ["output.mp4", "captions.vtt", "scenes/scene_1.mp4"]
    for each in shown["artefacts"]:
        content = requests.get(f"{address}{each['url']}", timeout=60)
        assert hashlib.sha256(content.content).hexdigest() == each["sha256"]
        assert len(content.content) == each["bytes"]
        assert content.headers["Content-Type"].split(";")[0] == each["content_type"]


def film(address: str, finished: dict[str, Any], query: str = "", **headers: str) -> requests.Response:
    where = f"{address}{finished['links']['artefacts']}/output.mp4{query}"
    return requests.get(where, headers=headers, timeout=60)


def test_a_film_can_be_asked_for_in_pieces(address: str, finished: dict[str, Any]) -> None:
    piece = film(address, finished, Range="bytes=100-199")
    assert piece.status_code == 206 and piece.content == FILM[100:200]
    assert piece.headers["Content-Range"] == f"bytes 100-199/{len(FILM)}"
    assert film(address, finished, Range="bytes=-10").content == FILM[-10:]
    assert film(address, finished, Range="bytes=102390-").content == FILM[102390:]
    assert film(address, finished).headers["Accept-Ranges"] == "bytes"


def test_a_piece_outside_the_film_is_refused_with_its_length(address: str, finished: dict[str, Any]) -> None:
    reply = film(address, finished, Range="bytes=999999-")
    assert reply.status_code == 416
    assert reply.headers["Content-Range"] == f"bytes */{len(FILM)}"
    assert reply.json()["error"]["code"] == "range_not_satisfiable"


def test_a_film_that_is_known_already_is_not_sent_again(address: str, finished: dict[str, Any]) -> None:
    etag = film(address, finished).headers["ETag"]
    assert etag == f'"{hashlib.sha256(FILM).hexdigest()}"'
    assert film(address, finished, **{"If-None-Match": etag}).status_code == 304
    changed = film(address, finished, **{"If-Range": '"another"', "Range": "bytes=0-9"})
    assert changed.status_code == 200 and changed.content == FILM


def test_a_download_has_the_files_own_name(address: str, finished: dict[str, Any]) -> None:
    assert film(address, finished, "?download=1").headers["Content-Disposition"] == "attachment; filename=output.mp4"
    assert "attachment" not in film(address, finished).headers.get("Content-Disposition", "")


def test_the_head_of_a_film_has_its_length_and_no_body(address: str, finished: dict[str, Any]) -> None:
    reply = requests.head(f"{address}{finished['links']['artefacts']}/output.mp4", timeout=60)
    assert reply.headers["Content-Length"] == str(len(FILM)) and reply.content == b""


# -- uploads and looks -----------------------------------------------------------------------------------------------


def test_an_upload_says_what_was_found_in_the_file(address: str) -> None:
    reply = requests.post(
        f"{address}/api/v1/assets/upload", files={"file": ("../../tea.txt", picture("JPEG", (120, 80)))}, timeout=60
    )
    assert reply.status_code == 201
    body = reply.json()
    assert (body["kind"], body["width"], body["height"]) == ("image", 120, 80)
    assert (body["content_type"], body["length_ms"]) == ("image/jpeg", None)
    assert body["assets"] == [{name: value for name, value in body.items() if name != "assets"}]


def test_several_files_are_uploaded_in_one_request(address: str) -> None:
    files = [("file", ("a.mp4", clip())), ("file", ("b.wav", tone())), ("file", ("c.png", picture(colour="#123123")))]
    assets = requests.post(f"{address}/api/v1/assets/upload", files=files, timeout=60).json()["assets"]
    assert [asset["kind"] for asset in assets] == ["video", "audio", "image"]
    assert assets[0]["length_ms"] == pytest.approx(1000, abs=120)
    assert accepted(
        requests.post(
            f"{address}/api/v2/jobs",
            json={**SCRIPT, "media": [assets[2]["asset_id"], assets[0]["asset_id"]]},
            timeout=60,
        )
    )


def test_a_large_file_is_kept_whole_and_nothing_of_its_way_in_stays(address: str) -> None:
    large = noise(700, 700)
    assert len(large) > 1 << 20
    body = requests.post(f"{address}/api/v1/assets/upload", files={"file": ("n.png", large)}, timeout=60).json()
    found = storage().local(resolve.asset(body["asset_id"]).key)
    assert found.read_bytes() == large and body["bytes"] == len(large)
    assert list((settings().home / "incoming").iterdir()) == []


def test_the_looks_are_listed_whole(address: str) -> None:
    looks = got(address, "/api/v1/presets")["presets"]
    assert {"clean_bold", "neon_night"} <= {look["id"] for look in looks}
    assert all(look["name"] and look["captions"]["size_px"] for look in looks)


# -- the house around it ---------------------------------------------------------------------------------------------


def test_a_healthy_house_is_ready(address: str) -> None:
    body = got(address, "/health")
    assert body["live"] and body["ready"]
    assert set(body["checks"]) == {"broker", "database", "storage", "ffmpeg"}
    assert all(check["ok"] and check["detail"] for check in body["checks"].values())
    assert got(address, "/health/live") == {"live": True}


def test_every_reply_has_an_id_and_tells_browsers_not_to_guess(address: str) -> None:
    for path in ("/health/live", "/api/v2/jobs", "/nothing"):
        reply = requests.get(f"{address}{path}", timeout=60)
        assert reply.headers["X-Content-Type-Options"] == "nosniff"
        assert "default-src 'none'" in reply.headers["Content-Security-Policy"]
        assert "Access-Control-Allow-Origin" not in reply.headers
        assert re.fullmatch("[0-9a-f]{32}", reply.headers["X-Request-Id"])


def test_a_callers_own_request_id_is_kept_when_it_is_a_sane_one(address: str) -> None:
    def answered(given: str) -> str:
        return requests.get(f"{address}/health/live", headers={"X-Request-Id": given}, timeout=60).headers[
            "X-Request-Id"
        ]

    assert answered("trace-1.2_3") == "trace-1.2_3"
    for odd in ("a b", "x" * 65, "<script>", "é".encode().decode("latin-1")):
        assert re.fullmatch("[0-9a-f]{32}", answered(odd))


def test_the_page_of_the_api_needs_nothing_from_elsewhere(address: str) -> None:
    page = requests.get(f"{address}/api/docs", timeout=60)
    assert page.status_code == 200 and "swagger-ui" in page.text
    wanted = re.findall(r'(?:src|href)="([^"]+)"', page.text)
    assert wanted and all(url.startswith("/api/docs/") for url in wanted)
    for url in wanted:
        assert requests.get(f"{address}{url}", timeout=60).status_code == 200
    assert '"validatorUrl": null' in page.text and "http" not in page.headers["Content-Security-Policy"]
    assert '"url": "/api/openapi.json"' in page.text


def test_runs_are_remembered_as_sent(address: str) -> None:
    run_id = made(address)["run_id"]
    with transaction() as session:
        assert session.scalars(select(RunRow.sent_at).where(RunRow.id == run_id)).one()
