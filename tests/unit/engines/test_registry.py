"""Who can be had."""

import pytest

from app.core.config import Settings
from engines.policy import Constraints, choose_engines
from engines.registry import GROUP, build_engines, offers
from schemas.scene_graph import Scene
from tests.distributions import installed

ADAPTERS = {
    "guest_good": "from engines.adapters.local import Local\n"
    "class Good(Local): name = 'good'\n"
    "def build(settings): return Good()\n",
    "guest_poor": "from app.core.errors import Unconfigured\n"
    "def build(settings): raise Unconfigured('poor', 'PYTOON_POOR_KEY is not set')\n",
    "guest_torn": "import a_package_that_nobody_has\n",
}


@pytest.fixture
def guests(tmp_path, monkeypatch):
    points = {name.removeprefix("guest_"): name for name in ADAPTERS}
    with installed(tmp_path, ADAPTERS, {GROUP: points}, monkeypatch):
        yield


def test_our_own_engine_is_always_there():
    assert build_engines(Settings()).present["local"].name == "local"


def test_a_guest_joins_by_its_entry_point(guests):
    assert "good" in build_engines(Settings()).present


def test_one_that_is_not_configured_is_missing_and_says_what_it_lacks(guests):
    roster = build_engines(Settings())
    assert "poor" not in roster.present
    assert "PYTOON_POOR_KEY" in roster.missing["poor"]


def test_one_whose_packages_are_away_stops_nobody_else(guests):
    roster = build_engines(Settings())
    assert "a_package_that_nobody_has" in roster.missing["torn"]
    assert "local" in roster.present


def test_policy_decides_on_the_roster_as_it_is(guests):
    choice = choose_engines(
        Scene(1), Constraints(preference="poor", preset=("local",)), offers(build_engines(Settings()))
    )
    assert choice.order[0] == "local"
    assert "PYTOON_POOR_KEY" in choice.left_out[0].reason
