"""The examples of docs/add-engine-adapter.md follow the rules for every engine."""

from __future__ import annotations

import inspect
import re
from fractions import Fraction
from types import ModuleType, SimpleNamespace

import pytest

from app.core.errors import Unconfigured
from app.store.backends.folder import Folder
from engines.base import Engine, OrderProgress, Shot
from schemas.clip import ClipSchema
from schemas.preset import Preset
from schemas.scene_graph import Media, Scene
from tests.adapters import test_every_hosted_engine as hosted_rules
from tests.adapters import test_failures_of_every_hosted_engine as failure_rules
from tests.adapters.hosted import Provider, decoded
from tests.conftest import ROOT

PAGE = (ROOT / "docs" / "add-engine-adapter.md").read_text()
BLOCKS = re.findall(r"^`(\S+\.py)`, complete.*?```python\n(.*?)```", PAGE, re.DOTALL | re.MULTILINE)
# The rules that need nothing but a provider.
RULES = {
    name: rule
    for module in (hosted_rules, failure_rules)
    for name, rule in vars(module).items()
    if name.startswith("test_") and list(inspect.signature(rule).parameters) == ["provider"]
}


def example(path):
    """The module of an example of the page."""
    module = ModuleType(path.removesuffix(".py").replace("/", "_"))
    exec(dict(BLOCKS)[path], vars(module))
    return module


@pytest.fixture
def provider(tmp_path):
    """The example of a hosted engine, and its emulator."""
    with example("tests/emulators/studio.py").Studio(work_s=0.0) as emulator:
        settings = SimpleNamespace(studio_models="", **emulator.settings())
        yield Provider(emulator, example("engines/adapters/studio.py").build(settings), tmp_path)


def test_page_has_both_kinds_of_engines_and_an_emulator():
    assert sorted(dict(BLOCKS)) == [
        "engines/adapters/pattern.py",
        "engines/adapters/studio.py",
        "tests/emulators/studio.py",
    ]
    assert len(RULES) > 25


@pytest.mark.parametrize("rule", RULES)
def test_hosted_example_follows_the_rule(rule, provider):
    RULES[rule](provider)


def test_hosted_example_finds_an_order_by_its_key(provider):
    submission = provider.submit(key="the-key")
    assert provider.engine.find(None, "the-key", None) == submission
    assert provider.engine.find(None, "another", None) is None


def test_hosted_example_tells_what_becomes_of_a_cancelled_order(provider):
    provider.emulator.hold()
    provider.emulator.throttled = True
    waiting = provider.submit()
    assert provider.engine.cancel(waiting).cancelled
    assert provider.engine.poll(waiting).state is OrderProgress.CANCELLED
    provider.emulator.throttled = False
    assert not provider.engine.cancel(provider.submit()).cancelled


def test_hosted_example_without_a_key_is_unconfigured():
    settings = SimpleNamespace(studio_url="", studio_api_key="", studio_models="")
    with pytest.raises(Unconfigured, match="PYTOON_STUDIO_API_KEY"):
        example("engines/adapters/studio.py").build(settings)


def test_local_example_draws_a_clip_of_the_scene_once(tmp_path):
    (tmp_path / "store").mkdir()
    engine, store = example("engines/adapters/pattern.py").build(None), Folder(tmp_path / "store")
    assert isinstance(engine, Engine)
    scene = Scene(3, "A tree", media=Media("generated"), take=2)
    shot = Shot(scene, None, None, 108, 192, Fraction(30), 30, Preset("p", "P", "For tests"), 11, store)
    clip = engine.render(shot)
    film = decoded(store.local(clip.key))
    assert (film.width, film.height, film.seconds) == (108, 192, pytest.approx(1.0, abs=0.05))
    assert (clip.scene_id, clip.take, clip.seed, clip.engine) == (3, 2, 11, "pattern")
    assert ClipSchema.read(ClipSchema.plain(clip)) == clip
    assert engine.render(shot) == clip
