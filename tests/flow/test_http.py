"""The API over real HTTP, with a real database, storage and broker, and no workers."""

from __future__ import annotations

import hashlib
import json
import re
import uuid
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import requests
from celery import states
from sqlalchemy import select

from app.assets import resolve
from app.core.config import settings
from app.core.errors import StageFailed
from app.database.models import ArtifactRow, JobRow, RunRow
from app.database.session import transaction
from app.jobs import events
from app.queue import application, run_state
from app.store.factory import storage
from app.store.json_files import write_json
from app.store.keys import job_key, run_key
from schemas.job import State
from tests.flow.serving import audio_bytes, image_bytes, incompressible_png, stored_state, video_bytes

SCRIPT = {"script": "Bread takes time. Good bread takes longer."}


def get_json(address: str, path: str, **more: Any) -> Any:
    response = requests.get(f"{address}{path}", timeout=60, **more)
    assert response.status_code == 200, response.text
    return response.json()


def accepted(response: requests.Response) -> dict[str, Any]:
    assert response.status_code == 202, response.text
    body: dict[str, Any] = response.json()
    return body


def submit(address: str, data: Any = None, **more: Any) -> dict[str, Any]:
    return accepted(requests.post(f"{address}/api/v2/jobs", json=data or SCRIPT, timeout=60, **more))


def stored_request(job_id: str) -> dict[str, Any]:
    with transaction() as session:
        return session.get_one(JobRow, job_id).request


# -- submit ----------------------------------------------------------------------------------------------------------


def test_submitted_job_is_accepted_and_its_canvas_is_queued(address: str) -> None:
    before = queue_length()
    response = requests.post(f"{address}/api/v2/jobs", json=SCRIPT, timeout=60)
    body = accepted(response)
    assert re.fullmatch(r"job_[0-9a-f]{32}", body["job_id"])
    assert uuid.UUID(body["run_id"])
    assert body["state"] == "QUEUED" and body["estimate"] == {"usd": 0.0}
    assert body["warnings"] == ["no media given: scenes are words on the colours of Clean bold"]
    assert response.headers["Location"] == body["links"]["self"] == f"/api/v2/jobs/{body['job_id']}"
    assert queue_length() == before + 1


def queue_length() -> int:
    with application.celery.connection_for_read() as connection:
        return int(connection.default_channel.client.llen("orch"))


