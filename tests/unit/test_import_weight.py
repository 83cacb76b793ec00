"""Which modules a process loads: transitive imports of packages that import-linter does not see."""

from __future__ import annotations

import subprocess
import sys

import pytest

LOAD = "from app.cli.process_main import load_application; load_application"


def _loaded_modules(code: str) -> set[str]:
    """The top-level modules that a new interpreter has loaded after running ``code``."""
    process = subprocess.run(
        [sys.executable, "-c", f"{code}\nimport sys\nprint(*sys.modules)"], capture_output=True, text=True, check=True
    )
    return {name.split(".")[0] for name in process.stdout.split()}


def test_the_api_process_loads_no_tasks_engines_or_models() -> None:
    modules = _loaded_modules("from app.api.factory import create_app; create_app()")
    assert not modules & {"tasks", "engines", "audio", "assembly", "cv2", "torch", "onnxruntime", "hibari"}


def test_a_worker_process_loads_no_web_framework() -> None:
    modules = _loaded_modules(f"{LOAD}('cpu')")
    assert "tasks" in modules
    assert not modules & {"flask", "flask_smorest", "gunicorn", "werkzeug", "alembic", "prompt_toolkit"}


def test_the_command_that_starts_the_stack_loads_neither_tasks_nor_an_http_client() -> None:
    modules = _loaded_modules("from app.cli.main import cli; cli.get_command(None, 'serve')")
    assert not modules & {"tasks", "celery", "requests", "sqlalchemy", "flask", "numpy", "PIL"}


@pytest.mark.parametrize("kind", ["beat", "flower"])
def test_a_process_that_runs_no_tasks_loads_none(kind: str) -> None:
    modules = _loaded_modules(f"{LOAD}('{kind}')")
    assert not modules & {"tasks", "engines", "audio", "assembly", "cv2", "numpy", "alembic"}


@pytest.mark.parametrize(
    "module", ["schemas.export", "presets.library", "app.planning.timing.timeline", "app.queue.canvas"]
)
def test_lower_layers_load_no_heavy_library_and_no_tasks(module: str) -> None:
    assert not _loaded_modules(f"import {module}") & {"cv2", "torch", "onnxruntime", "flask", "tasks"}
