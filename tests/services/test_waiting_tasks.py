"""Tasks that wait for orders: each is sent again as the same task when nothing is left to be done for its scene."""

from __future__ import annotations

import json
import uuid

import pytest
from celery import chord
from celery.utils.nodenames import gethostname
from sqlalchemy import select

from app.core.config import settings
from app.database.models import WaitingTaskRow
from app.database.session import transaction
from app.providers import changes, orders, waiting_tasks
from app.queue.application import celery
from schemas.order import OrderState
from schemas.steps import QueueName, Step
from tests.placed_orders import cancellations_of, reserved
from tests.queued_messages import empty_queues, taken_messages

MESSAGE = celery.signature(Step.SCENE.value, args=("run", 1), immutable=True)


@pytest.fixture(autouse=True)
def queues(broker, database):
    """The queues are empty before and after each test."""
    empty_queues()
    yield
    empty_queues()


def messages() -> list:
    return taken_messages(QueueName.GPU)


def waiting(task_id: str = "task", scene: int = 1, run: str = "run", job: str = "job") -> None:
    message = json.loads(json.dumps(MESSAGE.clone().set(task_id=task_id)))
    waiting_tasks.wait_for_orders(task_id, run, job, scene, message)


def tokens() -> dict[str, str]:
    with transaction() as session:
        return {row.task_id: row.token for row in session.scalars(select(WaitingTaskRow))}


def at_rest(order: orders.Order, state: OrderState = OrderState.FAILED) -> None:
    if state is OrderState.AMBIGUOUS:
        changes.ambiguous(order.id, "no reply")
        return
    changes.submitted(order.id, "r", {}, None, 1)
    if state is OrderState.SETTLED:
        changes.settled(order.id, None, {})
        changes.fetched(order.id, "key")
    elif state is OrderState.CANCELLED:
        changes.cancelled(order.id, None)
    else:
        changes.failed(order.id, "no", False)


@pytest.mark.parametrize("state", [OrderState.SETTLED, OrderState.FAILED, OrderState.CANCELLED, OrderState.AMBIGUOUS])
def test_a_task_is_sent_once_and_only_when_no_order_of_its_scene_is_left(state) -> None:
    first, second = reserved(), reserved(identity="b" * 64)
    other = reserved(2)
    waiting()
    waiting("task of scene 2", 2)
    assert waiting_tasks.send_ready() == []
    at_rest(first, state)
    assert waiting_tasks.send_ready() == messages() == []
    at_rest(second)
    assert waiting_tasks.send_ready("another job") == []
    assert waiting_tasks.send_ready("job") == ["task"]
    assert waiting_tasks.send_ready() == []
    (message,) = messages()
    assert message.headers["id"] == "task"
    assert waiting_tasks.runs_that_wait() == {"run"}
    at_rest(other)
    assert waiting_tasks.send_ready() == ["task of scene 2"]
    assert waiting_tasks.runs_that_wait() == set()


def test_a_settled_order_is_left_to_be_done_until_its_file_is_stored() -> None:
    order = reserved()
    waiting()
    changes.submitted(order.id, "r", {}, None, 1)
    changes.settled(order.id, None, {})
    assert waiting_tasks.send_ready() == []
    changes.fetched(order.id, "key")
    assert waiting_tasks.send_ready() == ["task"]


def test_an_unknown_outcome_keeps_a_task_waiting_until_it_is_stated_if_the_operator_wants_that(monkeypatch) -> None:
    monkeypatch.setenv("PYTOON_UNKNOWN_ORDER", "wait")
    settings.cache_clear()
    order = reserved()
    waiting()
    at_rest(order, OrderState.AMBIGUOUS)
    assert waiting_tasks.send_ready() == []
    changes.reject(order.id, "it was not accepted")
    assert waiting_tasks.send_ready() == ["task"]
    monkeypatch.undo()
    settings.cache_clear()


