"""A broken adapter of another package is listed with its reason; every other adapter stays usable.

The packages are real: modules on disk and the ``dist-info`` folder that an installed distribution has.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

import app.inputs.registry as inputs
import audio.alignment as aligners
import audio.registry as voices
import engines.registry as engines
from app.core.config import settings
from app.core.errors import UnusableAdapter
from app.core.plugins import NO_ADAPTERS
from app.store.backends.folder import Folder
from audio.narration import narrate
from presets.library import load_library
from schemas.scene_graph import GlobalAudio, Scene, SceneGraph, VoiceChoice
from tests.conftest import ROOT
from tests.distributions import installed

KINDS = {"engines": engines, "voices": voices, "aligners": aligners, "inputs": inputs}
BUILD = {
    "engines": engines.build_engines,
    "voices": voices.build_voices,
    "aligners": aligners.build_aligners,
    "inputs": inputs.build_inputs,
}
# Each breaks in another way: its source, and what its reason says.
BROKEN = {
    "missing_package": ("import a_package_that_is_not_installed\n", "a_package_that_is_not_installed"),
    "syntax_error": ("def build(settings:\n", "SyntaxError"),
    "import_error": ("raise RuntimeError('no driver\\nsecond line')\n", "imported: RuntimeError: no driver"),
    "exits": ("import sys\nsys.exit('no licence')\n", "SystemExit: no licence"),
    "silent_error": ("raise OSError\n", "imported: OSError"),
    "no_build": ("name = 'no_build'\n", "no build(settings)"),
    "build_error": ("def build(settings): raise ValueError('no model file')\n", "built: ValueError: no model file"),
    "build_arguments": ("def build(): return None\n", "TypeError"),
    "other_object": ("def build(settings): return 'text'\n", "of type str, which is not"),
    "unconfigured": (
        "from app.core.errors import Unconfigured\n"
        "def build(settings): raise Unconfigured('unconfigured', 'PYTOON_SOME_KEY')\n",
        "unconfigured is not configured: PYTOON_SOME_KEY",
    ),
    "error_in_property": (
        "class Adapter:\n"
        "    suffixes, version, hosted, confidence = ('.x',), '1', '2', '3'\n"
        "    render, align, read, say, listing, speaks = *'45678', 9\n"
        "    capabilities = property(lambda self: 1 / 0)\n"
        "    name = property(lambda self: 1 / 0)\n"
        "def build(settings): return Adapter()\n",
        "ZeroDivisionError",
    ),
}
each_kind = pytest.mark.parametrize("kind", KINDS)


def own(kind: str) -> set[str]:
    folder = ROOT.joinpath(*KINDS[kind].PACKAGE.split("."))
    return {path.stem for path in folder.glob("*.py") if not path.stem.startswith("_")} - set(NO_ADAPTERS)


@pytest.fixture
def broken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Every broken module, registered as an adapter of every kind, and a broken package of presets."""
    modules = {f"guest_{name}": text for name, (text, _) in BROKEN.items()}
    groups = {kind.GROUP: {name: f"guest_{name}" for name in BROKEN} for kind in KINDS.values()}
    modules["guest_presets"] = "raise RuntimeError('no presets today')\n"
    groups["pytoon.presets"] = {"neon": "guest_presets"}
    with installed(tmp_path, modules, groups, monkeypatch):
        yield


@each_kind
def test_every_broken_adapter_is_listed_with_its_reason(broken: None, kind: str) -> None:
    missing = BUILD[kind](settings()).missing
    assert set(missing) == set(BROKEN)
    for name, (_, reason) in BROKEN.items():
        assert reason in missing[name], name
        assert "\n" not in missing[name]


@each_kind
def test_the_projects_own_adapters_stay_usable(broken: None, kind: str) -> None:
    present = BUILD[kind](settings()).present
    assert set(present) == own(kind)
    assert own(kind)


