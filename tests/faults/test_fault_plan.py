"""The faults drawn for a storm."""

from __future__ import annotations

from tests.faults.fault_plan import DESCRIPTIONS, WEIGHTS, plan_faults


def test_equal_seeds_give_equal_faults() -> None:
    assert plan_faults(7, 50) == plan_faults(7, 50)
    assert plan_faults(7, 50) != plan_faults(8, 50)
    assert {fault.kind for fault in plan_faults(7, 500)} == set(WEIGHTS) == set(DESCRIPTIONS)
