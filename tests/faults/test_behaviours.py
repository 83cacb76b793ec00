"""The behaviours of steps in the title of a job."""

from __future__ import annotations

from tests.faults.behaviours import parse_behaviours


def test_title_is_parsed_into_behaviours() -> None:
    slow, poison = parse_behaviours("SCENE sleeps 0.5; SCENE 2 kills_child")
    assert (slow.verb, slow.seconds) == ("sleeps", 0.5)
    assert (slow.applies_to("SCENE 7"), slow.applies_to("SEGMENT 7")) == (True, False)
    assert (poison.verb, poison.applies_to("SCENE 2"), poison.applies_to("SCENE 7")) == ("kills_child", True, False)