def test_a_task_of_a_later_run_waits_for_the_orders_of_an_earlier_one() -> None:
    order = reserved()
    waiting(run="run 2")
    assert orders.get(order.id).run_id == "run 2"
    assert waiting_tasks.send_ready() == []
    assert cancellations_of("run") == 0
    assert cancellations_of("run 2") == 1
    changes.cancelled(order.id, None)
    assert waiting_tasks.send_ready("job") == ["task"]


@pytest.mark.parametrize("is_newest", [True, False])
def test_a_task_waits_for_the_unknown_order_of_an_earlier_run_only_if_none_was_placed_since(
    monkeypatch, is_newest
) -> None:
    monkeypatch.setenv("PYTOON_UNKNOWN_ORDER", "wait")
    settings.cache_clear()
    at_rest(reserved(), OrderState.AMBIGUOUS)
    if not is_newest:
        at_rest(reserved(take=1, run_id="run 2"))
    waiting(run="run 2")
    assert waiting_tasks.send_ready() == ([] if is_newest else ["task"])
    monkeypatch.undo()
    settings.cache_clear()


def test_a_row_that_is_newer_than_the_message_that_was_sent_is_not_deleted(monkeypatch) -> None:
    waiting()
    old = tokens()
    apply_async = type(MESSAGE).apply_async

    def wait_again(self, *args, **options):
        result = apply_async(self, *args, **options)
        if self.id == "task":
            waiting()  # the task has run, and waits for another order, before the row is deleted
        return result

    monkeypatch.setattr(type(MESSAGE), "apply_async", wait_again)
    assert waiting_tasks.send_ready() == ["task"]
    assert tokens().keys() == old.keys()
    assert tokens() != old


def test_the_waiting_tasks_of_a_run_that_has_ended_are_forgotten() -> None:
    for run in ("a", "b"):
        reserved(run_id=run, job_id=run)
        waiting(f"task of {run}", run=run, job=run)
    with transaction() as session:
        waiting_tasks.forget(session, "a")
    assert list(tokens()) == ["task of b"]
    assert waiting_tasks.runs_that_wait() == {"b"}


def test_the_message_is_that_of_the_original_with_its_ids_group_and_chord() -> None:
    header = [celery.signature(Step.SCENE.value, args=("run", scene), immutable=True) for scene in (1, 2)]
    settle = celery.signature(Step.SETTLE.value, args=("run",), immutable=True).set(task_id=str(uuid.uuid4()))
    chord(header, settle).apply_async(root_id="root", task_id=settle.id)
    original = messages()[0]
    task = celery.tasks.get(Step.SCENE.value) or import_tasks()
    request = request_of(task, original)
    plain = json.loads(json.dumps(task.signature_from_request(request, countdown=0, retries=request.retries)))
    waiting_tasks.wait_for_orders(request.id, "run", "job", 1, plain)
    assert waiting_tasks.send_ready() == [request.id]
    (again,) = messages()
    same = ("id", "root_id", "parent_id", "group", "group_index", "task", "retries")
    assert {name: again.headers[name] for name in same} == {name: original.headers[name] for name in same}
    (args, kwargs, embed), (args_again, kwargs_again, embed_again) = original.decode(), again.decode()
    assert (args_again, kwargs_again) == (args, kwargs)
    assert embed_again == embed
    assert (embed["chord"]["task"], embed["chord"]["options"]["task_id"]) == (Step.SETTLE.value, settle.id)


def import_tasks():
    import tasks.rendering  # noqa: F401 - registers the task

    return celery.tasks[Step.SCENE.value]


def request_of(task, message):
    """The request of a task as a worker builds it from its message."""
    from celery.app.task import Context

    args, kwargs, embed = message.decode()
    info = {"delivery_info": message.delivery_info, "hostname": gethostname(), "args": args, "kwargs": kwargs}
    return Context(message.headers | embed | info)
