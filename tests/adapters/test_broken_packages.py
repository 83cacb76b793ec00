"""Broken adapters of other packages are listed with their reason; all other adapters stay usable.

The packages are installed: modules on disk with the ``dist-info`` folder of a distribution.
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
from app.core.plugins import NON_ADAPTER_MODULES
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
# Source texts, each broken in another way, and the reason that is listed.
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
every_kind = pytest.mark.parametrize("kind", KINDS)


def own_names(kind: str) -> set[str]:
    folder = ROOT.joinpath(*KINDS[kind].PACKAGE.split("."))
    return {path.stem for path in folder.glob("*.py") if not path.stem.startswith("_")} - set(NON_ADAPTER_MODULES)


@pytest.fixture
def broken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Install every broken module as an adapter of every kind, and a broken package of presets."""
    modules = {f"other_{name}": text for name, (text, _) in BROKEN.items()}
    groups = {kind.GROUP: {name: f"other_{name}" for name in BROKEN} for kind in KINDS.values()}
    modules["other_presets"] = "raise RuntimeError('no presets today')\n"
    groups["pytoon.presets"] = {"neon": "other_presets"}
    with installed(tmp_path, modules, groups, monkeypatch):
        yield


@every_kind
def test_every_broken_adapter_is_missing_with_its_reason(broken: None, kind: str) -> None:
    missing = BUILD[kind](settings()).missing
    assert set(missing) - own_names(kind) == set(BROKEN)
    for name, (_, reason) in BROKEN.items():
        assert reason in missing[name], name
        assert "\n" not in missing[name]


@every_kind
def test_own_adapters_stay_present_unless_they_need_a_setting(broken: None, kind: str) -> None:
    registry = BUILD[kind](settings())
    unconfigured = {name for name in own_names(kind) if "is not configured" in registry.missing.get(name, "")}
    assert set(registry.present) == own_names(kind) - unconfigured
    assert registry.present


@every_kind
def test_require_raises_the_reason_of_a_missing_adapter(broken: None, kind: str) -> None:
    registry = BUILD[kind](settings())
    with pytest.raises(UnusableAdapter, match="no licence"):
        registry.require("exits")
    with pytest.raises(UnusableAdapter, match="there is no such adapter"):
        registry.require("unknown")


def test_narration_works_with_broken_adapters_installed(broken: None, tmp_path: Path) -> None:
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


def test_alignment_works_with_broken_aligners_installed(broken: None) -> None:
    rng = np.random.default_rng(0)
    sound = (0.1 * rng.standard_normal(16_000)).astype(np.float32)
    assert aligners.align_words(sound, 16_000, ["a", "b"], "en").method == "proportional"


def test_broken_preset_package_is_missing_and_other_presets_stay(broken: None) -> None:
    library = load_library()
    assert {"clean_bold", "documentary"} <= set(library.present)
    assert set(library.missing) == {"neon"}
    assert "RuntimeError: no presets today" in library.missing["neon"]


# -- working adapters with a name that they may not have -------------------------------------------------------------

VOICE = """
class Voice:
    version, hosted, name = "1", False, {name!r}
    def speaks(self, language): return True
    def say(self, text, voice, language, speed, seed): raise AssertionError
    def listing(self): return ()
def build(settings): return Voice()
"""


def test_voice_with_the_name_of_an_own_voice_is_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    modules = {"other_copy": VOICE.format(name="espeak"), "other_good": VOICE.format(name="good")}
    points = {"copy": "other_copy", "espeak": "other_copy", "good": "other_good"}
    with installed(tmp_path, modules, {voices.GROUP: points}, monkeypatch):
        registry = voices.build_voices(settings())
        assert type(registry.present["espeak"]).__module__ == "audio.voices.espeak"
        assert list(registry.present) == [*sorted(own_names("voices")), "good"]
        assert "'espeak'" in registry.missing["copy"]
        (german,) = (voice for voice in voices.chain_for("espeak", "de").members if voice.name == "espeak")
        assert type(german).__module__ == "audio.voices.espeak"


def test_aligner_with_an_unknown_method_is_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = (
        "from audio.aligners.proportional import Proportional\n"
        "def build(settings): return Proportional(name='made_up')\n"
    )
    with installed(tmp_path, {"other_aligner": text}, {aligners.GROUP: {"other": "other_aligner"}}, monkeypatch):
        assert "'made_up' is not one of" in aligners.build_aligners(settings()).missing["other"]
        assert [aligner.name for aligner in aligners.aligners()] == ["proportional"]


def test_preset_of_another_package_does_not_replace_an_own_preset(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for package, preset_id in (("other_duplicate", "clean_bold"), ("other_presets", "zebra")):
        (tmp_path / package).mkdir()
        (tmp_path / package / "__init__.py").touch()
        (tmp_path / package / f"{preset_id}.yaml").write_text(f"id: {preset_id}\nname: N\ndescription: D\n")
    points = {"duplicate": "other_duplicate", "good": "other_presets", "unknown": "package_that_does_not_exist"}
    with installed(tmp_path, {}, {"pytoon.presets": points}, monkeypatch):
        library = load_library()
    assert library.present["zebra"].name == "N"
    assert library.present["clean_bold"].name != "N"
    assert set(library.missing) == {"duplicate", "unknown"}
    assert "there is already a preset 'clean_bold'" in library.missing["duplicate"]
    assert "package_that_does_not_exist" in library.missing["unknown"]
