"""A user's words, colours and frames in ASS."""

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assembly.text import ass


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("plain", "plain"),
        ("{\\b1}", "\\{\\\u2060b1\\}"),
        ("a\\Nb", "a\\\u2060Nb"),
        ("a\nb\r\nc", "abc"),
        ("a\x00\x07b", "ab"),
        ("a\u2028b", "ab"),
        ("😀 العربية 中文", "😀 العربية 中文"),
        ("👩\u200d👧", "👩\u200d👧"),
    ],
)
def test_words_are_written_so_that_they_are_only_shown(text, written):
    assert ass.escape(text) == written


@given(st.text())
def test_nothing_that_is_written_is_an_instruction(text):
    written = ass.escape(text)
    assert "\n" not in written
    assert "\r" not in written
    bare = written.replace("\\{", "").replace("\\}", "").replace("\\\u2060", "")
    assert not set(bare) & set("{}\\")
    written.encode("utf-8")


@given(st.text())
def test_white_space_flows_together(text):
    flowing = ass.collapse_whitespace(text)
    assert flowing == flowing.strip()
    assert "  " not in flowing
    assert not set(flowing) & set("\n\r\u2028\u2029")


@pytest.mark.parametrize(
    ("text", "language", "loud"),
    [
        ("istanbul ışık", "tr", "İSTANBUL IŞIK"),
        ("istanbul", "az-AZ", "İSTANBUL"),
        ("istanbul", "en", "ISTANBUL"),
        ("straße", "de", "STRASSE"),
        ("άνθρωπος", "el", "ΑΝΘΡΩΠΟΣ"),
        ("μαΐου", "el", "ΜΑΪΟΥ"),
        ("საქართველო", "ka", "საქართველო"),
        ("مرحبا", "ar", "مرحبا"),
        ("你好", "zh", "你好"),
        ("привет", "ru", "ПРИВЕТ"),
    ],
)
def test_capitals_are_those_of_the_language(text, language, loud):
    assert ass.uppercase(text, language) == loud


def test_opacity_becomes_transparency():
    assert ass.colour("#11223380").a == 0x7F
    assert ass.colour("#112233").a == 0
    assert ass.colour_override("#112233") == "\\1c&H332211&\\1a&H00&"


RATES = [Fraction(24), Fraction(25), Fraction(30), Fraction(30000, 1001), Fraction(50), Fraction(60)]


@given(st.integers(-600, 100_000), st.sampled_from(RATES))
@settings(max_examples=300)
def test_a_frame_is_met_whichever_way_times_are_rounded(frame, fps):
    shown = [(frame + offset + ass.clock_offset_frames(fps)) / fps * 1000 for offset in (-1, 0)]
    assert shown[0] + 1 < ass.frame_time_ms(frame, fps) < shown[1]
    assert ass.frame_time_ms(frame, fps) % 10 == 0


def test_the_clock_is_put_forward_by_whole_frames():
    assert ass.clock_offset_frames(Fraction(30)) == 1800
    assert ass.clock_offset_frames(Fraction(30000, 1001)) == 1799
