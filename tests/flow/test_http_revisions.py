"""Editing a film over real HTTP, with a real database, storage and broker, and no workers."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from typing import Any

import pytest
import requests
from celery import states
from sqlalchemy import select

from app.api.factory import create_app
from app.assets import resolve
from app.core.errors import StageFailed
from app.database.models import ArtifactRow, EventRow, RevisionRow, RunRow, now
from app.database.session import transaction
from app.jobs import runs, workspace
from app.planning.scenes import planner
from app.planning.timing import segments
from app.planning.timing import timeline as timing
from app.queue import application, run_state
from app.queue.embedded_broker import Broker
from app.store.factory import storage
from app.store.json_files import write_json
from app.store.keys import artifact_key, run_key
from presets.library import preset
from schemas.clip import Clip, ClipSchema
from schemas.frame import frame_size
from schemas.job import JobRequest, State
from schemas.scene_graph import SceneGraph, SceneGraphSchema
from schemas.segment import ENCODINGS, SegmentSchema
from schemas.speech import SpeechSchema
from schemas.timeline import TimelineSchema
from tests.flow.serving import clip, left, picture, serving, tone
from tests.unit.planning import films

Plain = dict[str, Any]
SCRIPT = "Bread takes time. Good bread takes longer than you would think. Nobody at the harbour waits for it."
CAPTION = {"scene": 2, "caption": "Patience is an ingredient"}


@pytest.fixture(scope="module")
def address(broker: Broker) -> Iterator[str]:
    with serving(create_app()) as url:
        yield url


def got(address: str, path: str) -> Plain:
    reply = requests.get(f"{address}{path}", timeout=60)
    assert reply.status_code == 200, reply.text
    body: Plain = reply.json()
    return body


def posted(address: str, path: str, body: Any = None) -> requests.Response:
    return requests.post(f"{address}{path}", json=body, timeout=60)


def submitted(address: str) -> Plain:
    request = {"script": SCRIPT, "quality": "draft", "title": "Bread"}
    body: Plain = posted(address, "/api/v2/jobs", request).json()
    return body


def planned(job: Plain) -> SceneGraph:
    """What the first step leaves."""
    request = JobRequest(script=SCRIPT, quality="draft", title="Bread")
    graph = planner.plan(request, (), preset("clean_bold"))
    write_json(storage(), run_key(job["run_id"], "scene_graph.json"), SceneGraphSchema.plain(graph))
    workspace.store_graph(job["run_id"], graph)
    return graph


def filmed(job_id: str, run_id: str, graph: SceneGraph) -> None:
    """What all steps leave, by the arithmetic of the real ones; the pictures alone are stood in for."""
    look, said = preset(graph.preset_id), films.speech(graph)
    clips = {
        scene.id: Clip(scene.id, "still", "cache/plate/a.npy", f"plate {scene.id}", "local") for scene in graph.scenes
    }
    first = timing.build(graph, frame_size(graph.aspect, "draft"))
    final = timing.retime(graph, first, said, clips, look)
    cut = segments.segments(graph, final, clips, look, encoding=ENCODINGS["draft"], overlay_keys={})
    notes = {
        "scene_graph.json": SceneGraphSchema.plain(graph),
        "timeline_planned.json": TimelineSchema.plain(first),
        "timeline.json": TimelineSchema.plain(final),
        "speech.json": SpeechSchema.plain(said),
        "segments.json": [SegmentSchema.plain(segment) for segment in cut],
        **{f"clips/{scene_id}.json": ClipSchema.plain(made) for scene_id, made in clips.items()},
    }
    for name, note in notes.items():
        write_json(storage(), run_key(run_id, name), note)
    workspace.store_graph(run_id, graph)
    left_behind(job_id, run_id, f"film of {run_id}".encode())
    assert application.backend().set_unless_ended(run_id, states.SUCCESS, {})
    runs.settle(run_id)


def left_behind(job_id: str, run_id: str, content: bytes) -> None:
    key = artifact_key(run_id, "output.mp4")
    with storage().writing(key) as path:
        path.write_bytes(content)
    row = {"name": "output.mp4", "key": key, "content_type": "video/mp4", "bytes": len(content)}
    with transaction() as session:
        session.add(ArtifactRow(job_id=job_id, run_id=run_id, sha256=hashlib.sha256(content).hexdigest(), **row))


@pytest.fixture
def film(address: str) -> Plain:
    """A job that is done; ``url`` is where its revisions are."""
    job = submitted(address)
    graph = planned(job)
    filmed(job["job_id"], job["run_id"], graph)
    return {**job, "graph": graph, "url": f"/api/v2/jobs/{job['job_id']}/revisions"}


def edited(address: str, film: Plain, *changes: Plain, **more: Any) -> Plain:
    reply = posted(address, film["url"], {"changes": list(changes), **more})
    assert reply.status_code == 202, reply.text
    body: Plain = reply.json()
    return body


def finish(film: Plain, edit: Plain) -> None:
    """The edit's run comes to its end."""
    with transaction() as session:
        chosen = select(RevisionRow.scene_graph).where(RevisionRow.job_id == film["job_id"])
        graph = session.scalars(chosen.where(RevisionRow.number == edit["revision"])).one()
    filmed(film["job_id"], edit["run_id"], SceneGraphSchema.read(graph or {}))


