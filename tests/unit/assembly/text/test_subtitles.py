"""SRT and VTT."""

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


def saying(text, start_ms=0, end_ms=1000):
    return Cue(1, start_ms, end_ms, ((Word(text, start_ms, end_ms),),))


TWO = film(material.cue(1234, 2500, "Every great story", "starts with one"), material.cue(61_000, 3_600_000, "End"))


def test_subrip_says_when_and_what():
    assert subtitles.srt(TWO) == (
        "1\n00:00:01,234 --> 00:00:02,500\nEvery great story\nstarts with one\n\n"
        "2\n00:01:01,000 --> 01:00:00,000\nEnd\n\n"
    )


def test_webvtt_says_when_and_what():
    text = subtitles.vtt(TWO)
    assert text.startswith("WEBVTT\n\n")
    assert "00:00:01.234 --> 00:00:02.500\nEvery great story\nstarts with one\n" in text


def test_webvtt_escapes_what_it_would_read():
    assert "a &lt;b&gt; &amp; --&gt; c" in subtitles.vtt(film(saying("a <b> & --> c")))


@pytest.mark.parametrize("text", ["{\\b1}x", "{\\p1}x", "{\\an8}x"])
def test_tags_are_words(text):
    for written in (subtitles.srt(film(saying(text))), subtitles.vtt(film(saying(text)))):
        assert text.replace("\\", "\\\u2060") in written


def test_subrip_players_see_no_tag():
    assert re.search(r"<\w", subtitles.srt(film(saying("a <b>c</b>")))) is None


@given(st.lists(st.text(), min_size=1, max_size=4))
def test_any_words_are_one_cue(texts):
    """A player that reads the file finds as many cues as have something to show."""
    cues = [saying(text, 1000 * place, 1000 * place + 900) for place, text in enumerate(texts)]
    shown = [text for text in texts if subtitles.lines(saying(text))]
    written = subtitles.srt(film(*cues))
    assert len(re.findall(r"^\d+\n\d\d:\d\d:\d\d,\d{3} --> ", written, re.MULTILINE)) == len(shown)
    written.encode()
    assert written.count("-->") == len(shown)
    assert subtitles.vtt(film(*cues)).count("-->") == len(shown)


def test_what_is_written_can_be_read():
    read = pysubs2.SSAFile.from_string(subtitles.srt(TWO), "srt")
    assert [(event.start, event.end) for event in read] == [(1234, 2500), (61_000, 3_600_000)]


def test_a_film_without_captions_has_empty_files():
    assert subtitles.srt(film()) == ""
    assert subtitles.vtt(film()).strip() == "WEBVTT"
