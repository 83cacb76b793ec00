"""Deployment files and documentation agree with the code: containers, settings, commands, locks, the README."""

from __future__ import annotations

import configparser
import fnmatch
import json
import os
import re
import shlex
import subprocess
from dataclasses import fields
from importlib import import_module
from itertools import pairwise
from pathlib import Path
from typing import Any

import click
import pytest
import yaml
from celery.bin.celery import celery as celery_command

from app.cli.gc import KINDS
from app.cli.main import cli
from app.core.config import PREFIX, Settings, read_settings
from app.store.retention.report import Report
from presets.library import presets
from schemas.job import JobRequestSchema
from schemas.steps import WORKER_QUEUES

ROOT = Path(__file__).parents[2]
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
PYTOON_SERVICES = {name: service for name, service in SERVICES.items() if "build" in service}
README = (ROOT / "README.md").read_text()
DOCUMENTS = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
SETTINGS = {PREFIX + field.name.upper(): field.default for field in fields(Settings)}
MAKEFILE = (ROOT / "Makefile").read_text()


def setup_cfg() -> configparser.ConfigParser:
    parser = configparser.ConfigParser()
    parser.read(ROOT / "setup.cfg")
    return parser


def attribute(path: str) -> Any:
    """Import ``package.module:name`` and return it."""
    module, _, name = path.partition(":")
    return getattr(import_module(module), name.removesuffix("()"))


def check_click_command(command: click.Command, words: list[str]) -> None:
    """Fail unless ``words`` are subcommands, arguments and options of ``command``."""
    while isinstance(command, click.Group) and words:
        name, *words = words
        subcommand = command.get_command(click.Context(command), name)
        assert subcommand, f"there is no command {name!r}"
        command = subcommand
    command.make_parser(click.Context(command)).parse_args(list(words))
    choices = [
        p.type.choices for p in command.params if isinstance(p, click.Argument) and isinstance(p.type, click.Choice)
    ]
    for word, allowed in zip([w for w in words if not w.startswith("-")], choices, strict=False):
        assert word in allowed


def check_command(argv: list[str]) -> None:
    """Fail unless ``argv`` is a command of this project or of Celery with this project's application."""
    program, *words = argv
    if program == "pytoon":
        check_click_command(cli, words)
    elif program == "celery":
        assert words[0] == "-A"
        attribute(words[1])
        assert words[2] in celery_command.commands
    else:
        raise AssertionError(f"unknown program {program}")


def test_the_console_script_can_be_imported() -> None:
    name, _, path = setup_cfg()["options.entry_points"]["console_scripts"].strip().partition(" = ")
    assert name == "pytoon"
    assert callable(attribute(path))


# -- compose.yaml ----------------------------------------------------------------------------------------------------


def test_every_role_has_a_container() -> None:
    assert set(SERVICES) >= {"redis", "postgres", "api", "worker-gpu", "worker-cpu", "worker-api", "beat", "flower"}


@pytest.mark.parametrize("name", PYTOON_SERVICES)
def test_every_container_runs_an_existing_command(name: str) -> None:
    check_command(PYTOON_SERVICES[name]["command"])


@pytest.mark.parametrize("name", SERVICES)
def test_every_container_has_a_health_check(name: str) -> None:
    check = SERVICES[name]["healthcheck"]
    assert check["test"][0] in ("CMD", "CMD-SHELL")
    assert check["interval"]


@pytest.mark.parametrize("name", PYTOON_SERVICES)
def test_every_variable_of_a_container_is_a_setting(name: str) -> None:
    assert set(PYTOON_SERVICES[name]["environment"]) <= set(SETTINGS)


@pytest.mark.parametrize("name", PYTOON_SERVICES)
def test_the_settings_of_containers_can_be_read(name: str) -> None:
    read_settings({key: str(value) for key, value in PYTOON_SERVICES[name]["environment"].items()})


