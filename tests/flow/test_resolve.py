"""Orders of which it is unknown whether the provider has accepted them, and what a person states about them."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
import requests
from sqlalchemy import select

from app.accounts import owners
from app.accounts.gate import GATE
from app.core.config import settings
from app.core.errors import ProviderRefused
from app.database.models import WaitingTaskRow
from app.database.session import transaction
from app.jobs import runs, workspace
from app.providers import changes, ledger, orders
from app.providers.breaker import Breakers
from app.providers.fulfilment import Fulfilment
from app.providers.ordered_engine import Buyer, OrderedEngine, OrdersPending
from app.providers.orders import Order
from app.providers.waiting_tasks import wait_for_orders
from app.queue.application import backend, celery
from app.store.factory import storage
from schemas.clip import Clip
from schemas.engine import Capabilities, Cost
from schemas.job import State
from schemas.order import ClipOrderSchema, OrderState
from schemas.steps import Step
from tests import stored_orders
from tests.adapters.hosted import built, order_of
from tests.commands import run_command
from tests.emulators.base import DROP
from tests.emulators.runway import Runway
from tests.flow.serving import cancel_open_runs
from tests.stored_runs import graph_of, stored_job, stored_run
from tests.waiting import REPLY_S, wait_until

SCENE = 2


class Film:
    """A job with scenes, and what its scene ``SCENE`` has ordered."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.graph = graph_of(3)
        self.job_id = stored_job()
        self.run_id = stored_run(self.job_id, graph=self.graph)

    def resolve(self, scene: int = SCENE, **statement: Any) -> requests.Response:
        url = f"{self.address}/api/v2/jobs/{self.job_id}/scenes/{scene}/resolve"
        return requests.post(url, json=statement, timeout=REPLY_S)

    def ambiguous(self, **more: Any) -> Order:
        return stored_orders.ambiguous(self.job_id, SCENE, run_id=self.run_id, **more)

    def wait_with_task(self) -> None:
        message = dict(celery.signature(Step.SYNC_RUNS.value, immutable=True))
        wait_for_orders(f"task of {self.run_id}"[:36], self.run_id, self.job_id, SCENE, message)

    def is_waiting(self) -> bool:
        with transaction() as session:
            return bool(session.scalar(select(WaitingTaskRow.task_id).where(WaitingTaskRow.run_id == self.run_id)))

    def get(self, path: str = "") -> Any:
        return requests.get(f"{self.address}/api/v2/jobs/{self.job_id}{path}", timeout=REPLY_S).json()

    def resolved_events(self) -> list[dict[str, Any]]:
        return [event["data"] for event in self.get("/events")["events"] if event["kind"] == "order.resolved"]

    def engine(self) -> OrderedEngine:
        """The engine as the task of the scene has it."""
        limits = ledger.ceilings(self.job_id, None, ledger.today())
        return OrderedEngine(
            name="runway",
            capabilities=Capabilities(("image",)),
            model="gen4.5",
            purpose=orders.CLIP,
            buyer=Buyer(self.job_id, self.run_id, None, limits),
            cost=Cost(Decimal("0.25")),
            most_usd=Decimal("0.25"),
            identity=f"clip {SCENE}",
            describe=lambda _: {"prompt": "again"},
            use=lambda order, _: Clip(SCENE, "video", order.file_key or "", "a clip", "runway"),
        )

    def render(self) -> Clip:
        class Shot:
            scene = self.graph.scene(SCENE)

        return self.engine().render(Shot())  # type: ignore[arg-type]


@pytest.fixture
def film(address: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Film]:
    """A film whose scenes wait when the outcome of an order is unknown."""
    monkeypatch.setenv("PYTOON_UNKNOWN_ORDER", "wait")
    settings.cache_clear()
    yield Film(address)
    monkeypatch.undo()
    settings.cache_clear()
    cancel_open_runs()


def test_accepted_order_is_polled_and_its_clip_is_fetched_and_paid_once(film: Film) -> None:
    with Runway(work_s=0.0) as runway:
        engine = built(runway)
        request = ClipOrderSchema.plain(
            order_of(next(model for model in engine.capabilities.models if model.from_text))
        )
        fulfilment = Fulfilment({"runway": engine}, storage(), Breakers(backend().client))
        runway.fail("POST", "_to_video$", DROP, after=True)
        order = fulfilment.advance(stored_orders.placed(film.job_id, SCENE, run_id=film.run_id, request=request))
        assert order.state is OrderState.AMBIGUOUS, order.reason
        film.wait_with_task()
        (job,) = runway.jobs.values()
        body = film.resolve(outcome="accepted", remote_id=f" {job.id} ").json()
        assert (body["state"], body["remote_id"], body["cost_usd"]) == ("submitted", job.id, None)
        assert film.is_waiting()

        def advanced() -> Order:
            return fulfilment.advance(orders.get(order.id))

        wait_until(lambda: not advanced().is_waiting, "a fetched clip")
        after = orders.get(order.id)
        assert after.state is OrderState.SETTLED and after.file_key and len(runway.jobs) == 1
    assert film.render().key == after.file_key
    assert film.get()["money"]["held_usd"] == 0


def test_order_that_was_not_accepted_costs_nothing_and_the_scene_orders_again(film: Film) -> None:
    film.ambiguous()
    film.wait_with_task()
    with pytest.raises(OrdersPending):
        film.render()
    body = film.resolve(outcome="not_accepted").json()
    assert (body["state"], body["cost_usd"], film.is_waiting()) == ("cancelled", 0, False)
    with pytest.raises(OrdersPending):
        film.render()
    second = film.get("/orders")["orders"][-1]
    assert (second["state"], second["attempt"]) == ("reserved", 1)
    assert film.get()["money"]["held_usd"] == 0.25