def refused(address: str, film: Plain, *changes: Any, status: int = 422, **more: Any) -> Plain:
    before = left()
    reply = posted(address, film["url"], {"changes": list(changes), **more})
    assert reply.status_code == status, reply.text
    assert left() == before
    error: Plain = reply.json()["error"]
    return error


# -- edit ------------------------------------------------------------------------------------------------------------


def test_a_dry_run_tells_what_an_edit_takes_and_leaves_nothing(address: str, film: Plain) -> None:
    before = left()
    reply = posted(address, film["url"], {"changes": [CAPTION], "dry_run": True})
    assert reply.status_code == 200
    body = reply.json()
    told = body["preview"]
    assert (told["scenes"], told["voice"], told["segments"]) == ([], [], [2])
    assert (told["music"], told["mix"], told["film"], told["exact"]) == (False, False, True, True)
    assert told["length_ms"] > 3000 and told["seconds"] > 0 and told["cost_usd"] == 0
    assert body["based_on"] == 1 and "revision" not in body and "run_id" not in body
    assert left() == before


def test_an_edit_is_a_new_revision_whose_canvas_is_sent(address: str, film: Plain) -> None:
    body = edited(address, film, CAPTION)
    assert (body["revision"], body["based_on"], body["state"]) == (2, 1, "QUEUED")
    assert body["preview"]["segments"] == [2]
    with transaction() as session:
        run = session.get_one(RunRow, body["run_id"])
        assert run.kind == "revision" and run.sent_at and run.revision.parent == 1
        assert run.revision.scene_graph["scenes"][1]["caption"] == CAPTION["caption"]
        assert run.revision.changes == [CAPTION]
    job = got(address, body["links"]["job"])
    assert (job["state"], job["run_id"]) == ("QUEUED", body["run_id"])


def test_only_what_is_named_changes(address: str, film: Plain) -> None:
    body = edited(address, film, CAPTION)
    after = got(address, body["links"]["self"])["scene_graph"]
    before = SceneGraphSchema.plain(film["graph"])
    before["scenes"][1]["caption"] = CAPTION["caption"]
    assert after == before


def test_a_new_file_is_taken_by_its_id_and_by_what_it_is(address: str, film: Plain) -> None:
    files = [("file", ("a.mp4", clip())), ("file", ("small.png", picture()))]
    video, image = (
        each["asset_id"]
        for each in requests.post(f"{address}/api/v1/assets/upload", files=files, timeout=60).json()["assets"]
    )
    body = edited(
        address,
        film,
        {"scene": 1, "media": {"asset": video, "start_ms": 200}},
        {"insert": {"media": {"asset": image}, "caption": "Look"}, "after": 1},
        {"scene": 2, "overlays": [{"kind": "image", "asset": image, "position": "top"}]},
    )
    shown = {scene["id"]: scene for scene in got(address, body["links"]["self"])["scene_graph"]["scenes"]}
    assert (shown[1]["media"]["kind"], shown[1]["media"]["asset"]) == ("video", video)
    new = max(shown)
    assert (shown[new]["media"]["kind"], shown[new]["media"]["asset"]) == ("image", image)
    assert shown[2]["overlays"][0]["asset"] == image
    assert len(body["warnings"]) == 2 and all("small for a" in warning for warning in body["warnings"])
    assert set(body["preview"]["scenes"]) == {1, new}


