"""The workspace of a run: documents, parts of documents, and clips."""

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
from tests.stored_runs import graph_of, spent_on_clips, still_clips, stored_job, stored_run, write_documents


@pytest.fixture(autouse=True)
def _tables() -> Iterator[None]:
    migrate()
    yield


@pytest.fixture
def run_id() -> str:
    return stored_run(stored_job())


def video(identity: str, cost: str = "0.25") -> Clip:
    """A clip of a hosted engine whose file is in the store."""
    key = cache_key("take", identity, ".mp4")
    with storage().writing(key) as path:
        path.write_bytes(b"a take")
    return Clip(7, "video", key, identity, "runway", length_ms=5000, cost_usd=Decimal(cost))


def fail_if_rendered() -> Clip:
    raise AssertionError("a clip that exists was rendered again")


# -- documents -------------------------------------------------------------------------------------------------------


def test_missing_run_is_not_found() -> None:
    with pytest.raises(NotFound):
        workspace.open_workspace("none")


def test_document_is_not_found_until_a_step_has_written_it(run_id: str) -> None:
    run, graph = workspace.open_workspace(run_id), graph_of(3)
    with pytest.raises(NotFound):
        _ = run.graph
    workspace.open_workspace(run_id).write("scene_graph.json", SceneGraphSchema.plain(graph))
    assert run.graph == graph


def test_document_is_read_once_per_workspace(run_id: str) -> None:
    write_documents(run_id, graph_of(3))
    run = workspace.open_workspace(run_id)
    assert run.timeline is run.timeline and run.graph is run.graph and run.segments is run.segments
    assert run.clips() is run.clips() and run.segment(1) is run.segment(1)


def test_written_document_replaces_the_one_in_memory(run_id: str) -> None:
    run = workspace.open_workspace(run_id)
    run.write("note.json", {"a": 1})
    assert run.read("note.json") == {"a": 1}
    run.write("note.json", {"a": 2})
    assert run.read("note.json") == {"a": 2} == workspace.open_workspace(run_id).read("note.json")
    segments = write_documents(run_id, graph_of(3))
    assert (run.segment(1), run.segments) == (segments[1], segments)
    run.write_segments(segments[:2])
    assert (run.segment_count(), run.segments) == (2, segments[:2])
    run.write_segments(segments[1:])
    assert (run.segment(0), run.segment_count()) == (segments[1], 2)


def test_get_or_make_returns_the_stored_value_to_later_tasks(run_id: str) -> None:
    graph = graph_of(3)
    first = workspace.open_workspace(run_id).get_or_make("scene_graph.json", SceneGraphSchema, lambda: graph)
    assert first == workspace.open_workspace(run_id).graph == graph
    assert (
        workspace.open_workspace(run_id).get_or_make("scene_graph.json", SceneGraphSchema, lambda: graph_of(4)) == graph
    )


def test_given_graph_is_the_scene_graph_of_the_revision() -> None:
    graph = graph_of(2)
    assert workspace.open_workspace(stored_run(stored_job(), graph=graph)).revision_graph == graph
    assert workspace.open_workspace(stored_run(stored_job())).revision_graph is None


def test_preset_is_that_of_the_request_until_the_scene_graph_exists(run_id: str) -> None:
    assert workspace.open_workspace(run_id).preset.id == workspace.open_workspace(run_id).request.preset_id
    write_documents(run_id, replace(graph_of(2), preset_id="neon_night"))
    assert workspace.open_workspace(run_id).preset == preset("neon_night")


# -- one scene, one segment ------------------------------------------------------------------------------------------


def test_scene_alone_has_the_scene_and_the_settings_of_the_whole_graph(run_id: str) -> None:
    write_documents(run_id, graph_of(5))
    run = workspace.open_workspace(run_id)
    for scene in run.graph.scenes:
        graph, planned = workspace.open_workspace(run_id).scene_alone(scene.id)
        assert graph == replace(run.graph, scenes=(scene,))
        assert planned.scenes == (run.planned_timeline.scene(scene.id),)
        assert (planned.fps, planned.width, planned.height) == (
            run.planned_timeline.fps,
            run.planned_timeline.width,
            run.planned_timeline.height,
        )
    with pytest.raises(KeyError):
        run.scene_alone(6)


def test_segment_equals_the_item_of_the_whole_list(run_id: str) -> None:
    segments = write_documents(run_id, graph_of(5))
    assert (
        tuple(workspace.open_workspace(run_id).segment(index) for index in range(5))
        == workspace.open_workspace(run_id).segments
        == segments
    )
    assert workspace.open_workspace(run_id).segment_count() == 5
    with pytest.raises(IndexError):
        workspace.open_workspace(run_id).segment(5)


