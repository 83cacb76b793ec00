"""Where a source goes in the frame."""

from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from assembly.encode.encoder import ticks, timescale
from assembly.picture import normalise
from assembly.picture.normalise import Frame
from assembly.picture.source import Source
from schemas.scene_graph import Focus

FRAME = Frame(1080, 1920, Fraction(30))
SIDES = st.integers(2, 5000)
SHARES = st.floats(0, 1)
ASPECTS = st.sampled_from([Fraction(1), Fraction(4, 3), Fraction(8, 9)])


@given(SIDES, SIDES, ASPECTS, SHARES, SHARES)
def test_a_window_lies_inside_its_source(width, height, aspect, x, y):
    w, h, left, top = normalise.crop_window(Source(width, height, aspect), FRAME, Focus(x, y))
    assert 0 <= left <= left + w <= width
    assert 0 <= top <= top + h <= height


@given(st.integers(200, 5000), st.integers(200, 5000), ASPECTS)
def test_a_window_has_the_shape_of_the_frame(width, height, aspect):
    w, h, _, _ = normalise.crop_window(Source(width, height, aspect), FRAME, None)
    assert abs(float(w * aspect / h) - 1080 / 1920) < 0.02
    assert w == width or h == height


def test_a_window_holds_its_focus():
    w, _, left, _ = normalise.crop_window(Source(1920, 1080), FRAME, Focus(0.75, 0.5))
    assert left <= 0.75 * 1920 <= left + w
    assert abs(left + w / 2 - 1440) <= 1


@given(SIDES, SIDES, ASPECTS)
def test_what_is_contained_is_even_and_fits(width, height, aspect):
    w, h = normalise.contained(Source(width, height, aspect), FRAME)
    assert w % 2 == 0
    assert h % 2 == 0
    assert w <= 1080
    assert h <= 1920


def test_a_source_of_the_frames_shape_fills_it():
    assert normalise.has_frame_shape(Source(540, 960), FRAME)
    assert normalise.has_frame_shape(Source(607, 1080), FRAME)
    assert not normalise.has_frame_shape(Source(1080, 1080), FRAME)
    assert normalise.has_frame_shape(Source(1080, 1080, Fraction(9, 16)), FRAME)


@given(st.integers(1, 240), st.sampled_from([1, 1001]))
def test_every_frame_lasts_whole_ticks(rate, under):
    fps = Fraction(rate * (1000 if under == 1001 else 1), under)
    assert ticks(fps) * fps == timescale(fps)
    assert timescale(fps) >= 1000


def test_common_rates_have_common_timescales():
    assert timescale(Fraction(30)) == 30000
    assert timescale(Fraction(30000, 1001)) == 30000
    assert ticks(Fraction(30)) == 1000
    assert ticks(Fraction(30000, 1001)) == 1001


def test_colours_are_written_without_anything_else():
    assert normalise.rgb("#a1B2c3") == "0xA1B2C3"
    assert normalise.rgb("#a1B2c380") == "0xA1B2C3"
