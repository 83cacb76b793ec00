"""References: the files that a JSON document needs."""

from __future__ import annotations

import pytest

from app.store.keys import identity_of
from app.store.references import identities_in, is_document, texts

A, B = "a" * 64, "b" * 64


def test_every_string_of_json_data_is_found() -> None:
    data = {"a": ["b", {"c": None, "d": 1.5}], "e": {"f": [["g"]]}}
    assert sorted(texts(data)) == list("abcdefg")


def test_cache_and_asset_keys_are_references_and_other_texts_are_not() -> None:
    identities = identities_in(
        [f"cache/plate/aa/{A}.npy", "assets/ab/ast_x.jpg", "runs/r/a.json", "cache", "see cache/x"]
    )
    assert identities == {A, "ast_x"}


def test_files_made_from_the_same_inputs_have_one_identity() -> None:
    assert identity_of(f"cache/plate/aa/{A}.npy") == identity_of(f"cache/motion/aa/{A}.json") == A


def test_bare_identity_is_a_reference() -> None:
    assert identities_in({"identity": B, "x": "no identity", "y": "c" * 63}) == {B}


def test_overlong_text_that_starts_like_a_key_is_not_a_reference() -> None:
    assert identities_in([f"cache/{'x' * 300}"]) == frozenset()


@pytest.mark.parametrize(
    ("key", "has_references"),
    [("runs/r/a.json", True), ("cache/clip/ab/x.json", True), ("jobs/j/a.json", False), ("runs/r/a.mp4", False)],
)
def test_documents_of_runs_and_of_the_cache_have_references(key: str, has_references: bool) -> None:
    assert is_document(key) is has_references
