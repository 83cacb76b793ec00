"""SubRip and WebVTT files of a film's captions."""

import re
from fractions import Fraction

import pysubs2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assembly.text import subtitles
from schemas.speech import Word
from schemas.timeline import Cue, TimedScene, Timeline, Tracks
from tests.media import material


def film(*cues):
    scene = TimedScene(1, 0, 300, 0, 10_000)
    return Timeline("2.0", Fraction(30), 108, 192, 300, (scene,), Tracks(captions=cues))


def one_word_cue(text, start_ms=0, end_ms=1000):
    return Cue(1, start_ms, end_ms, ((Word(text, start_ms, end_ms),),))


TWO_CUES = film(
    material.cue(1234, 2500, "Every great story", "starts with one"), material.cue(61_000, 3_600_000, "End")
)


def test_srt_contains_times_and_lines():
    assert subtitles.srt(TWO_CUES) == (
        "1\n00:00:01,234 --> 00:00:02,500\nEvery great story\nstarts with one\n\n"
        "2\n00:01:01,000 --> 01:00:00,000\nEnd\n\n"
    )


def test_vtt_contains_times_and_lines():
    text = subtitles.vtt(TWO_CUES)
    assert text.startswith("WEBVTT\n\n")
    assert "00:00:01.234 --> 00:00:02.500\nEvery great story\nstarts with one\n" in text


def test_vtt_escapes_markup():
    assert "a &lt;b&gt; &amp; --&gt; c" in subtitles.vtt(film(one_word_cue("a <b> & --> c")))


@pytest.mark.parametrize("text", ["{\\b1}x", "{\\p1}x", "{\\an8}x"])
def test_ass_tags_are_kept_as_text(text):
    for file in (subtitles.srt(film(one_word_cue(text))), subtitles.vtt(film(one_word_cue(text)))):
        assert text.replace("\\", "\\\u2060") in file


def test_srt_contains_no_readable_tag():
    assert re.search(r"<\w", subtitles.srt(film(one_word_cue("a <b>c</b>")))) is None


@given(st.lists(st.text(), min_size=1, max_size=4))
def test_any_text_stays_one_cue(texts):
    """Both files contain as many cues as there are cues with visible text."""
    cues = [one_word_cue(text, 1000 * index, 1000 * index + 900) for index, text in enumerate(texts)]
    visible = [text for text in texts if subtitles.cue_text_lines(one_word_cue(text))]
    file = subtitles.srt(film(*cues))
    assert len(re.findall(r"^\d+\n\d\d:\d\d:\d\d,\d{3} --> ", file, re.MULTILINE)) == len(visible)
    file.encode()
    assert file.count("-->") == len(visible)
    assert subtitles.vtt(film(*cues)).count("-->") == len(visible)


def test_srt_can_be_parsed_back():
    read = pysubs2.SSAFile.from_string(subtitles.srt(TWO_CUES), "srt")
    assert [(event.start, event.end) for event in read] == [(1234, 2500), (61_000, 3_600_000)]


def test_film_without_captions_gives_empty_files():
    assert subtitles.srt(film()) == ""
    assert subtitles.vtt(film()).strip() == "WEBVTT"
