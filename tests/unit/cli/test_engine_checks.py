"""What ``pytoon doctor`` says about engines, their files, the worker for orders, and money."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from app.cli import engine_checks
from app.core.config import Settings
from app.core.plugins import Registry
from engines.registry import AnyEngine, build_engines

KEYS = {"PYTOON_RUNWAY_API_KEY": "key_0123456789", "PYTOON_FAL_API_KEY": "fal-key-0123456789"}


def findings(tmp_path: Path, **env: str) -> dict[str, Any]:
    """The findings of the command in a process of its own, by name; the machine is fit in each case."""
    argv = [sys.executable, "-m", "app.cli.main", "doctor", "--json"]
    env = {**os.environ, "PYTOON_HOME": str(tmp_path / "home"), **env}
    ended = subprocess.run(argv, capture_output=True, text=True, check=False, env=env, timeout=60)
    report = json.loads(ended.stdout)
    assert ended.returncode == 0 and report["ok"], ended.stdout
    for secret in KEYS.values():
        assert secret not in ended.stdout
    return {finding["name"]: finding for finding in report["findings"]}


def test_doctor_lists_each_engine_with_its_models_or_the_reason_why_it_is_missing(tmp_path: Path) -> None:
    found = findings(tmp_path, **KEYS)
    runway, luma = found["engine runway"], found["engine luma"]
    assert runway["ok"] and runway["detail"].startswith("gen4_turbo, gen4.5")
    assert runway["detail"].endswith("needs the network; costs money")
    assert not luma["ok"] and not luma["needed"] and "set PYTOON_LUMA_API_KEY" in luma["detail"]
    assert found["engine local"]["detail"] == "from image, video, colour"
    assert set(found["engines"]["detail"].split(", ")) == {"local", "runway", "fal", "pika"}
    assert {f"engine {path.stem}" for path in Path("engines/adapters").glob("[a-z]*.py")} <= found.keys()


def test_engines_that_place_orders_need_a_worker_and_a_daily_limit(tmp_path: Path) -> None:
    found = findings(tmp_path, **KEYS)
    worker, limit = found["worker for orders"], found["daily limit"]
    assert not worker["ok"] and "runway" in worker["detail"] and "no worker runs" in worker["detail"]
    assert "pytoon worker api" in worker["advice"]
    assert not limit["ok"] and limit["detail"] == "none, for fal, pika, runway"
    limited = findings(tmp_path, **KEYS, PYTOON_DAILY_USD="12.5")["daily limit"]
    assert (limited["ok"], limited["detail"]) == (True, "$12.50 a day, for fal, pika, runway")


def test_without_hosted_engines_neither_is_needed(tmp_path: Path) -> None:
    found = findings(tmp_path)
    assert found["worker for orders"]["ok"] and "not needed" in found["worker for orders"]["detail"]
    assert found["daily limit"]["ok"] and found["files of engines"]["ok"]


def test_each_file_of_a_model_that_cannot_be_used_is_named_once_with_its_reason(tmp_path: Path) -> None:
    models = tmp_path / "models"
    (models / "fal").mkdir(parents=True)
    (models / "fal" / "broken.yaml").write_text("name: broken\nid: a/b\n")
    (models / "lost.yaml").write_text("name: lost\n")
    found = findings(tmp_path, **KEYS, PYTOON_ENGINE_MODELS=str(models))["files of engines"]
    assert not found["ok"] and not found["needed"]
    lines = found["detail"].splitlines()
    assert len(lines) == 2
    assert any(line.startswith("fal: fal/broken.yaml, input") for line in lines)
    assert any("lost.yaml: move it to a folder" in line for line in lines)
    assert "docs/engine-models.md" in found["advice"]


def test_each_workflow_that_cannot_be_used_is_named_with_its_reason(tmp_path: Path) -> None:
    (tmp_path / "flows").mkdir()
    (tmp_path / "flows" / "zoom.json").write_text("{}")
    env = {"PYTOON_COMFYUI_URLS": "http://127.0.0.1:9", "PYTOON_COMFYUI_WORKFLOWS": str(tmp_path / "flows")}
    found = findings(tmp_path, **env)
    assert "still" in found["engine comfyui"]["detail"]
    assert found["files of engines"]["detail"].startswith("comfyui: zoom: ")


def test_api_without_keys_that_other_machines_reach_is_a_finding(tmp_path: Path) -> None:
    alone = findings(tmp_path)["API keys"]
    assert alone["ok"] and alone["detail"] == "none; the API listens on this machine only"
    open_to_all = findings(tmp_path, PYTOON_HOST="0.0.0.0")["API keys"]
    assert not open_to_all["ok"] and "pytoon keys add" in open_to_all["advice"]
    assert not (tmp_path / "home" / "pytoon.db").exists()


def test_without_any_engine_the_machine_is_not_fit() -> None:
    finding = engine_checks.engines(Registry({}, {"local": "damaged"}))
    assert (finding.ok, finding.needed, finding.detail) == (False, True, "none")


def test_engine_whose_capabilities_cannot_be_read_does_not_hide_the_others() -> None:
    registry: Registry[AnyEngine] = build_engines(Settings())
    checks = {name for name in engine_checks.engine_findings(Settings()) if name.startswith("engine ")}
    assert checks == {f"engine {name}" for name in {*registry.present, *registry.missing}}
