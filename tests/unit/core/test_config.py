"""Settings: every one has a default that works, and a wrong one is named."""

from __future__ import annotations

import ast
import subprocess
import sys
from dataclasses import fields
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.config import Settings, read


def test_nothing_needs_to_be_set() -> None:
    assert read({}) == Settings()


@pytest.mark.parametrize("field", [field.name for field in fields(Settings)])
def test_every_setting_can_be_set(field: str) -> None:
    kind = type(getattr(Settings(), field))
    text = {int: "7", float: "7.5", str: "seven", bool: "1"}.get(kind, "/srv/seven")
    value = getattr(read({f"PYTOON_{field.upper()}": text}), field)
    assert type(value) is kind or isinstance(value, Path)
    assert str(value) == text


def test_what_others_call_theirs_is_not_ours() -> None:
    assert read({"HOME": "/root", "PORT": "1", "BROKER_URL": "redis://x", "PYTOON_NONSENSE": "1"}) == Settings()


def test_an_empty_setting_is_one_that_is_not_set() -> None:
    assert read({"PYTOON_PORT": "", "PYTOON_HOME": ""}) == Settings()


@pytest.mark.parametrize(("name", "text"), [("PYTOON_PORT", "eighty"), ("PYTOON_LEASE_S", "soon")])
def test_a_wrong_value_is_named_with_its_variable(name: str, text: str) -> None:
    with pytest.raises(ValueError, match=f"{name}='{text}'"):
        read({name: text})


def test_a_home_may_be_given_by_its_tilde() -> None:
    assert read({"PYTOON_HOME": "~/films"}).home == Path.home() / "films"


def test_everything_is_in_the_home_unless_said_otherwise(tmp_path: Path) -> None:
    chosen = Settings(home=tmp_path)
    assert chosen.database == f"sqlite:///{tmp_path}/pytoon.db"
    assert chosen.broker == f"redis+socket://{tmp_path}/broker/valkey.sock?virtual_host=0"
    assert chosen.results == f"redis+socket://{tmp_path}/broker/valkey.sock?virtual_host=1"
    assert chosen.embedded


def test_a_relative_home_means_the_same_place_to_every_process() -> None:
    assert Settings(home=Path("films")).database == f"sqlite:///{Path.cwd()}/films/pytoon.db"


@pytest.mark.parametrize("url", ["redis://h/0", "rediss://h/0", "redis+socket:///x?virtual_host=0"])
def test_a_redis_that_carries_messages_keeps_results_too(url: str) -> None:
    chosen = Settings(broker_url=url)
    assert (chosen.broker, chosen.results, chosen.embedded) == (url, url, False)


def test_results_can_have_a_place_of_their_own() -> None:
    assert Settings(broker_url="amqp://h//", result_url="redis://r/3").results == "redis://r/3"


@pytest.mark.parametrize(
    ("broker_url", "result_url", "needed"),
    [
        ("", "", True),
        ("", "redis://r/3", True),
        ("amqp://h//", "", True),
        ("amqp://h//", "redis://r/3", False),
        ("redis://h/0", "", False),
    ],
)
def test_a_server_of_our_own_is_needed_for_what_nobody_else_keeps(
    broker_url: str, result_url: str, needed: bool
) -> None:
    assert Settings(broker_url=broker_url, result_url=result_url).own_server is needed


@given(st.integers(1, 300))
def test_the_sockets_path_is_never_too_long_for_a_socket(depth: int) -> None:
    assert len(str(Settings(home=Path("/" + "d" * depth)).socket)) < 100


def test_two_deep_homes_have_two_sockets() -> None:
    deep = Path("/" + "d" * 200)
    assert Settings(home=deep / "a").socket != Settings(home=deep / "b").socket


@pytest.mark.parametrize(
    ("chosen", "url"),
    [
        (Settings(), "http://127.0.0.1:8080"),
        (Settings(public_url="https://films.example/"), "https://films.example"),
    ],
)
def test_a_server_knows_its_own_address(chosen: Settings, url: str) -> None:
    assert chosen.url == url


def is_looked_up(node: ast.AST) -> bool:
    """``os.environ[…]`` that is read, ``os.environ.get`` and ``os.getenv``; handing all of it to a child is none."""
    match node:
        case ast.Subscript(value=ast.Attribute(attr="environ", value=ast.Name(id="os")), ctx=ast.Load()):
            return True
        case ast.Attribute(value=ast.Attribute(attr="environ", value=ast.Name(id="os"))):
            return True
        case ast.Attribute(attr="getenv", value=ast.Name(id="os")):
            return True
        case ast.ImportFrom(module="os"):
            return any(alias.name in ("environ", "getenv") for alias in node.names)
    return False


def test_only_one_file_reads_the_environment() -> None:
    root = Path(__file__).parents[3]
    rooms = ("app", "tasks", "engines", "audio", "assembly", "presets", "schemas")
    readers = []
    for path in (path for room in rooms for path in (root / room).rglob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        if any(is_looked_up(node) for node in ast.walk(tree)):
            readers.append(path.relative_to(root).as_posix())
    assert set(readers) <= {"app/core/config.py"}


def test_reading_settings_brings_nothing_heavy() -> None:
    code = "import sys, app.core.config; sys.exit(len({'celery', 'flask', 'numpy', 'av'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
