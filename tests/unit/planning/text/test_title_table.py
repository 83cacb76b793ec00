"""Titles of long sentences in seven languages: whole, short, and without an end that leads on."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from app.planning.text.titles import MAX_HOOK_WORDS, hook_headline, title_of

TABLE = yaml.safe_load(Path(__file__).with_name("titles.yaml").read_text(encoding="utf-8"))
CASES = [(language, *pair) for language, pairs in TABLE.items() for pair in pairs.items()]
# No title ends with these: articles, prepositions, conjunctions, auxiliaries and frequent finite verbs.
FORBIDDEN_ENDS = {
    "en": "a an the of to in on at by for from with and or but that which who is are was were has have will can pulls "
    "makes went goes keeps our your its their his her not",
    "de": "der die das den dem des ein eine einen von zu im am auf mit für und oder aber dass ist sind war hat haben "
    "wird kann hält zieht öffnet sein unser zum nicht",
    "fr": "le la les l' un une des du de d' à au en dans sur pour avec et ou mais que qui est sont a ont fait notre ne",
    "es": "el la los las un una de del a en con por para y o pero que es son ha han su nuestra no",
    "it": "il lo la i gli le un una di del a in con per e o ma che è sono ha hanno non",
    "pt": "o a os as um uma de do da em no na com por para e ou mas que é são tem não",
    "nl": "de het een van in op met voor en of maar dat die is zijn heeft wordt kan niet",
}


@pytest.mark.parametrize(("language", "text", "title"), CASES)
def test_title_of_a_long_sentence_says_something_by_itself(language, text, title):
    assert title_of([text], language) == title


@pytest.mark.parametrize(("language", "text", "title"), CASES)
def test_title_is_short_and_its_end_leads_to_no_other_words(language, text, title):
    words = title_of([text], language).split()
    assert 1 < len(words) <= MAX_HOOK_WORDS
    assert words[-1][-1] not in ",;:–—-…"
    assert words[-1].lower() not in FORBIDDEN_ENDS[language].split()
    assert words[0][0].isupper()


def test_table_has_eighty_scripts():
    assert len(CASES) >= 80


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "It is not because things are difficult that we do not dare."),
        ("en", "If not now, when do we begin to plant the trees that our children will climb?"),
        ("de", "Ich bin letzte Woche zum ersten Mal in meinem Leben allein verreist."),
        ("fr", "Ce n'est pas parce que les choses sont difficiles que nous n'osons pas."),
        ("fr", "Pourquoi tout le monde photographie-t-il le même coucher de soleil ?"),
    ],
)
def test_long_sentence_without_a_part_that_says_something_gives_no_title_and_no_headline(language, text):
    assert title_of([text], language) == hook_headline(text, text, "", language) == ""


def test_heading_is_the_title_whatever_sentence_follows():
    assert title_of(["How tides work", "The Moon pulls the water of the oceans toward it."], "en") == "How tides work"


def test_heading_of_one_word_is_a_name_and_a_sentence_of_one_word_is_none():
    assert title_of(["Fastqueue", "A job queue that survives a power cut."], "en") == "Fastqueue"
    assert title_of(["Monday.", "You said you would sleep early."], "en") == "You said you would sleep early"


HOOKS = yaml.safe_load(Path(__file__).with_name("hooks.yaml").read_text(encoding="utf-8"))
HOOK_CASES = [(language, text, *pair) for language, pairs in HOOKS.items() for text, pair in pairs.items()]


@pytest.mark.parametrize(("language", "text", "title", "headline"), HOOK_CASES)
def test_hook_is_the_beginning_of_the_first_sentence(language, text, title, headline):
    assert title_of([text, "The Summer Palace is empty at 7 am."], language) == title
    assert hook_headline(text, text, title, language) == headline
    assert len(title.split()) <= MAX_HOOK_WORDS and len(headline.split()) <= MAX_HOOK_WORDS
    forbidden = {*FORBIDDEN_ENDS[language].split()} - {"das"}
    assert not {title.split()[-1].lower(), headline.split()[-1].lower()} & forbidden


def test_table_of_hooks_has_forty_sentences():
    assert len(HOOK_CASES) >= 40
    assert all(len(HOOKS[language]) >= 5 for language in ("de", "fr", "es"))


def test_title_never_comes_from_a_later_item_of_a_list():
    assert title_of(["Ready?", "1. Beijing: the Summer Palace is empty at 7 am."], "en") == "Ready?"
    assert title_of(["Trips.", "We have four of them.", "1. Beijing is empty."], "en") == "We have four of them"
    assert title_of(["1. Beijing is empty at night.", "2. Paris is not."], "en") == "Beijing is empty at night"