@pytest.mark.parametrize("name", SERVICES)
def test_a_container_depends_only_on_containers_with_health_checks(name: str) -> None:
    for other, condition in SERVICES[name].get("depends_on", {}).items():
        assert condition == {"condition": "service_healthy"}
        assert "healthcheck" in SERVICES[other]


@pytest.mark.parametrize("name", [name for name in PYTOON_SERVICES if name != "api"])
def test_every_process_waits_for_the_api_that_creates_the_tables(name: str) -> None:
    assert "api" in PYTOON_SERVICES[name]["depends_on"]


def test_urls_name_existing_containers() -> None:
    environment = PYTOON_SERVICES["api"]["environment"]
    for name in ("PYTOON_BROKER_URL", "PYTOON_RESULT_URL", "PYTOON_DATABASE_URL"):
        host = re.split(r"[@/]+", environment[name])[-2].split(":")[0]
        assert host in SERVICES


def test_the_database_url_matches_the_database_container() -> None:
    url = PYTOON_SERVICES["api"]["environment"]["PYTOON_DATABASE_URL"]
    variables = SERVICES["postgres"]["environment"]
    credentials = f"{variables['POSTGRES_USER']}:{variables['POSTGRES_PASSWORD']}"
    assert url == f"postgresql+psycopg://{credentials}@postgres:5432/{variables['POSTGRES_DB']}"


@pytest.mark.parametrize("name", [name for name in SERVICES if "ports" in SERVICES[name]])
def test_ports_are_published_on_loopback_only(name: str) -> None:
    assert all(port.startswith("127.0.0.1:") for port in SERVICES[name]["ports"])


def test_published_ports_are_those_the_programs_listen_on() -> None:
    assert PYTOON_SERVICES["api"]["ports"][0].endswith(f":{PYTOON_SERVICES['api']['environment']['PYTOON_PORT']}")
    assert f"--port={PYTOON_SERVICES['flower']['ports'][0].rpartition(':')[2]}" in PYTOON_SERVICES["flower"]["command"]


def test_flower_in_a_container_has_the_options_of_pytoon_flower() -> None:
    from app.cli.programs import FLOWER

    assert set(FLOWER) <= set(PYTOON_SERVICES["flower"]["command"])


def test_health_checks_of_the_api_request_existing_paths() -> None:
    from app.api.factory import create_app

    rules = {rule.rule for rule in create_app().url_map.iter_rules()}
    commands = PYTOON_SERVICES["api"]["healthcheck"]["test"][-1] + (ROOT / "Dockerfile").read_text()
    paths = re.findall(r"http://127\.0\.0\.1:8080(/[a-z/]+)", commands)
    assert paths
    assert set(paths) <= rules


def test_the_health_check_of_flower_requests_an_existing_path() -> None:
    handlers = import_module("flower.urls").handlers
    path = re.search(r"5555(/\w+)", PYTOON_SERVICES["flower"]["healthcheck"]["test"][-1])
    assert path
    assert any(re.fullmatch(handler[0], path[1]) for handler in handlers if isinstance(handler, tuple))


def test_the_gpu_worker_reserves_all_gpus_and_is_in_the_gpu_profile() -> None:
    worker = PYTOON_SERVICES["worker-gpu"]
    devices = worker["deploy"]["resources"]["reservations"]["devices"]
    assert devices == [{"driver": "nvidia", "count": "all", "capabilities": ["gpu"]}]
    assert worker["profiles"] == ["gpu"]


def test_a_worker_without_a_gpu_takes_the_scene_queues() -> None:
    without_gpu = [
        service for service in PYTOON_SERVICES.values() if "profiles" not in service and "deploy" not in service
    ]
    assert ["pytoon", "worker", "gpu"] in [service["command"] for service in without_gpu]


def test_every_queue_has_a_worker() -> None:
    from app.queue.application import celery

    kinds = {
        service["command"][-1] for service in PYTOON_SERVICES.values() if service["command"][:2] == ["pytoon", "worker"]
    }
    taken = {queue for kind in kinds for queue in WORKER_QUEUES[kind]}
    assert taken == {queue.name for queue in celery.conf.task_queues}