def test_a_file_of_the_upload_area_is_taken_in_by_an_edit(address: str, film: Plain) -> None:
    folder = storage().local(run_key(film["run_id"], "speech.json")).parents[2] / "uploads"
    folder.mkdir(exist_ok=True)
    (folder / "tea.png").write_bytes(picture(colour="#334455"))
    body = edited(address, film, {"scene": 1, "media": {"asset": "tea.png"}})
    media = got(address, body["links"]["self"])["scene_graph"]["scenes"][0]["media"]
    assert media["kind"] == "image" and resolve.asset(media["asset"]).name == "tea.png"
    assert got(address, body["links"]["self"])["changes"][0]["media"]["asset"] == media["asset"]


def test_who_edits_is_told_of_a_caption_that_says_something_else(address: str, film: Plain) -> None:
    finish(film, edited(address, film, CAPTION))
    body = edited(address, film, {"scene": 2, "voice_script": "Cake is quick."})
    assert body["warnings"] == [
        "the spoken words of scene 2 have changed but its caption has not: Patience is an ingredient"
    ]
    assert body["preview"]["voice"] == [2] and not body["preview"]["exact"]


def test_an_edit_back_finds_what_was_made_before(address: str, film: Plain) -> None:
    finish(film, edited(address, film, CAPTION))
    back = {"scene": 2, "caption": film["graph"].scenes[1].caption}
    told = edited(address, film, back)["preview"]
    assert (told["segments"], told["film"], told["exact"]) == ([], False, True)


def test_a_number_of_a_scene_that_is_gone_is_not_given_again(address: str, film: Plain) -> None:
    last = film["graph"].scenes[-1].id
    finish(film, edited(address, film, {"remove": last}))
    body = edited(address, film, {"insert": {"caption": "New"}})
    assert got(address, body["links"]["self"])["scene_graph"]["scenes"][-1]["id"] == last + 1


def test_what_has_failed_can_be_edited(address: str) -> None:
    job = submitted(address)
    planned(job)
    run_state.set_failed(job["run_id"], StageFailed("scene", 2, "bad_media", "no frames", False, "Send another.", 0.0))
    film = {**job, "url": f"/api/v2/jobs/{job['job_id']}/revisions"}
    body = edited(address, film, CAPTION)
    assert body["preview"]["film"] and not body["preview"]["exact"]


def test_a_plan_that_waits_for_review_is_replaced_by_its_edit(address: str) -> None:
    job: Plain = posted(address, "/api/v2/jobs", {"script": SCRIPT, "quality": "draft", "review": True}).json()
    planned(job)
    run_state.set_state(job["run_id"], State.AWAITING_REVIEW)
    body = edited(address, {"url": f"/api/v2/jobs/{job['job_id']}/revisions"}, CAPTION)
    assert not body["preview"]["exact"]
    found = got(address, f"/api/v2/jobs/{job['job_id']}/revisions")["revisions"]
    assert [(each["number"], each["state"]) for each in found] == [(1, "CANCELLED"), (2, "QUEUED")]


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
def test_what_cannot_be_is_refused_with_its_path_and_leaves_nothing(
    address: str, film: Plain, change: Any, field: str
) -> None:
    error = refused(address, film, CAPTION, change)
    assert (error["code"], error["field"]) == ("bad_request", field) and error["reason"]


