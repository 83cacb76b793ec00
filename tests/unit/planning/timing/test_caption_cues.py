"""``cues``: captions can be read, do not overlap and do not flicker."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.planning.text.spoken_length import sound_ms
from app.planning.text.unbreakable import bonds
from app.planning.timing.cue_lines import MAX_WIDTH_FACTOR
from app.planning.timing.cues import MAX_CUE_MS, MIN_CUE_MS, MIN_GAP_MS, cues, spread
from schemas.preset import CaptionStyle
from schemas.speech import Word, text_of
from schemas.text_width import one_line, width
from schemas.timing import Span

STYLE = CaptionStyle(max_chars=26, max_lines=2)
NARROW = CaptionStyle(max_chars=15, max_lines=2)
STORY = (
    "Most mornings begin the same way: you pour a cup of coffee, you answer two emails, and by the time you "
    "remember it, it is cold. Our new mug keeps it hot for six hours, and it charges on any desk."
)


def spoken_cues(text, style=STYLE, start_ms=200, tail_ms=500, language="en", **more):
    length_ms = sound_ms(text, language)
    words = spread(text.split(), Span(start_ms, start_ms + length_ms))
    return cues(1, words, Span(0, start_ms + length_ms + tail_ms), style, **more)


def texts(caption_cues):
    return [cue.text for cue in caption_cues]


def test_no_words_give_no_cues():
    assert cues(1, (), Span(0, 1000), STYLE) == ()


def test_one_word_is_one_cue():
    (cue,) = spoken_cues("Hello!")
    assert cue.text == "Hello!" and cue.scene_id == 1


def test_cues_and_lines_break_at_ends_of_sentences_and_clauses():
    assert texts(spoken_cues("We open at seven, we close at nine. Come by on Sunday morning.")) == [
        "We open at seven,\nwe close at nine.",
        "Come by on Sunday morning.",
    ]


def test_no_line_ends_with_a_leading_word():
    last_words = [line.split()[-1] for cue in spoken_cues(STORY) for line in cue.text.split("\n")[:-1]]
    assert not {"a", "the", "of", "and"} & set(last_words)


def test_lines_have_about_equal_width():
    (cue,) = spoken_cues("The harbour wakes long before us")
    first, second = cue.text.split("\n")
    assert abs(len(first) - len(second)) < 8


def test_short_text_is_one_line():
    assert texts(spoken_cues("Cold coffee again?")) == ["Cold coffee again?"]


def test_pause_in_the_speech_separates_cues():
    words = (Word("Wait", 0, 300), Word("for", 320, 500), Word("it", 520, 800), Word("now", 2500, 2900))
    shown = cues(1, words, Span(0, 4000), STYLE)
    assert texts(shown) == ["Wait for it", "now"]
    assert shown[0].end_ms < shown[1].start_ms


def test_short_gap_between_cues_is_closed():
    words = (Word("This", 0, 800), Word("is.", 820, 1500), Word("That", 1700, 2400), Word("was.", 2420, 3200))
    shown = cues(1, words, Span(0, 4000), CaptionStyle(max_chars=9, max_lines=1))
    assert len(shown) == 2 and shown[0].end_ms == shown[1].start_ms == 1700


def test_short_word_is_shown_for_the_minimum_time():
    (cue,) = cues(1, (Word("Go!", 1000, 1200),), Span(0, 4000), STYLE)
    assert cue.end_ms - cue.start_ms >= MIN_CUE_MS
    (late,) = cues(1, (Word("Go!", 1000, 1200),), Span(0, 1250), STYLE)
    assert late.end_ms - late.start_ms >= MIN_CUE_MS


def test_cue_of_fast_speech_is_shown_at_reading_speed():
    words = spread(("A", "sentence", "said", "too", "quickly"), Span(0, 700))
    (cue,) = cues(1, words, Span(0, 9000), STYLE)
    assert width(cue.text) * 1000 / (cue.end_ms - cue.start_ms) <= 17.1


def test_only_hold_last_keeps_the_last_cue_after_the_speech():
    words = (Word("Hello", 0, 500),)
    assert cues(1, words, Span(0, 20_000), STYLE)[0].end_ms < 1000
    assert cues(1, words, Span(0, 20_000), STYLE, hold_last=True)[0].end_ms == MAX_CUE_MS


def test_words_keep_their_times_inside_the_cue():
    words = (Word("One", 300, 600), Word("two", 600, 900))
    (cue,) = cues(1, words, Span(0, 3000), STYLE)
    assert cue.lines == ((Word("One", 300, 600), Word("two", 600, 900)),)


def test_descending_and_out_of_scene_times_are_corrected():
    words = (Word("One", 500, 900), Word("two", 400, 300), Word("three", 5000, 9000))
    shown = cues(1, words, Span(0, 2000), STYLE)
    times = [time for cue in shown for line in cue.lines for w in line for time in (w.start_ms, w.end_ms)]
    assert times == sorted(times) and shown[-1].end_ms <= 2000


def test_chinese_breaks_between_characters_but_not_before_punctuation():
    shown = spoken_cues("我们的新杯子可以让咖啡保温六小时，而且不需要电池。今天就来试试吧！", language="zh")
    assert (
        "".join(texts(shown)).replace("\n", "") == "我们的新杯子可以让咖啡保温六小时，而且不需要电池。今天就来试试吧！"
    )
    for cue in shown:
        for line in cue.text.split("\n"):
            assert width(line) <= 26 and line[0] not in "，。！"


def test_japanese_word_is_not_split_from_its_ending():
    lines = [
        line
        for cue in spoken_cues("新しいマグカップは、コーヒーを六時間温かく保ちます。", NARROW)
        for line in cue.text.split("\n")
    ]
    assert "".join(lines) == "新しいマグカップは、コーヒーを六時間温かく保ちます。"
    assert "新しい" in lines[0]


def test_thai_is_not_split_inside_a_syllable():
    shown = spoken_cues("แก้วใหม่ของเราเก็บกาแฟให้ร้อนได้นานหกชั่วโมง", NARROW, language="th")
    lines = [line for cue in shown for line in cue.text.split("\n")]
    assert "".join(lines) == "แก้วใหม่ของเราเก็บกาแฟให้ร้อนได้นานหกชั่วโมง"
    assert all(line[-1] not in "เแโใไ" for line in lines)


def test_arabic_text_is_unchanged():
    text = "كوبنا الجديد يحافظ على القهوة ساخنة لمدة ست ساعات."
    assert " ".join(" ".join(texts(spoken_cues(text, language="ar"))).split()) == text


def test_joined_emoji_is_not_split():
    family = "👨‍👩‍👧‍👦"
    shown = cues(1, (Word(family * 8, 0, 8000),), Span(0, 9000), CaptionStyle(max_chars=8))
    assert "".join(texts(shown)).replace("\n", "").replace(" ", "") == family * 8
    for line in (line for cue in shown for line in cue.text.split("\n")):
        assert not line.startswith("\u200d") and not line.endswith("\u200d")


def test_word_wider_than_a_line_is_split_with_a_hyphen():
    lines = [line for cue in spoken_cues("Donaudampfschifffahrtsgesellschaft", NARROW) for line in cue.text.split("\n")]
    assert "".join(lines).replace("-", "") == "Donaudampfschifffahrtsgesellschaft"
    assert all(width(line) <= 15 for line in lines) and lines[0].endswith("-")


def test_link_is_split_without_a_hyphen():
    link = "https://example.com/a/very/long/path/that/goes/on"
    assert "".join(texts(spoken_cues(link))).replace("\n", "") == link


def test_slightly_too_wide_word_is_not_split():
    assert texts(spoken_cues("internationalisation", NARROW)) == ["internationalisation"]


def test_long_narration_is_grouped_completely():
    text = " ".join([STORY] * 20)
    shown = spoken_cues(text)
    assert one_line("\n".join(texts(shown))) == text


@pytest.mark.parametrize("max_lines", [1, 2, 3])
def test_style_limits_the_number_of_lines(max_lines):
    shown = spoken_cues(STORY, CaptionStyle(max_chars=18, max_lines=max_lines))
    assert max(len(cue.lines) for cue in shown) == max_lines


def test_spread_divides_time_by_width():
    short, long = spread(("a", "abcde"), Span(0, 800))
    assert (short.start_ms, short.end_ms, long.start_ms, long.end_ms) == (0, 200, 200, 800)
    assert spread((), Span(0, 800)) == ()


def stays_together(line, words):
    texts = [word.text for word in line]
    is_author = words[-1].text == texts[-1] and texts[0][0] in "—–―"
    return is_author or all(bonds([f"{text} " for text in texts])[:-1])


@pytest.mark.parametrize("style", [STYLE, NARROW, CaptionStyle(max_chars=19, max_lines=1)])
def test_author_of_a_quotation_has_a_line_of_its_own(style):
    shown = spoken_cues("“We dare because it is difficult and we like it.” — Oscar Wilde", style)
    assert shown[-1].text.split("\n")[-1] == "— Oscar Wilde"
    assert sum("—" in line for cue in shown for line in cue.text.split("\n")) == 1


WORD = st.text(st.sampled_from("abcdefghijklmno漢字かなไทย…,.!?'é🎉"), min_size=1, max_size=30)


@st.composite
def spoken_words(draw):
    clock_ms, words = draw(st.integers(0, 800)), []
    for text in draw(st.lists(WORD, min_size=1, max_size=30)):
        clock_ms += draw(st.sampled_from((0, 0, 0, 30, 200, 900)))
        end_ms = clock_ms + draw(st.integers(0, 900))
        words.append(Word(text, clock_ms, end_ms))
        clock_ms = end_ms
    return tuple(words), clock_ms + draw(st.integers(0, 2000))


@given(spoken_words(), st.sampled_from((STYLE, NARROW, CaptionStyle(max_chars=8, max_lines=3))), st.booleans())
@settings(max_examples=150, deadline=None)
def test_all_cues_fit_the_window_and_the_style(spoken, style, hold_last):
    words, end_ms = spoken
    window = Span(0, end_ms)
    shown = cues(1, words, window, style, hold_last=hold_last)
    assert shown or end_ms == 0
    for cue in shown:
        assert window.start_ms <= cue.start_ms < cue.end_ms <= window.end_ms
        assert len(cue.lines) <= style.max_lines
        for line in cue.lines:
            columns = width(text_of(line))
            assert columns <= style.max_chars or (
                columns <= style.max_chars * max(MAX_WIDTH_FACTOR, 2)
                and (len(line) == 1 or stays_together(line, words))
            )
        cue_words = [word for line in cue.lines for word in line]
        assert cue_words[0].start_ms >= cue.start_ms and cue_words[-1].end_ms <= cue.end_ms
    for before, after in pairwise(shown):
        gap_ms = after.start_ms - before.end_ms
        assert gap_ms == 0 or gap_ms >= MIN_GAP_MS


@given(st.lists(st.sampled_from(STORY.split()), min_size=1, max_size=60))
@settings(max_examples=40, deadline=None)
def test_every_word_is_shown_in_order(words):
    text = " ".join(words)
    assert " ".join(texts(spoken_cues(text))).split() == words
