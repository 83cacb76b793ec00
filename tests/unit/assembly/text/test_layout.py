"""Layout of text: wrapping, sizes and positions of captions and titles."""

import itertools
from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from app.planning.text.graphemes import break_runs
from assembly.text import caption_looks, captions, titles
from assembly.text.caption_slot import lay_out_cue
from assembly.text.cue_layout import line_text
from assembly.text.layout import Box, fitting_size, place_box, safe_box, split_word, text_width, wrap
from assembly.text.typeface import typeface
from schemas.preset import HIGHLIGHTS, POSITIONS, CaptionStyle, SafeZone
from schemas.scene_graph import Overlay
from schemas.segment import ClipRange, TimedOverlay
from schemas.speech import Word
from schemas.timeline import Cue
from tests.media import material

FACE = typeface("Poppins", True, "a")
WORDS = st.text(alphabet="abcdefgh mnopqrstuvwxyzÄé你好😀", max_size=80)


def make_segment(width=1080, height=1920, fps=Fraction(30), frames=90, **facts):
    clip = material.still("x")
    return replace(
        material.segment(ClipRange(clip, 0, frames, frames), frames, fps, **facts), width=width, height=height
    )


@given(WORDS, st.floats(10, 200), st.floats(60, 1000))
@settings(max_examples=60)
def test_wrapped_lines_fit_and_keep_all_text(text, size, max_width):
    assume(max_width >= size * 1.6)
    lines = wrap(FACE, text, size, 0, max_width)
    assert all(text_width(FACE, line, size, 0) <= max_width + 0.01 for line in lines)
    assert "".join("".join(lines).split()) == "".join(text.split())


def test_wrapped_lines_have_similar_widths():
    lines = wrap(FACE, "one two three four five six seven", 100, 0, 1200)
    widths = [text_width(FACE, line, 100, 0) for line in lines]
    assert len(lines) == 2
    assert min(widths) > 0.75 * max(widths)


def test_chinese_wraps_between_characters():
    lines = wrap(FACE, "每一个伟大的故事都从这里开始", 100, 0, 500)
    assert len(lines) > 1
    assert "".join(lines) == "每一个伟大的故事都从这里开始"


def test_titles_wrap_at_the_break_opportunities_of_captions():
    text = "ｶﾀｶﾅで（大約）３０円の新しいマグカップ、iPhone手机"
    lines = wrap(FACE, text, 50, 0, 450)
    assert len(lines) > 2 and "".join(lines) == text
    breaks = set(itertools.accumulate(map(len, break_runs(text))))
    assert set(itertools.accumulate(map(len, lines))) <= breaks


def test_wrap_keeps_written_spaces():
    text = "我的 iPhone 手机 ต้องใช้เวลา ต้องอดทน"
    assert wrap(FACE, text, 10, 0, 5000) == (text,)


@pytest.mark.parametrize("cluster", ["👨‍👩‍👧‍👦", "e\u0301\u0323", "🇩🇪", "ก็", "ကို", "👍🏽"])
@pytest.mark.parametrize("max_width", [1, 70, 150, 333])
def test_long_word_is_split_only_between_grapheme_clusters(cluster, max_width):
    pieces = split_word(FACE, cluster * 9, 60, 0, max_width)
    assert len(pieces) > 1
    assert "".join(pieces) == cluster * 9
    assert all(piece.replace(cluster, "") == "" for piece in pieces)


def test_thai_wraps_between_words():
    words = ["ขนมปัง", "ที่", "ดี", "ต้อง", "ใช้", "เวลา", "นาน", "กว่า", "นั้น", "มาก", "และ", "ต้อง", "อดทน"]
    ends = set(itertools.accumulate(map(len, words)))
    face = typeface("Poppins", True, "".join(words), "th")
    for max_width in range(420, 1200, 60):
        lines = wrap(face, "".join(words), 100, 0, max_width)
        assert len(lines) > 1
        assert set(itertools.accumulate(map(len, lines))) <= ends


@pytest.mark.parametrize(
    "text", ["你好，世界。iPhone手机（大约３０元）！“好”——走", "ｶﾞｯﾂﾎﾟｰｽﾞは３０円「Python入門」", "ใช้iPhoneได้ มาก"]
)
def test_wrap_inserts_no_space(text):
    for max_width in range(200, 2000, 150):
        assert all(line in text for line in wrap(FACE, text, 100, 0, max_width))


def test_no_line_begins_with_closing_punctuation():
    for max_width in range(200, 1000, 50):
        lines = wrap(FACE, "你好，世界。这是，一个。测试！", 100, 0, max_width)
        assert not [line for line in lines if line[0] in "，。！"]


