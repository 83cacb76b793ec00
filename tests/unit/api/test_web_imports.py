"""A web process imports none of the packages that render films."""

from __future__ import annotations

import json
import subprocess
import sys

from tests.conftest import ROOT

HEAVY_PACKAGES = {
    "tasks",
    "engines",
    "audio",
    "assembly",
    "cv2",
    "torch",
    "onnxruntime",
    "scipy",
    "opentimelineio",
    "moviepy",
}
PRINT_PACKAGES = """
import json, sys
from app.api.factory import create_app
client = create_app().test_client()
assert client.get("/api/openapi.json").status_code == 200
print(json.dumps(sorted({name.partition(".")[0] for name in sys.modules})))
"""


def test_web_process_imports_no_rendering_package() -> None:
    process = subprocess.run(
        [sys.executable, "-c", PRINT_PACKAGES], cwd=ROOT, capture_output=True, text=True, timeout=120, check=True
    )
    imported = set(json.loads(process.stdout))
    assert {"app", "flask", "celery"} <= imported
    assert not imported & HEAVY_PACKAGES


def test_gunicorn_configuration_imports_no_rendering_package() -> None:
    print_packages = (
        "import json, sys, app.api.gunicorn_conf; print(json.dumps([name.partition('.')[0] for name in sys.modules]))"
    )
    process = subprocess.run(
        [sys.executable, "-c", print_packages], cwd=ROOT, capture_output=True, text=True, timeout=120, check=True
    )
    assert not set(json.loads(process.stdout)) & HEAVY_PACKAGES
