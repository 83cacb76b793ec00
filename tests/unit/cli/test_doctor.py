"""``pytoon doctor`` checks exactly what the product uses."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

from app.cli import doctor
from app.core.config import settings
from tests.conftest import ROOT

SOURCES = [path for folder in ("app", "assembly", "audio", "engines") for path in (ROOT / folder).rglob("*.py")]
# Filters whose calls in ffmpeg-python do not name them in a string.
METHODS = {"split", "overlay"}
CODEC_OPTIONS = {"acodec", "vcodec"}


def calls() -> list[ast.Call]:
    trees = [ast.parse(path.read_text()) for path in SOURCES if path.name != "doctor.py"]
    return [node for tree in trees for node in ast.walk(tree) if isinstance(node, ast.Call)]


def text_of(node: ast.expr) -> str | None:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


def filters_of_calls() -> set[str]:
    """The names in ``stream.filter("name", …)`` and ``ffmpeg.filter([…], "name")``."""
    named = [call for call in calls() if isinstance(call.func, ast.Attribute) and call.func.attr == "filter"]
    return {name for call in named for name in map(text_of, call.args[:2]) if name and re.fullmatch("[a-z0-9]+", name)}


def test_every_filter_that_a_command_uses_is_checked() -> None:
    used = filters_of_calls() - {"0"}
    assert {"scale", "amix", "blackdetect"} <= used
    # The second argument of a filter, not its name.
    formats = {"yuv420p", "yuva420p", "yuv420p10le", "yuva420p10le", "yuv444p", "gray", "gbrp", "gbrpf32le"}
    assert used - formats - {"1"} <= doctor.FILTERS


def test_no_filter_is_checked_that_no_command_uses() -> None:
    text = "\n".join(path.read_text() for path in SOURCES if path.name != "doctor.py")
    in_strings = {name for name in doctor.FILTERS if re.search(rf"[\"',]{name}[=\"']", text)}
    assert doctor.FILTERS - in_strings <= METHODS
    assert {name for name in METHODS if f".{name}(" in text} == METHODS


def test_every_encoder_is_used() -> None:
    text = "\n".join(path.read_text() for path in SOURCES if path.name != "doctor.py")
    assert {name for name in doctor.ENCODERS if f'"{name}"' in text} == doctor.ENCODERS


def test_a_storage_backend_that_cannot_be_used_is_a_finding(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTOON_STORAGE", "tape")
    settings.cache_clear()
    try:
        (storage,) = [finding for finding in doctor.findings(settings()) if finding.name == "storage"]
    finally:
        monkeypatch.undo()
        settings.cache_clear()
    assert not storage.ok and "tape cannot be used" in storage.detail


def test_missing_emoji_package_is_a_finding_that_needs_nothing() -> None:
    script = """
import sys
sys.modules["uharfbuzz"] = None
from app.cli import doctor
finding = doctor.emoji()
assert not finding.ok and not finding.needed, finding
assert "uharfbuzz" in finding.detail and "uharfbuzz" in finding.advice, finding
"""
    process = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=False)
    assert process.returncode == 0, process.stderr
    assert doctor.emoji().ok
