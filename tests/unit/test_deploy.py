"""What is written about running it is true: containers, settings, commands, locks and the README."""

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
from pathlib import Path
from typing import Any

import click
import pytest
import yaml
from celery.bin.celery import celery as celery_command

from app.cli.main import cli
from app.core.config import PREFIX, Settings, read
from presets.library import presets
from schemas.job import JobRequestSchema
from schemas.steps import WORKER_QUEUES

ROOT = Path(__file__).parents[2]
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
OURS = {name: service for name, service in SERVICES.items() if "build" in service}
README = (ROOT / "README.md").read_text()
DOCUMENTS = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
SETTINGS = {PREFIX + field.name.upper(): field.default for field in fields(Settings)}
MAKEFILE = (ROOT / "Makefile").read_text()


def setup() -> configparser.ConfigParser:
    found = configparser.ConfigParser()
    found.read(ROOT / "setup.cfg")
    return found


def attribute(path: str) -> Any:
    """``package.module:name``, imported."""
    module, _, name = path.partition(":")
    return getattr(import_module(module), name.removesuffix("()"))


def resolve_click(command: click.Command, words: list[str]) -> None:
    """Fails unless ``words`` are commands, arguments and options that ``command`` takes."""
    while isinstance(command, click.Group) and words:
        name, *words = words
        assert name in command.commands, f"there is no command {name!r}"
        command = command.commands[name]
    command.make_parser(click.Context(command)).parse_args(list(words))
    choices = [
        p.type.choices for p in command.params if isinstance(p, click.Argument) and isinstance(p.type, click.Choice)
    ]
    for word, allowed in zip([w for w in words if not w.startswith("-")], choices, strict=False):
        assert word in allowed


def resolve(argv: list[str]) -> None:
    """Fails unless ``argv`` is a command that this code base answers to."""
    program, *words = argv
    if program == "pytoon":
        resolve_click(cli, words)
    elif program == "celery":
        assert words[0] == "-A"
        attribute(words[1])
        assert words[2] in celery_command.commands
    else:
        raise AssertionError(f"nobody knows {program}")


def test_the_installed_command_is_there() -> None:
    name, _, place = setup()["options.entry_points"]["console_scripts"].strip().partition(" = ")
    assert name == "pytoon"
    assert callable(attribute(place))


# -- compose.yaml ----------------------------------------------------------------------------------------------------


def test_there_is_a_container_for_every_role() -> None:
    assert set(SERVICES) >= {"redis", "postgres", "api", "worker-gpu", "worker-cpu", "beat", "flower"}


@pytest.mark.parametrize("name", OURS)
def test_every_container_runs_a_command_that_there_is(name: str) -> None:
    resolve(OURS[name]["command"])


@pytest.mark.parametrize("name", SERVICES)
def test_every_container_is_watched(name: str) -> None:
    check = SERVICES[name]["healthcheck"]
    assert check["test"][0] in ("CMD", "CMD-SHELL")
    assert check["interval"]


@pytest.mark.parametrize("name", OURS)
def test_every_variable_is_a_setting(name: str) -> None:
    assert set(OURS[name]["environment"]) <= set(SETTINGS)


@pytest.mark.parametrize("name", OURS)
def test_the_settings_of_containers_can_be_read(name: str) -> None:
    read({key: str(value) for key, value in OURS[name]["environment"].items()})


@pytest.mark.parametrize("name", SERVICES)
def test_what_a_container_waits_for_is_there_and_watched(name: str) -> None:
    for other, how in SERVICES[name].get("depends_on", {}).items():
        assert how == {"condition": "service_healthy"}
        assert "healthcheck" in SERVICES[other]


@pytest.mark.parametrize("name", [name for name in OURS if name != "api"])
def test_nothing_works_before_the_tables_are_made(name: str) -> None:
    assert "api" in OURS[name]["depends_on"]


def test_addresses_name_containers() -> None:
    environment = OURS["api"]["environment"]
    for name in ("PYTOON_BROKER_URL", "PYTOON_RESULT_URL", "PYTOON_DATABASE_URL"):
        host = re.split(r"[@/]+", environment[name])[-2].split(":")[0]
        assert host in SERVICES