def test_links_of_a_new_job_resolve_or_return_404_until_it_is_planned(address: str) -> None:
    links = submit(address)["links"]
    statuses = {name: requests.get(f"{address}{url}", timeout=60).status_code for name, url in links.items()}
    assert statuses == {
        "self": 200,
        "artefacts": 200,
        "events": 200,
        "orders": 200,
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
def test_any_text_is_accepted_and_stored_unchanged(address: str, text: str) -> None:
    assert stored_request(submit(address, {"script": text})["job_id"])["script"] == text
    form = requests.post(f"{address}/api/v2/jobs", files={"script": (None, text.encode())}, timeout=60)
    assert stored_request(accepted(form)["job_id"])["script"] == text


def test_files_of_a_form_are_stored_in_their_order(address: str) -> None:
    files = [
        ("request", (None, json.dumps({**SCRIPT, "title": "Bread"}))),
        ("media", ("b.png", image_bytes(colour="#000001"))),
        ("media", ("a.mp4", video_bytes())),
        ("media", ("c.jpg", image_bytes("JPEG", colour="#000003"))),
        ("music", ("song.wav", audio_bytes())),
        ("logo", ("logo.png", image_bytes(colour="#000004"))),
    ]
    request = stored_request(accepted(requests.post(f"{address}/api/v2/jobs", files=files, timeout=60))["job_id"])
    assets = requests.post(
        f"{address}/api/v1/assets/upload",
        files=[("file", file) for name, file in files if name == "media"],
        timeout=60,
    ).json()["assets"]
    assert len(set(request["media"])) == 3
    assert [asset["kind"] for asset in assets] == ["image", "video", "image"]
    assert request["title"] == "Bread" and request["music"]["asset"] and request["brand"]["logo"]


def test_form_fields_have_the_same_values_as_in_json(address: str) -> None:
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
    response = requests.post(
        f"{address}/api/v2/jobs", files={name: (None, text) for name, text in fields.items()}, timeout=60
    )
    request = stored_request(accepted(response)["job_id"])
    assert (request["script"], request["title"], request["captions"], request["seed"]) == ("7", "true", False, 5)
    assert (request["target_duration_seconds"], request["voice"]["provider"], request["music"]) == (12, "none", "none")
    assert (request["aspect"], request["language"]) == ("1:1", None)


def test_files_follow_the_named_assets(address: str) -> None:
    first = requests.post(
        f"{address}/api/v1/assets/upload", files={"file": ("z.png", image_bytes(colour="#00aa00"))}, timeout=60
    ).json()["asset_id"]
    files = [
        ("script", (None, "Bread.")),
        ("media", (None, first)),
        ("media", ("a.png", image_bytes(colour="#00bb00"))),
    ]
    request = stored_request(accepted(requests.post(f"{address}/api/v2/jobs", files=files, timeout=60))["job_id"])
    assert request["media"][0] == first and len(request["media"]) == 2


def test_small_image_is_accepted_with_a_warning(address: str) -> None:
    files = [("script", (None, "Bread.")), ("media", ("small.png", image_bytes()))]
    warnings = accepted(requests.post(f"{address}/api/v2/jobs", files=files, timeout=60))["warnings"]
    assert len(warnings) == 1 and "64×48" in warnings[0]


# -- idempotency -----------------------------------------------------------------------------------------------------


def test_same_idempotency_key_and_body_return_the_same_job(address: str) -> None:
    key = {"Idempotency-Key": f"key {uuid.uuid4()}"}
    first = submit(address, headers=key)
    before = stored_state()
    response = requests.post(f"{address}/api/v2/jobs", json=SCRIPT, headers=key, timeout=60)
    assert accepted(response)["job_id"] == first["job_id"]
    assert response.headers["Idempotency-Replayed"] == "true"
    assert stored_state() == before


def test_repeated_request_returns_the_state_that_the_job_has_now(address: str) -> None:
    key = {"Idempotency-Key": f"key-{uuid.uuid4()}"}
    first = submit(address, headers=key)
    assert accepted(requests.post(f"{address}/api/v2/jobs", json=SCRIPT, headers=key, timeout=60))["state"] == "QUEUED"
    requests.post(f"{address}/api/v2/jobs/{first['job_id']}/cancel", timeout=60).raise_for_status()
    replay = accepted(requests.post(f"{address}/api/v2/jobs", json=SCRIPT, headers=key, timeout=60))
    assert (replay["job_id"], replay["state"]) == (first["job_id"], "CANCELLED")


def test_same_idempotency_key_with_another_body_returns_409(address: str) -> None:
    key = {"Idempotency-Key": f"key-{uuid.uuid4()}"}
    submit(address, headers=key)
    before = stored_state()
    response = requests.post(f"{address}/api/v2/jobs", json={"script": "Cake."}, headers=key, timeout=60)
    assert response.status_code == 409 and response.json()["error"]["code"] == "conflict"
    assert stored_state() == before


def test_files_sent_again_with_the_same_idempotency_key_are_not_stored_again(address: str) -> None:
    key = {"Idempotency-Key": f"key-{uuid.uuid4()}"}
    files = [("script", (None, "Bread.")), ("media", ("a.png", image_bytes(colour="#0000cc")))]
    first = accepted(requests.post(f"{address}/api/v2/jobs", files=files, headers=key, timeout=60))
    before = stored_state()
    again = requests.post(f"{address}/api/v2/jobs", files=files, headers=key, timeout=60)
    assert accepted(again)["job_id"] == first["job_id"]
    assert stored_state() == before


def test_concurrent_requests_with_one_idempotency_key_create_one_job(address: str) -> None:
    key = {"Idempotency-Key": f"key-{uuid.uuid4()}"}
    with ThreadPoolExecutor(8) as pool:
        job_ids = list(pool.map(lambda _: submit(address, headers=key)["job_id"], range(8)))
    assert len(set(job_ids)) == 1


# -- get and list ----------------------------------------------------------------------------------------------------


def test_new_job_is_queued(address: str) -> None:
    receipt = submit(address, {**SCRIPT, "title": "Bread"})
    job = get_json(address, receipt["links"]["self"])
    assert (job["state"], job["title"], job["ended_at"], job["error"]) == ("QUEUED", "Bread", None, None)
    assert job["progress"]["share"] == 0 and job["progress"]["scenes"] == []
    assert set(job["progress"]["steps"].values()) == {"PENDING"}
    assert job["artefacts"] == [] and job["links"] == receipt["links"]


def test_state_of_an_open_job_is_its_celery_result(address: str) -> None:
    job = submit(address)
    for state in (State.PLANNING_SCENES, State.RENDERING_SCENES, State.COMPOSING, State.FINALIZING):
        run_state.set_state(job["run_id"], state)
        assert get_json(address, job["links"]["self"])["state"] == state


def test_failed_job_has_stage_cause_and_advice(address: str) -> None:
    job = submit(address)
    facts = ("bad_media", "it has no frames", True, "Send another file.", 0.5)
    run_state.set_failed(job["run_id"], StageFailed("scene", 3, *facts))
    error = get_json(address, job["links"]["self"])["error"]
    assert error == {
        "code": "bad_media",
        "message": "it has no frames",
        "stage": "scene",
        "scene_id": 3,
        "retryable": True,
        "advice": "Send another file.",
        "spent_usd": 0.5,
    }


def test_jobs_are_listed_newest_first_in_pages(address: str) -> None:
    ids = [submit(address, {**SCRIPT, "title": f"number {number}"})["job_id"] for number in range(5)]
    page = get_json(address, "/api/v2/jobs?limit=2")
    assert [line["job_id"] for line in page["jobs"]] == ids[:-3:-1]
    assert page["jobs"][0]["title"] == "number 4" and page["jobs"][0]["state"] == "QUEUED"
    next_page = get_json(address, page["next"])
    assert [line["job_id"] for line in next_page["jobs"]] == ids[2:0:-1]
    assert get_json(address, page["jobs"][0]["url"])["job_id"] == ids[4]


def test_last_page_has_no_next_page(address: str) -> None:
    submit(address)
    assert get_json(address, "/api/v2/jobs?before=2000-01-01T00:00:00Z") == {"jobs": [], "next": None}


def test_scene_graph_and_timeline_are_returned_as_stored(address: str) -> None:
    job = submit(address)
    write_json(storage(), run_key(job["run_id"], "scene_graph.json"), {"version": "2.0", "title": "Brot 🍞"})
    write_json(storage(), run_key(job["run_id"], "timeline_planned.json"), {"planned": True})
    assert get_json(address, job["links"]["scene_graph"]) == {"version": "2.0", "title": "Brot 🍞"}
    assert get_json(address, job["links"]["timeline"]) == {"planned": True}
    write_json(storage(), run_key(job["run_id"], "timeline.json"), {"planned": False})
    assert get_json(address, job["links"]["timeline"]) == {"planned": False}


def test_events_are_listed_after_a_number(address: str) -> None:
    job = submit(address)
    events.record(job["job_id"], "step.finished", job["run_id"], step="plan", started_ms=1000, ended_ms=1250)
    all_events = get_json(address, job["links"]["events"])
    assert [event["kind"] for event in all_events["events"]] == ["job.submitted", "step.finished"]
    first = all_events["events"][0]["number"]
    later = get_json(address, f"{job['links']['events']}?after={first}")
    assert [event["data"]["step"] for event in later["events"]] == ["plan"]
    none = get_json(address, f"{job['links']['events']}?after={later['last']}")
    assert none == {"events": [], "last": later["last"]}
    assert get_json(address, job["links"]["self"])["timings_ms"] == {"plan": 250}


# -- cancel ----------------------------------------------------------------------------------------------------------


def test_cancelled_job_stays_cancelled(address: str) -> None:
    job = submit(address)
    for _ in range(2):
        response = requests.post(f"{address}{job['links']['cancel']}", timeout=60)
        assert response.status_code == 200 and response.json()["state"] == "CANCELLED"
    assert not run_state.set_state(job["run_id"], State.COMPOSING)
    cancelled = get_json(address, job["links"]["self"])
    assert cancelled["state"] == "CANCELLED" and cancelled["ended_at"]


def test_cancelling_an_ended_job_returns_409(address: str) -> None:
    job = submit(address)
    application.backend().set_unless_ended(job["run_id"], states.SUCCESS, {})
    response = requests.post(f"{address}{job['links']['cancel']}", timeout=60)
    assert response.status_code == 409 and "DONE" in response.json()["error"]["message"]


# -- artifacts -------------------------------------------------------------------------------------------------------

FILM = bytes(range(256)) * 400


@pytest.fixture(scope="module")
def finished(address: str) -> dict[str, Any]:
    """A finished job with artifacts as the last step stores them."""
    job = submit(address, {**SCRIPT, "title": "Bread"})
    artifacts = {
        "output.mp4": ("video/mp4", FILM),
        "captions.vtt": ("text/vtt", b"WEBVTT\n"),
        "scenes/scene_1.mp4": ("video/mp4", FILM[:1000]),
    }
    with transaction() as session:
        for name, (content_type, content) in artifacts.items():
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
                    content_type=content_type,
                    bytes=len(content),
                    sha256=digest,
                )
            )
    application.backend().set_unless_ended(job["run_id"], states.SUCCESS, {})
    return job