def test_beat_runs_once() -> None:
    assert sum("beat" in service["command"] for service in PYTOON_SERVICES.values()) == 1


def test_redis_persists_and_never_evicts() -> None:
    command = SERVICES["redis"]["command"]
    assert command[command.index("--appendonly") + 1] == "yes"
    assert command[command.index("--maxmemory-policy") + 1] == "noeviction"


def test_data_is_on_named_volumes() -> None:
    used = {volume.partition(":")[0] for service in SERVICES.values() for volume in service.get("volumes", ())}
    assert used == set(COMPOSE["volumes"])
    assert SERVICES["redis"]["volumes"] and SERVICES["postgres"]["volumes"] and PYTOON_SERVICES["api"]["volumes"]


@pytest.mark.parametrize("name", PYTOON_SERVICES)
def test_containers_drop_all_capabilities_and_cannot_gain_privileges(name: str) -> None:
    assert PYTOON_SERVICES[name]["cap_drop"] == ["ALL"]
    assert "no-new-privileges:true" in PYTOON_SERVICES[name]["security_opt"]


# -- Dockerfile ------------------------------------------------------------------------------------------------------


def dockerfile(instruction: str) -> list[str]:
    """The arguments of every ``instruction`` in the Dockerfile."""
    text = (ROOT / "Dockerfile").read_text().replace("\\\n", " ")
    return [line.partition(" ")[2].strip() for line in text.splitlines() if line.startswith(instruction + " ")]


def copied_paths() -> set[str]:
    return {word for line in dockerfile("COPY") if "--from" not in line for word in line.split()[:-1]}


def test_the_image_has_every_package() -> None:
    patterns = setup_cfg()["options.packages.find"]["include"].split()
    assert {pattern.rstrip("*") for pattern in patterns} <= copied_paths()
    assert {f"{module}.py" for module in setup_cfg()["options"]["py_modules"].split()} <= copied_paths()


def test_copied_paths_exist_and_are_not_ignored() -> None:
    included = {line[1:] for line in (ROOT / ".dockerignore").read_text().split() if line.startswith("!")}
    assert copied_paths() == included
    assert all((ROOT / name).exists() for name in copied_paths())


def test_the_default_command_of_the_image_exists() -> None:
    check_command(yaml.safe_load(dockerfile("CMD")[-1]))


def test_the_variables_of_the_image_are_settings() -> None:
    names = set(re.findall(rf"\b({PREFIX}\w+)=", " ".join(dockerfile("ENV"))))
    assert names
    assert names <= set(SETTINGS)


def test_the_image_does_not_run_as_root() -> None:
    assert dockerfile("USER")[-1] not in ("root", "0")


def test_the_image_has_a_supported_python() -> None:
    versions = {tuple(map(int, match)) for match in re.findall(r"python:(\d+)\.(\d+)", " ".join(dockerfile("FROM")))}
    assert len(versions) == 1
    assert (3, 11) <= versions.pop() < (3, 14)


def test_data_files_are_in_the_package_data() -> None:
    process = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True)
    paths = process.stdout.split("\n")
    tops = {pattern.rstrip("*") for pattern in setup_cfg()["options.packages.find"]["include"].split()}
    data = [Path(name) for name in paths if name.partition("/")[0] in tops and not name.endswith(".py")]
    patterns = [
        f"{package.replace('.', '/')}/{pattern.strip()}"
        for package, package_patterns in setup_cfg()["options.package_data"].items()
        for pattern in package_patterns.split(",")
    ]
    assert data
    assert [str(name) for name in data if not any(fnmatch.fnmatch(str(name), p) for p in patterns)] == []


# -- settings --------------------------------------------------------------------------------------------------------


def example_lines() -> list[str]:
    return (ROOT / ".env.example").read_text().splitlines()


def example_values() -> dict[str, str]:
    lines = example_lines()
    return dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))


def test_env_example_has_every_setting_and_no_other() -> None:
    assert set(example_values()) == set(SETTINGS)


def test_env_example_sets_the_defaults() -> None:
    assert read_settings(example_values()) == Settings()