def test_title_is_not_wrapped_between_words_that_stay_together():
    text = "Meet Dr. Müller at 24 Linden Ave."
    for max_width in range(900, 2000, 50):
        lines = wrap(FACE, text, 100, 0, max_width)
        assert all(any(words in line for line in lines) for words in ("Dr. Müller", "24 Linden Ave."))
    wide = text_width(FACE, "24 Linden Ave.", 100, 0)
    assert wrap(FACE, "Anna at 24 Linden Ave.", 100, 0, 0.8 * wide) == ("Anna at", "24 Linden Ave.")
    assert wrap(FACE, "1 000 000", 100, 0, 300) == ("1 000", "000")


@given(st.text(alphabet="abcWi", min_size=1, max_size=60), st.floats(100, 900))
@settings(max_examples=40)
def test_long_word_is_split_into_parts_that_fit(word, max_width):
    pieces = split_word(FACE, word, 60, 0, max_width)
    assert "".join(pieces) == word
    assert all(text_width(FACE, piece, 60, 0) <= max_width for piece in pieces)


def test_fitting_size_never_enlarges():
    assert fitting_size(FACE, ("short",), 50, 0, 5000) == 50
    small = fitting_size(FACE, ("a very much longer line",), 50, 0, 300)
    assert text_width(FACE, "a very much longer line", small, 0) == pytest.approx(300)


@pytest.mark.parametrize(("position", "top"), [("top", 10), ("middle", 45), ("bottom", 80)])
def test_place_box_by_position(position, top):
    assert place_box(position, 20, 10, Box(0, 10, 100, 90)) == Box(40, top, 60, top + 10)


def test_box_overlaps():
    box = Box(0, 0, 10, 10)
    assert box.overlaps(Box(9, 9, 20, 20))
    assert not box.overlaps(Box(10, 0, 20, 10))
    assert not box.overlaps(box.moved_down(10))


# -- cues ------------------------------------------------------------------------------------------------------------


@given(
    st.lists(st.text(alphabet="abcdefgWM", min_size=1, max_size=40), min_size=1, max_size=8),
    st.sampled_from(HIGHLIGHTS),
    st.sampled_from(POSITIONS),
    st.sampled_from([(1080, 1920), (1920, 1080), (108, 192)]),
    st.integers(20, 300),
)
@settings(max_examples=80, deadline=None)
def test_cue_layout_is_inside_the_safe_zone(words, highlight, position, size, size_px):
    style = CaptionStyle(highlight=highlight, position=position, size_px=size_px)
    segment = make_segment(*size, captions=style)
    cue = material.cue(0, 1000, " ".join(words[::2]), " ".join(words[1::2]))
    layout = lay_out_cue(cue, segment)
    zone = safe_box(segment.safe_zone, *size)
    assert layout.box.is_inside(Box(zone.left - 0.01, zone.top - 0.01, zone.right + 0.01, zone.bottom + 0.01))
    assert "".join(piece.text for line in layout.lines for piece in line) == "".join(words[::2] + words[1::2])


def test_cue_that_fits_keeps_its_size_and_lines():
    layout = lay_out_cue(material.cue(0, 1000, "two short", "lines"), make_segment())
    assert layout.size == 76
    assert [line_text(line) for line in layout.lines] == ["two short", "lines"]


def test_size_scales_with_the_shorter_side():
    cue = material.cue(0, 1000, "word")
    assert lay_out_cue(cue, make_segment(540, 960)).size == pytest.approx(38)
    assert lay_out_cue(cue, make_segment(1920, 1080)).size == pytest.approx(76)


def test_accents_do_not_shift_the_line():
    plain, marked = (lay_out_cue(material.cue(0, 1000, text), make_segment()) for text in ("Ease", "ÊASE"))
    assert plain.line_middle(0) == marked.line_middle(0)


def test_chinese_words_are_joined_without_spaces():
    lines = lay_out_cue(material.cue(0, 1000, "每 一个 伟大 的 OK 吗"), make_segment(language="zh")).lines
    assert line_text(lines[0]) == "每一个伟大的 OK 吗"


def test_uppercase_style_follows_the_language():
    layout = lay_out_cue(
        material.cue(0, 1000, "istanbul"), make_segment(captions=CaptionStyle(uppercase=True), language="tr")
    )
    assert line_text(layout.lines[0]) == "İSTANBUL"


# -- states ----------------------------------------------------------------------------------------------------------


