"""The files of a folder and the entry points of other packages are adapters."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from celery.exceptions import SoftTimeLimitExceeded

from app.core.config import Settings
from app.core.errors import UnusableAdapter
from app.core.plugins import Registry, build_registry, scan

GROUP = "pytoon.trees"


@pytest.fixture
def grove(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A package with the adapters "oak" and "fir", and an installed distribution with the adapters "oak" and "ash"."""
    folder = tmp_path / "grove"
    folder.mkdir()
    (folder / "__init__.py").touch()
    (folder / "oak.py").write_text("def build(settings): return 'own oak'\n")
    (folder / "fir.py").write_text("raise RuntimeError('imported too early')\n")
    (folder / "_private.py").touch()
    (tmp_path / "extra_ash.py").write_text("def build(settings): return 'foreign ash'\n")
    (tmp_path / "extra_oak.py").write_text("def build(settings): return 'foreign oak'\n")
    info = tmp_path / "extra-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: extra\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(f"[{GROUP}]\nash = extra_ash\noak = extra_oak\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    yield folder
    for name in [name for name in sys.modules if name.split(".")[0] in ("grove", "extra_ash", "extra_oak")]:
        del sys.modules[name]


def test_scan_lists_files_and_entry_points_sorted_by_name(grove):
    assert list(scan("grove", GROUP)) == ["ash", "fir", "oak"]


def test_scan_does_not_import_the_adapters(grove):
    loaders = scan("grove", GROUP)
    assert "grove.oak" not in sys.modules
    assert loaders["oak"]().build(None) == "own oak"
    with pytest.raises(RuntimeError, match="too early"):
        loaders["fir"]()


def test_entry_point_of_another_package_is_an_adapter(grove):
    assert scan("grove", GROUP)["ash"]().build(None) == "foreign ash"


def test_entry_point_does_not_replace_an_own_adapter_of_the_same_name(grove):
    assert scan("grove", GROUP)["oak"]().__name__ == "grove.oak"


def test_entry_points_of_another_group_are_ignored(grove):
    assert list(scan("grove", "pytoon.stones")) == ["fir", "oak"]


def test_missing_package_is_an_error():
    with pytest.raises(ModuleNotFoundError):
        scan("audio.nowhere", GROUP)
    with pytest.raises(ModuleNotFoundError):
        scan("audio_nowhere", GROUP)


# -- the registry ----------------------------------------------------------------------------------------------------


def check_text(name: str, built: object) -> str:
    if not isinstance(built, str):
        raise UnusableAdapter(name, "it is not text")
    return built


def grove_registry(grove: Path, **files: str) -> Registry[str]:
    for name, code in files.items():
        (grove / f"{name}.py").write_text(code)
    return build_registry("grove", GROUP, Settings(), check_text)


def test_registry_lists_own_adapters_before_those_of_other_packages(grove):
    trees = grove_registry(grove, pine="def build(settings): return 'own pine'\n")
    assert list(trees.present.items()) == [("oak", "own oak"), ("pine", "own pine"), ("ash", "foreign ash")]
    assert trees.require("oak") == "own oak"


def test_broken_adapter_is_missing_with_its_reason(grove):
    trees = grove_registry(grove, yew="def build(settings): return 5\n", elm="def build(settings): return {}['seed']\n")
    assert trees.missing == {
        "elm": "it cannot be built: KeyError: 'seed'",
        "fir": "it cannot be imported: RuntimeError: imported too early",
        "yew": "it is not text",
    }
    with pytest.raises(UnusableAdapter, match=r"fir cannot be used: it cannot be imported: RuntimeError"):
        trees.require("fir")


def test_entry_point_does_not_replace_a_broken_own_adapter(grove):
    trees = grove_registry(grove, ash="raise RuntimeError('no ash')\n")
    assert "ash" not in trees.present
    assert "no ash" in trees.missing["ash"]


def test_registry_is_read_only(grove):
    trees = grove_registry(grove)
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
def test_interrupt_memory_error_and_time_limit_are_not_attributed_to_an_adapter(grove, code, error):
    with pytest.raises(error):
        grove_registry(grove, elm=code)