def test_order_that_is_given_up_stays_reserved_and_the_next_engine_renders(film: Film) -> None:
    film.ambiguous()
    film.wait_with_task()
    body = film.resolve(outcome="give_up").json()
    assert body["state"] == "ambiguous" and "given up" in body["rejected"]
    assert not film.is_waiting() and film.get()["money"]["held_usd"] == 0.25
    with pytest.raises(ProviderRefused, match="given up"):
        film.render()


@pytest.mark.parametrize(
    ("statement", "state", "spent"),
    [({"outcome": "accepted", "remote_id": "r1"}, "settled", 0.25), ({"outcome": "not_accepted"}, "cancelled", 0)],
)
def test_statement_about_a_scene_with_another_clip_only_corrects_the_ledger(
    film: Film, statement: dict[str, str], state: str, spent: float
) -> None:
    film.ambiguous(fell_back=True)
    assert film.resolve(outcome="give_up").status_code == 409
    body = film.resolve(**statement).json()
    assert (body["state"], body["cost_usd"]) == (state, spent)
    money = film.get()["money"]
    assert (money["spent_usd"], money["held_usd"]) == (spent, 0)


def test_order_that_a_scene_waits_for_is_resolved_before_one_that_it_has_left(film: Film) -> None:
    wanted = film.ambiguous(identity="second")
    film.ambiguous(identity="first", fell_back=True)
    assert film.resolve(outcome="give_up").json()["id"] == wanted.id


def test_accepted_order_of_a_cancelled_job_is_cancelled_at_the_provider(film: Film) -> None:
    order = film.ambiguous()
    runs.end(film.run_id, State.CANCELLED)
    assert film.resolve(outcome="accepted", remote_id="r1").status_code == 200
    assert orders.get(order.id).cancel_requested_at is not None


def test_event_says_what_was_stated(film: Film) -> None:
    film.ambiguous()
    film.resolve(outcome="accepted", remote_id="r1")
    (facts,) = film.resolved_events()
    assert facts == {
        **{"scene": SCENE, "take": 1, "engine": "runway", "model": "gen4.5"},
        **{"outcome": "accepted", "usd": 0.25, "remote_id": "r1"},
    }


def test_event_says_which_key_has_stated_it(film: Film) -> None:
    film.ambiguous()
    _, token = owners.add("studio")
    GATE.snapshot = None
    try:
        url = f"{film.address}/api/v2/jobs/{film.job_id}/scenes/{SCENE}/resolve"
        sent = {"json": {"outcome": "give_up"}, "timeout": REPLY_S}
        assert requests.post(url, **sent).status_code == 401
        assert requests.post(url, headers={"X-API-Key": token}, **sent).status_code == 200
    finally:
        owners.revoke("studio")
        GATE.snapshot = None
    assert [facts["by"] for facts in film.resolved_events()] == ["studio"]


def test_scene_without_an_unknown_order_gets_409_and_an_unknown_job_404(film: Film) -> None:
    assert film.resolve(outcome="not_accepted").status_code == 409
    stored_orders.submitted(film.job_id, SCENE, run_id=film.run_id)
    assert film.resolve(outcome="not_accepted").status_code == 409
    film.job_id = "job_unknown"
    assert film.resolve(outcome="not_accepted").status_code == 404
    assert film.resolve(scene=-1, outcome="not_accepted").status_code == 404


@pytest.mark.parametrize(
    ("statement", "field"),
    [
        ({}, "outcome"),
        ({"outcome": "lost"}, "outcome"),
        ({"outcome": "accepted"}, "remote_id"),
        ({"outcome": "accepted", "remote_id": " "}, "remote_id"),
        ({"outcome": "accepted", "remote_id": "a" * 256}, "remote_id"),
        ({"outcome": "give_up", "remote_id": "r1"}, "remote_id"),
        ({"outcome": "give_up", "surprise": 1}, "surprise"),
    ],
)
def test_statement_that_is_not_valid_gets_422_and_changes_nothing(
    film: Film, statement: dict[str, Any], field: str
) -> None:
    order = film.ambiguous()
    reply = film.resolve(**statement)
    assert (reply.status_code, reply.json()["error"]["field"]) == (422, field)
    assert orders.get(order.id) == order


def test_job_and_command_say_that_a_scene_waits_and_resolve_ends_it(
    film: Film, capsys: pytest.CaptureFixture[str]
) -> None:
    workspace.store_graph(film.run_id, film.graph)
    film.ambiguous()
    order = stored_orders.submitted(film.job_id, 3, run_id=film.run_id)
    changes.postpone(order.id, 5, share=0.4)
    scenes = {scene["id"]: scene["waits_for"] for scene in film.get()["progress"]["scenes"]}
    assert scenes[1] is None and scenes[3] == "runway, 40 %"
    assert "unknown whether runway accepted" in scenes[2] and f"`pytoon resolve {film.job_id} 2" in scenes[2]
    status = run_command(capsys, "status", film.job_id, "--url", film.address)
    assert "scene 2 waits for a decision" in status.words and "waits for runway, 40 %" in status.words
    result = run_command(capsys, "resolve", film.job_id, "2", "--not-accepted", "--url", film.address)
    assert result.code == 0 and "cancelled; nothing is charged" in result.words
    assert film.get()["progress"]["scenes"][1]["waits_for"] is None
