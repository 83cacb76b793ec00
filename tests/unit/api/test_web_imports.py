"""A web process carries nothing of the studio."""

from __future__ import annotations

import json
import subprocess
import sys

from tests.conftest import ROOT

HEAVY = {"tasks", "engines", "audio", "assembly", "cv2", "torch", "onnxruntime", "scipy", "opentimelineio", "moviepy"}
TELL = """
import json, sys
from app.api.factory import create_app
client = create_app().test_client()
assert client.get("/api/openapi.json").status_code == 200
print(json.dumps(sorted({name.partition(".")[0] for name in sys.modules})))
"""


def test_a_fresh_web_process_imports_no_room_of_the_studio() -> None:
    done = subprocess.run(
        [sys.executable, "-c", TELL], cwd=ROOT, capture_output=True, text=True, timeout=120, check=True
    )
    loaded = set(json.loads(done.stdout))
    assert {"app", "flask", "celery"} <= loaded
    assert not loaded & HEAVY


def test_gunicorns_settings_load_without_the_studio_too() -> None:
    tell = (
        "import json, sys, app.api.gunicorn_conf; print(json.dumps([name.partition('.')[0] for name in sys.modules]))"
    )
    done = subprocess.run(
        [sys.executable, "-c", tell], cwd=ROOT, capture_output=True, text=True, timeout=120, check=True
    )
    assert not set(json.loads(done.stdout)) & HEAVY