def test_segment_is_read_from_an_indented_list_of_an_earlier_version(run_id: str) -> None:
    segments = write_documents(run_id, graph_of(3))
    with storage().writing(run_key(run_id, "segments.json")) as path:
        path.write_text(json.dumps([SegmentSchema.plain(segment) for segment in segments], indent=1))
    assert tuple(workspace.open_workspace(run_id).segment(index) for index in range(3)) == segments


def test_segments_are_stored_as_a_json_list(run_id: str) -> None:
    segments = write_documents(run_id, graph_of(3))
    stored = read_json(storage(), run_key(run_id, "segments.json"))
    assert stored == [SegmentSchema.plain(segment) for segment in segments]


# -- clips -----------------------------------------------------------------------------------------------------------


def test_clip_that_is_not_in_the_database_is_read_from_the_store(run_id: str) -> None:
    graph = graph_of(3)
    write_documents(run_id, graph)
    assert workspace.open_workspace(run_id).clips() == still_clips(graph)
    with transaction() as session:
        session.query(SceneRow).filter(SceneRow.run_id == run_id, SceneRow.scene_id == 2).one().clip = None
    assert workspace.open_workspace(run_id).clips() == still_clips(graph)


def test_clip_of_a_missing_scene_cannot_be_stored(run_id: str) -> None:
    with pytest.raises(NotFound):
        workspace.store_clip(run_id, video(fingerprint(run_id)))


def test_new_clip_is_paid_by_its_run_and_reused_by_a_later_run_at_no_cost() -> None:
    job_id, graph = stored_job(), graph_of(1)
    first, second = stored_run(job_id), stored_run(job_id, 2, graph)
    identity = fingerprint(first)
    for run_id, render, expected in ((first, lambda: video(identity), False), (second, fail_if_rendered, True)):
        workspace.store_graph(run_id, graph)
        clip, existed = workspace.open_workspace(run_id).get_or_render_clip(1, identity, 0, render)
        workspace.store_clip(run_id, clip)
        assert (existed, clip.cost_usd, clip.scene_id) == (expected, Decimal("0.25"), 1)
    assert (spent_on_clips(first), spent_on_clips(second)) == (Decimal("0.25"), 0)


def test_clip_that_two_scenes_of_a_run_share_is_paid_once(run_id: str) -> None:
    identity = fingerprint(run_id)
    workspace.store_graph(run_id, graph_of(2))
    for scene_id in (1, 2):
        clip, _ = workspace.open_workspace(run_id).get_or_render_clip(scene_id, identity, 0, lambda: video(identity))
        workspace.store_clip(run_id, clip)
    assert spent_on_clips(run_id) == Decimal("0.25")


def test_clip_of_an_earlier_attempt_of_the_same_run_is_paid_by_it(run_id: str) -> None:
    identity = fingerprint(run_id)
    workspace.open_workspace(run_id).get_or_render_clip(1, identity, 0, lambda: video(identity))
    storage().delete([cache_key("clip", identity, ".json")])  # as after a crash between the two writes
    clip, existed = workspace.open_workspace(run_id).get_or_render_clip(1, identity, 0, fail_if_rendered)
    assert existed and clip.spent_usd == Decimal("0.25")
    assert storage().has(cache_key("clip", identity, ".json"))


def test_clip_that_is_too_short_or_has_lost_its_file_is_rendered_again(run_id: str) -> None:
    identity = fingerprint(run_id)
    clip, _ = workspace.open_workspace(run_id).get_or_render_clip(1, identity, 0, lambda: video(identity))
    longer, existed = workspace.open_workspace(run_id).get_or_render_clip(
        2, identity, 6000, lambda: replace(video(identity), length_ms=6000)
    )
    assert (existed, longer.length_ms, longer.reused) == (False, 6000, False)
    assert workspace.open_workspace(run_id).get_or_render_clip(4, identity, 6000, fail_if_rendered)[0].length_ms == 6000
    storage().delete([clip.key])
    assert workspace.open_workspace(run_id).get_or_render_clip(3, identity, 0, lambda: video(identity))[1] is False


def test_prices_are_added_without_rounding_errors(run_id: str) -> None:
    graph = graph_of(3)
    write_documents(
        run_id,
        graph,
        {
            scene.id: replace(video(fingerprint(scene.id)), scene_id=scene.id, cost_usd=Decimal("0.1"))
            for scene in graph.scenes
        },
    )
    assert spent_on_clips(run_id) == Decimal("0.3")


def test_as_reused_marks_a_copy_of_the_clip() -> None:
    plain: dict[str, Any] = {"cost_usd": 0.5}
    assert workspace.as_reused(plain) == {"cost_usd": 0.5, "reused": True} and plain == {"cost_usd": 0.5}
    assert workspace.as_reused(None) is None