def test_files_of_the_wrong_kind_are_refused(address: str, film: Plain) -> None:
    files = [("file", ("a.mp4", clip())), ("file", ("a.png", picture())), ("file", ("a.wav", tone()))]
    found = requests.post(f"{address}/api/v1/assets/upload", files=files, timeout=60).json()["assets"]
    video, image, sound = (each["asset_id"] for each in found)
    for change, field in [
        ({"scene": 1, "media": {"asset": sound}}, "media.asset"),
        ({"scene": 1, "media": {"asset": image, "kind": "video"}}, "media.kind"),
        ({"scene": 1, "media": {"asset": image, "kind": "colour"}}, "media.kind"),
        ({"scene": 1, "media": {"asset": video, "start_ms": 60_000}}, "media.start_ms"),
        ({"scene": 1, "overlays": [{"kind": "image", "asset": video}]}, "overlays.0.asset"),
        ({"insert": {"media": {"asset": video, "kind": "image"}}}, "insert.media.kind"),
        ({"film": {"music": {"asset": image}}}, "film.music.asset"),
    ]:
        assert refused(address, film, change)["field"] == f"changes.0.{field}"


def test_an_edit_that_changes_nothing_is_refused(address: str, film: Plain) -> None:
    error = refused(address, film, {"scene": 1, "caption": film["graph"].scenes[0].caption})
    assert error["message"] == "changes: nothing would change"


@pytest.mark.parametrize("body", [{}, {"changes": []}, {"changes": 3}, {"edits": [CAPTION]}, [], "x", None])
def test_a_body_that_is_no_edit_is_refused(address: str, film: Plain, body: Any) -> None:
    reply = posted(address, film["url"], body)
    assert reply.status_code in (415, 422) and reply.json()["error"]["advice"]


def test_a_body_that_is_not_json_is_refused(address: str, film: Plain) -> None:
    headers = {"Content-Type": "application/json"}
    assert requests.post(f"{address}{film['url']}", data=b"{", headers=headers, timeout=60).status_code == 400
    assert requests.post(f"{address}{film['url']}", files={"changes": b"[]"}, timeout=60).status_code == 415


def test_a_revision_that_is_not_there_cannot_be_built_on(address: str, film: Plain) -> None:
    assert refused(address, film, CAPTION, based_on=7)["field"] == "based_on"


def test_an_edit_of_an_older_revision_would_undo_what_came_after(address: str, film: Plain) -> None:
    finish(film, edited(address, film, CAPTION, based_on=1))
    error = refused(address, film, {"scene": 1, "caption": "Mine"}, based_on=1, status=409)
    assert "revision 2 is newer than 1" in error["message"]
    assert edited(address, film, {"scene": 1, "caption": "Mine"}, based_on=2)["revision"] == 3


def test_while_a_film_is_made_it_cannot_be_edited_but_it_can_be_asked(address: str, film: Plain) -> None:
    edited(address, film, CAPTION)
    assert "QUEUED" in refused(address, film, {"scene": 1, "caption": "x"}, status=409)["message"]
    asked = posted(address, film["url"], {"changes": [{"scene": 1, "caption": "x"}], "dry_run": True})
    assert asked.status_code == 200 and asked.json()["based_on"] == 2


def test_of_many_edits_at_once_one_is_made(address: str, film: Plain) -> None:
    with ThreadPoolExecutor(6) as pool:
        bodies = [{"changes": [{"scene": 1, "caption": f"number {number}"}]} for number in range(6)]
        replies = list(pool.map(lambda body: posted(address, film["url"], body), bodies))
    assert sorted(reply.status_code for reply in replies) == [202, 409, 409, 409, 409, 409]
    assert len(got(address, film["url"])["revisions"]) == 2


def test_what_is_not_planned_yet_cannot_be_edited(address: str) -> None:
    job = submitted(address)
    error = refused(address, {"url": f"/api/v2/jobs/{job['job_id']}/revisions"}, CAPTION, status=409)
    assert "not planned" in error["message"]


@pytest.mark.parametrize("path", ["", "/1", "/1/compare?with=2", "/1/artefacts/output.mp4"])
def test_of_a_job_that_is_not_there_nothing_is_shown(address: str, path: str) -> None:
    reply = requests.get(f"{address}/api/v2/jobs/job_none/revisions{path}", timeout=60)
    assert reply.status_code == 404 and reply.json()["error"]["code"] == "not_found"


