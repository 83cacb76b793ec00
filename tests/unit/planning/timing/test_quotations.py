"""Quotations as one composition."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.planning.timing.cues import cues, spread
from app.planning.timing.quotations import LINE_PITCH, line_count
from app.planning.timing.text_zones import text_zones
from presets.library import preset, presets
from schemas.frame import ASPECTS
from schemas.scene_graph import Scene
from schemas.text_width import width
from schemas.timing import Span

QUOTE = '"I had a running compiler and nobody would touch it." — Grace Hopper'
LONG = " ".join(["We do not dare because things are difficult, and they are difficult because we do not dare."] * 4)


@pytest.mark.parametrize("aspect", ASPECTS)
@pytest.mark.parametrize("name", sorted(known.id for known in presets()))
def test_quotation_is_shown_at_once_with_its_author_on_the_last_line(name: str, aspect: str) -> None:
    zones = text_zones(Scene(1, voice_script=QUOTE, attribution="Grace Hopper", layout="quote"), preset(name), aspect)
    assert zones.is_composed
    words = spread(QUOTE.split(), Span(200, 4200))
    (cue,) = cues(1, words, Span(0, 5000), zones.captions, hold_last=True, is_whole=True)
    assert cue.text.split() == QUOTE.split()
    lines = [" ".join(word.text for word in line) for line in cue.lines]
    assert lines[-1] == "— Grace Hopper" or lines[-2:] == ["— Grace", "Hopper"]
    zone, (frame_width, frame_height) = zones.caption_zone, ASPECTS[aspect]
    height_px = (1 - zone.top - zone.bottom) * 1080 * frame_height / min(frame_width, frame_height)
    assert len(lines) * LINE_PITCH * zones.captions.size_px <= height_px * 1.01


def test_long_quotation_and_other_scenes_are_shown_in_parts() -> None:
    long = Scene(1, voice_script=LONG, attribution="Seneca", layout="quote")
    assert not text_zones(long, preset("clean_bold"), "9:16").is_composed
    assert not text_zones(Scene(1, voice_script=QUOTE, layout="quote"), preset("clean_bold"), "9:16").is_composed


@given(st.lists(st.text(alphabet="abcdef", min_size=1, max_size=9), min_size=1, max_size=24), st.integers(9, 40))
def test_lines_of_a_composition_fit_and_are_the_fewest(words: list[str], columns: int) -> None:
    style = text_zones(Scene(1), preset("clean_bold"), "9:16").captions
    style = type(style)(max_chars=columns)
    (cue,) = cues(1, spread(words, Span(0, 4000)), Span(0, 5000), style, is_whole=True)
    lines = [" ".join(word.text for word in line) for line in cue.lines]
    assert " ".join(lines).split() == words
    assert all(width(line) <= columns for line in lines)
    assert len(lines) == line_count(" ".join(words), columns)
