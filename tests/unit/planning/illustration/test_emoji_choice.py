"""Which emoji a line names: its nouns, in several languages, and none where one would be out of place."""

from __future__ import annotations

from itertools import pairwise

import pytest
import regex
from hypothesis import given
from hypothesis import strategies as st

from app.planning.illustration.emoji_choice import emoji_matches
from app.planning.illustration.word_table import LANGUAGES, word_table
from assembly.text import emoji
from schemas.emoji import EMOJI

ALL_LANGUAGES = (*LANGUAGES, "it", "pt", "nl")
# Faces, people, hands and flags show persons or nations; none of them belongs to a word.
PERSONS = regex.compile(
    r"[\p{Emoji_Modifier_Base}\U0001F600-\U0001F64F\U0001F910-\U0001F92F\p{Regional_Indicator}]", regex.V1
)
PERSONS_THAT_ARE_THINGS = {"💪", "🤝", "🤖"}


def named(line: str, language: str = "en") -> list[str]:
    return [match.emoji for match in emoji_matches(line, language)]


@pytest.mark.parametrize(
    ("line", "language", "expected"),
    [
        ("Bread is the oldest food.", "en", ["🍞"]),
        ("The city does not sleep.", "en", ["🏙️", "🌙"]),
        ("Forty thousand windows, and every one of them is a story.", "en", ["🪟", "📖"]),
        ("Sharks are older than trees.", "en", ["🦈", "🌳"]),
        ("Wolves and puppies", "en", ["🐺", "🐶"]),
        ("The Milky Way is a galaxy", "en", ["🌌", "🌌"]),
        ("He took the old train.", "en", ["🚆"]),
        ("Wait a minute", "en", ["⏳"]),
        ("Die Kaffeebohnen rösten wir selbst.", "de", ["☕"]),
        ("Die Großstadt schläft nie.", "de", ["🏙️"]),
        ("Unser Apfelkuchen.", "de", ["🍰"]),
        ("L'eau est bleue.", "fr", ["💧"]),
        ("Les abeilles font du miel.", "fr", ["🐝", "🍯"]),
        ("Las abejas hacen miel.", "es", ["🐝", "🍯"]),
        ("Due elefanti.", "it", ["🐘"]),
        ("Een olifant.", "nl", ["🐘"]),
    ],
)
def test_line_names_the_emoji_of_its_nouns(line: str, language: str, expected: list[str]) -> None:
    assert named(line, language)[: len(expected)] == expected


@pytest.mark.parametrize(
    ("line", "language"),
    [
        ("He died in his car.", "en"),
        ("Gun control is a question of law.", "en"),
        ("She beat cancer with the help of her dog.", "en"),
        ("The war began when the train stopped.", "en"),
        ("Slavery built the cotton fields.", "en"),
        ("The victims ran to the beach.", "en"),
        ("She is overweight and eats cake.", "en"),
        ("Jesus walked on water.", "en"),
        ("My father passed away in the garden.", "en"),
        ("We lost everything in the flood.", "en"),
        ("Russia is large.", "en"),
        ("Women earn less than men.", "en"),
        ("The president lied.", "en"),
        ("Turkey borders Greece.", "en"),
        ("You can train to fly.", "en"),
        ("It is a piece of cake.", "en"),
        ("Nobody sees the elephant in the room.", "en"),
        ("We drove through Rose and Bear Lane.", "en"),
        ("Er ist im Haus gestorben.", "de"),
        ("Dr. Müller und Herr Vogel zahlten, Frau Becker nicht.", "de"),
        ("Der Krieg zerstörte die Stadt.", "de"),
        ("Il est mort dans sa maison.", "fr"),
        ("Murió en su casa.", "es"),
        ("La guerra e il pane.", "it"),
        ("Хлеб", "ru"),
        ("", "en"),
    ],
)
def test_grave_lines_names_idioms_and_unknown_languages_have_none(line: str, language: str) -> None:
    assert named(line, language) == []


def test_names_inside_a_sentence_are_no_nouns_and_nouns_in_a_title_are() -> None:
    assert named("We like Apple and Shell.") == []
    assert named("Our Coffee Is Better") == ["☕"]


def test_general_words_count_only_without_others() -> None:
    assert named("A problem at night") == ["⚠️", "🌃"]
    assert named("The bread of the night") == ["🍞"]


@pytest.mark.parametrize("code", ALL_LANGUAGES)
def test_every_entry_is_one_emoji_that_can_be_drawn(code: str) -> None:
    entries = {entry.emoji for entry in word_table(code).values()}
    assert len(entries) > 100
    assert all(EMOJI.fullmatch(one) and emoji.advance_em(one) for one in entries)


@pytest.mark.parametrize("code", ALL_LANGUAGES)
def test_no_entry_shows_a_face_a_person_or_a_flag(code: str) -> None:
    entries = {entry.emoji for entry in word_table(code).values()}
    assert {one for one in entries if PERSONS.search(one)} <= PERSONS_THAT_ARE_THINGS


@given(st.text(max_size=120), st.sampled_from(ALL_LANGUAGES))
def test_any_text_gives_ordered_matches_inside_it(line: str, code: str) -> None:
    matches = emoji_matches(line, code)
    assert matches == emoji_matches(line, code)
    assert all(before.last <= after.first for before, after in pairwise(matches))
