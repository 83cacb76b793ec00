"""Tokens and names of API keys."""

from __future__ import annotations

import hashlib

import pytest

from app.accounts import keys
from app.core.redaction import redact, redact_text


def test_token_has_the_prefix_and_256_random_bits() -> None:
    tokens = {keys.new_token() for _ in range(50)}
    assert len(tokens) == 50 and all(keys.is_token(token) for token in tokens)
    assert {len(token) for token in tokens} == {len("pyt_") + 43}


def test_hash_is_the_sha256_of_the_whole_token() -> None:
    token = keys.new_token()
    assert keys.hash_of(token) == hashlib.sha256(token.encode()).hexdigest()


@pytest.mark.parametrize("text", ["", "pyt_", "pyt_" + "a" * 42, "pyt_" + "a" * 44, "a" * 47, "pyt_" + "ä" * 43])
def test_text_of_another_form_is_no_token(text: str) -> None:
    assert not keys.is_token(text)


@pytest.mark.parametrize("name", ["studio", "Anna", "a", "ci.2026", "me@example.com", "two words", "a" * 64])
def test_usual_names_are_valid(name: str) -> None:
    assert keys.is_name(name)


@pytest.mark.parametrize("name", ["", " a", "a ", "-a", "a" * 65, "a\nb", "a\x00", "é"])
def test_names_that_cannot_be_typed_or_seen_are_not_valid(name: str) -> None:
    assert not keys.is_name(name)


def test_token_is_redacted_in_any_text_and_value() -> None:
    token = keys.new_token()
    for text in (f"got {token} from it", f"'{token}'", f"x={token}&y=1", f"https://h/{token}", f"X-API-Key: {token}"):
        assert token[4:] not in redact_text(text)
    assert redact({"note": f"sent {token}"}) == {"note": "sent pyt_***"}