def spoken_cue(*times, start=0, end=1000):
    return Cue(1, start, end, (tuple(Word(f"w{k}", a, b) for k, (a, b) in enumerate(times)),))


def states_of(cue, segment):
    return [(state.start, state.end, state.word) for state in caption_looks.highlight_states(cue, segment)]


def test_word_is_active_until_the_next_one_starts():
    cue = spoken_cue((100, 300), (500, 700), (700, 900))
    assert states_of(cue, make_segment()) == [(0, 3, -1), (3, 15, 0), (15, 21, 1), (21, 30, 2)]


def test_cue_without_highlight_has_one_state():
    segment = make_segment(captions=CaptionStyle(highlight="none"))
    assert states_of(spoken_cue((100, 300), (500, 700)), segment) == [(0, 30, -1)]


def test_states_are_clipped_to_the_segment():
    segment = make_segment(frames=12, start_frame=6)
    assert states_of(spoken_cue((100, 300), (500, 700)), segment) == [(0, 9, 0), (9, 12, 1)]


def test_cue_of_another_segment_has_no_state():
    assert states_of(spoken_cue((100, 300)), make_segment(start_frame=300)) == []


@given(st.lists(st.integers(0, 2000), min_size=1, max_size=9), st.sampled_from([Fraction(24), Fraction(30000, 1001)]))
@settings(max_examples=80)
def test_states_cover_a_cue_without_gap_or_overlap(starts, fps):
    starts = sorted(starts)
    cue = spoken_cue(*((a, a + 50) for a in starts), start=0, end=2200)
    states = states_of(cue, make_segment(fps=fps, frames=40))
    assert states[0][0] == 0
    assert states[-1][1] == 40
    assert all(a[1] == b[0] and a[2] < b[2] for a, b in itertools.pairwise(states))


@pytest.mark.parametrize("highlight", HIGHLIGHTS)
def test_each_line_has_one_event_at_any_time(highlight):
    segment = make_segment(captions=CaptionStyle(highlight=highlight))
    segment = replace(segment, cues=(material.cue(0, 3000, "one two three", "four five"),))
    events = [event for event in captions.events(segment) if event.style == "caption"]
    for moment in range(60_000, 62_900, 50):
        assert sum(event.start <= moment < event.end for event in events) == 2


def test_empty_cues_have_no_events():
    segment = make_segment(cues=(Cue(1, 0, 500, ()), Cue(1, 500, 900, ((Word("  ", 500, 900),),))))
    assert captions.events(segment) == []


# -- titles ----------------------------------------------------------------------------------------------------------


def text_overlay(text, position="middle", first=0, frames=90, scale=1.0):
    return TimedOverlay(Overlay("text", text, position=position, scale=scale), first, frames)


@given(
    st.text(min_size=1, max_size=300).filter(lambda text: text.strip()),
    st.sampled_from(POSITIONS),
    st.sampled_from([0.3, 1.0, 3.0]),
)
@settings(max_examples=50, deadline=None)
def test_any_title_is_inside_the_safe_zone(text, position, scale):
    segment = make_segment(overlays=(text_overlay(text, position, scale=scale),))
    placed_titles = titles.titles(segment)
    assume(placed_titles)  # a text of control characters only is not a title
    (placed,) = placed_titles
    zone = safe_box(SafeZone(), 1080, 1920)
    assert placed.box.is_inside(Box(zone.left - 0.01, zone.top, zone.right + 0.01, zone.bottom))


def test_title_keeps_its_line_breaks():
    laid_out = titles.titles(make_segment(overlays=(text_overlay("One\nTwo"),)))
    assert laid_out[0].lines == ("One", "Two")


def test_headline_becomes_smaller_to_have_three_rows():
    text = "Why does everybody photograph the same sunset?"
    title, headline = (
        titles.titles(make_segment(overlays=(TimedOverlay(Overlay(text=text, style=style), 0, 90),)))[0]
        for style in ("title", "headline")
    )
    assert len(headline.rows) == 3 < len(title.rows)
    assert headline.size > 0.6 * title.size


def test_titles_at_different_times_may_share_a_position():
    segment = make_segment(overlays=(text_overlay("First", frames=30), text_overlay("Second", first=30, frames=30)))
    a, b = titles.titles(segment)
    assert a.box.top == b.box.top


def test_images_and_empty_texts_are_not_titles():
    picture = TimedOverlay(Overlay("image", asset="x"), 0, 10, "x.png")
    assert titles.titles(make_segment(overlays=(picture, text_overlay("  ")))) == ()
