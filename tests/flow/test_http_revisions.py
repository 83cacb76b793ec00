"""Revisions over real HTTP, with a real database, storage and broker, and no workers."""

from __future__ import annotations

import hashlib
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from typing import Any

import pytest
import requests
from sqlalchemy import select

from app.assets import resolve
from app.core.errors import StageFailed
from app.database.models import EventRow, RevisionRow, RunRow, now
from app.database.session import transaction
from app.jobs import workspace
from app.queue import run_state
from app.store.factory import storage
from app.store.json_files import write_json
from app.store.keys import run_key
from schemas.clip import Clip
from schemas.job import State
from schemas.scene_graph import SceneGraphSchema
from schemas.segment import SegmentSchema
from tests.flow.serving import audio_bytes, image_bytes, stored_state, video_bytes
from tests.flow.stored_films import (
    SCRIPT,
    finish,
    get_json,
    post,
    store_plan,
    stored_film,
    submit,
)
from tests.stored_runs import spent_on_clips

JsonObject = dict[str, Any]
CAPTION = {"scene": 2, "caption": "Patience is an ingredient"}


@pytest.fixture
def film(address: str) -> JsonObject:
    """A finished job; ``url`` is the path of its revisions."""
    return stored_film(address)


def create_revision(address: str, film: JsonObject, *changes: JsonObject, **more: Any) -> JsonObject:
    response = post(address, film["url"], {"changes": list(changes), **more})
    assert response.status_code == 202, response.text
    body: JsonObject = response.json()
    return body


def refused_edit(address: str, film: JsonObject, *changes: Any, status: int = 422, **more: Any) -> JsonObject:
    """The error of an edit that is refused and stores nothing."""
    before = stored_state()
    response = post(address, film["url"], {"changes": list(changes), **more})
    assert response.status_code == status, response.text
    assert stored_state() == before
    error: JsonObject = response.json()["error"]
    return error


# -- edit ------------------------------------------------------------------------------------------------------------


def test_dry_run_returns_a_preview_and_stores_nothing(address: str, film: JsonObject) -> None:
    before = stored_state()
    response = post(address, film["url"], {"changes": [CAPTION], "dry_run": True})
    assert response.status_code == 200
    body = response.json()
    preview = body["preview"]
    assert (preview["scenes"], preview["voice"], preview["segments"]) == ([], [], [2])
    assert (preview["music"], preview["mix"], preview["film"], preview["exact"]) == (False, False, True, True)
    assert preview["length_ms"] > 3000 and preview["seconds"] > 0 and preview["cost_usd"] == 0
    assert body["based_on"] == 1 and "revision" not in body and "run_id" not in body
    assert stored_state() == before


def test_edit_creates_a_revision_and_sends_its_canvas(address: str, film: JsonObject) -> None:
    body = create_revision(address, film, CAPTION)
    assert (body["revision"], body["based_on"], body["state"]) == (2, 1, "QUEUED")
    assert body["preview"]["segments"] == [2]
    with transaction() as session:
        run = session.get_one(RunRow, body["run_id"])
        assert run.kind == "revision" and run.sent_at and run.revision.parent == 1
        assert run.revision.scene_graph["scenes"][1]["caption"] == CAPTION["caption"]
        assert run.revision.changes == [CAPTION]
    job = get_json(address, body["links"]["job"])
    assert (job["state"], job["run_id"]) == ("QUEUED", body["run_id"])


def test_edit_changes_only_the_named_fields(address: str, film: JsonObject) -> None:
    body = create_revision(address, film, CAPTION)
    after = get_json(address, body["links"]["self"])["scene_graph"]
    before = SceneGraphSchema.plain(film["graph"])
    before["scenes"][1]["caption"] = CAPTION["caption"]
    assert after == before


def test_new_asset_is_used_by_its_id_with_the_kind_of_its_file(address: str, film: JsonObject) -> None:
    files = [("file", ("a.mp4", video_bytes())), ("file", ("small.png", image_bytes()))]
    video, image = (
        asset["asset_id"]
        for asset in requests.post(f"{address}/api/v1/assets/upload", files=files, timeout=60).json()["assets"]
    )
    body = create_revision(
        address,
        film,
        {"scene": 1, "media": {"asset": video, "start_ms": 200}},
        {"insert": {"media": {"asset": image}, "caption": "Look"}, "after": 1},
        {"scene": 2, "overlays": [{"kind": "image", "asset": image, "position": "top"}]},
    )
    scenes = {scene["id"]: scene for scene in get_json(address, body["links"]["self"])["scene_graph"]["scenes"]}
    assert (scenes[1]["media"]["kind"], scenes[1]["media"]["asset"]) == ("video", video)
    new_id = max(scenes)
    assert (scenes[new_id]["media"]["kind"], scenes[new_id]["media"]["asset"]) == ("image", image)
    assert scenes[2]["overlays"][0]["asset"] == image
    assert len(body["warnings"]) == 2 and all("small for a" in warning for warning in body["warnings"])
    assert set(body["preview"]["scenes"]) == {1, new_id}


