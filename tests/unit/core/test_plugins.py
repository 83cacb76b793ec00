"""A folder's files and other packages' entry points are its adapters."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from celery.exceptions import SoftTimeLimitExceeded

from app.core.config import Settings
from app.core.errors import UnusableAdapter
from app.core.plugins import Registry, registry, scan

GROUP = "pytoon.trees"


@pytest.fixture
def grove(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A package ``grove`` with two adapters, beside an installed distribution that brings one more and a copy."""
    folder = tmp_path / "grove"
    folder.mkdir()
    (folder / "__init__.py").touch()
    (folder / "oak.py").write_text("def build(settings): return 'our oak'\n")
    (folder / "fir.py").write_text("raise RuntimeError('imported too early')\n")
    (folder / "_private.py").touch()
    (tmp_path / "guest_ash.py").write_text("def build(settings): return 'their ash'\n")
    (tmp_path / "guest_oak.py").write_text("def build(settings): return 'their oak'\n")
    info = tmp_path / "guest-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: guest\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(f"[{GROUP}]\nash = guest_ash\noak = guest_oak\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    yield folder
    for name in [name for name in sys.modules if name.split(".")[0] in ("grove", "guest_ash", "guest_oak")]:
        del sys.modules[name]


def test_files_and_entry_points_are_found_in_order_of_their_names(grove):
    assert list(scan("grove", GROUP)) == ["ash", "fir", "oak"]


def test_nothing_is_imported_until_it_is_asked_for(grove):
    found = scan("grove", GROUP)
    assert "grove.oak" not in sys.modules
    assert found["oak"]().build(None) == "our oak"
    with pytest.raises(RuntimeError, match="too early"):
        found["fir"]()


def test_another_package_brings_an_adapter_by_an_entry_point(grove):
    assert scan("grove", GROUP)["ash"]().build(None) == "their ash"


def test_a_guest_never_takes_the_name_of_our_own(grove):
    assert scan("grove", GROUP)["oak"]().__name__ == "grove.oak"


def test_another_group_is_not_asked(grove):
    assert list(scan("grove", "pytoon.stones")) == ["fir", "oak"]


def test_a_folder_that_is_not_there_is_an_error():
    with pytest.raises(ModuleNotFoundError):
        scan("audio.nowhere", GROUP)
    with pytest.raises(ModuleNotFoundError):
        scan("audio_nowhere", GROUP)


# -- the registry ----------------------------------------------------------------------------------------------------


def text(name: str, built: object) -> str:
    if not isinstance(built, str):
        raise UnusableAdapter(name, "it is not text")
    return built


def built(grove: Path, **files: str) -> Registry[str]:
    for name, code in files.items():
        (grove / f"{name}.py").write_text(code)
    return registry("grove", GROUP, Settings(), text)


def test_a_registry_holds_the_folders_adapters_first_and_then_those_of_packages(grove):
    trees = built(grove, pine="def build(settings): return 'our pine'\n")
    assert list(trees.present.items()) == [("oak", "our oak"), ("pine", "our pine"), ("ash", "their ash")]
    assert trees.require("oak") == "our oak"


def test_an_adapter_that_breaks_is_missing_with_its_reason(grove):
    trees = built(grove, yew="def build(settings): return 5\n", elm="def build(settings): return {}['seed']\n")
    assert trees.missing == {
        "elm": "it cannot be built: KeyError: 'seed'",
        "fir": "it cannot be imported: RuntimeError: imported too early",
        "yew": "it is not text",
    }
    with pytest.raises(UnusableAdapter, match=r"fir cannot be used: it cannot be imported: RuntimeError"):
        trees.require("fir")


def test_an_entry_point_never_replaces_an_own_adapter_that_breaks(grove):
    trees = built(grove, ash="raise RuntimeError('no ash')\n")
    assert "ash" not in trees.present
    assert "no ash" in trees.missing["ash"]


def test_a_registry_cannot_be_changed(grove):
    trees = built(grove)
    with pytest.raises(TypeError):
        trees.present["birch"] = "a birch"
    with pytest.raises(AttributeError):
        trees.missing = {}


@pytest.mark.parametrize(
    ("code", "error"),
    [
        ("raise KeyboardInterrupt\n", KeyboardInterrupt),
        ("raise MemoryError\n", MemoryError),
        ("from celery.exceptions import SoftTimeLimitExceeded\nraise SoftTimeLimitExceeded\n", SoftTimeLimitExceeded),
    ],
)
def test_what_ends_the_process_or_its_task_is_no_fault_of_an_adapter(grove, code, error):
    with pytest.raises(error):
        built(grove, elm=code)
