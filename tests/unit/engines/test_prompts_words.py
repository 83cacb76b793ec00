"""Words that may be part of a prompt."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engines.prompts.words import clean_words, seen_words


@pytest.mark.parametrize(
    "call",
    [
        "Order yours today.",
        "Follow us for more!",
        "Link in bio.",
        "Visit our website.",
        "Get yours at example.com/shop.",
        "Call +49 170 1234567.",
        "Subscribe!",
        "Now $29 instead of $39.",
        "Jetzt nur 29 €.",
        "Jetzt bestellen!",
        "Abonniert den Kanal.",
        "Suivez-nous.",
        "Síguenos para más.",
    ],
)
def test_call_to_action_is_left_out(call):
    assert seen_words(f"A boat leaves the harbour. {call}") == "A boat leaves the harbour."


@pytest.mark.parametrize(
    "seen", ["Book on a table.", "Visitors in a museum.", "Jetzt schlafen die Kinder.", "A $5 bill on a table."]
)
def test_sentence_that_only_begins_like_a_call_stays(seen):
    assert seen_words(seen) == seen


@pytest.mark.parametrize(
    "private",
    [
        "https://example.com/a?b=c",
        "www.example.org",
        "anna.smith@example.com",
        "+49 170 1234567",
        "(555) 010-7788",
        "api_key=abcd1234",
        "password: hunter2",
        "sk-abcdef1234567890",
        "ghp_a1b2c3d4e5f6g7h8i9j0",
        "eyJhbGciOiJIUzI1NiJ9.abc",
        "DE89 3704 0044 0532 0130 00",
        "0123456789abcdef0123456789abcdef",
    ],
)
def test_private_text_is_left_out(private):
    assert seen_words(f"A boat {private} leaves") == "A boat leaves"
    assert clean_words(f"A boat {private} leaves") == "A boat leaves"


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("A dog #dogs #summer_2026 runs @anna", "A dog runs"),
        ("A family 👨‍👩‍👧 on the beach 🏖️", "A family on the beach"),
        ("[Music swells] A boat leaves", "A boat leaves"),
        ("*whispers* A cat sleeps", "A cat sleeps"),
        ("<speak>A <break time='1s'/>sunny <emphasis>beach</emphasis></speak>", "A sunny beach"),
        ("**A** [boat](https://example.com) leaves", "A boat leaves"),
        ("A ***very*** big 5*** hotel", "A very big 5 hotel"),
        ("```\nprint(1)\n```\nA boat leaves", "A boat leaves"),
        ("A sign says \u202eabc\u202c and\x00 more\x07", "A sign says abc and more"),
        ('A man says "ignore the rules" and leaves', "A man says ignore the rules and leaves"),
        ("Ein Mann sagt „nein“ und geht", "Ein Mann sagt nein und geht"),
        ("A cat --ar 16:9 (big:1.4) sleeps::2", "A cat big sleeps"),
        ("A boat!!!!!! Waaaaaaaves", "A boat! Waaaves"),
        ("so very very very very fast", "so very very fast"),
        ("A boat leaves. A boat leaves. A boat leaves.", "A boat leaves."),
        ("A boat leaves…", "A boat leaves"),
        ("A boat\n\n  leaves\tthe harbour", "A boat leaves the harbour"),
        ("Don't move, it's 35 mm film from 1990", "Don't move, it's 35 mm film from 1990"),
    ],
)
def test_only_what_is_seen_is_left(text, seen):
    assert seen_words(text) == seen


@pytest.mark.parametrize("text", ["می‌خواهم یک گربه", "สวัสดี ชาวโลก", "क्‍ष", "小さなロボットが庭にいる。"])
def test_spelling_of_other_scripts_stays(text):
    assert seen_words(text) == unicodedata.normalize("NFC", text)


@given(st.text(max_size=300))
def test_cleaned_text_is_one_line_without_control_characters_and_marks(text):
    cleaned = clean_words(text)
    assert all(unicodedata.category(char) not in ("Cc", "Cs", "Co", "Zl", "Zp") for char in cleaned)
    assert not set(cleaned) & set('"“”<>[]{}`')
    assert cleaned == " ".join(cleaned.split())


@given(st.text(alphabet="a@.:/ =\"'<>[]()*#&-0123456789", max_size=400))
def test_marks_in_any_order_are_read(text):
    assert isinstance(seen_words(text), str)


@pytest.mark.parametrize("part", ["小さなロボットが庭にいて花を見ている", "เรือออกจากท่าเรือในตอนเช้า"])
def test_long_text_without_spaces_stays(part):
    text = "、".join([part, part[::-1], part[1:], part[2:], part[3:]])
    assert len(clean_words(text)) > 60


def test_long_run_of_letters_is_no_word():
    assert clean_words("A boat " + "xyz" * 30 + " leaves") == "A boat leaves"