def test_edit_stores_a_file_of_the_uploads_directory_as_an_asset(address: str, film: JsonObject) -> None:
    uploads = storage().local(run_key(film["run_id"], "speech.json")).parents[2] / "uploads"
    uploads.mkdir(exist_ok=True)
    (uploads / "tea.png").write_bytes(image_bytes(colour="#334455"))
    body = create_revision(address, film, {"scene": 1, "media": {"asset": "tea.png"}})
    media = get_json(address, body["links"]["self"])["scene_graph"]["scenes"][0]["media"]
    assert media["kind"] == "image" and resolve.get_asset(media["asset"]).name == "tea.png"
    assert get_json(address, body["links"]["self"])["changes"][0]["media"]["asset"] == media["asset"]


def test_edit_warns_about_a_caption_that_differs_from_the_narration(address: str, film: JsonObject) -> None:
    finish(film, create_revision(address, film, CAPTION))
    body = create_revision(address, film, {"scene": 2, "voice_script": "Cake is quick."})
    assert body["warnings"] == [
        "the spoken words of scene 2 have changed but its caption has not: Patience is an ingredient"
    ]
    assert body["preview"]["voice"] == [2] and not body["preview"]["exact"]


def test_reverting_edit_reuses_the_earlier_results(address: str, film: JsonObject) -> None:
    finish(film, create_revision(address, film, CAPTION))
    reverting_change = {"scene": 2, "caption": film["graph"].scenes[1].caption}
    preview = create_revision(address, film, reverting_change)["preview"]
    assert (preview["segments"], preview["film"], preview["exact"]) == ([], False, True)


def test_id_of_a_removed_scene_is_not_used_again(address: str, film: JsonObject) -> None:
    last = film["graph"].scenes[-1].id
    finish(film, create_revision(address, film, {"remove": last}))
    body = create_revision(address, film, {"insert": {"caption": "New"}})
    assert get_json(address, body["links"]["self"])["scene_graph"]["scenes"][-1]["id"] == last + 1


def test_failed_job_can_be_edited(address: str) -> None:
    job = submit(address)
    store_plan(job)
    run_state.set_failed(job["run_id"], StageFailed("scene", 2, "bad_media", "no frames", False, "Send another.", 0.0))
    film = {**job, "url": f"/api/v2/jobs/{job['job_id']}/revisions"}
    body = create_revision(address, film, CAPTION)
    assert body["preview"]["film"] and not body["preview"]["exact"]


def test_edit_replaces_a_plan_that_waits_for_review(address: str) -> None:
    job: JsonObject = post(address, "/api/v2/jobs", {"script": SCRIPT, "quality": "draft", "review": True}).json()
    store_plan(job)
    run_state.set_state(job["run_id"], State.AWAITING_REVIEW)
    body = create_revision(address, {"url": f"/api/v2/jobs/{job['job_id']}/revisions"}, CAPTION)
    assert not body["preview"]["exact"]
    revisions = get_json(address, f"/api/v2/jobs/{job['job_id']}/revisions")["revisions"]
    assert [(revision["number"], revision["state"]) for revision in revisions] == [(1, "CANCELLED"), (2, "QUEUED")]


