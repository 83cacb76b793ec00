"""Redaction: no text has a password, and what a caller reads has no path of this machine."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.config import Settings, settings
from app.core.errors import MediaError, stage_failure
from app.core.redaction import public_text, redact_text
from tests.waiting import bound_s, seconds_of


@pytest.fixture
def broker_url(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    url = "redis://:a@b:c%25d@host:6379/0"
    monkeypatch.setenv("PYTOON_BROKER_URL", url)
    settings.cache_clear()
    yield url
    monkeypatch.undo()
    settings.cache_clear()


@given(st.text(alphabet=st.characters(categories=("L", "N", "P", "S"), exclude_characters="'\"<>"), min_size=4))
def test_any_password_in_the_url_of_a_service_is_redacted(password: str) -> None:
    assert redact_text(f"at redis://user:{password}@host/0 now") == "at redis://***@host/0 now"


@pytest.mark.parametrize("scheme", ["redis", "rediss", "amqp", "amqps", "postgresql+psycopg", "sentinel", "https"])
@pytest.mark.parametrize("password", ["Xy7/abc", "Xy7@abc", "Xy7:abc", "Xy7#abc", "Xy7%abc", "Xy7?abc", "Xy7%2Fabc"])
def test_password_with_an_unencoded_sign_is_redacted_in_every_kind_of_url(scheme: str, password: str) -> None:
    text = redact_text(f"Cannot connect to {scheme}://me:{password}@h:1/0: refused ({scheme}://:{password}@h:1/0)")
    assert "Xy7" not in text and "abc" not in text
    assert text.startswith("Cannot connect to") and "refused" in text


@pytest.mark.parametrize(
    "text",
    [
        "see https://example.com/a/@b",
        "http://host:8080/users/@me",
        "mail me@example.com",
        "redis://host:6379/0 is away",
    ],
)
def test_addresses_without_a_password_stay(text: str) -> None:
    assert redact_text(text) == text


def test_time_to_redact_does_not_grow_with_the_square_of_the_length_of_a_name() -> None:
    usual_s = seconds_of(lambda: redact_text("9 " * 10_000))
    for name in ("9", "token"):
        assert seconds_of(lambda: redact_text(name * (20_000 // len(name)))) < bound_s(1, usual_s), name  # noqa: B023


def test_password_of_the_settings_is_redacted_where_a_library_splits_the_url(broker_url: str) -> None:
    assert redact_text("invalid literal for int() with base 10: 'a@b:c%d'") == (
        "invalid literal for int() with base 10: '***'"
    )
    assert broker_url not in redact_text(broker_url)


@given(st.text(alphabet=st.characters(categories=("L", "N", "P", "S")), min_size=1))
def test_settings_know_the_password_as_written_and_decoded(password: str) -> None:
    encoded = quote(password, safe="")
    assert {encoded, password} <= set(Settings(database_url=f"postgresql://me:{encoded}@h/db").secrets)


@pytest.mark.parametrize("place", [tempfile.gettempdir(), str(Path(__file__).parents[3])])
def test_callers_read_file_names_instead_of_paths(place: str) -> None:
    assert public_text(f"No such file: '{place}/cache/ab/clip.mp4'") == "No such file: 'clip.mp4'"
    assert public_text(f"{settings().home.absolute()}/jobs/a.mp4: bad") == "a.mp4: bad"


@pytest.mark.parametrize("text", ["see /api/docs", "and/or", "a / b", "run /health", "https://x.example/tmp/a"])
def test_other_texts_with_slashes_stay(text: str) -> None:
    assert public_text(text) == text


def test_failure_of_a_run_has_no_words_of_a_library() -> None:
    words = "(psycopg.Error) connection to 10.0.0.7, port 5432 failed [SQL: SELECT 1] [parameters: {'a': 1}]"
    message = stage_failure(RuntimeError(words), "segment").as_dict()["message"]
    assert "RuntimeError" in message
    assert not any(part in message for part in ("10.0.0.7", "5432", "SELECT", "parameters", "psycopg"))


def test_failure_of_ffmpeg_names_the_file_without_its_directory() -> None:
    error = MediaError("open", ["a"], 1, f"{settings().home.absolute()}/assets/ab/a.mp4: Invalid data")
    assert stage_failure(error, "scene", 1).as_dict()["message"] == "open failed with exit code 1: a.mp4: Invalid data"
