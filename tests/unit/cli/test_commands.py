"""Output and exit codes of the commands other than ``create``."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
import pytest

from app.cli import doctor, programs
from app.cli.demo import PHOTOGRAPHS, SAMPLE_SCRIPT, SCRIPT_FOR_OWN_MEDIA, photographs
from app.cli.failures import exit_code
from app.cli.main import cli
from app.cli.process_main import GUNICORN
from app.cli.progress import picture, sentence, unquiet
from app.core.config import Settings
from app.core.errors import (
    BadConfiguration,
    BadMedia,
    Conflict,
    MediaError,
    NotFound,
    Refused,
    StorageFull,
    TooLarge,
    Unavailable,
    Unconfigured,
    UnusableAdapter,
)
from schemas.steps import WORKER_QUEUES

RunCommand = Callable[..., Any]
JOB = {
    "job_id": "job_1",
    "state": "RENDERING_SCENES",
    "warnings": [],
    "progress": {
        "share": 0.25,
        "scenes": [{"id": 1, "state": "DONE", "engine": "local"}],
        "steps": {"segments": "2/8"},
    },
}


def alone(*args: str, **env: str) -> subprocess.CompletedProcess[str]:
    """The command in a process of its own, as a person runs it."""
    argv = [sys.executable, "-m", "app.cli.main", *args]
    return subprocess.run(argv, capture_output=True, text=True, check=False, env={**os.environ, **env}, timeout=60)


# -- status and cancel -----------------------------------------------------------------------------------------------


def test_status_lists_the_scenes(pytoon: RunCommand, fake_server: Any) -> None:
    fake_server.states = [JOB]
    result = pytoon("status", "job_1")
    assert result.code == 0
    assert "rendering scenes, speaking lines" in result.words
    assert "scene 1 done by local" in result.words
    assert "2/8 segments" in result.words


def test_status_of_a_failed_job_exits_with_1(pytoon: RunCommand, fake_server: Any) -> None:
    fake_server.states = [{**JOB, "state": "FAILED", "error": {"message": "no", "advice": "Do."}}]
    result = pytoon("status", "job_1")
    assert (result.code, "no Do." in result.words) == (1, True)


def test_status_as_json_is_the_reply_of_the_server(pytoon: RunCommand, fake_server: Any) -> None:
    fake_server.states = [JOB]
    assert json.loads(pytoon("status", "job_1", "--json").out) == JOB


@pytest.mark.parametrize("job_id", ["job_9", "../../health", "a b"])
def test_an_unknown_job_exits_with_2(pytoon: RunCommand, job_id: str) -> None:
    result = pytoon("status", job_id)
    assert result.code == 2
    assert "there is no" in result.err


def test_cancel_calls_the_server(pytoon: RunCommand, fake_server: Any) -> None:
    result = pytoon("cancel", "job_1")
    assert (result.code, result.out.strip(), fake_server.cancelled) == (0, "job_1: cancelled", ["job_1"])


# -- how commands end ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (BadMedia("a", "b"), 2),
        (TooLarge("a", "1 MB"), 2),
        (NotFound("job", "x"), 2),
        (Conflict("job", "x", "ended"), 2),
        (Refused(422, "m", "a"), 2),
        (Refused(500, "m", "a"), 1),
        (Unavailable("x", "y"), 3),
        (Unconfigured("x", "y"), 2),
        (BadConfiguration("PYTOON_HOME", "y"), 2),
        (UnusableAdapter("x", "y"), 2),
        (StorageFull("storage", 1, 2), 1),
        (MediaError("x", [], 1, ""), 1),
    ],
)
def test_exit_code_depends_on_the_kind_of_error(error: Any, code: int) -> None:
    assert exit_code(error) == code


def test_an_invalid_setting_is_named() -> None:
    ended = alone("status", "x", PYTOON_PORT="eighty")
    assert ended.returncode == 2
    assert ended.stderr == "pytoon: PYTOON_PORT='eighty' is not a whole number\n"


def test_debug_prints_a_traceback() -> None:
    ended = alone("status", "x", "--url", "http://127.0.0.1:9", "--debug")
    assert "Traceback" in ended.stderr


def test_every_command_has_a_help_text() -> None:
    context = click.Context(cli)
    for name in cli.list_commands(context):
        command = cli.get_command(context, name)
        assert command and command.help, name
        for parameter in command.params:
            assert isinstance(parameter, click.Argument) or parameter.help, f"{name} {parameter.name}"  # type: ignore


def test_the_command_starts_quickly_without_heavy_imports() -> None:
    code = (
        "import sys\n"
        "from app.cli.main import cli\n"
        "commands = [cli.get_command(None, name) for name in cli.list_commands(None)]\n"
        "heavy = {'cv2', 'onnxruntime', 'av', 'flask', 'celery', 'sqlalchemy', 'numpy'} & set(sys.modules)\n"
        "sys.exit(', '.join(sorted(heavy)))"
    )
    assert (
        subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False).stderr.strip() == ""
    )


# -- the stack as values ---------------------------------------------------------------------------------------------


def test_every_queue_has_a_worker() -> None:
    served = [queue for queues in WORKER_QUEUES.values() for queue in queues]
    assert sorted(served) == ["api", "cpu", "cpu-later", "gpu", "gpu-later", "orch"]


def test_the_stack_has_three_workers_beat_and_the_api() -> None:
    assert [program.name for program in programs.stack(False)] == ["gpu", "cpu", "api", "beat", "web"]
    assert [program.name for program in programs.stack(True)] == ["gpu", "cpu", "api", "beat", "web", "flower"]


def test_workers_have_the_number_of_children_of_the_settings() -> None:
    chosen = Settings(gpu_workers=1, cpu_workers=3, api_threads=5)
    cpu, gpu, api = (programs.worker_options(kind, chosen) for kind in ("cpu", "gpu", "api"))
    assert (cpu["concurrency"], gpu["concurrency"], api["concurrency"]) == (3, 1, 5)
    assert (cpu["pool"], gpu["pool"], api["pool"]) == ("prefork", "prefork", "threads")
    assert cpu["queues"] == ["orch", "cpu", "cpu-later"]
    assert cpu["task_events"] and cpu["without_mingle"] and cpu["without_gossip"]


def test_numeric_libraries_in_workers_use_one_thread() -> None:
    for program in (programs.worker("gpu"), programs.worker("cpu")):
        assert program.env["OMP_NUM_THREADS"] == "1"
        assert program.env["PYTOON_PROCESS"] == program.name


def test_flower_listens_on_loopback_and_is_read_only() -> None:
    assert "--address=127.0.0.1" in programs.flower_argv(Settings())


def test_a_directory_called_app_in_the_current_directory_is_not_imported(tmp_path: Path) -> None:
    for name in ("app", "tasks", "celeryconfig"):
        (tmp_path / f"{name}.py").write_text("raise SystemExit('taken over')")
    code = "import app.cli.process_main, celeryconfig, tasks; print(app.cli.process_main.__name__)"
    argv = [*programs.beat().argv[:2], "-c", code]
    ended = subprocess.run(argv, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert ended.stdout == "app.cli.process_main\n", ended.stderr


def test_gunicorn_finds_its_configuration() -> None:
    assert "python:app.api.gunicorn_conf" in GUNICORN


@pytest.mark.parametrize("command", [("worker", "gpu"), ("worker", "cpu"), ("beat",), ("flower",)])
def test_a_single_program_without_a_broker_says_what_to_do(command: tuple[str, ...], tmp_path: Path) -> None:
    ended = alone(*command, PYTOON_HOME=str(tmp_path))
    assert ended.returncode == 2
    assert "run `pytoon serve` on this machine, or set PYTOON_BROKER_URL" in ended.stderr


def test_a_single_program_without_a_result_store_says_what_to_do(tmp_path: Path) -> None:
    ended = alone("worker", "cpu", PYTOON_HOME=str(tmp_path), PYTOON_BROKER_URL="amqp://127.0.0.1//")
    assert ended.returncode == 2
    assert "set PYTOON_RESULT_URL to a Redis or Valkey" in ended.stderr


def test_a_port_in_use_is_reported_before_anything_starts(fake_server: Any, tmp_path: Path) -> None:
    port = fake_server.url.rpartition(":")[2]
    ended = alone("serve", "--no-flower", PYTOON_PORT=port, PYTOON_HOME=str(tmp_path / "home"))
    assert ended.returncode == 3
    assert "choose another port by PYTOON_PORT" in ended.stderr
    assert not (tmp_path / "home" / "logs").exists()


# -- doctor ----------------------------------------------------------------------------------------------------------


def test_doctor_finds_this_machine_fit(tmp_path: Path) -> None:
    ended = alone("doctor", "--json", PYTOON_HOME=str(tmp_path))
    report = json.loads(ended.stdout)
    assert ended.returncode == 0, ended.stdout
    assert report["ok"]
    parts = {
        "ffmpeg",
        "broker",
        "database",
        "storage",
        "fonts",
        "voices",
        "aligners",
        "music",
        "engines",
        "inputs",
        "presets",
    }
    assert {finding["name"] for finding in report["findings"]} >= {"Python", *parts}


def test_doctor_lists_broken_adapters_of_every_kind_and_stays_fit(tmp_path: Path) -> None:
    (tmp_path / "broken_package.py").write_text("raise RuntimeError('no driver, token=Xy7abc')\n")
    info = tmp_path / "broken-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: broken\nVersion: 1.0\n")
    kinds = ("voices", "aligners", "engines", "inputs", "presets")
    groups = "\n".join(f"[pytoon.{kind}]\nfancy_{kind} = broken_package" for kind in kinds)
    (info / "entry_points.txt").write_text(groups)
    path = os.pathsep.join(filter(None, (str(tmp_path), os.environ.get("PYTHONPATH"))))
    ended = alone("doctor", "--json", PYTOON_HOME=str(tmp_path / "home"), PYTHONPATH=path)
    details = {finding["name"]: finding["detail"] for finding in json.loads(ended.stdout)["findings"]}
    assert ended.returncode == 0, ended.stdout
    assert "RuntimeError: no driver" in details["engine fancy_engines"]
    for kind in set(kinds) - {"engines"}:
        present, _, missing = details[kind].partition("; missing: ")
        assert present not in ("", "none")
        assert f"fancy_{kind}" in missing
        assert "RuntimeError: no driver" in missing
    assert "Xy7abc" not in ended.stdout


def test_doctor_names_what_is_missing_with_advice(tmp_path: Path) -> None:
    ended = alone("doctor", PYTOON_HOME=str(tmp_path), PYTOON_FFMPEG="/nowhere/ffmpeg", COLUMNS="200")
    assert ended.returncode == 1
    assert "✗ ffmpeg" in ended.stdout.replace("  ", " ").replace("  ", " ")
    assert "PYTOON_FFMPEG=/nowhere/ffmpeg does not exist" in ended.stdout
    assert "Something needed is missing." in ended.stdout


def test_doctor_reports_an_unreachable_broker_without_its_password(tmp_path: Path) -> None:
    url = "redis://:Xy7abc@127.0.0.1:9/0"
    ended = alone("doctor", "--json", PYTOON_HOME=str(tmp_path), PYTOON_BROKER_URL=url)
    (broker,) = [finding for finding in json.loads(ended.stdout)["findings"] if finding["name"] == "broker"]
    assert not broker["ok"]
    assert "Xy7abc" not in ended.stdout


def test_too_little_disk_space_makes_a_machine_unfit(tmp_path: Path) -> None:
    report = doctor.storage(Settings(home=tmp_path, min_free_mb=1 << 40))
    assert (report.ok, report.needed) == (False, True)


def test_an_ffmpeg_without_needed_filters_makes_a_machine_unfit(tmp_path: Path) -> None:
    poor = tmp_path / "ffmpeg"
    poor.write_text("#!/bin/sh\necho 'ffmpeg version 3.0 Copyright'\necho ' V..... libx264 x'\n")
    poor.chmod(0o755)
    ended = alone("doctor", "--json", PYTOON_HOME=str(tmp_path / "home"), PYTOON_FFMPEG=str(poor))
    (ffmpeg,) = [finding for finding in json.loads(ended.stdout)["findings"] if finding["name"] == "ffmpeg"]
    assert not ffmpeg["ok"]
    assert "it lacks" in ffmpeg["detail"]
    assert "ass" in ffmpeg["detail"]


# -- demo and display ------------------------------------------------------------------------------------------------


def test_the_demo_includes_photographs(tmp_path: Path) -> None:
    from PIL import Image

    paths = photographs(tmp_path)
    assert len(paths) == len(PHOTOGRAPHS) == 6
    for path in paths:
        with Image.open(path) as image:
            assert image.format == "JPEG"
            assert min(image.size) >= 300


@pytest.mark.parametrize("script", [SAMPLE_SCRIPT, SCRIPT_FOR_OWN_MEDIA])
def test_the_demo_scripts_last_about_half_a_minute(script: str) -> None:
    assert 65 <= len(script.split()) <= 90


def test_missing_progress_is_reported(capsys: pytest.CaptureFixture[str]) -> None:
    from rich.console import Console

    list(unquiet(Console(), iter([JOB, JOB, JOB]), quiet_s=-1))
    assert capsys.readouterr().out.count("No progress") == 2


def test_a_job_of_a_thousand_scenes_fits_on_a_screen(capsys: pytest.CaptureFixture[str]) -> None:
    from rich.console import Console

    scenes = [{"id": n, "state": "RENDERING" if n == 777 else "QUEUED", "engine": None} for n in range(1000)]
    Console(width=100).print(picture({**JOB, "progress": {"share": 0, "scenes": scenes, "steps": {}}}))
    out = capsys.readouterr().out
    assert "scene 777" in out
    assert "… and 980 more" in out
    assert len(out.splitlines()) < 25


def test_descriptions_of_scenes_are_not_parsed_as_markup(capsys: pytest.CaptureFixture[str]) -> None:
    from rich.console import Console

    scenes = [{"id": 1, "state": "DONE", "engine": "local", "description": "[bold]loud[/bold] [/]"}]
    Console(width=100).print(picture({**JOB, "progress": {"share": 1, "scenes": scenes, "steps": {}}}))
    assert "[bold]loud[/bold] [/]" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("error", "words"),
    [
        ({}, "it failed"),
        ({"message": "no", "advice": "Do."}, "no\nDo."),
        ({"stage": "mux", "scene_id": None, "message": "no", "advice": ""}, "mux: no"),
    ],
)
def test_an_error_has_stage_scene_cause_and_advice(error: dict[str, Any], words: str) -> None:
    assert sentence(error) == words