# -- refusals --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"scene": 99, "caption": "x"}, "changes.1.scene"),
        ({"scene": 1, "duration_ms": 5}, "changes.1.duration_ms"),
        ({"scene": 1, "media": {"kind": "hologram"}}, "changes.1.media.kind"),
        ({"scene": 1, "media": {"asset": "ast_" + "a" * 26}}, "changes.1.media.asset"),
        ({"scene": 1, "media": {"asset": "../../etc/passwd"}}, "changes.1.media.asset"),
        ({"scene": 1, "engine": "no_such_engine"}, "changes.1.engine"),
        ({"scene": 1, "overlays": [{"asset": "nothing.png"}]}, "changes.1.overlays.0.asset"),
        ({"order": [1]}, "changes.1.order"),
        ({"remove": 99}, "changes.1.remove"),
        ({"insert": {"media": {"asset": "nothing.png"}}}, "changes.1.insert.media.asset"),
        ({"insert": {"engine": "no_such_engine"}}, "changes.1.insert.engine"),
        ({"film": {"preset_id": "no_such_look"}}, "changes.1.film.preset_id"),
        ({"film": {"voice": {"provider": "nobody"}}}, "changes.1.film.voice.provider"),
        ({"film": {"music": {"mood": "angry"}}}, "changes.1.film.music"),
        ({"film": {"music": {"asset": "nothing.wav"}}}, "changes.1.film.music.asset"),
        ({"scene": 1, "caption": "a\u0000b"}, "changes.1.caption"),
        ({"caption": "whose?"}, "changes.1"),
        ("remove everything", "changes.1"),
    ],
)
def test_invalid_change_is_refused_with_its_path_and_stores_nothing(
    address: str, film: JsonObject, change: Any, field: str
) -> None:
    error = refused_edit(address, film, CAPTION, change)
    assert (error["code"], error["field"]) == ("bad_request", field) and error["reason"]


def test_assets_of_the_wrong_kind_are_refused(address: str, film: JsonObject) -> None:
    files = [("file", ("a.mp4", video_bytes())), ("file", ("a.png", image_bytes())), ("file", ("a.wav", audio_bytes()))]
    assets = requests.post(f"{address}/api/v1/assets/upload", files=files, timeout=60).json()["assets"]
    video, image, audio = (asset["asset_id"] for asset in assets)
    for change, field in [
        ({"scene": 1, "media": {"asset": audio}}, "media.asset"),
        ({"scene": 1, "media": {"asset": image, "kind": "video"}}, "media.kind"),
        ({"scene": 1, "media": {"asset": image, "kind": "colour"}}, "media.kind"),
        ({"scene": 1, "media": {"asset": video, "start_ms": 60_000}}, "media.start_ms"),
        ({"scene": 1, "overlays": [{"kind": "image", "asset": video}]}, "overlays.0.asset"),
        ({"insert": {"media": {"asset": video, "kind": "image"}}}, "insert.media.kind"),
        ({"film": {"music": {"asset": image}}}, "film.music.asset"),
    ]:
        assert refused_edit(address, film, change)["field"] == f"changes.0.{field}"


def test_edit_without_effect_is_refused(address: str, film: JsonObject) -> None:
    error = refused_edit(address, film, {"scene": 1, "caption": film["graph"].scenes[0].caption})
    assert error["message"] == "changes: nothing would change"


@pytest.mark.parametrize("body", [{}, {"changes": []}, {"changes": 3}, {"edits": [CAPTION]}, [], "x", None])
def test_body_that_is_not_an_edit_is_refused(address: str, film: JsonObject, body: Any) -> None:
    response = post(address, film["url"], body)
    assert response.status_code in (415, 422) and response.json()["error"]["advice"]


def test_body_that_is_not_json_is_refused(address: str, film: JsonObject) -> None:
    headers = {"Content-Type": "application/json"}
    assert requests.post(f"{address}{film['url']}", data=b"{", headers=headers, timeout=60).status_code == 400
    assert requests.post(f"{address}{film['url']}", files={"changes": b"[]"}, timeout=60).status_code == 415


def test_edit_based_on_a_missing_revision_is_refused(address: str, film: JsonObject) -> None:
    assert refused_edit(address, film, CAPTION, based_on=7)["field"] == "based_on"


def test_edit_based_on_an_older_revision_returns_409(address: str, film: JsonObject) -> None:
    finish(film, create_revision(address, film, CAPTION, based_on=1))
    error = refused_edit(address, film, {"scene": 1, "caption": "Mine"}, based_on=1, status=409)
    assert "revision 2 is newer than 1" in error["message"]
    assert create_revision(address, film, {"scene": 1, "caption": "Mine"}, based_on=2)["revision"] == 3


def test_dry_run_is_allowed_while_a_run_is_open_and_an_edit_returns_409(address: str, film: JsonObject) -> None:
    create_revision(address, film, CAPTION)
    assert "QUEUED" in refused_edit(address, film, {"scene": 1, "caption": "x"}, status=409)["message"]
    response = post(address, film["url"], {"changes": [{"scene": 1, "caption": "x"}], "dry_run": True})
    assert response.status_code == 200 and response.json()["based_on"] == 2


def test_one_of_several_concurrent_edits_succeeds(address: str, film: JsonObject) -> None:
    with ThreadPoolExecutor(6) as pool:
        bodies = [{"changes": [{"scene": 1, "caption": f"number {number}"}]} for number in range(6)]
        responses = list(pool.map(lambda body: post(address, film["url"], body), bodies))
    assert sorted(response.status_code for response in responses) == [202, 409, 409, 409, 409, 409]
    assert len(get_json(address, film["url"])["revisions"]) == 2


