"""The canvas of a run as a value: task names, ids, order and queues, without a broker."""

from __future__ import annotations

import uuid

import celeryconfig
from app.queue import canvas
from schemas.steps import AT_ONCE, Step

RUN = str(uuid.UUID(int=7))


def task_names(signature: object) -> list[str]:
    return [task.task for task in signature.tasks]  # type: ignore[attr-defined]


def test_canvas_has_plan_timeline_render_compose_and_deliver_in_this_order() -> None:
    assert task_names(canvas.run_canvas(RUN)) == [Step.PLAN, Step.TIMELINE, Step.RENDER, Step.COMPOSE, Step.DELIVER]


def test_each_step_gets_the_run_id_and_no_result_of_the_step_before() -> None:
    for step in canvas.run_canvas(RUN).tasks:
        assert step.args == (RUN,)
        assert step.immutable


def test_task_ids_are_computed_from_the_run_and_the_step() -> None:
    same_run, other_run = canvas.run_canvas(RUN), canvas.run_canvas(str(uuid.UUID(int=8)))
    ids = [task.options.get("task_id") for task in canvas.run_canvas(RUN).tasks[:-1]]
    assert ids == [task.options.get("task_id") for task in same_run.tasks[:-1]]
    assert not set(ids) & {task.options.get("task_id") for task in other_run.tasks[:-1]}
    assert set(ids) < set(canvas.steps_by_task_id(RUN, []))


def test_scenes_and_sound_are_the_header_of_a_chord_with_settle_as_body() -> None:
    chord = canvas.scenes_chord(RUN, [1, 2, 5])
    assert task_names(chord) == [Step.SCENE] * 3 + [Step.VOICE, Step.MUSIC]
    assert [task.args[1] for task in chord.tasks[:3]] == [1, 2, 5]
    assert chord.body.task == Step.SETTLE


def test_segments_are_the_header_of_a_chord_with_mux_as_body() -> None:
    chord = canvas.segments_chord(RUN, 4)
    assert task_names(chord) == [Step.SEGMENT] * 4
    assert chord.body.task == Step.MUX


def test_every_step_lists_all_task_ids_of_a_run() -> None:
    steps = canvas.steps_by_task_id(RUN, [1, 2, 5])
    tasks = [
        *canvas.run_canvas(RUN).tasks[:-1],
        *canvas.scenes_chord(RUN, [1, 2, 5]).tasks,
        *canvas.segments_chord(RUN, 3).tasks,
    ]
    assert {task.options["task_id"] for task in tasks} | {RUN} == set(steps)
    assert steps[canvas.scene_ids(RUN, [5])[5]] == (Step.SCENE, 5)
    assert steps[RUN] == (Step.DELIVER, None)


def test_later_scenes_and_segments_of_a_long_film_go_to_the_overflow_queues() -> None:
    scenes = canvas.scenes_chord(RUN, range(1, 41)).tasks[:40]
    queues = [task.options.get("queue") for task in scenes]
    assert queues == [None] * AT_ONCE + ["gpu-later"] * (40 - AT_ONCE)
    assert {task.options.get("queue") for task in canvas.segments_chord(RUN, 40).tasks} == {None, "cpu-later"}


def test_scenes_go_to_the_gpu_queue_and_sound_and_encoding_to_the_cpu_queue() -> None:
    routes = celeryconfig.task_routes
    assert routes["pytoon.scene"] == "gpu"
    assert {routes[step] for step in (Step.VOICE, Step.MUSIC, Step.SEGMENT, Step.MUX, Step.DELIVER)} == {"cpu"}
    known = {queue.name for queue in celeryconfig.task_queues}
    assert set(routes.values()) | {celeryconfig.task_default_queue} <= known


def test_argsrepr_shows_the_run_and_the_scene() -> None:
    scene = canvas.scenes_chord(RUN, [5]).tasks[0]
    assert scene.options["argsrepr"].startswith("run 00000000")
    assert scene.options["argsrepr"].endswith("#5")


def test_celery_accepts_json_only() -> None:
    assert celeryconfig.accept_content == celeryconfig.result_accept_content == ["json"]
    assert celeryconfig.task_serializer == celeryconfig.result_serializer == "json"