def test_the_database_url_and_the_database_agree() -> None:
    url = OURS["api"]["environment"]["PYTOON_DATABASE_URL"]
    given = SERVICES["postgres"]["environment"]
    assert url == (
        f"postgresql+psycopg://{given['POSTGRES_USER']}:{given['POSTGRES_PASSWORD']}@postgres:5432/{given['POSTGRES_DB']}"
    )


@pytest.mark.parametrize("name", [name for name in SERVICES if "ports" in SERVICES[name]])
def test_ports_are_opened_on_this_machine_only(name: str) -> None:
    assert all(port.startswith("127.0.0.1:") for port in SERVICES[name]["ports"])


def test_ports_lead_to_where_the_programs_listen() -> None:
    assert OURS["api"]["ports"][0].endswith(f":{OURS['api']['environment']['PYTOON_PORT']}")
    assert f"--port={OURS['flower']['ports'][0].rpartition(':')[2]}" in OURS["flower"]["command"]


def test_flower_shows_and_refuses_the_same_in_a_container() -> None:
    from app.cli.programs import FLOWER

    assert set(FLOWER) <= set(OURS["flower"]["command"])


def test_the_api_is_asked_for_a_page_that_there_is() -> None:
    from app.api.factory import create_app

    rules = {rule.rule for rule in create_app().url_map.iter_rules()}
    asked = OURS["api"]["healthcheck"]["test"][-1] + (ROOT / "Dockerfile").read_text()
    paths = re.findall(r"http://127\.0\.0\.1:8080(/[a-z/]+)", asked)
    assert paths
    assert set(paths) <= rules


def test_flower_is_asked_for_a_page_that_there_is() -> None:
    handlers = import_module("flower.urls").handlers
    path = re.search(r"5555(/\w+)", OURS["flower"]["healthcheck"]["test"][-1])
    assert path
    assert any(re.fullmatch(handler[0], path[1]) for handler in handlers if isinstance(handler, tuple))


def test_the_gpu_worker_reserves_the_gpu_and_only_where_there_is_one() -> None:
    worker = OURS["worker-gpu"]
    devices = worker["deploy"]["resources"]["reservations"]["devices"]
    assert devices == [{"driver": "nvidia", "count": "all", "capabilities": ["gpu"]}]
    assert worker["profiles"] == ["gpu"]


def test_without_a_gpu_scenes_are_made_all_the_same() -> None:
    free = [service for service in OURS.values() if "profiles" not in service and "deploy" not in service]
    assert ["pytoon", "worker", "gpu"] in [service["command"] for service in free]


def test_every_queue_has_a_worker() -> None:
    from app.queue.application import celery

    kinds = {service["command"][-1] for service in OURS.values() if service["command"][:2] == ["pytoon", "worker"]}
    taken = {queue for kind in kinds for queue in WORKER_QUEUES[kind]}
    assert taken == {queue.name for queue in celery.conf.task_queues}


def test_the_sweep_runs_once() -> None:
    assert sum("beat" in service["command"] for service in OURS.values()) == 1


def test_redis_forgets_nothing() -> None:
    command = SERVICES["redis"]["command"]
    assert command[command.index("--appendonly") + 1] == "yes"
    assert command[command.index("--maxmemory-policy") + 1] == "noeviction"


def test_what_is_kept_is_on_a_named_volume() -> None:
    used = {volume.partition(":")[0] for service in SERVICES.values() for volume in service.get("volumes", ())}
    assert used == set(COMPOSE["volumes"])
    assert SERVICES["redis"]["volumes"] and SERVICES["postgres"]["volumes"] and OURS["api"]["volumes"]


@pytest.mark.parametrize("name", OURS)
def test_containers_of_ours_have_no_rights_they_do_not_need(name: str) -> None:
    assert OURS[name]["cap_drop"] == ["ALL"]
    assert "no-new-privileges:true" in OURS[name]["security_opt"]


# -- Dockerfile ------------------------------------------------------------------------------------------------------


def docker(instruction: str) -> list[str]:
    text = (ROOT / "Dockerfile").read_text().replace("\\\n", " ")
    return [line.partition(" ")[2].strip() for line in text.splitlines() if line.startswith(instruction + " ")]


def copied() -> set[str]:
    return {word for line in docker("COPY") if "--from" not in line for word in line.split()[:-1]}