def test_edit_before_the_plan_returns_409(address: str) -> None:
    job = submit(address)
    error = refused_edit(address, {"url": f"/api/v2/jobs/{job['job_id']}/revisions"}, CAPTION, status=409)
    assert "not planned" in error["message"]


@pytest.mark.parametrize("path", ["", "/1", "/1/compare?with=2", "/1/artefacts/output.mp4"])
def test_revisions_of_a_missing_job_return_404(address: str, path: str) -> None:
    response = requests.get(f"{address}/api/v2/jobs/job_none/revisions{path}", timeout=60)
    assert response.status_code == 404 and response.json()["error"]["code"] == "not_found"


@pytest.mark.parametrize("path", ["", "/rollback"])
def test_edit_and_rollback_of_a_missing_job_return_404(address: str, path: str) -> None:
    url = f"/api/v2/jobs/job_none/revisions{'/1' * bool(path)}{path}"
    assert post(address, url, {"changes": [CAPTION]}).status_code == 404


# -- get, list and compare -------------------------------------------------------------------------------------------


def test_revisions_are_listed_with_their_changes(address: str, film: JsonObject) -> None:
    finish(film, create_revision(address, film, CAPTION))
    create_revision(address, film, {"film": {"title": "Cake"}})
    revisions = get_json(address, film["url"])["revisions"]
    assert [(r["number"], r["kind"], r["parent"], r["state"]) for r in revisions] == [
        (1, "plan", None, "DONE"),
        (2, "edit", 1, "DONE"),
        (3, "edit", 2, "QUEUED"),
    ]
    assert [r["changes"] for r in revisions] == [[], [CAPTION], [{"film": {"title": "Cake"}}]]
    assert all(get_json(address, r["links"]["self"])["number"] == r["number"] for r in revisions)


def test_each_revision_keeps_its_own_artifacts(address: str, film: JsonObject) -> None:
    edit = create_revision(address, film, CAPTION)
    finish(film, edit)
    for number, run_id in ((1, film["run_id"]), (2, edit["run_id"])):
        (artifact,) = get_json(address, f"{film['url']}/{number}")["artefacts"]
        response = requests.get(f"{address}{artifact['url']}", timeout=60)
        assert response.content == f"film of {run_id}".encode() and response.headers["Content-Type"] == "video/mp4"
        assert hashlib.sha256(response.content).hexdigest() == artifact["sha256"]


@pytest.mark.parametrize("number", ["2", "0", "99999999999999999999999"])
def test_missing_revision_returns_404(address: str, film: JsonObject, number: str) -> None:
    for path in (number, f"{number}/compare?with=1", f"{number}/artefacts/output.mp4"):
        assert requests.get(f"{address}{film['url']}/{path}", timeout=60).status_code == 404
    assert post(address, f"{film['url']}/{number}/rollback").status_code == 404


def test_missing_artifact_of_a_revision_returns_404(address: str, film: JsonObject) -> None:
    assert requests.get(f"{address}{film['url']}/1/artefacts/nothing.mp4", timeout=60).status_code == 404


def test_comparison_lists_the_differences_scene_by_scene(address: str, film: JsonObject) -> None:
    edit = create_revision(address, film, CAPTION, {"scene": 1, "duration_ms": 9000})
    comparison = get_json(address, f"{film['url']}/2/compare?with=1")
    assert comparison == get_json(address, edit["links"]["compare"])
    assert (comparison["before"], comparison["after"]) == (1, 2)
    first, second = comparison["differences"]
    assert (first["scene_id"], first["field"], first["after"]) == (1, "duration_ms", 9000)
    assert second["words"].startswith("Scene 2: caption “") and second["after"] == CAPTION["caption"]
    reverse = get_json(address, f"{film['url']}/1/compare?with=2")["differences"]
    assert [difference["before"] for difference in reverse] == [9000, CAPTION["caption"]]
    assert requests.get(f"{address}{film['url']}/1/compare", timeout=60).status_code == 422


# -- roll back -------------------------------------------------------------------------------------------------------


