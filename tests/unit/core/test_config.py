"""Settings: every setting has a working default, and an error names the invalid variable."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from dataclasses import fields
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from kombu.utils.url import url_to_parts

from app.core.config import BadSetting, Settings, read_settings, setting_problems, setting_warnings
from app.database.session import database_url

SAMPLES = {
    "umask": "027",
    "log_level": "debug",
    "log_format": "json",
    "unknown_order": "wait",
    "luma_api": "dream_machine",
    **dict.fromkeys((field.name for field in fields(Settings) if field.name.endswith("_url")), "https://api.example"),
    "database_url": "postgresql+psycopg://me@h/films",
    "broker_url": "amqp://me@h//",
    "result_url": "rediss://h:6380/1",
}


def test_all_settings_have_defaults() -> None:
    assert read_settings({}) == Settings()


@pytest.mark.parametrize("field", [field.name for field in fields(Settings)])
def test_every_setting_can_be_set(field: str) -> None:
    setting_type = type(getattr(Settings(), field))
    text = SAMPLES.get(field) or {int: "7", float: "7.5", str: "seven", bool: "1"}.get(setting_type, "/srv/seven")
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


@pytest.mark.parametrize(
    ("name", "text"),
    [
        *(("PYTOON_PORT", text) for text in ("0", "-1", "65536", "99999", "8080.5", "0x50")),
        ("PYTOON_FLOWER_PORT", "99999"),
        *(("PYTOON_THREADS", text) for text in ("0", "-3", "1000000")),
        *(("PYTOON_GPU_WORKERS", text) for text in ("0", "-1", "two")),
        ("PYTOON_CPU_WORKERS", "-1"),
        ("PYTOON_ENCODER_THREADS", "-1"),
        *(("PYTOON_LEASE_S", text) for text in ("0", "-5", "nan", "inf", "0.5")),
        ("PYTOON_LOCK_S", "0"),
        ("PYTOON_STALL_S", "-1"),
        ("PYTOON_QUIET_S", "-1"),
        ("PYTOON_MAX_UPLOAD_MB", "0"),
        ("PYTOON_MAX_REQUEST_MB", "-1"),
        ("PYTOON_MIN_FREE_MB", "-1"),
        ("PYTOON_CACHE_MB", "-20"),
        ("PYTOON_KEEP_REVISIONS", "-1"),
        ("PYTOON_RESULT_DAYS", "0"),
        ("PYTOON_LOG_LEVEL", "loud"),
        ("PYTOON_LOG_FORMAT", "xml"),
        *(("PYTOON_UMASK", text) for text in ("777", "700", "rwx", "088", "-1")),
        ("PYTOON_HOST", "http://x"),
        ("PYTOON_HOST", "a b"),
        ("PYTOON_HOME", "/srv/a\nb"),
        ("PYTOON_HOME", "/srv/\udcff"),
        ("PYTOON_HOME", "~no-such-user/films"),
        ("PYTOON_PUBLIC_URL", "films.example"),
    ],
)
def test_value_outside_its_range_is_a_sentence_with_the_variable_and_the_value(name: str, text: str) -> None:
    with pytest.raises(BadSetting) as caught:
        read_settings({name: text})
    words = str(caught.value)
    assert words.startswith(name) and "\n" not in words
    assert name.endswith("_URL") or repr(text) in words


@pytest.mark.parametrize("name", ["PYTOON_DATABASE_URL", "PYTOON_BROKER_URL", "PYTOON_RESULT_URL"])
@pytest.mark.parametrize(
    "rest", [":Xy7/abc@h:1/0", ":Xy7#abc@h/0", "me:Xy7?abc@h/0", ":Xy7abc@h:port/0", ":Xy7abc@[h/0"]
)
def test_invalid_url_is_refused_without_any_part_of_its_password(name: str, rest: str) -> None:
    scheme = "postgresql" if "DATABASE" in name else "redis"
    for url in (f"{scheme}://{rest}", rest, f"gopher://{rest}"):
        with pytest.raises(BadSetting) as caught:
            read_settings({name: url})
        assert str(caught.value).startswith(name) and "Xy7" not in str(caught.value) and "abc" not in str(caught.value)


@pytest.mark.parametrize(
    ("name", "url"),
    [
        ("PYTOON_DATABASE_URL", "sqlite:////srv/a#b@c:d/films.db"),
        ("PYTOON_DATABASE_URL", "postgresql+psycopg://me:p%2Fw%40@db:5432/films?sslmode=require"),
        ("PYTOON_DATABASE_URL", "postgresql+psycopg://me:p@w@[::1]:5432/films"),
        ("PYTOON_BROKER_URL", "amqp://guest:guest@mq//"),
        ("PYTOON_BROKER_URL", "redis+socket:///run/a@b:c/redis.sock?virtual_host=2"),
        ("PYTOON_RESULT_URL", "rediss://:secret@h:6380/1?ssl_cert_reqs=required"),
    ],
)
def test_valid_urls_are_taken_as_they_are(name: str, url: str) -> None:
    assert getattr(read_settings({name: url}), name.removeprefix("PYTOON_").lower()) == url


def test_every_invalid_variable_is_a_problem() -> None:
    assert len(setting_problems({"PYTOON_PORT": "0", "PYTOON_THREADS": "x", "PYTOON_HOST": "h"})) == 2


def test_mistyped_name_is_a_warning_with_the_nearest_name() -> None:
    environ = {"PYTOON_PROT": "1", "PYTOON_XYZZY": "1", "PYTOON_PORT": "1", "PORT": "1"}
    assert setting_warnings(environ) == [
        "PYTOON_PROT is not a setting; did you mean PYTOON_PORT?",
        "PYTOON_XYZZY is not a setting",
    ]


SIGNS = "#?%;& '\"[](){}@:,+=!$^~|äß日本😀"


@pytest.mark.parametrize("sign", SIGNS)
def test_paths_in_urls_of_the_home_are_read_back_as_they_are(sign: str, tmp_path: Path) -> None:
    settings = Settings(home=tmp_path / f"a{sign}b%25c")
    assert database_url(settings).database == str(settings.database_file)
    for url in (settings.broker, settings.results):
        assert url_to_parts(url)[5] == str(settings.socket).lstrip("/")
    assert settings.needs_embedded_server


@given(st.text(alphabet=SIGNS, min_size=1, max_size=60))
def test_socket_path_is_short_enough_in_bytes(name: str) -> None:
    assert len(os.fsencode(Settings(home=Path("/srv") / name).socket)) < 100


def test_a_tilde_in_the_home_setting_is_expanded() -> None:
    assert read_settings({"PYTOON_HOME": "~/films"}).home == Path.home() / "films"


def test_database_broker_and_results_are_in_the_home_folder_by_default(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path)
    assert settings.database_file == tmp_path / "pytoon.db"
    assert settings.broker == f"redis+socket://{tmp_path}/broker/valkey.sock?virtual_host=0"
    assert settings.results == f"redis+socket://{tmp_path}/broker/valkey.sock?virtual_host=1"
    assert settings.embedded


def test_a_relative_home_folder_becomes_absolute() -> None:
    assert Settings(home=Path("films")).database_file == Path.cwd() / "films" / "pytoon.db"


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
