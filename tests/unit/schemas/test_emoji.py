"""Emoji sequences in a text, by Unicode's rules."""

from __future__ import annotations

from itertools import pairwise

import pytest
import regex
from hypothesis import given
from hypothesis import strategies as st

from app.planning.text.graphemes import characters
from assembly.text import ass
from schemas.emoji import has_emoji, split_emoji
from schemas.text_width import width

SEQUENCES = {
    "plain": "😀",
    "family": "👩‍👩‍👧‍👦",
    "flag": "🇩🇪",
    "flag of a region": "🏴󠁧󠁢󠁥󠁮󠁧󠁿",
    "rainbow flag": "🏳️‍🌈",
    "skin tone": "👍🏽",
    "profession with skin tone": "👩🏽‍🚀",
    "two skin tones": "🧑🏿‍🤝‍🧑🏻",
    "keycap": "1️⃣",
    "keycap of a sign": "#️⃣",
    "text character with VS16": "☎️",
    "heart": "❤️",
    "heart on fire": "❤️‍🔥",
    "heart on fire without VS16": "❤‍🔥",
    "copyright with VS16": "©️",
    "hand without VS16 with skin tone": "✌🏼",
    "shaking head": "🙂‍↔️",
}
TEXTS = ["©", "™", "®", "☎", "❤", "1", "#", "*", "1️", "✓", "→", "½", "℃", "😀︎", "ａ", "字", "👁︎"]
SYMBOLS = [c for c in map(chr, range(0x10FFFF)) if regex.match(r"[\p{Emoji}--[0-9#*]]", c, regex.V1)]


@pytest.mark.parametrize("sequence", SEQUENCES.values(), ids=SEQUENCES)
def test_sequence_is_one_emoji(sequence: str) -> None:
    assert split_emoji(f"a{sequence}b") == (("a", False), (sequence, True), ("b", False))


@pytest.mark.parametrize("sequence", SEQUENCES.values(), ids=SEQUENCES)
def test_sequence_is_one_character_of_two_columns_without_capitals(sequence: str) -> None:
    assert characters(sequence) == [sequence]
    assert width(sequence) == 2
    assert ass.uppercase(sequence, "en") == sequence
    assert ass.collapse_whitespace(sequence) == sequence


@pytest.mark.parametrize("text", TEXTS)
def test_text_character_is_no_emoji(text: str) -> None:
    assert not has_emoji(text)


def test_neighbouring_sequences_are_separate() -> None:
    assert [part for part, _ in split_emoji("🇩🇪🇫🇷👍👍🏽1️⃣2️⃣")] == ["🇩🇪", "🇫🇷", "👍", "👍🏽", "1️⃣", "2️⃣"]


@pytest.mark.parametrize("symbol", SYMBOLS[:: len(SYMBOLS) // 200])
def test_every_symbol_is_an_emoji_with_vs16_and_text_with_vs15(symbol: str) -> None:
    assert split_emoji(symbol + "\ufe0f") == ((symbol + "\ufe0f", True),)
    assert not has_emoji(symbol + "\ufe0e")


@given(st.lists(st.sampled_from([*SEQUENCES.values(), *TEXTS, "a", " ", "\u200d", "\ufe0f", "e\u0301"])).map("".join))
def test_parts_are_the_text(text: str) -> None:
    parts = split_emoji(text)
    assert "".join(part for part, _ in parts) == text
    assert all(part and has_emoji(part) == is_emoji for part, is_emoji in parts)
    assert all(before or after for (_, before), (_, after) in pairwise(parts))


@given(st.text(st.characters(max_codepoint=0x2FF)))
def test_latin_text_has_no_emoji_without_vs16(text: str) -> None:
    assert not has_emoji(text)