@each_kind
def test_a_missing_adapter_that_is_required_raises_its_reason(broken: None, kind: str) -> None:
    registry = BUILD[kind](settings())
    with pytest.raises(UnusableAdapter, match="no licence"):
        registry.require("exits")
    with pytest.raises(UnusableAdapter, match="there is no such adapter"):
        registry.require("unknown")


def test_a_film_is_narrated_while_broken_adapters_are_installed(broken: None, tmp_path: Path) -> None:
    graph = SceneGraph(
        version="2",
        title="",
        language="en",
        preset_id="clean_bold",
        scenes=(Scene(1, voice_script="Bread takes time."),),
        global_audio=GlobalAudio(voice=VoiceChoice(provider="espeak")),
    )
    speech = narrate(graph, Folder(tmp_path / "store"))
    assert [line.voice for line in speech.lines] == ["espeak"]


def test_words_are_found_in_sound_while_broken_aligners_are_installed(broken: None) -> None:
    rng = np.random.default_rng(0)
    sound = (0.1 * rng.standard_normal(16_000)).astype(np.float32)
    assert aligners.align_words(sound, 16_000, ["a", "b"], "en").method == "proportional"


def test_a_broken_package_of_presets_is_listed_and_other_presets_stay(broken: None) -> None:
    library = load_library()
    assert {"clean_bold", "documentary"} <= set(library.present)
    assert set(library.missing) == {"neon"}
    assert "RuntimeError: no presets today" in library.missing["neon"]


# -- adapters that work, but not as what they say --------------------------------------------------------------------

VOICE = """
class Voice:
    version, hosted, name = "1", False, {name!r}
    def speaks(self, language): return True
    def say(self, text, voice, language, speed, seed): raise AssertionError
    def listing(self): return ()
def build(settings): return Voice()
"""


def test_a_voice_that_takes_the_name_of_the_projects_own_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    modules = {"guest_copy": VOICE.format(name="espeak"), "guest_good": VOICE.format(name="good")}
    points = {"copy": "guest_copy", "espeak": "guest_copy", "good": "guest_good"}
    with installed(tmp_path, modules, {voices.GROUP: points}, monkeypatch):
        registry = voices.build_voices(settings())
        assert type(registry.present["espeak"]).__module__ == "audio.voices.espeak"
        assert list(registry.present) == [*sorted(own("voices")), "good"]
        assert "'espeak'" in registry.missing["copy"]
        (german,) = (voice for voice in voices.chain_for("espeak", "de").members if voice.name == "espeak")
        assert type(german).__module__ == "audio.voices.espeak"


def test_an_aligner_whose_method_no_contract_knows_is_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = (
        "from audio.aligners.proportional import Proportional\n"
        "def build(settings): return Proportional(name='made_up')\n"
    )
    with installed(tmp_path, {"guest_aligner": text}, {aligners.GROUP: {"mine": "guest_aligner"}}, monkeypatch):
        assert "'made_up' is not one of" in aligners.build_aligners(settings()).missing["mine"]
        assert [aligner.name for aligner in aligners.aligners()] == ["proportional"]


def test_a_preset_of_another_package_never_replaces_the_projects_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for package, preset_id in (("guest_thief", "clean_bold"), ("guest_presets", "zebra")):
        (tmp_path / package).mkdir()
        (tmp_path / package / "__init__.py").touch()
        (tmp_path / package / f"{preset_id}.yaml").write_text(f"id: {preset_id}\nname: N\ndescription: D\n")
    points = {"thief": "guest_thief", "good": "guest_presets", "gone": "guest_that_is_not_there"}
    with installed(tmp_path, {}, {"pytoon.presets": points}, monkeypatch):
        library = load_library()
    assert library.present["zebra"].name == "N"
    assert library.present["clean_bold"].name != "N"
    assert set(library.missing) == {"thief", "gone"}
    assert "there is already a preset 'clean_bold'" in library.missing["thief"]
    assert "guest_that_is_not_there" in library.missing["gone"]