def test_env_example_describes_every_setting() -> None:
    lines = example_lines()
    described = {line.split("=")[0] for above, line in pairwise(lines) if above.startswith("# ")}
    assert set(SETTINGS) <= described


def readme_defaults() -> dict[str, str]:
    return dict(re.findall(rf"^\| `({PREFIX}\w+)` \| (.+?) \|", README, re.MULTILINE))


def test_the_settings_table_has_every_setting_and_no_other() -> None:
    assert set(readme_defaults()) == set(SETTINGS)


@pytest.mark.parametrize("name", SETTINGS)
def test_the_defaults_in_the_settings_table_are_those_of_the_code(name: str) -> None:
    written, default = readme_defaults()[name], SETTINGS[name]
    if written.startswith("`"):
        assert type(default)(written.strip("`")) == default
    else:
        assert default == ""  # derived from other settings and described in words


# -- documents -------------------------------------------------------------------------------------------------------


def commands_in(text: str) -> list[str]:
    """The command lines in code blocks and in code spans."""
    blocks = "\n".join(re.findall(r"```bash\n(.*?)```", text, re.DOTALL)).replace("\\\n", " ")
    spans = re.findall(r"`((?:make|pytoon) [^`\n]+)`", text)
    lines = (line.partition("#")[0].strip() for line in (*blocks.splitlines(), *spans))
    return [line for line in lines if line]


def documented_commands(program: str) -> list[tuple[str, list[str]]]:
    """The name of the document and the arguments, for each command line that starts with ``program``."""
    arguments = []
    for document in DOCUMENTS:
        for line in commands_in(document.read_text()):
            if Path(line.split()[0]).name == program:
                arguments.append((document.name, shlex.split(line)[1:]))
    return arguments


@pytest.mark.parametrize(("document", "words"), documented_commands("pytoon"), ids=str)
def test_every_documented_pytoon_command_exists(document: str, words: list[str]) -> None:
    check_command(["pytoon", *words])


@pytest.mark.parametrize(("document", "words"), documented_commands("make"), ids=str)
def test_every_documented_make_target_exists(document: str, words: list[str]) -> None:
    assert {word for word in words if "=" not in word} <= targets()


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_relative_link_points_to_a_file(document: Path) -> None:
    links = re.findall(r"\]\(([^)#\s]+)", document.read_text())
    relative = [link for link in links if not link.startswith("http")]
    assert [link for link in relative if not (document.parent / link).exists()] == []


def test_documented_requests_are_valid() -> None:
    requests = re.findall(r"-F 'request=(\{.+?\})'", README)
    assert requests
    for text in requests:
        JobRequestSchema.read(json.loads(text))


def test_the_readme_describes_every_field_of_a_job() -> None:
    start = README.index("| field of a job |")
    rows = README[start : README.index("\n\n", start)]
    names = {name for row in rows.splitlines() for name in re.findall(r"`(\w+)`", "".join(row.split("|")[1:2]))}
    assert names == set(JobRequestSchema().fields)


def test_the_readme_lists_every_preset() -> None:
    listed = set(re.findall(r"^\| `(\w+)`(?: \(default\))? \| .+ \| .+ \|$", README, re.MULTILINE))
    assert {preset.id for preset in presets()} <= listed


def test_the_readme_lists_every_entry_point_group() -> None:
    packages = ("app", "engines", "audio", "presets")
    code = "".join(path.read_text() for package in packages for path in (ROOT / package).rglob("*.py"))
    listed = set(re.findall(r"`(pytoon\.\w+)`", README))
    assert listed
    assert listed == set(re.findall(r'\bGROUP\b.* = .*"(pytoon\.\w+)"', code))


def test_operations_describes_every_field_of_the_retention_report() -> None:
    described = set(re.findall(r"`(\w+)`", (ROOT / "docs/operations.md").read_text()))
    assert {field.name for field in fields(Report)} <= described


