"""Who is in whose process: what import rules alone cannot promise."""

from __future__ import annotations

import subprocess
import sys

import pytest


def _loaded(code: str) -> set[str]:
    """The top-level modules in a fresh interpreter after ``code``."""
    done = subprocess.run(
        [sys.executable, "-c", f"{code}\nimport sys\nprint(*sys.modules)"], capture_output=True, text=True, check=True
    )
    return {name.split(".")[0] for name in done.stdout.split()}


def test_the_web_process_knows_nothing_of_the_studio() -> None:
    found = _loaded("from app.api.factory import create_app; create_app()")
    assert not found & {"tasks", "engines", "audio", "assembly", "cv2", "torch", "onnxruntime", "hibari"}


def test_a_worker_knows_nothing_of_http() -> None:
    found = _loaded("import app.queue.application; app.queue.application.celery.loader.import_default_modules()")
    assert "tasks" in found
    assert not found & {"flask", "flask_smorest", "gunicorn", "werkzeug"}


@pytest.mark.parametrize(
    "module", ["schemas.export", "presets.library", "app.planning.timing.timeline", "app.queue.canvas"]
)
def test_the_lower_storeys_come_without_the_heavy_ones(module: str) -> None:
    assert not _loaded(f"import {module}") & {"cv2", "torch", "onnxruntime", "flask", "tasks"}
