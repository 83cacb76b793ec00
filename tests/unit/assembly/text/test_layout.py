"""Text that fits: lines, sizes and places."""

import itertools
from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from app.planning.text.graphemes import break_runs
from assembly.text import captions, titles
from assembly.text.cue_layout import setting, text_of
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


def segment(width=1080, height=1920, fps=Fraction(30), frames=90, **facts):
    clip = material.still("x")
    return replace(
        material.segment(ClipRange(clip, 0, frames, frames), frames, fps, **facts), width=width, height=height
    )


@given(WORDS, st.floats(10, 200), st.floats(60, 1000))
@settings(max_examples=60)
def test_wrapped_lines_fit_and_lose_nothing(text, size, room):
    assume(room >= size * 1.6)
    lines = wrap(FACE, text, size, 0, room)
    assert all(text_width(FACE, line, size, 0) <= room + 0.01 for line in lines)
    assert "".join("".join(lines).split()) == "".join(text.split())


def test_lines_are_as_even_as_they_can_be():
    lines = wrap(FACE, "one two three four five six seven", 100, 0, 1200)
    widths = [text_width(FACE, line, 100, 0) for line in lines]
    assert len(lines) == 2
    assert min(widths) > 0.75 * max(widths)


def test_chinese_breaks_between_characters():
    lines = wrap(FACE, "每一个伟大的故事都从这里开始", 100, 0, 500)
    assert len(lines) > 1
    assert "".join(lines) == "每一个伟大的故事都从这里开始"


def test_a_title_breaks_where_captions_break():
    text = "ｶﾀｶﾅで（大約）３０円の新しいマグカップ、iPhone手机"
    lines = wrap(FACE, text, 50, 0, 450)
    assert len(lines) > 2 and "".join(lines) == text
    breaks = set(itertools.accumulate(map(len, break_runs(text))))
    assert set(itertools.accumulate(map(len, lines))) <= breaks


def test_a_written_space_of_a_title_stays_on_its_line():
    text = "我的 iPhone 手机 ต้องใช้เวลา ต้องอดทน"
    assert wrap(FACE, text, 10, 0, 5000) == (text,)


@pytest.mark.parametrize("cluster", ["👨‍👩‍👧‍👦", "e\u0301\u0323", "🇩🇪", "ก็", "ကို", "👍🏽"])
@pytest.mark.parametrize("room", [1, 70, 150, 333])
def test_a_long_word_is_split_between_grapheme_clusters_only(cluster, room):
    pieces = split_word(FACE, cluster * 9, 60, 0, room)
    assert len(pieces) > 1
    assert "".join(pieces) == cluster * 9
    assert all(piece.replace(cluster, "") == "" for piece in pieces)


def test_thai_titles_break_between_words():
    words = ["ขนมปัง", "ที่", "ดี", "ต้อง", "ใช้", "เวลา", "นาน", "กว่า", "นั้น", "มาก", "และ", "ต้อง", "อดทน"]
    ends = set(itertools.accumulate(map(len, words)))
    face = typeface("Poppins", True, "".join(words), "th")
    for room in range(420, 1200, 60):
        lines = wrap(face, "".join(words), 100, 0, room)
        assert len(lines) > 1
        assert set(itertools.accumulate(map(len, lines))) <= ends


@pytest.mark.parametrize(
    "text", ["你好，世界。iPhone手机（大约３０元）！“好”——走", "ｶﾞｯﾂﾎﾟｰｽﾞは３０円「Python入門」", "ใช้iPhoneได้ มาก"]
)
def test_a_title_gets_no_space_that_is_not_written(text):
    for room in range(200, 2000, 150):
        assert all(line in text for line in wrap(FACE, text, 100, 0, room))


def test_no_line_begins_with_a_closing_mark():
    for room in range(200, 1000, 50):
        lines = wrap(FACE, "你好，世界。这是，一个。测试！", 100, 0, room)
        assert not [line for line in lines if line[0] in "，。！"]


@given(st.text(alphabet="abcWi", min_size=1, max_size=60), st.floats(100, 900))
@settings(max_examples=40)
def test_a_long_word_is_parted_into_pieces_that_fit(word, room):
    pieces = split_word(FACE, word, 60, 0, room)
    assert "".join(pieces) == word
    assert all(text_width(FACE, piece, 60, 0) <= room for piece in pieces)


def test_a_size_is_only_made_smaller():
    assert fitting_size(FACE, ("short",), 50, 0, 5000) == 50
    small = fitting_size(FACE, ("a very much longer line",), 50, 0, 300)
    assert text_width(FACE, "a very much longer line", small, 0) == pytest.approx(300)


@pytest.mark.parametrize(("position", "top"), [("top", 10), ("middle", 45), ("bottom", 80)])
def test_boxes_are_put_at_their_positions(position, top):
    assert place_box(position, 20, 10, Box(0, 10, 100, 90)) == Box(40, top, 60, top + 10)


def test_boxes_know_what_they_meet():
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
def test_every_cue_is_laid_inside_the_safe_zone(words, highlight, position, size, size_px):
    style = CaptionStyle(highlight=highlight, position=position, size_px=size_px)
    of = segment(*size, captions=style)
    cue = material.cue(0, 1000, " ".join(words[::2]), " ".join(words[1::2]))
    laid = setting(cue, of)
    zone = safe_box(of.safe_zone, *size)
    assert laid.box.is_inside(Box(zone.left - 0.01, zone.top - 0.01, zone.right + 0.01, zone.bottom + 0.01))
    assert "".join(piece.text for line in laid.lines for piece in line) == "".join(words[::2] + words[1::2])


