"""Tests of runs that hold for every external broker."""

from __future__ import annotations

from tests.services import noop_scenarios
from tests.services.isolated_app import IsolatedApp
from tests.services.noop_runs import STEPS
from tests.waiting import bound_s


class BrokerContract:
    """A test file inherits it; its fixture ``app`` is connected to the broker."""

    def test_run_is_done_and_each_step_is_executed_once(self, app: IsolatedApp) -> None:
        assert app.run(noop_scenarios.complete_run) == {"state": "DONE", "steps": STEPS, "states_in_order": True}

    def test_step_with_a_busy_provider_is_retried_more_than_once(self, app: IsolatedApp) -> None:
        outcome = app.run(noop_scenarios.busy_provider)
        assert (outcome["state"], outcome["attempts"], outcome["others_once"]) == ("DONE", 3, True)

    def test_delayed_messages_do_not_delay_a_run(self, app: IsolatedApp) -> None:
        run_s = app.run(noop_scenarios.delayed_messages)
        assert run_s["with_delayed"] < bound_s(20, run_s["alone"], times=5)

    def test_scene_whose_process_is_killed_is_rendered_by_another_process(self, app: IsolatedApp) -> None:
        outcome = app.run(noop_scenarios.killed_process)
        assert (outcome["state"], outcome["attempts"], outcome["others_once"]) == ("DONE", 2, True)

    def test_failed_scene_fails_the_run_with_its_cause(self, app: IsolatedApp) -> None:
        outcome = app.run(noop_scenarios.failing_scene)
        assert (outcome["state"], outcome["delivered"]) == ("FAILED", False)
        assert "media.4: is damaged" in outcome["error"]

    def test_cancelled_run_stays_cancelled_and_does_not_delay_the_next_run(self, app: IsolatedApp) -> None:
        outcome = app.run(noop_scenarios.cancelled_run)
        assert outcome == {
            "cancel_state": "CANCELLED",
            "state": "CANCELLED",
            "later_steps": [],
            "next_state": "DONE",
        }
