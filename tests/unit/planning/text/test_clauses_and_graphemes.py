"""Sentences and words in parts."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.planning.scenes.beats import Pace, beats, trim_to_length, with_silences
from app.planning.text.clauses import split_text
from app.planning.text.graphemes import break_runs, characters, split_to_width
from app.planning.text.sentences import spoken_ms
from app.planning.timing.fit_durations import distribute
from schemas.preset import Pacing
from schemas.speech import Word, text_of
from schemas.text_width import gap, width

STORY = "You pour a coffee, you answer two emails, and by the time you remember it, it is cold."


def test_a_sentence_is_parted_where_one_takes_breath():
    assert split_text(STORY, 3) == (
        "You pour a coffee, you answer two emails,",
        "and by the time you remember it,",
        "it is cold.",
    ) or split_text(STORY, 3)[0].endswith(",")


def test_no_part_ends_with_a_word_that_leads_on():
    for count in range(2, 7):
        ends = [part.split()[-1] for part in split_text(STORY, count)[:-1]]
        assert not {"a", "the", "you", "by"} & set(ends)


def test_parts_are_about_equally_long():
    lengths = [spoken_ms(part) for part in split_text(" ".join(["morning"] * 40), 4)]
    assert max(lengths) < 1.3 * min(lengths)


def test_nothing_has_no_parts_and_a_word_has_one():
    assert split_text("", 3) == ()
    assert split_text("Hello", 3) == ("Hello",)


def test_chinese_is_parted_without_spaces():
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
        ("你好，世界", ["你", "好，", "世", "界"]),
        ("「你好」", ["「你", "好」"]),
        ("新しいマグカップ", ["新しい", "マグカップ"]),
        ("iPhone手机", ["iPhone", "手", "机"]),
        ("99元", ["99", "元"]),
        ("안녕하세요", ["안녕하세요"]),
        ("مرحبا", ["مرحبا"]),
    ],
)
def test_runs_are_where_a_line_may_break(text, parts):
    assert break_runs(text) == parts


@pytest.mark.parametrize("text", ["é", "👨‍👩‍👧‍👦", "👍🏽", "🇩🇪", "ก็", "นี้", "เก", "का"])
def test_what_a_reader_sees_as_one_is_one(text):
    assert characters(text * 2) == [text, text]


def test_pieces_are_no_wider_than_asked():
    assert split_to_width("abcdefg", 3) == ["abc", "def", "g"]
    assert split_to_width("漢字漢字", 5) == ["漢字", "漢字"]


@given(st.text(max_size=40).map(lambda text: "".join(text.split())))
@settings(max_examples=150, deadline=None)
def test_runs_and_pieces_lose_nothing(text):
    assert "".join(break_runs(text)) == text
    assert "".join(split_to_width(text, 4)) == text


def test_words_of_scripts_without_spaces_stand_together():
    assert text_of([Word(text, 0, 1) for text in ("你", "好", "world", "again")]) == "你好 world again"
    assert text_of([Word(text, 0, 1) for text in ("안녕", "세상")]) == "안녕 세상"
    assert gap("", "a") == gap("a", "") == text_of([]) == ""


def test_wide_characters_count_double_and_marks_not_at_all():
    assert (width("abc"), width("漢字"), width("e\u0301"), width("🎉")) == (3, 4, 1, 2)


PACE = Pace(Pacing(lead_ms=200, tail_ms=350, min_scene_ms=1500, max_scene_ms=6000))


def test_short_sentences_go_together_and_long_ones_are_parted():
    assert beats(("Wow!", "Look at this harbour."), PACE, 0, 400) == ("Wow! Look at this harbour.",)
    assert len(beats((STORY * 3,), PACE, 0, 400)) >= 3


def test_a_heading_stands_alone():
    assert beats(("Our mug", "It is hot."), PACE, 0, 400) == ("Our mug", "It is hot.")


def test_no_more_beats_than_allowed():
    lines = tuple(f"This is the sentence number {k} of a long story." for k in range(50))
    found = beats(lines, PACE, 0, 7)
    assert len(found) == 7 and " ".join(found) == " ".join(lines)


def test_silences_are_spread_and_never_come_first():
    assert with_silences(("a", "b"), 6) == ("a", "", "", "b", "", "")
    assert with_silences(("a", "b"), 1) == ("a", "b")
    assert with_silences((), 2) == ("", "")


def test_trimming_keeps_whole_sentences_and_at_least_one():
    assert trim_to_length((STORY, STORY), PACE, 1) == (STORY,)
    assert trim_to_length((STORY, STORY), PACE, 60_000) == (STORY, STORY)


def test_what_is_poured_is_shared_evenly_and_spills_over():
    assert distribute(90, [100, 100, 100]) == [30, 30, 30]
    assert distribute(90, [10, 100, 100]) == [10, 40, 40]
    assert distribute(1000, [10, 20]) == [10, 20]
    assert distribute(-5, [10]) == [0]


@given(st.integers(0, 10_000), st.lists(st.integers(0, 2000), min_size=1, max_size=12))
@settings(max_examples=100, deadline=None)
def test_nothing_is_lost_in_pouring(amount, vessels):
    shares = distribute(amount, vessels)
    assert sum(shares) == min(amount, sum(vessels))
    assert all(0 <= share <= size for share, size in zip(shares, vessels, strict=True))