def test_the_image_has_every_package() -> None:
    wanted = setup()["options.packages.find"]["include"].split()
    assert {pattern.rstrip("*") for pattern in wanted} <= copied()
    assert {f"{module}.py" for module in setup()["options"]["py_modules"].split()} <= copied()


def test_what_the_image_copies_is_there_and_not_ignored() -> None:
    let_in = {line[1:] for line in (ROOT / ".dockerignore").read_text().split() if line.startswith("!")}
    assert copied() == let_in
    assert all((ROOT / name).exists() for name in copied())


def test_the_image_does_what_it_says_by_default() -> None:
    resolve(yaml.safe_load(docker("CMD")[-1]))


def test_the_images_variables_are_settings() -> None:
    named = set(re.findall(rf"\b({PREFIX}\w+)=", " ".join(docker("ENV"))))
    assert named
    assert named <= set(SETTINGS)


def test_the_image_does_not_run_as_root() -> None:
    assert docker("USER")[-1] not in ("root", "0")


def test_the_images_python_is_one_of_ours() -> None:
    versions = {tuple(map(int, match)) for match in re.findall(r"python:(\d+)\.(\d+)", " ".join(docker("FROM")))}
    assert len(versions) == 1
    assert (3, 11) <= versions.pop() < (3, 14)


def test_data_files_travel_with_their_packages() -> None:
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.split(
        "\n"
    )
    tops = {pattern.rstrip("*") for pattern in setup()["options.packages.find"]["include"].split()}
    data = [Path(name) for name in listed if name.partition("/")[0] in tops and not name.endswith(".py")]
    patterns = [
        f"{package.replace('.', '/')}/{pattern.strip()}"
        for package, found in setup()["options.package_data"].items()
        for pattern in found.split(",")
    ]
    assert data
    assert [str(name) for name in data if not any(fnmatch.fnmatch(str(name), p) for p in patterns)] == []


# -- settings --------------------------------------------------------------------------------------------------------


def example() -> dict[str, str]:
    lines = (ROOT / ".env.example").read_text().splitlines()
    return dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))


def test_the_example_has_every_setting_and_no_other() -> None:
    assert set(example()) == set(SETTINGS)


def test_the_example_changes_nothing() -> None:
    assert read(example()) == Settings()


def table() -> dict[str, str]:
    return dict(re.findall(rf"^\| `({PREFIX}\w+)` \| (.+?) \|", README, re.MULTILINE))


def test_the_readme_has_every_setting_and_no_other() -> None:
    assert set(table()) == set(SETTINGS)


@pytest.mark.parametrize("name", SETTINGS)
def test_the_readmes_defaults_are_the_defaults(name: str) -> None:
    shown, default = table()[name], SETTINGS[name]
    if shown.startswith("`"):
        assert type(default)(shown.strip("`")) == default
    else:
        assert default == ""  # worked out from other settings, and told in words


# -- documents -------------------------------------------------------------------------------------------------------


def commands(text: str) -> list[str]:
    """Command lines in code blocks and in code spans."""
    blocks = "\n".join(re.findall(r"```bash\n(.*?)```", text, re.DOTALL)).replace("\\\n", " ")
    spans = re.findall(r"`((?:make|pytoon) [^`\n]+)`", text)
    bare = (line.partition("#")[0].strip() for line in (*blocks.splitlines(), *spans))
    return [line for line in bare if line]


def told(program: str) -> list[tuple[str, list[str]]]:
    found = []
    for document in DOCUMENTS:
        for line in commands(document.read_text()):
            if Path(line.split()[0]).name == program:
                found.append((document.name, shlex.split(line)[1:]))
    return found


@pytest.mark.parametrize(("document", "words"), told("pytoon"), ids=str)
def test_every_pytoon_command_that_is_told_is_there(document: str, words: list[str]) -> None:
    resolve(["pytoon", *words])


@pytest.mark.parametrize(("document", "words"), told("make"), ids=str)
def test_every_make_target_that_is_told_is_there(document: str, words: list[str]) -> None:
    assert {word for word in words if "=" not in word} <= targets()


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_link_leads_somewhere(document: Path) -> None:
    links = re.findall(r"\]\(([^)#\s]+)", document.read_text())
    near = [link for link in links if not link.startswith("http")]
    assert [link for link in near if not (document.parent / link).exists()] == []


