"""Geometry of the conversion from a source to the frame, and timescales."""

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
def test_crop_window_is_inside_the_source(width, height, aspect, x, y):
    w, h, left, top = normalise.crop_window(Source(width, height, aspect), FRAME, Focus(x, y))
    assert 0 <= left <= left + w <= width
    assert 0 <= top <= top + h <= height


@given(st.integers(200, 5000), st.integers(200, 5000), ASPECTS)
def test_crop_window_has_the_aspect_ratio_of_the_frame(width, height, aspect):
    w, h, _, _ = normalise.crop_window(Source(width, height, aspect), FRAME, None)
    assert abs(float(w * aspect / h) - 1080 / 1920) < 0.02
    assert w == width or h == height


def test_crop_window_is_centred_on_the_focus():
    w, _, left, _ = normalise.crop_window(Source(1920, 1080), FRAME, Focus(0.75, 0.5))
    assert left <= 0.75 * 1920 <= left + w
    assert abs(left + w / 2 - 1440) <= 1


@given(SIDES, SIDES, ASPECTS)
def test_contained_size_is_even_and_fits_the_frame(width, height, aspect):
    w, h = normalise.contained_size(Source(width, height, aspect), FRAME)
    assert w % 2 == 0
    assert h % 2 == 0
    assert w <= 1080
    assert h <= 1920


def test_has_frame_shape_accounts_for_pixel_aspect_and_tolerance():
    assert normalise.has_frame_shape(Source(540, 960), FRAME)
    assert normalise.has_frame_shape(Source(607, 1080), FRAME)
    assert not normalise.has_frame_shape(Source(1080, 1080), FRAME)
    assert normalise.has_frame_shape(Source(1080, 1080, Fraction(9, 16)), FRAME)


@given(st.integers(1, 240), st.sampled_from([1, 1001]))
def test_frame_duration_is_a_whole_number_of_ticks(rate, denominator):
    fps = Fraction(rate * (1000 if denominator == 1001 else 1), denominator)
    assert ticks(fps) * fps == timescale(fps)
    assert timescale(fps) >= 1000


def test_common_frame_rates_have_common_timescales():
    assert timescale(Fraction(30)) == 30000
    assert timescale(Fraction(30000, 1001)) == 30000
    assert ticks(Fraction(30)) == 1000
    assert ticks(Fraction(30000, 1001)) == 1001


def test_rgb_omits_opacity():
    assert normalise.rgb("#a1B2c3") == "0xA1B2C3"
    assert normalise.rgb("#a1B2c380") == "0xA1B2C3"
