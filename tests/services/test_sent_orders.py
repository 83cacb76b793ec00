"""Which orders are sent to the workers, in which messages, and which messages count."""

from __future__ import annotations

import pytest

from app.core.config import settings
from app.database.models import now
from app.providers import changes, dispatch, orders
from app.providers.breaker import Breakers
from app.providers.fulfilment import Fulfilment
from app.queue.application import backend
from app.store.factory import storage
from engines.adapters.runway import Runway as RunwayEngine
from engines.base import Submission
from schemas.engine import Cost
from schemas.order import OrderState
from schemas.steps import QueueName
from tasks import ordering
from tests.emulators.films import film
from tests.emulators.runway import Runway
from tests.placed_orders import BrokenEngine, as_if_later, change, engine_at, past, reserved
from tests.queued_messages import empty_queues, taken_messages

FILM = film("an order", 180, 320, 0.5)


@pytest.fixture(autouse=True)
def queues(broker, database):
    for key in backend().client.scan_iter("pytoon:breaker:*"):
        backend().client.delete(key)
    empty_queues()
    yield
    empty_queues()


@pytest.fixture
def provider(monkeypatch):
    """An emulator, and the engine at it as that of the tasks."""
    with Runway(work_s=0.0) as emulator:
        emulator.film = lambda **_: FILM
        use(engine_at(emulator.url), monkeypatch)
        yield emulator


def use(engine, monkeypatch) -> Fulfilment:
    fulfilment = Fulfilment({"runway": engine}, storage(), Breakers(backend().client))
    monkeypatch.setattr(ordering, "_fulfilment", lambda _: fulfilment)
    return fulfilment


def claims() -> list[list[tuple[int, str]]]:
    return [message.decode()[0][0] for message in taken_messages(QueueName.API)]


def submitted(scene: int, engine: str = "runway") -> orders.Order:
    order = reserved(scene, engine=engine)
    changes.submitted(order.id, f"remote-{scene}", {}, None, 5)
    return change(order, due_at=past(1))


def test_an_order_is_sent_once_when_it_is_due_and_again_only_if_nothing_becomes_of_it() -> None:
    order = reserved()
    assert dispatch.dispatch([order]) == 1
    assert dispatch.dispatch([order]) == dispatch.dispatch_due() == 0
    claimed = orders.get(order.id)
    assert claimed.due_at and 25 < (claimed.due_at - now()).total_seconds() <= dispatch.CLAIM_S
    assert claims() == [[[order.id, claimed.due_at.isoformat()]]]
    change(order, due_at=past(1))
    assert dispatch.dispatch_due() == 1


def test_an_order_that_is_at_rest_or_not_yet_due_is_not_sent() -> None:
    unknown, done, later = reserved(1), submitted(2), submitted(3)
    changes.ambiguous(unknown.id, "no reply")
    changes.settled(done.id, None, {})
    changes.fetched(done.id, "key")
    changes.postpone(later.id, 4)
    before = [orders.get(order.id) for order in (unknown, done, later)]
    assert dispatch.dispatch(before) == 0
    assert [orders.get(order.id) for order in before] == before
    assert claims() == []


def test_polls_of_one_engine_share_messages_and_other_orders_do_not() -> None:
    for scene in range(23):
        submitted(scene)
    submitted(30, "luma")
    reserved(40), reserved(41)
    assert dispatch.dispatch_due() == 26
    assert sorted(len(each) for each in claims()) == [1, 1, 1, 3, 10, 10]


def test_a_message_for_an_earlier_state_of_an_order_is_ignored(provider) -> None:
    order = reserved()
    assert order.due_at
    dispatch.dispatch([order])
    ordering.advance_orders([(order.id, order.due_at.isoformat()), (999_999, order.due_at.isoformat())])
    assert provider.calls == []
    for message in claims() * 3:  # a broker may deliver a message several times
        ordering.advance_orders(message)
    assert orders.get(order.id).state is OrderState.SUBMITTED
    assert len(provider.calls) == 1


def test_an_order_that_another_worker_has_in_hand_is_left_to_it(provider) -> None:
    order = reserved()
    dispatch.dispatch([order])
    ((claim,),) = claims()
    with ordering.task_lock(backend().client, f"order:{order.id}", int(settings().lock_s * 1000)):
        ordering.advance_orders([claim])
    assert provider.calls == []


def test_one_order_that_cannot_be_advanced_does_not_keep_others(provider, monkeypatch) -> None:
    engine = BrokenEngine(engine_at(provider.url))
    use(engine, monkeypatch)
    broken, sound = reserved(1, request={"model": 7}), reserved(2)
    dispatch.dispatch([broken, sound])
    (first,), (second,) = claims()
    ordering.advance_orders([first, second])
    assert orders.get(broken.id).sent_at is None
    assert orders.get(sound.id).state is OrderState.SUBMITTED


def test_the_download_of_a_finished_order_is_sent_at_once_in_a_message_of_its_own(provider) -> None:
    placed = [reserved(scene) for scene in range(3)]
    dispatch.dispatch(placed)
    for message in claims():
        ordering.advance_orders(message)
    for order in placed:
        as_if_later(orders.get(order.id))
    dispatch.dispatch_due()
    (polls,) = claims()
    ordering.advance_orders(polls)
    assert provider.calls_to("GET", "/results/") == []
    downloads = claims()
    assert [len(each) for each in downloads] == [1, 1, 1]
    for message in downloads:
        ordering.advance_orders(message)
    assert all(orders.get(order.id).file_key for order in placed)


class Archive(RunwayEngine):
    """An engine for stock footage: it chooses the first clip that the film has not."""

    def submit(self, order, files, key) -> Submission:
        found = next(name for name in "abc" if name not in order.taken)
        if order.taken == () and getattr(self, "race", None):
            self.race()
        return Submission(found, cost=Cost())


def test_two_scenes_that_search_at_the_same_time_get_different_clips(provider, monkeypatch) -> None:
    engine = engine_at(provider.url, Archive)
    fulfilment = use(engine, monkeypatch)
    first, second = (reserved(scene, "0", purpose=orders.STOCK) for scene in (1, 2))
    engine.race = lambda: (delattr(engine, "race"), fulfilment.advance(first))  # type: ignore[attr-defined]
    again = fulfilment.advance(second)
    assert (again.state, again.remote_id, again.sent_at) == (OrderState.RESERVED, None, None)
    assert fulfilment.advance(as_if_later(again)).remote_id == "b"
    assert orders.get(first.id).remote_id == "a"
