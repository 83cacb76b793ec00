"""The graph of a job as a value: names, ids and order, without a broker."""

from __future__ import annotations

import uuid

import celeryconfig
from app.queue import canvas
from schemas.steps import AT_ONCE, Step

RUN = str(uuid.UUID(int=7))


def names(signature: object) -> list[str]:
    return [task.task for task in signature.tasks]  # type: ignore[attr-defined]


def test_a_film_is_planned_timed_rendered_composed_and_delivered_in_this_order() -> None:
    assert names(canvas.run_canvas(RUN)) == [Step.PLAN, Step.TIMELINE, Step.RENDER, Step.COMPOSE, Step.DELIVER]


def test_every_step_is_told_the_run_and_nothing_of_what_the_step_before_gave() -> None:
    for step in canvas.run_canvas(RUN).tasks:
        assert step.args == (RUN,)
        assert step.immutable


def test_every_id_is_computed_from_the_run_and_the_step_so_that_all_know_it() -> None:
    again, other = canvas.run_canvas(RUN), canvas.run_canvas(str(uuid.UUID(int=8)))
    ids = [task.options.get("task_id") for task in canvas.run_canvas(RUN).tasks[:-1]]
    assert ids == [task.options.get("task_id") for task in again.tasks[:-1]]
    assert not set(ids) & {task.options.get("task_id") for task in other.tasks[:-1]}
    assert set(ids) < set(canvas.every_step(RUN, []))


def test_scenes_and_sound_are_one_chord_that_settle_ends() -> None:
    shooting = canvas.scenes_chord(RUN, [1, 2, 5])
    assert names(shooting) == [Step.SCENE] * 3 + [Step.VOICE, Step.MUSIC]
    assert [task.args[1] for task in shooting.tasks[:3]] == [1, 2, 5]
    assert shooting.body.task == Step.SETTLE


def test_segments_are_one_chord_that_mux_ends() -> None:
    composing = canvas.segments_chord(RUN, 4)
    assert names(composing) == [Step.SEGMENT] * 4
    assert composing.body.task == Step.MUX


def test_what_is_to_be_cancelled_is_every_id_a_run_can_have() -> None:
    steps = canvas.every_step(RUN, [1, 2, 5])
    sent = [
        *canvas.run_canvas(RUN).tasks[:-1],
        *canvas.scenes_chord(RUN, [1, 2, 5]).tasks,
        *canvas.segments_chord(RUN, 3).tasks,
    ]
    assert {task.options["task_id"] for task in sent} | {RUN} == set(steps)
    assert steps[canvas.scene_ids(RUN, [5])[5]] == (Step.SCENE, 5)
    assert steps[RUN] == (Step.DELIVER, None)


def test_the_later_scenes_of_a_long_film_wait_behind() -> None:
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


def test_arguments_are_readable_to_whoever_watches() -> None:
    scene = canvas.scenes_chord(RUN, [5]).tasks[0]
    assert scene.options["argsrepr"].startswith("run 00000000")
    assert scene.options["argsrepr"].endswith("#5")


def test_celery_takes_nothing_but_json() -> None:
    assert celeryconfig.accept_content == celeryconfig.result_accept_content == ["json"]
    assert celeryconfig.task_serializer == celeryconfig.result_serializer == "json"