def test_rollback_reuses_the_artifacts_and_is_done_at_once(address: str, film: JsonObject) -> None:
    finish(film, create_revision(address, film, CAPTION))
    response = post(address, f"{film['url']}/1/rollback")
    assert response.status_code == 200, response.text
    body = response.json()
    assert (body["revision"], body["state"], body["at_once"]) == (3, "DONE", True)
    job = get_json(address, body["links"]["job"])
    assert (job["state"], job["run_id"]) == ("DONE", body["run_id"])
    (artifact,) = job["artefacts"]
    assert requests.get(f"{address}{artifact['url']}", timeout=60).content == f"film of {film['run_id']}".encode()
    revision = get_json(address, body["links"]["self"])
    assert (revision["kind"], revision["parent"], revision["changes"]) == ("rollback", 1, [])
    assert revision["scene_graph"] == SceneGraphSchema.plain(film["graph"])
    with transaction() as session:
        kinds = list(session.scalars(select(EventRow.kind).where(EventRow.run_id == body["run_id"])))
    assert "job.rolled_back" in kinds and "job.done" in kinds


def test_rollback_pays_for_no_clip_again(address: str, film: JsonObject) -> None:
    for scene in film["graph"].scenes:
        paid_clip = Clip(scene.id, "still", "cache/plate/a.npy", f"plate {scene.id}", "runway", cost_usd=Decimal("0.1"))
        workspace.store_clip(film["run_id"], paid_clip)
    finish(film, create_revision(address, film, CAPTION))
    rollback = post(address, f"{film['url']}/1/rollback").json()
    assert spent_on_clips(film["run_id"]) == Decimal("0.1") * len(film["graph"].scenes)
    assert spent_on_clips(rollback["run_id"]) == 0
    assert {clip.cost_usd for clip in workspace.open_workspace(rollback["run_id"]).clips().values()} == {Decimal("0.1")}


def test_revision_after_a_rollback_can_be_edited(address: str, film: JsonObject) -> None:
    finish(film, create_revision(address, film, CAPTION))
    post(address, f"{film['url']}/1/rollback")
    body = create_revision(address, film, {"scene": 1, "caption": "On we go"})
    assert (body["based_on"], body["preview"]["segments"], body["preview"]["exact"]) == (3, [1], True)


def test_rollback_to_the_newest_revision_returns_409(address: str, film: JsonObject) -> None:
    response = post(address, f"{film['url']}/1/rollback")
    assert response.status_code == 409 and "newest" in response.json()["error"]["message"]


def test_rollback_to_a_revision_without_a_film_returns_409(address: str, film: JsonObject) -> None:
    failed_edit = create_revision(address, film, CAPTION)
    run_state.set_failed(
        failed_edit["run_id"], StageFailed("scene", 2, "bad_media", "no frames", False, "Send another.", 0.0)
    )
    finish(film, create_revision(address, film, {"scene": 1, "caption": "Well"}))
    response = post(address, f"{film['url']}/2/rollback")
    assert response.status_code == 409 and "no run of it has finished" in response.json()["error"]["message"]


def test_rollback_while_a_run_is_open_returns_409(address: str, film: JsonObject) -> None:
    create_revision(address, film, CAPTION)
    assert post(address, f"{film['url']}/1/rollback").status_code == 409


def test_rollback_to_a_pruned_revision_renders_it_again(address: str, film: JsonObject) -> None:
    finish(film, create_revision(address, film, CAPTION))
    with transaction() as session:
        query = select(RevisionRow).where(RevisionRow.job_id == film["job_id"], RevisionRow.number == 1)
        session.scalars(query).one().pruned_at = now()
    assert [r["is_pruned"] for r in get_json(address, film["url"])["revisions"]] == [True, False]
    response = post(address, f"{film['url']}/1/rollback")
    assert response.status_code == 202, response.text
    body = response.json()
    assert (body["state"], body["at_once"]) == ("QUEUED", False)
    assert get_json(address, body["links"]["job"])["state"] == "QUEUED"


def test_segments_of_another_version_are_encoded_again(address: str, film: JsonObject) -> None:
    segment = SegmentSchema.plain(workspace.open_workspace(film["run_id"]).segments[0])
    write_json(storage(), run_key(film["run_id"], "segments.json"), [{**segment, "lens": "anamorphic"}])
    preview = create_revision(address, film, CAPTION)["preview"]
    assert preview["segments"] == [scene.id for scene in film["graph"].scenes] and not preview["exact"]


def test_preview_estimates_seconds_from_earlier_durations(address: str, film: JsonObject) -> None:
    def seconds(change: JsonObject) -> float:
        response = post(address, film["url"], {"changes": [change], "dry_run": True})
        return float(response.json()["preview"]["seconds"])

    caption_s, preset_s = seconds(CAPTION), seconds({"film": {"preset_id": "neon_night"}})
    assert 0 < caption_s < preset_s
