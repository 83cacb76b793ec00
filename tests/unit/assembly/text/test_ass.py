"""Escaping, capitals, colours and frame times in ASS."""

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assembly.text import ass


@pytest.mark.parametrize(
    ("text", "escaped"),
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
def test_escape_makes_text_literal(text, escaped):
    assert ass.escape(text) == escaped


@given(st.text())
def test_escaped_text_contains_no_ass_syntax(text):
    escaped = ass.escape(text)
    assert "\n" not in escaped
    assert "\r" not in escaped
    bare = escaped.replace("\\{", "").replace("\\}", "").replace("\\\u2060", "")
    assert not set(bare) & set("{}\\")
    escaped.encode("utf-8")


@given(st.text())
def test_white_space_is_collapsed(text):
    collapsed = ass.collapse_whitespace(text)
    assert collapsed == collapsed.strip()
    assert "  " not in collapsed
    assert not set(collapsed) & set("\n\r\u2028\u2029")


@pytest.mark.parametrize(
    ("text", "language", "capitals"),
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
def test_uppercase_follows_the_language(text, language, capitals):
    assert ass.uppercase(text, language) == capitals


def test_colour_converts_opacity_to_transparency():
    assert ass.colour("#11223380").a == 0x7F
    assert ass.colour("#112233").a == 0
    assert ass.colour_override("#112233") == "\\1c&H332211&\\1a&H00&"


RATES = [Fraction(24), Fraction(25), Fraction(30), Fraction(30000, 1001), Fraction(50), Fraction(60)]


@given(st.integers(-600, 100_000), st.sampled_from(RATES))
@settings(max_examples=300)
def test_frame_time_is_between_frames_in_whole_centiseconds(frame, fps):
    times_ms = [(frame + offset + ass.clock_offset_frames(fps)) / fps * 1000 for offset in (-1, 0)]
    assert times_ms[0] + 1 < ass.frame_time_ms(frame, fps) < times_ms[1]
    assert ass.frame_time_ms(frame, fps) % 10 == 0


def test_clock_offset_is_a_whole_number_of_frames():
    assert ass.clock_offset_frames(Fraction(30)) == 1800
    assert ass.clock_offset_frames(Fraction(30000, 1001)) == 1799