def test_requests_that_are_shown_are_requests() -> None:
    shown = re.findall(r"-F 'request=(\{.+?\})'", README)
    assert shown
    for text in shown:
        JobRequestSchema.read(json.loads(text))


def test_the_readme_tells_every_field_of_a_job() -> None:
    rows = README[README.index("| field of a job |") : README.index("The whole contract")]
    named = {name for row in rows.splitlines() for name in re.findall(r"`(\w+)`", "".join(row.split("|")[1:2]))}
    assert named == set(JobRequestSchema().fields)


def test_the_readme_shows_every_look() -> None:
    shown = set(re.findall(r"^\| `(\w+)`(?: \(default\))? \| .+ \| .+ \|$", README, re.MULTILINE))
    assert {look.id for look in presets()} <= shown


def test_the_readme_names_the_entry_points_there_are() -> None:
    named = set(re.findall(r"`(pytoon\.\w+)`", README))
    code = "".join(
        path.read_text() for top in ("app", "engines", "audio", "presets") for path in (ROOT / top).rglob("*.py")
    )
    assert named
    assert [name for name in named if f'"{name}"' not in code] == []


# -- Makefile --------------------------------------------------------------------------------------------------------


def targets() -> set[str]:
    return set(re.findall(r"^([a-z-]+):(?!=)", MAKEFILE, re.MULTILINE))


def test_there_is_a_target_for_everything_one_does() -> None:
    assert targets() >= {
        *("demo", "test", "serve", "worker-gpu", "worker-cpu", "flower"),
        *("check", "unit", "tests", "bench", "lint", "types", "imports", "schemas", "clean", "help"),
    }


def test_help_tells_every_target() -> None:
    shown = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert targets() <= set(re.findall(r"^  make ([a-z-]+) ", shown, re.MULTILINE))


@pytest.mark.parametrize("line", re.findall(r"\$\(BIN\)/pytoon ([a-z -]+)", MAKEFILE))
def test_every_pytoon_command_of_the_makefile_is_there(line: str) -> None:
    resolve(["pytoon", *line.split()])


def test_a_test_run_checks_everything() -> None:
    needs = re.search(r"^test: ([a-z -]+) ##", MAKEFILE, re.MULTILINE)
    assert needs
    assert set(needs[1].split()) == {"lint", "types", "imports", "tests"}


def test_the_build_runs_what_people_run() -> None:
    script = ROOT / ".ci" / "run"
    assert os.access(script, os.X_OK)
    assert "make test" in script.read_text()


# -- locks -----------------------------------------------------------------------------------------------------------


def locked(name: str) -> dict[str, str]:
    return dict(re.findall(r"^([a-z0-9.-]+)==([^\s;]+)", (ROOT / name).read_text(), re.MULTILINE))


def plain(requirement: str) -> str:
    """The normalised name of a requirement (PEP 503)."""
    name = re.split(r"[\s\[<>=~;!]", requirement.strip(), maxsplit=1)[0]
    return re.sub(r"[-_.]+", "-", name).lower()


def wanted(*texts: str) -> set[str]:
    lines = [line for text in texts for line in text.splitlines() if line.strip() and not line.startswith("#")]
    return {plain(line) for line in lines}


def test_every_dependency_is_locked() -> None:
    options, extras = setup()["options"], setup()["options.extras_require"]
    assert wanted(options["install_requires"], extras["postgres"]) <= set(locked("requirements.lock"))
    assert wanted(options["install_requires"], extras["dev"]) <= set(locked("requirements-dev.lock"))


def test_what_is_run_is_what_was_tested() -> None:
    tested = locked("requirements-dev.lock")
    assert {name: tested.get(name) for name in locked("requirements.lock")} == locked("requirements.lock")


@pytest.mark.parametrize("name", ["requirements.lock", "requirements-dev.lock"])
def test_every_locked_file_is_known_by_its_hash(name: str) -> None:
    blocks = re.split(r"\n(?=\S)", (ROOT / name).read_text())
    pinned = [block for block in blocks if re.match(r"[a-z0-9.-]+==", block)]
    assert pinned
    assert [block.split()[0] for block in pinned if "--hash=sha256:" not in block] == []
