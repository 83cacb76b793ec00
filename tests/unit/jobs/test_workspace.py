"""What a task reads and writes of its run."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from app.core.errors import NotFound
from app.database.models import SceneRow
from app.database.session import migrate, transaction
from app.jobs import workspace
from app.store.factory import storage
from app.store.json_files import read_json
from app.store.keys import cache_key, run_key
from presets.library import preset
from schemas.clip import Clip
from schemas.contract import fingerprint
from schemas.scene_graph import SceneGraphSchema
from schemas.segment import SegmentSchema
from tests.stored_runs import graph_of, keep_documents, plates_of, stored_job, stored_run


@pytest.fixture(autouse=True)
def _tables() -> Iterator[None]:
    migrate()
    yield


@pytest.fixture
def run_id() -> str:
    return stored_run(stored_job())


def video(identity: str, cost: str = "0.25") -> Clip:
    key = cache_key("take", identity, ".mp4")
    with storage().writing(key) as path:
        path.write_bytes(b"a take")
    return Clip(7, "video", key, identity, "runway", length_ms=5000, cost_usd=Decimal(cost))


def never() -> Clip:
    raise AssertionError("a clip that exists was rendered again")


# -- documents -------------------------------------------------------------------------------------------------------


def test_a_run_that_does_not_exist_is_not_found() -> None:
    with pytest.raises(NotFound):
        workspace.open_workspace("none")


def test_a_document_that_no_step_has_written_is_not_found_until_it_is_written(run_id: str) -> None:
    run, graph = workspace.open_workspace(run_id), graph_of(3)
    with pytest.raises(NotFound):
        _ = run.graph
    workspace.open_workspace(run_id).write("scene_graph.json", SceneGraphSchema.plain(graph))
    assert run.graph == graph


def test_a_document_is_read_once_in_a_task(run_id: str) -> None:
    keep_documents(run_id, graph_of(3))
    run = workspace.open_workspace(run_id)
    assert run.timeline is run.timeline and run.graph is run.graph and run.segments is run.segments
    assert run.clips() is run.clips() and run.segment(1) is run.segment(1)


def test_what_a_task_writes_is_what_it_reads_afterwards(run_id: str) -> None:
    run = workspace.open_workspace(run_id)
    run.write("note.json", {"a": 1})
    assert run.read("note.json") == {"a": 1}
    run.write("note.json", {"a": 2})
    assert run.read("note.json") == {"a": 2} == workspace.open_workspace(run_id).read("note.json")
    cut = keep_documents(run_id, graph_of(3))
    assert (run.segment(1), run.segments) == (cut[1], cut)
    run.write_segments(cut[:2])
    assert (run.segment_count(), run.segments) == (2, cut[:2])
    run.write_segments(cut[1:])
    assert (run.segment(0), run.segment_count()) == (cut[1], 2)


def test_a_value_made_once_equals_what_a_later_task_reads(run_id: str) -> None:
    graph = graph_of(3)
    made = workspace.open_workspace(run_id).get_or_make("scene_graph.json", SceneGraphSchema, lambda: graph)
    assert made == workspace.open_workspace(run_id).graph == graph
    assert (
        workspace.open_workspace(run_id).get_or_make("scene_graph.json", SceneGraphSchema, lambda: graph_of(4)) == graph
    )


def test_the_scene_graph_of_an_edit_comes_with_its_run() -> None:
    graph = graph_of(2)
    assert workspace.open_workspace(stored_run(stored_job(), graph=graph)).given_graph == graph
    assert workspace.open_workspace(stored_run(stored_job())).given_graph is None


def test_the_preset_is_that_of_the_request_until_a_graph_is_planned(run_id: str) -> None:
    assert workspace.open_workspace(run_id).preset.id == workspace.open_workspace(run_id).request.preset_id
    keep_documents(run_id, replace(graph_of(2), preset_id="neon_night"))
    assert workspace.open_workspace(run_id).preset == preset("neon_night")


# -- one scene, one segment ------------------------------------------------------------------------------------------


def test_a_scene_alone_is_the_same_scene_in_a_graph_with_the_same_settings(run_id: str) -> None:
    keep_documents(run_id, graph_of(5))
    run = workspace.open_workspace(run_id)
    for scene in run.graph.scenes:
        graph, planned = workspace.open_workspace(run_id).scene_alone(scene.id)
        assert graph == replace(run.graph, scenes=(scene,))
        assert planned.scenes == (run.planned.scene(scene.id),)
        assert (planned.fps, planned.width, planned.height) == (run.planned.fps, run.planned.width, run.planned.height)
    with pytest.raises(KeyError):
        run.scene_alone(6)


def test_a_segment_read_alone_is_that_of_the_whole_list(run_id: str) -> None:
    cut = keep_documents(run_id, graph_of(5))
    assert (
        tuple(workspace.open_workspace(run_id).segment(index) for index in range(5))
        == workspace.open_workspace(run_id).segments
        == cut
    )
    assert workspace.open_workspace(run_id).segment_count() == 5
    with pytest.raises(IndexError):
        workspace.open_workspace(run_id).segment(5)


def test_a_segment_is_read_from_the_list_that_an_earlier_version_wrote(run_id: str) -> None:
    cut = keep_documents(run_id, graph_of(3))
    with storage().writing(run_key(run_id, "segments.json")) as path:
        path.write_text(json.dumps([SegmentSchema.plain(segment) for segment in cut], indent=1))
    assert tuple(workspace.open_workspace(run_id).segment(index) for index in range(3)) == cut


def test_segments_are_stored_as_a_json_list(run_id: str) -> None:
    cut = keep_documents(run_id, graph_of(3))
    assert read_json(storage(), run_key(run_id, "segments.json")) == [SegmentSchema.plain(each) for each in cut]


# -- clips -----------------------------------------------------------------------------------------------------------


def test_clips_come_from_the_database_and_where_it_has_none_from_the_store(run_id: str) -> None:
    graph = graph_of(3)
    keep_documents(run_id, graph)
    assert workspace.open_workspace(run_id).clips() == plates_of(graph)
    with transaction() as session:
        session.query(SceneRow).filter(SceneRow.run_id == run_id, SceneRow.scene_id == 2).one().clip = None
    assert workspace.open_workspace(run_id).clips() == plates_of(graph)


def test_a_clip_of_a_scene_that_does_not_exist_is_not_remembered(run_id: str) -> None:
    with pytest.raises(NotFound):
        workspace.store_clip(run_id, video(fingerprint(run_id)))


def test_a_new_clip_is_paid_by_its_run_and_a_later_run_takes_it_for_nothing() -> None:
    job_id, graph = stored_job(), graph_of(1)
    first, second = stored_run(job_id), stored_run(job_id, 2, graph)
    identity = fingerprint(first)
    for run_id, film, existed in ((first, lambda: video(identity), False), (second, never, True)):
        workspace.store_graph(run_id, graph)
        clip, was_there = workspace.open_workspace(run_id).get_or_render_clip(1, identity, 0, film)
        workspace.store_clip(run_id, clip)
        assert (was_there, clip.cost_usd, clip.scene_id) == (existed, Decimal("0.25"), 1)
    assert (workspace.spent_usd(first), workspace.spent_usd(second)) == (Decimal("0.25"), 0)


def test_a_run_that_takes_the_clip_of_another_scene_paid_for_it_once(run_id: str) -> None:
    identity = fingerprint(run_id)
    workspace.store_graph(run_id, graph_of(2))
    for scene_id in (1, 2):
        clip, _ = workspace.open_workspace(run_id).get_or_render_clip(scene_id, identity, 0, lambda: video(identity))
        workspace.store_clip(run_id, clip)
    assert workspace.spent_usd(run_id) == Decimal("0.25")


def test_a_clip_of_an_earlier_try_of_the_same_run_is_still_paid_by_it(run_id: str) -> None:
    identity = fingerprint(run_id)
    workspace.open_workspace(run_id).get_or_render_clip(1, identity, 0, lambda: video(identity))
    storage().delete([cache_key("clip", identity, ".json")])  # as after a crash right after the clip was kept
    clip, existed = workspace.open_workspace(run_id).get_or_render_clip(1, identity, 0, never)
    assert existed and clip.spent_usd == Decimal("0.25")
    assert storage().has(cache_key("clip", identity, ".json"))


def test_a_clip_that_is_too_short_or_whose_file_is_gone_is_rendered_again(run_id: str) -> None:
    identity = fingerprint(run_id)
    clip, _ = workspace.open_workspace(run_id).get_or_render_clip(1, identity, 0, lambda: video(identity))
    longer, existed = workspace.open_workspace(run_id).get_or_render_clip(
        2, identity, 6000, lambda: replace(video(identity), length_ms=6000)
    )
    assert (existed, longer.length_ms, longer.reused) == (False, 6000, False)
    assert workspace.open_workspace(run_id).get_or_render_clip(4, identity, 6000, never)[0].length_ms == 6000
    storage().delete([clip.key])
    assert workspace.open_workspace(run_id).get_or_render_clip(3, identity, 0, lambda: video(identity))[1] is False


def test_prices_add_up_exactly(run_id: str) -> None:
    graph = graph_of(3)
    keep_documents(
        run_id,
        graph,
        {s.id: replace(video(fingerprint(s.id)), scene_id=s.id, cost_usd=Decimal("0.1")) for s in graph.scenes},
    )
    assert workspace.spent_usd(run_id) == Decimal("0.3")


def test_a_clip_taken_over_as_it_is_costs_nothing() -> None:
    plain: dict[str, Any] = {"cost_usd": 0.5}
    assert workspace.as_reused(plain) == {"cost_usd": 0.5, "reused": True} and plain == {"cost_usd": 0.5}
    assert workspace.as_reused(None) is None