@pytest.mark.parametrize("path", ["", "/rollback"])
def test_a_job_that_is_not_there_cannot_be_edited(address: str, path: str) -> None:
    where = f"/api/v2/jobs/job_none/revisions{'/1' * bool(path)}{path}"
    assert posted(address, where, {"changes": [CAPTION]}).status_code == 404


# -- look ------------------------------------------------------------------------------------------------------------


def test_revisions_are_listed_with_what_was_changed(address: str, film: Plain) -> None:
    finish(film, edited(address, film, CAPTION))
    edited(address, film, {"film": {"title": "Cake"}})
    found = got(address, film["url"])["revisions"]
    assert [(r["number"], r["kind"], r["parent"], r["state"]) for r in found] == [
        (1, "plan", None, "DONE"),
        (2, "edit", 1, "DONE"),
        (3, "edit", 2, "QUEUED"),
    ]
    assert [r["changes"] for r in found] == [[], [CAPTION], [{"film": {"title": "Cake"}}]]
    assert all(got(address, r["links"]["self"])["number"] == r["number"] for r in found)


def test_each_revision_keeps_its_own_film(address: str, film: Plain) -> None:
    edit = edited(address, film, CAPTION)
    finish(film, edit)
    for number, run_id in ((1, film["run_id"]), (2, edit["run_id"])):
        (only,) = got(address, f"{film['url']}/{number}")["artefacts"]
        content = requests.get(f"{address}{only['url']}", timeout=60)
        assert content.content == f"film of {run_id}".encode() and content.headers["Content-Type"] == "video/mp4"
        assert hashlib.sha256(content.content).hexdigest() == only["sha256"]


@pytest.mark.parametrize("number", ["2", "0", "99999999999999999999999"])
def test_a_revision_that_is_not_there_is_not_found(address: str, film: Plain, number: str) -> None:
    for path in (number, f"{number}/compare?with=1", f"{number}/artefacts/output.mp4"):
        assert requests.get(f"{address}{film['url']}/{path}", timeout=60).status_code == 404
    assert posted(address, f"{film['url']}/{number}/rollback").status_code == 404


def test_a_file_that_a_revision_has_not_is_not_found(address: str, film: Plain) -> None:
    assert requests.get(f"{address}{film['url']}/1/artefacts/nothing.mp4", timeout=60).status_code == 404


def test_two_revisions_are_compared_scene_by_scene(address: str, film: Plain) -> None:
    edit = edited(address, film, CAPTION, {"scene": 1, "duration_ms": 9000})
    shown = got(address, f"{film['url']}/2/compare?with=1")
    assert shown == got(address, edit["links"]["compare"])
    assert (shown["before"], shown["after"]) == (1, 2)
    first, second = shown["differences"]
    assert (first["scene_id"], first["field"], first["after"]) == (1, "duration_ms", 9000)
    assert second["words"].startswith("Scene 2: caption “") and second["after"] == CAPTION["caption"]
    back = got(address, f"{film['url']}/1/compare?with=2")["differences"]
    assert [each["before"] for each in back] == [9000, CAPTION["caption"]]
    assert requests.get(f"{address}{film['url']}/1/compare", timeout=60).status_code == 422


# -- go back ---------------------------------------------------------------------------------------------------------


def test_going_back_costs_nothing_and_is_there_at_once(address: str, film: Plain) -> None:
    finish(film, edited(address, film, CAPTION))
    reply = posted(address, f"{film['url']}/1/rollback")
    assert reply.status_code == 200, reply.text
    body = reply.json()
    assert (body["revision"], body["state"], body["at_once"]) == (3, "DONE", True)
    job = got(address, body["links"]["job"])
    assert (job["state"], job["run_id"]) == ("DONE", body["run_id"])
    (only,) = job["artefacts"]
    assert requests.get(f"{address}{only['url']}", timeout=60).content == f"film of {film['run_id']}".encode()
    shown = got(address, body["links"]["self"])
    assert (shown["kind"], shown["parent"], shown["changes"]) == ("rollback", 1, [])
    assert shown["scene_graph"] == SceneGraphSchema.plain(film["graph"])
    with transaction() as session:
        kinds = list(session.scalars(select(EventRow.kind).where(EventRow.run_id == body["run_id"])))
    assert "job.rolled_back" in kinds and "job.done" in kinds