def test_finished_job_lists_its_artifacts_with_urls(address: str, finished: dict[str, Any]) -> None:
    job = get_json(address, finished["links"]["self"])
    assert job["state"] == "DONE" and job["progress"]["share"] == 1
    assert job["artefacts"] == get_json(address, finished["links"]["artefacts"])["artefacts"]
    assert [artifact["name"] for artifact in job["artefacts"]] == ["output.mp4", "captions.vtt", "scenes/scene_1.mp4"]
    for artifact in job["artefacts"]:
        response = requests.get(f"{address}{artifact['url']}", timeout=60)
        assert hashlib.sha256(response.content).hexdigest() == artifact["sha256"]
        assert len(response.content) == artifact["bytes"]
        assert response.headers["Content-Type"].split(";")[0] == artifact["content_type"]


def get_film(address: str, finished: dict[str, Any], query: str = "", **headers: str) -> requests.Response:
    url = f"{address}{finished['links']['artefacts']}/output.mp4{query}"
    return requests.get(url, headers=headers, timeout=60)


def test_range_request_returns_the_range(address: str, finished: dict[str, Any]) -> None:
    response = get_film(address, finished, Range="bytes=100-199")
    assert response.status_code == 206 and response.content == FILM[100:200]
    assert response.headers["Content-Range"] == f"bytes 100-199/{len(FILM)}"
    assert get_film(address, finished, Range="bytes=-10").content == FILM[-10:]
    assert get_film(address, finished, Range="bytes=102390-").content == FILM[102390:]
    assert get_film(address, finished).headers["Accept-Ranges"] == "bytes"


