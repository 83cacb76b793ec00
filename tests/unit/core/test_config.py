"""Settings: every setting has a working default, and an error names the invalid variable."""

from __future__ import annotations

import ast
import subprocess
import sys
from dataclasses import fields
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.config import Settings, read_settings


def test_all_settings_have_defaults() -> None:
    assert read_settings({}) == Settings()


@pytest.mark.parametrize("field", [field.name for field in fields(Settings)])
def test_every_setting_can_be_set(field: str) -> None:
    setting_type = type(getattr(Settings(), field))
    text = {int: "7", float: "7.5", str: "seven", bool: "1"}.get(setting_type, "/srv/seven")
    value = getattr(read_settings({f"PYTOON_{field.upper()}": text}), field)
    assert type(value) is setting_type or isinstance(value, Path)
    assert str(value) == text


def test_variables_without_the_prefix_and_unknown_settings_are_ignored() -> None:
    assert (
        read_settings({"HOME": "/root", "PORT": "1", "BROKER_URL": "redis://x", "PYTOON_NONSENSE": "1"}) == Settings()
    )


def test_an_empty_variable_leaves_the_default() -> None:
    assert read_settings({"PYTOON_PORT": "", "PYTOON_HOME": ""}) == Settings()


@pytest.mark.parametrize(("name", "text"), [("PYTOON_PORT", "eighty"), ("PYTOON_LEASE_S", "soon")])
def test_error_for_an_invalid_value_names_the_variable(name: str, text: str) -> None:
    with pytest.raises(ValueError, match=f"{name}='{text}'"):
        read_settings({name: text})


def test_a_tilde_in_the_home_setting_is_expanded() -> None:
    assert read_settings({"PYTOON_HOME": "~/films"}).home == Path.home() / "films"


def test_database_broker_and_results_are_in_the_home_folder_by_default(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path)
    assert settings.database == f"sqlite:///{tmp_path}/pytoon.db"
    assert settings.broker == f"redis+socket://{tmp_path}/broker/valkey.sock?virtual_host=0"
    assert settings.results == f"redis+socket://{tmp_path}/broker/valkey.sock?virtual_host=1"
    assert settings.embedded


def test_a_relative_home_folder_becomes_absolute() -> None:
    assert Settings(home=Path("films")).database == f"sqlite:///{Path.cwd()}/films/pytoon.db"


@pytest.mark.parametrize("url", ["redis://h/0", "rediss://h/0", "redis+socket:///x?virtual_host=0"])
def test_a_redis_broker_also_stores_the_results(url: str) -> None:
    settings = Settings(broker_url=url)
    assert (settings.broker, settings.results, settings.embedded) == (url, url, False)


def test_the_result_store_can_be_another_server_than_the_broker() -> None:
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
def test_embedded_server_is_needed_unless_other_servers_store_messages_and_results(
    broker_url: str, result_url: str, needed: bool
) -> None:
    assert Settings(broker_url=broker_url, result_url=result_url).needs_embedded_server is needed


@given(st.integers(1, 300))
def test_socket_path_is_shorter_than_100_bytes_for_any_home(depth: int) -> None:
    assert len(str(Settings(home=Path("/" + "d" * depth)).socket)) < 100


def test_long_home_paths_have_different_sockets() -> None:
    deep = Path("/" + "d" * 200)
    assert Settings(home=deep / "a").socket != Settings(home=deep / "b").socket


@pytest.mark.parametrize(
    ("settings", "url"),
    [
        (Settings(), "http://127.0.0.1:8080"),
        (Settings(public_url="https://films.example/"), "https://films.example"),
    ],
)
def test_base_url_is_the_public_url_or_host_and_port(settings: Settings, url: str) -> None:
    assert settings.url == url


def reads_environment(node: ast.AST) -> bool:
    """Whether it reads ``os.environ[…]``, ``os.environ.get`` or ``os.getenv``; a copy for a child is allowed."""
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


def test_only_the_config_module_reads_the_environment() -> None:
    root = Path(__file__).parents[3]
    packages = ("app", "tasks", "engines", "audio", "assembly", "presets", "schemas")
    readers = []
    for path in (path for package in packages for path in (root / package).rglob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        if any(reads_environment(node) for node in ast.walk(tree)):
            readers.append(path.relative_to(root).as_posix())
    assert set(readers) <= {"app/core/config.py"}


def test_config_does_not_import_celery_flask_numpy_or_av() -> None:
    code = "import sys, app.core.config; sys.exit(len({'celery', 'flask', 'numpy', 'av'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