def test_operations_describes_every_kind_of_removed_file() -> None:
    described = set(re.findall(r"^\| `(\w+)` \|", (ROOT / "docs/operations.md").read_text(), re.MULTILINE))
    assert set(KINDS) <= described


def test_contributing_shows_the_layers_of_the_import_contract() -> None:
    contract = setup_cfg()["importlinter:contract:layers"]["layers"].strip().splitlines()
    # In the contract a name in parentheses is a package that does not exist yet.
    expected = [{name for name in re.split(r"\s*\|\s*", line) if not name.startswith("(")} for line in contract]
    picture = re.search(r"```\n(app\.api .+?)```", (ROOT / "CONTRIBUTING.md").read_text(), re.DOTALL)
    assert picture
    layers = [re.split(r"\s{2,}", line)[0] for line in picture[1].splitlines()]
    assert [set(re.split(r"\s*\|\s*", layer)) for layer in layers] == expected


# -- Makefile --------------------------------------------------------------------------------------------------------


def targets() -> set[str]:
    return set(re.findall(r"^([a-z-]+):(?!=)", MAKEFILE, re.MULTILINE))


def test_the_makefile_has_the_expected_targets() -> None:
    assert targets() >= {
        *("demo", "test", "serve", "worker-gpu", "worker-cpu", "worker-api", "flower"),
        *("check", "unit", "tests", "bench", "lint", "types", "imports", "schemas", "clean", "help"),
    }


def test_help_lists_every_target() -> None:
    output = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert targets() <= set(re.findall(r"^  make ([a-z-]+) ", output, re.MULTILINE))


@pytest.mark.parametrize("line", re.findall(r"\$\(BIN\)/pytoon ([a-z -]+)", MAKEFILE))
def test_every_pytoon_command_of_the_makefile_exists(line: str) -> None:
    check_command(["pytoon", *line.split()])


def test_make_test_runs_all_checks_and_tests() -> None:
    prerequisites = re.search(r"^test: ([a-z -]+) ##", MAKEFILE, re.MULTILINE)
    assert prerequisites
    assert set(prerequisites[1].split()) == {"lint", "types", "imports", "tests"}


def test_the_ci_script_runs_make_test() -> None:
    script = ROOT / ".ci" / "run"
    assert os.access(script, os.X_OK)
    assert "make test" in script.read_text()


# -- locks -----------------------------------------------------------------------------------------------------------


def locked_versions(name: str) -> dict[str, str]:
    return dict(re.findall(r"^([a-z0-9.-]+)==([^\s;]+)", (ROOT / name).read_text(), re.MULTILINE))


def normalised_name(requirement: str) -> str:
    """The normalised name of a requirement (PEP 503)."""
    name = re.split(r"[\s\[<>=~;!]", requirement.strip(), maxsplit=1)[0]
    return re.sub(r"[-_.]+", "-", name).lower()


def required_names(*texts: str) -> set[str]:
    lines = [line for text in texts for line in text.splitlines() if line.strip() and not line.startswith("#")]
    return {normalised_name(line) for line in lines}


def test_every_dependency_is_locked() -> None:
    options, extras = setup_cfg()["options"], setup_cfg()["options.extras_require"]
    assert required_names(options["install_requires"], extras["postgres"]) <= set(locked_versions("requirements.lock"))
    assert required_names(options["install_requires"], extras["dev"]) <= set(locked_versions("requirements-dev.lock"))


def test_the_runtime_lock_has_the_versions_of_the_development_lock() -> None:
    runtime, development = locked_versions("requirements.lock"), locked_versions("requirements-dev.lock")
    assert {name: development.get(name) for name in runtime} == runtime


@pytest.mark.parametrize("name", ["requirements.lock", "requirements-dev.lock"])
def test_every_locked_version_has_hashes(name: str) -> None:
    blocks = re.split(r"\n(?=\S)", (ROOT / name).read_text())
    pinned = [block for block in blocks if re.match(r"[a-z0-9.-]+==", block)]
    assert pinned
    assert [block.split()[0] for block in pinned if "--hash=sha256:" not in block] == []