def test_a_rollback_pays_for_no_clip_again(address: str, film: Plain) -> None:
    for scene in film["graph"].scenes:
        paid = Clip(scene.id, "still", "cache/plate/a.npy", f"plate {scene.id}", "runway", cost_usd=Decimal("0.1"))
        workspace.store_clip(film["run_id"], paid)
    finish(film, edited(address, film, CAPTION))
    back = posted(address, f"{film['url']}/1/rollback").json()
    assert workspace.spent_usd(film["run_id"]) == Decimal("0.1") * len(film["graph"].scenes)
    assert workspace.spent_usd(back["run_id"]) == 0
    assert {clip.cost_usd for clip in workspace.open_workspace(back["run_id"]).clips().values()} == {Decimal("0.1")}


def test_after_going_back_one_may_edit_on(address: str, film: Plain) -> None:
    finish(film, edited(address, film, CAPTION))
    posted(address, f"{film['url']}/1/rollback")
    body = edited(address, film, {"scene": 1, "caption": "On we go"})
    assert (body["based_on"], body["preview"]["segments"], body["preview"]["exact"]) == (3, [1], True)


def test_one_cannot_go_back_to_where_one_is(address: str, film: Plain) -> None:
    reply = posted(address, f"{film['url']}/1/rollback")
    assert reply.status_code == 409 and "newest" in reply.json()["error"]["message"]


def test_one_cannot_go_back_to_what_never_was_a_film(address: str, film: Plain) -> None:
    broken = edited(address, film, CAPTION)
    run_state.set_failed(
        broken["run_id"], StageFailed("scene", 2, "bad_media", "no frames", False, "Send another.", 0.0)
    )
    finish(film, edited(address, film, {"scene": 1, "caption": "Well"}))
    reply = posted(address, f"{film['url']}/2/rollback")
    assert reply.status_code == 409 and "no run of it has finished" in reply.json()["error"]["message"]


def test_while_a_film_is_made_one_cannot_go_back(address: str, film: Plain) -> None:
    edited(address, film, CAPTION)
    assert posted(address, f"{film['url']}/1/rollback").status_code == 409


def test_a_revision_that_had_to_make_room_is_made_again(address: str, film: Plain) -> None:
    finish(film, edited(address, film, CAPTION))
    with transaction() as session:
        chosen = select(RevisionRow).where(RevisionRow.job_id == film["job_id"], RevisionRow.number == 1)
        session.scalars(chosen).one().pruned_at = now()
    assert [r["is_pruned"] for r in got(address, film["url"])["revisions"]] == [True, False]
    reply = posted(address, f"{film['url']}/1/rollback")
    assert reply.status_code == 202, reply.text
    body = reply.json()
    assert (body["state"], body["at_once"]) == ("QUEUED", False)
    assert got(address, body["links"]["job"])["state"] == "QUEUED"


def test_what_an_older_house_wrote_is_made_anew(address: str, film: Plain) -> None:
    plain = SegmentSchema.plain(workspace.open_workspace(film["run_id"]).segments[0])
    write_json(storage(), run_key(film["run_id"], "segments.json"), [{**plain, "lens": "anamorphic"}])
    told = edited(address, film, CAPTION)["preview"]
    assert told["segments"] == [scene.id for scene in film["graph"].scenes] and not told["exact"]


def test_an_edit_says_how_long_it_takes_by_how_long_it_took(address: str, film: Plain) -> None:
    def seconds(change: Plain) -> float:
        asked = posted(address, film["url"], {"changes": [change], "dry_run": True})
        return float(asked.json()["preview"]["seconds"])

    caption, look = seconds(CAPTION), seconds({"film": {"preset_id": "neon_night"}})
    assert 0 < caption < look
