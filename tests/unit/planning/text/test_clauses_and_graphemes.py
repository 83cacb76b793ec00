"""Splitting of sentences and words into parts, and of sentences into beats."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.planning.scenes.beats import Pace, beats, trim_to_length, with_silences
from app.planning.text.clauses import split_text
from app.planning.text.graphemes import break_runs, characters, split_to_width
from app.planning.text.spoken_length import spoken_ms
from app.planning.timing.fit_durations import distribute
from schemas.preset import Pacing
from schemas.speech import Word, text_of
from schemas.text_width import gap, width

STORY = "You pour a coffee, you answer two emails, and by the time you remember it, it is cold."


def test_sentence_is_split_where_a_speaker_pauses():
    assert split_text(STORY, 3) == (
        "You pour a coffee, you answer two emails,",
        "and by the time you remember it,",
        "it is cold.",
    ) or split_text(STORY, 3)[0].endswith(",")


def test_no_part_ends_with_a_leading_word():
    for count in range(2, 7):
        last_words = [part.split()[-1] for part in split_text(STORY, count)[:-1]]
        assert not {"a", "the", "you", "by"} & set(last_words)


def test_parts_have_about_equal_length():
    lengths = [spoken_ms(part) for part in split_text(" ".join(["morning"] * 40), 4)]
    assert max(lengths) < 1.3 * min(lengths)


def test_empty_text_has_no_parts_and_a_word_has_one():
    assert split_text("", 3) == ()
    assert split_text("Hello", 3) == ("Hello",)


def test_chinese_is_split_without_spaces():
    text = "我们的新杯子可以让咖啡保温六小时，而且不需要电池。"
    parts = split_text(text, 2, "zh")
    assert parts == ("我们的新杯子可以让咖啡保温六小时，", "而且不需要电池。")


@given(
    st.lists(st.sampled_from([*STORY.split(), "漢字かな、", "ไทย", "🎉"]), min_size=1, max_size=40), st.integers(1, 12)
)
@settings(max_examples=100, deadline=None)
def test_parts_keep_every_word_in_order(words, count):
    text = " ".join(words)
    parts = split_text(text, count)
    assert 1 <= len(parts) <= count and all(parts)
    assert "".join("".join(parts).split()) == "".join(words)


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("hello", ["hello"]),
        ("你好，世界", ["你好，", "世界"]),
        ("「你好」", ["「你好」"]),
        ("新しいマグカップ", ["新しい", "マグカップ"]),
        ("iPhone手机", ["iPhone", "手机"]),
        ("99元", ["99", "元"]),
        ("안녕하세요", ["안녕하세요"]),
        ("مرحبا", ["مرحبا"]),
    ],
)
def test_lines_may_break_between_runs(text, parts):
    assert break_runs(text) == parts


@pytest.mark.parametrize("text", ["é", "👨‍👩‍👧‍👦", "👍🏽", "🇩🇪", "ก็", "นี้", "เก", "का"])
def test_grapheme_is_one_character(text):
    assert characters(text * 2) == [text, text]


def test_pieces_are_not_wider_than_the_limit():
    assert split_to_width("abcdefg", 3) == ["abc", "def", "g"]
    assert split_to_width("漢字漢字", 5) == ["漢字", "漢字"]


@given(st.text(max_size=40).map(lambda text: "".join(text.split())))
@settings(max_examples=150, deadline=None)
def test_joined_runs_and_pieces_are_the_text(text):
    assert "".join(break_runs(text)) == text
    assert "".join(split_to_width(text, 4)) == text


def test_words_of_scripts_without_spaces_are_joined_without_a_space():
    assert text_of([Word(text, 0, 1) for text in ("你", "好", "world", "again")]) == "你好 world again"
    assert text_of([Word(text, 0, 1) for text in ("안녕", "세상")]) == "안녕 세상"
    assert gap("", "a") == gap("a", "") == text_of([]) == ""


def test_wide_characters_take_two_columns_and_marks_none():
    assert (width("abc"), width("漢字"), width("e\u0301"), width("🎉")) == (3, 4, 1, 2)


PACE = Pace(Pacing(lead_ms=200, tail_ms=350, min_scene_ms=1500, max_scene_ms=6000))


def test_short_sentences_are_joined_and_long_ones_are_split():
    assert beats(("Wow!", "Look at this harbour."), PACE, 0, 400) == ("Wow! Look at this harbour.",)
    assert len(beats((STORY * 3,), PACE, 0, 400)) >= 3


def test_heading_is_a_beat_of_its_own():
    assert beats(("Our mug", "It is hot."), PACE, 0, 400) == ("Our mug", "It is hot.")


def test_number_of_beats_is_limited():
    lines = tuple(f"This is the sentence number {k} of a long story." for k in range(50))
    joined = beats(lines, PACE, 0, 7)
    assert len(joined) == 7 and " ".join(joined) == " ".join(lines)


def test_silences_are_spread_and_never_first():
    assert with_silences(("a", "b"), 6) == ("a", "", "", "b", "", "")
    assert with_silences(("a", "b"), 1) == ("a", "b")
    assert with_silences((), 2) == ("", "")


def test_trimming_keeps_whole_sentences_and_at_least_one():
    assert trim_to_length((STORY, STORY), PACE, 1) == (STORY,)
    assert trim_to_length((STORY, STORY), PACE, 60_000) == (STORY, STORY)


def test_amount_is_distributed_evenly_within_the_capacities():
    assert distribute(90, [100, 100, 100]) == [30, 30, 30]
    assert distribute(90, [10, 100, 100]) == [10, 40, 40]
    assert distribute(1000, [10, 20]) == [10, 20]
    assert distribute(-5, [10]) == [0]


@given(st.integers(0, 10_000), st.lists(st.integers(0, 2000), min_size=1, max_size=12))
@settings(max_examples=100, deadline=None)
def test_distributed_amount_is_complete_up_to_the_capacities(amount, capacities):
    shares = distribute(amount, capacities)
    assert sum(shares) == min(amount, sum(capacities))
    assert all(0 <= share <= capacity for share, capacity in zip(shares, capacities, strict=True))
