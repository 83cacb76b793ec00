"""Quotations with their authors inside a paragraph."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from app.planning.text.passages import passages
from app.planning.text.quotes import Part, quotation_parts
from app.planning.text.spoken_text import script_text

TABLE = yaml.safe_load(Path(__file__).with_name("quotes.yaml").read_text(encoding="utf-8"))


def part_of(row: str | list[str]) -> Part:
    return Part(row) if isinstance(row, str) else Part(row[0], row[1], is_introduced=len(row) > 2)


@pytest.mark.parametrize(("text", "rows"), TABLE.items())
def test_quotation_with_an_author_is_a_part_of_its_own(text: str, rows: list[str | list[str]]) -> None:
    assert quotation_parts(text) == tuple(map(part_of, rows))


def test_table_has_quotations_and_other_words_in_quotation_marks() -> None:
    plain = [text for text, rows in TABLE.items() if all(isinstance(row, str) for row in rows)]
    assert len(TABLE) >= 25 and len(plain) >= 8


@pytest.mark.parametrize(("text", "rows"), TABLE.items())
def test_author_after_a_quotation_is_in_its_words_after_a_dash(text: str, rows: list[str | list[str]]) -> None:
    found = [passage for passage in passages(script_text(text).lines) if passage.author]
    quotes = [part for part in map(part_of, rows) if part.author]
    assert [passage.author for passage in found] == [part.author for part in quotes]
    shown = [part.text if part.is_introduced else f"{part.text} — {part.author}" for part in quotes]
    assert [passage.sentences for passage in found] == [(text,) for text in shown]


@given(st.text(alphabet='ab AB.,:—-()"“”«»', max_size=60))
def test_parts_have_the_letters_of_the_text_in_order(text: str) -> None:
    parts = quotation_parts(text)
    named = "".join(part.text + ("" if part.is_introduced else part.author) for part in parts)
    letters = [char for char in text if char.isalpha()]
    assert [char for char in named if char.isalpha()] == letters