def test_range_outside_the_file_returns_416_with_the_length(address: str, finished: dict[str, Any]) -> None:
    response = get_film(address, finished, Range="bytes=999999-")
    assert response.status_code == 416
    assert response.headers["Content-Range"] == f"bytes */{len(FILM)}"
    assert response.json()["error"]["code"] == "range_not_satisfiable"


def test_conditional_request_returns_304_for_an_unchanged_file(address: str, finished: dict[str, Any]) -> None:
    etag = get_film(address, finished).headers["ETag"]
    assert etag == f'"{hashlib.sha256(FILM).hexdigest()}"'
    assert get_film(address, finished, **{"If-None-Match": etag}).status_code == 304
    changed = get_film(address, finished, **{"If-Range": '"another"', "Range": "bytes=0-9"})
    assert changed.status_code == 200 and changed.content == FILM


def test_download_has_the_name_of_the_artifact(address: str, finished: dict[str, Any]) -> None:
    headers = get_film(address, finished, "?download=1").headers
    assert headers["Content-Disposition"] == "attachment; filename=output.mp4"
    assert "attachment" not in get_film(address, finished).headers.get("Content-Disposition", "")


def test_head_request_has_the_length_and_no_body(address: str, finished: dict[str, Any]) -> None:
    response = requests.head(f"{address}{finished['links']['artefacts']}/output.mp4", timeout=60)
    assert response.headers["Content-Length"] == str(len(FILM)) and response.content == b""


# -- uploads and presets ---------------------------------------------------------------------------------------------


