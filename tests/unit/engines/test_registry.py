"""The registry of engines: present and missing ones."""

import pytest

from app.core.config import Settings
from app.planning.engines.constraints import Constraints
from app.planning.engines.policy import choose_engines
from engines.registry import GROUP, build_engines, offers
from schemas.scene_graph import Scene
from tests.distributions import installed

ADAPTERS = {
    "plugin_good": "from engines.adapters.local import Local\n"
    "class Good(Local): name = 'good'\n"
    "def build(settings): return Good()\n",
    "plugin_unconfigured": "from app.core.errors import Unconfigured\n"
    "def build(settings): raise Unconfigured('unconfigured', 'PYTOON_TEST_KEY is not set')\n",
    "plugin_broken": "import a_missing_package\n",
}


@pytest.fixture
def plugins(tmp_path, monkeypatch):
    points = {name.removeprefix("plugin_"): name for name in ADAPTERS}
    with installed(tmp_path, ADAPTERS, {GROUP: points}, monkeypatch):
        yield


def test_local_engine_is_always_present():
    assert build_engines(Settings()).present["local"].name == "local"


def test_entry_point_adds_an_engine(plugins):
    assert "good" in build_engines(Settings()).present


def test_unconfigured_engine_is_missing_with_the_reason(plugins):
    registry = build_engines(Settings())
    assert "unconfigured" not in registry.present
    assert "PYTOON_TEST_KEY" in registry.missing["unconfigured"]


def test_engine_that_cannot_be_imported_does_not_affect_others(plugins):
    registry = build_engines(Settings())
    assert "a_missing_package" in registry.missing["broken"]
    assert "local" in registry.present


def test_offers_of_the_registry_are_input_of_the_policy(plugins):
    choice = choose_engines(
        Scene(1), Constraints(preference="unconfigured", preset=("local",)), offers(build_engines(Settings()))
    )
    assert choice.engines[0] == "local"
    assert "PYTOON_TEST_KEY" in choice.rejected[0].reason
