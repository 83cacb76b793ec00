"""``cues``: what is on screen can be read, is never two things at once and never flickers."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.planning.text.sentences import sound_ms
from app.planning.timing.cues import MAX_CUE_MS, MAX_WIDTH_FACTOR, MIN_CUE_MS, MIN_GAP_MS, cues, spread
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


def said(text, style=STYLE, start_ms=200, tail_ms=500, language="en", **more):
    length = sound_ms(text, language)
    words = spread(text.split(), Span(start_ms, start_ms + length))
    return cues(1, words, Span(0, start_ms + length + tail_ms), style, **more)


def texts(found):
    return [cue.text for cue in found]


def test_no_words_are_no_cues():
    assert cues(1, (), Span(0, 1000), STYLE) == ()


def test_one_word_is_one_cue():
    (cue,) = said("Hello!")
    assert cue.text == "Hello!" and cue.scene_id == 1


def test_cues_break_where_the_sentence_breathes():
    assert texts(said("We open at seven, we close at nine. Come by on Sunday morning.")) == [
        "We open at seven,\nwe close at nine.",
        "Come by on Sunday morning.",
    ]


def test_no_line_ends_with_a_word_that_leads_to_the_next():
    ends = [line.split()[-1] for cue in said(STORY) for line in cue.text.split("\n")[:-1]]
    assert not {"a", "the", "of", "and"} & set(ends)


def test_lines_are_even_and_no_word_is_left_alone():
    (cue,) = said("The harbour wakes long before us")
    first, second = cue.text.split("\n")
    assert abs(len(first) - len(second)) < 8


def test_a_short_text_stays_on_one_line():
    assert texts(said("Cold coffee again?")) == ["Cold coffee again?"]


def test_a_pause_in_the_voice_parts_two_cues():
    words = (Word("Wait", 0, 300), Word("for", 320, 500), Word("it", 520, 800), Word("now", 2500, 2900))
    found = cues(1, words, Span(0, 4000), STYLE)
    assert texts(found) == ["Wait for it", "now"]
    assert found[0].end_ms < found[1].start_ms


def test_cues_with_a_short_gap_are_joined():
    words = (Word("This", 0, 800), Word("is.", 820, 1500), Word("That", 1700, 2400), Word("was.", 2420, 3200))
    found = cues(1, words, Span(0, 4000), CaptionStyle(max_chars=9, max_lines=1))
    assert len(found) == 2 and found[0].end_ms == found[1].start_ms == 1700


def test_a_short_word_stays_long_enough_to_be_seen():
    (cue,) = cues(1, (Word("Go!", 1000, 1200),), Span(0, 4000), STYLE)
    assert cue.end_ms - cue.start_ms >= MIN_CUE_MS
    (cramped,) = cues(1, (Word("Go!", 1000, 1200),), Span(0, 1250), STYLE)
    assert cramped.end_ms - cramped.start_ms >= MIN_CUE_MS


def test_a_caption_waits_for_its_reader_when_the_voice_hurries():
    words = spread(("A", "sentence", "said", "too", "quickly"), Span(0, 700))
    (cue,) = cues(1, words, Span(0, 9000), STYLE)
    assert width(cue.text) * 1000 / (cue.end_ms - cue.start_ms) <= 17.1


def test_only_a_patient_cue_stays_when_there_is_nothing_more_to_say():
    words = (Word("Hello", 0, 500),)
    assert cues(1, words, Span(0, 20_000), STYLE)[0].end_ms < 1000
    assert cues(1, words, Span(0, 20_000), STYLE, hold_last=True)[0].end_ms == MAX_CUE_MS


def test_words_keep_their_times_inside_the_cue():
    words = (Word("One", 300, 600), Word("two", 600, 900))
    (cue,) = cues(1, words, Span(0, 3000), STYLE)
    assert cue.lines == ((Word("One", 300, 600), Word("two", 600, 900)),)


def test_words_that_run_backwards_or_out_of_the_scene_are_put_right():
    words = (Word("One", 500, 900), Word("two", 400, 300), Word("three", 5000, 9000))
    found = cues(1, words, Span(0, 2000), STYLE)
    times = [time for cue in found for line in cue.lines for w in line for time in (w.start_ms, w.end_ms)]
    assert times == sorted(times) and found[-1].end_ms <= 2000


def test_chinese_breaks_between_characters_and_no_line_begins_with_a_mark():
    found = said("我们的新杯子可以让咖啡保温六小时，而且不需要电池。今天就来试试吧！", language="zh")
    assert (
        "".join(texts(found)).replace("\n", "") == "我们的新杯子可以让咖啡保温六小时，而且不需要电池。今天就来试试吧！"
    )
    for cue in found:
        for line in cue.text.split("\n"):
            assert width(line) <= 26 and line[0] not in "，。！"


def test_japanese_keeps_a_word_and_its_ending_together():
    lines = [
        line
        for cue in said("新しいマグカップは、コーヒーを六時間温かく保ちます。", NARROW)
        for line in cue.text.split("\n")
    ]
    assert "".join(lines) == "新しいマグカップは、コーヒーを六時間温かく保ちます。"
    assert "新しい" in lines[0]


def test_thai_is_never_cut_inside_a_syllable():
    found = said("แก้วใหม่ของเราเก็บกาแฟให้ร้อนได้นานหกชั่วโมง", NARROW, language="th")
    lines = [line for cue in found for line in cue.text.split("\n")]
    assert "".join(lines) == "แก้วใหม่ของเราเก็บกาแฟให้ร้อนได้นานหกชั่วโมง"
    assert all(line[-1] not in "เแโใไ" for line in lines)


def test_arabic_stays_as_it_was_written():
    text = "كوبنا الجديد يحافظ على القهوة ساخنة لمدة ست ساعات."
    assert " ".join(" ".join(texts(said(text, language="ar"))).split()) == text


def test_a_family_of_emoji_is_one_character():
    family = "👨‍👩‍👧‍👦"
    found = cues(1, (Word(family * 8, 0, 8000),), Span(0, 9000), CaptionStyle(max_chars=8))
    assert "".join(texts(found)).replace("\n", "").replace(" ", "") == family * 8
    for line in (line for cue in found for line in cue.text.split("\n")):
        assert not line.startswith("\u200d") and not line.endswith("\u200d")


def test_a_word_wider_than_the_frame_is_parted_with_a_hyphen():
    lines = [line for cue in said("Donaudampfschifffahrtsgesellschaft", NARROW) for line in cue.text.split("\n")]
    assert "".join(lines).replace("-", "") == "Donaudampfschifffahrtsgesellschaft"
    assert all(width(line) <= 15 for line in lines) and lines[0].endswith("-")


def test_a_link_is_parted_without_one():
    link = "https://example.com/a/very/long/path/that/goes/on"
    assert "".join(texts(said(link))).replace("\n", "") == link


def test_a_word_that_is_a_little_too_wide_is_left_to_the_renderer():
    assert texts(said("internationalisation", NARROW)) == ["internationalisation"]


def test_a_long_narration_is_cut_quickly_enough():
    text = " ".join([STORY] * 20)
    found = said(text)
    assert one_line("\n".join(texts(found))) == text


@pytest.mark.parametrize("lines", [1, 2, 3])
def test_a_preset_says_how_many_lines_there_are(lines):
    found = said(STORY, CaptionStyle(max_chars=18, max_lines=lines))
    assert max(len(cue.lines) for cue in found) == lines


def test_spread_shares_time_by_length():
    short, long = spread(("a", "abcde"), Span(0, 800))
    assert (short.start_ms, short.end_ms, long.start_ms, long.end_ms) == (0, 200, 200, 800)
    assert spread((), Span(0, 800)) == ()


WORD = st.text(st.sampled_from("abcdefghijklmno漢字かなไทย…,.!?'é🎉"), min_size=1, max_size=30)


@st.composite
def spoken_words(draw):
    clock, found = draw(st.integers(0, 800)), []
    for text in draw(st.lists(WORD, min_size=1, max_size=30)):
        clock += draw(st.sampled_from((0, 0, 0, 30, 200, 900)))
        end = clock + draw(st.integers(0, 900))
        found.append(Word(text, clock, end))
        clock = end
    return tuple(found), clock + draw(st.integers(0, 2000))


@given(spoken_words(), st.sampled_from((STYLE, NARROW, CaptionStyle(max_chars=8, max_lines=3))), st.booleans())
@settings(max_examples=150, deadline=None)
def test_what_must_be_true_of_all_cues(spoken, style, patient):
    words, end = spoken
    window = Span(0, end)
    found = cues(1, words, window, style, patient)
    assert found or end == 0
    for cue in found:
        assert window.start_ms <= cue.start_ms < cue.end_ms <= window.end_ms
        assert len(cue.lines) <= style.max_lines
        for line in cue.lines:
            wide = width(text_of(line))
            assert wide <= style.max_chars or (len(line) == 1 and wide <= style.max_chars * max(MAX_WIDTH_FACTOR, 2))
        inside = [w for line in cue.lines for w in line]
        assert inside[0].start_ms >= cue.start_ms and inside[-1].end_ms <= cue.end_ms
    for before, after in pairwise(found):
        gap = after.start_ms - before.end_ms
        assert gap == 0 or gap >= MIN_GAP_MS


@given(st.lists(st.sampled_from(STORY.split()), min_size=1, max_size=60))
@settings(max_examples=40, deadline=None)
def test_every_word_is_shown_in_order(words):
    text = " ".join(words)
    assert " ".join(texts(said(text))).split() == words