def test_upload_returns_the_properties_of_the_file(address: str) -> None:
    response = requests.post(
        f"{address}/api/v1/assets/upload", files={"file": ("../../tea.txt", image_bytes("JPEG", (120, 80)))}, timeout=60
    )
    assert response.status_code == 201
    body = response.json()
    assert (body["kind"], body["width"], body["height"]) == ("image", 120, 80)
    assert (body["content_type"], body["length_ms"]) == ("image/jpeg", None)
    assert body["assets"] == [{name: value for name, value in body.items() if name != "assets"}]


def test_several_files_are_uploaded_in_one_request(address: str) -> None:
    files = [
        ("file", ("a.mp4", video_bytes())),
        ("file", ("b.wav", audio_bytes())),
        ("file", ("c.png", image_bytes(colour="#123123"))),
    ]
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


def test_large_file_is_stored_unchanged_without_temporary_files(address: str) -> None:
    large = incompressible_png(700, 700)
    assert len(large) > 1 << 20
    body = requests.post(f"{address}/api/v1/assets/upload", files={"file": ("n.png", large)}, timeout=60).json()
    path = storage().local(resolve.get_asset(body["asset_id"]).key)
    assert path.read_bytes() == large and body["bytes"] == len(large)
    assert list((settings().home / "incoming").iterdir()) == []


def test_presets_are_listed_with_all_fields(address: str) -> None:
    presets = get_json(address, "/api/v1/presets")["presets"]
    assert {"clean_bold", "neon_night"} <= {preset["id"] for preset in presets}
    assert all(preset["name"] and preset["captions"]["size_px"] for preset in presets)


def test_layouts_are_listed_with_their_arrangements(address: str) -> None:
    layouts = {layout["id"]: layout for layout in get_json(address, "/api/v1/layouts")["layouts"]}
    assert {"full", "card", "stack_two", "text_card"} <= set(layouts)
    assert len(layouts["stack_two"]["arrangements"]["9:16"]["panels"]) == 2


# -- health, headers and documentation -------------------------------------------------------------------------------


def test_health_is_ready_when_every_check_passes(address: str) -> None:
    body = get_json(address, "/health")
    assert body["live"] and body["ready"]
    assert set(body["checks"]) == {"broker", "database", "storage", "ffmpeg"}
    assert all(check["ok"] and check["detail"] for check in body["checks"].values())
    assert get_json(address, "/health/live") == {"live": True}


def test_every_response_has_a_request_id_and_security_headers(address: str) -> None:
    for path in ("/health/live", "/api/v2/jobs", "/nothing"):
        response = requests.get(f"{address}{path}", timeout=60)
        assert response.headers["X-Content-Type-Options"] == "nosniff"
        assert "default-src 'none'" in response.headers["Content-Security-Policy"]
        assert "Access-Control-Allow-Origin" not in response.headers
        assert re.fullmatch("[0-9a-f]{32}", response.headers["X-Request-Id"])


def test_valid_request_id_of_the_client_is_used(address: str) -> None:
    def returned_id(sent_id: str) -> str:
        return requests.get(f"{address}/health/live", headers={"X-Request-Id": sent_id}, timeout=60).headers[
            "X-Request-Id"
        ]

    assert returned_id("trace-1.2_3") == "trace-1.2_3"
    for invalid_id in ("a b", "x" * 65, "<script>", "é".encode().decode("latin-1")):
        assert re.fullmatch("[0-9a-f]{32}", returned_id(invalid_id))


def test_swagger_page_loads_only_files_of_this_server(address: str) -> None:
    page = requests.get(f"{address}/api/docs", timeout=60)
    assert page.status_code == 200 and "swagger-ui" in page.text
    urls = re.findall(r'(?:src|href)="([^"]+)"', page.text)
    assert urls and all(url.startswith("/api/docs/") for url in urls)
    for url in urls:
        assert requests.get(f"{address}{url}", timeout=60).status_code == 200
    assert '"validatorUrl": null' in page.text and "http" not in page.headers["Content-Security-Policy"]
    assert '"url": "/api/openapi.json"' in page.text


def test_sent_run_is_recorded_as_sent(address: str) -> None:
    run_id = submit(address)["run_id"]
    with transaction() as session:
        assert session.scalars(select(RunRow.sent_at).where(RunRow.id == run_id)).one()