def test_lines_that_fit_keep_the_size_that_was_asked_for():
    laid = setting(material.cue(0, 1000, "two short", "lines"), segment())
    assert laid.size == 76
    assert [text_of(line) for line in laid.lines] == ["two short", "lines"]


def test_sizes_follow_the_shorter_side():
    cue = material.cue(0, 1000, "word")
    assert setting(cue, segment(540, 960)).size == pytest.approx(38)
    assert setting(cue, segment(1920, 1080)).size == pytest.approx(76)


def test_accents_do_not_lift_a_caption_against_the_next():
    plain, marked = (setting(material.cue(0, 1000, text), segment()) for text in ("Ease", "ÊASE"))
    assert plain.line_middle(0) == marked.line_middle(0)


def test_words_of_scripts_without_spaces_stand_together():
    lines = setting(material.cue(0, 1000, "每 一个 伟大 的 OK 吗"), segment(language="zh")).lines
    assert text_of(lines[0]) == "每一个伟大的 OK 吗"


def test_capitals_are_set_when_the_style_wants_them():
    laid = setting(material.cue(0, 1000, "istanbul"), segment(captions=CaptionStyle(uppercase=True), language="tr"))
    assert text_of(laid.lines[0]) == "İSTANBUL"


# -- states ----------------------------------------------------------------------------------------------------------


def said(*times, start=0, end=1000):
    return Cue(1, start, end, (tuple(Word(f"w{k}", a, b) for k, (a, b) in enumerate(times)),))


def spans(cue, of):
    return [(state.start, state.end, state.word) for state in captions.highlight_states(cue, of)]


def test_a_word_stays_lit_until_the_next_begins():
    cue = said((100, 300), (500, 700), (700, 900))
    assert spans(cue, segment()) == [(0, 3, -1), (3, 15, 0), (15, 21, 1), (21, 30, 2)]


def test_without_a_highlight_a_cue_is_one_state():
    of = segment(captions=CaptionStyle(highlight="none"))
    assert spans(said((100, 300), (500, 700)), of) == [(0, 30, -1)]


def test_states_are_cut_at_the_segment():
    of = segment(frames=12, start_frame=6)
    assert spans(said((100, 300), (500, 700)), of) == [(0, 9, 0), (9, 12, 1)]


def test_a_cue_of_another_segment_has_no_state():
    assert spans(said((100, 300)), segment(start_frame=300)) == []


@given(st.lists(st.integers(0, 2000), min_size=1, max_size=9), st.sampled_from([Fraction(24), Fraction(30000, 1001)]))
@settings(max_examples=80)
def test_states_cover_a_cue_without_gap_or_overlap(starts, fps):
    starts = sorted(starts)
    cue = said(*((a, a + 50) for a in starts), start=0, end=2200)
    found = spans(cue, segment(fps=fps, frames=40))
    assert found[0][0] == 0
    assert found[-1][1] == 40
    assert all(a[1] == b[0] and a[2] < b[2] for a, b in itertools.pairwise(found))


@pytest.mark.parametrize("highlight", HIGHLIGHTS)
def test_each_line_has_an_event_at_every_time(highlight):
    of = segment(captions=CaptionStyle(highlight=highlight))
    of = replace(of, cues=(material.cue(0, 3000, "one two three", "four five"),))
    events = [event for event in captions.events(of) if event.style == "caption"]
    for moment in range(60_000, 62_900, 50):
        assert sum(event.start <= moment < event.end for event in events) == 2


def test_an_empty_cue_draws_nothing():
    of = segment(cues=(Cue(1, 0, 500, ()), Cue(1, 500, 900, ((Word("  ", 500, 900),),))))
    assert captions.events(of) == []


# -- titles ----------------------------------------------------------------------------------------------------------


def title(text, position="middle", first=0, frames=90, scale=1.0):
    return TimedOverlay(Overlay("text", text, position=position, scale=scale), first, frames)


@given(
    st.text(min_size=1, max_size=300).filter(lambda text: text.strip()),
    st.sampled_from(POSITIONS),
    st.sampled_from([0.3, 1.0, 3.0]),
)
@settings(max_examples=50, deadline=None)
def test_any_title_is_laid_inside_the_safe_zone(text, position, scale):
    of = segment(overlays=(title(text, position, scale=scale),))
    laid = titles.titles(of)
    assume(laid)  # control characters alone are no title
    (one,) = laid
    zone = safe_box(SafeZone(), 1080, 1920)
    assert one.box.is_inside(Box(zone.left - 0.01, zone.top, zone.right + 0.01, zone.bottom))


def test_a_title_keeps_the_lines_it_was_given():
    made = titles.titles(segment(overlays=(title("One\nTwo"),)))
    assert made[0].lines == ("One", "Two")


def test_titles_at_different_times_may_have_the_same_place():
    of = segment(overlays=(title("First", frames=30), title("Second", first=30, frames=30)))
    a, b = titles.titles(of)
    assert a.box.top == b.box.top


def test_pictures_and_empty_texts_are_no_titles():
    picture = TimedOverlay(Overlay("image", asset="x"), 0, 10, "x.png")
    assert titles.titles(segment(overlays=(picture, title("  ")))) == ()
