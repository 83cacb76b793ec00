"""Text burned into the film: visible exactly on its frames, inside the safe zone, and never interpreted as ASS."""

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest

from app.planning.timing.cues import cues, spread
from app.store.backends.folder import Folder
from assembly.encode.compose import compose
from assembly.report.safe_zone import check_captions, drawn_box
from assembly.text import ass_document, captions, titles
from assembly.text.caption_slot import lay_out_cue
from assembly.text.layout import safe_box
from schemas.preset import HIGHLIGHTS, POSITIONS, CaptionStyle, SafeZone
from schemas.scene_graph import Overlay
from schemas.segment import ClipRange, Encoding, TimedOverlay
from schemas.timing import Span
from tests.media import material

LOSSLESS = Encoding("ultrafast", 0, 250)
GREY = 120


@pytest.fixture
def store(tmp_path):
    folder = Folder(tmp_path)
    material.store_flat_plate(folder, "grey.npy", GREY)
    return folder


def make_segment(frames=30, fps=Fraction(30), **facts):
    clip = material.still("grey.npy")
    return material.segment(ClipRange(clip, 0, frames, frames), frames, fps, **{"encoding": LOSSLESS, **facts})


def rendered(segment, store):
    path = store.root / "segment.mp4"
    compose(segment, store, path)
    return material.decode_frames(path)


def frames_with_text(frames):
    """Return the indexes of the frames on which something is drawn."""
    return [index for index, frame in enumerate(frames) if np.abs(frame.astype(int)[:192] - GREY).max() > 20]


@pytest.mark.parametrize(
    "fps", [Fraction(24), Fraction(25), Fraction(30), Fraction(30000, 1001), Fraction(50), Fraction(60)]
)
@pytest.mark.parametrize(("start_ms", "end_ms"), [(200, 500), (233, 467), (0, 300), (501, 999)])
def test_cue_is_visible_on_exactly_its_frames(store, fps, start_ms, end_ms):
    segment = make_segment(int(fps), fps, cues=(material.cue(start_ms, end_ms, "due"),))
    first, end = segment.frame_of(start_ms), min(segment.frames, segment.frame_of(end_ms))
    assert frames_with_text(rendered(segment, store)) == list(range(first, end))


def test_cue_that_starts_before_the_segment_is_visible_from_its_first_frame(store):
    segment = make_segment(start_frame=100, cues=(material.cue(3000, 3800, "began before"),))
    assert frames_with_text(rendered(segment, store)) == list(range(14))


def test_each_word_is_highlighted_on_its_own_frames(store):
    style = CaptionStyle(highlight="word", highlight_colour="#FF0000", colour="#FFFFFF", outline_px=0, shadow_px=0)
    segment = make_segment(cues=(material.cue(0, 1000, "aa bb cc"),), captions=style)
    frames = rendered(segment, store)
    highlight_positions = []
    for frame in frames:
        v = frame[192 + 24 :].reshape(-1)[-96 * 54 :].reshape(96, 54)
        highlight_positions.append(float(np.nonzero(v > 150)[1].mean()))
    steps = [index for index in range(1, 30) if abs(highlight_positions[index] - highlight_positions[index - 1]) > 2]
    assert steps == [10, 20]
    assert highlight_positions[0] < highlight_positions[10] < highlight_positions[20]


def test_equal_segments_at_other_times_have_equal_identity_and_frames(store):
    first = make_segment(cues=(material.cue(200, 500, "the same"),))
    later = make_segment(start_frame=3000, cues=(material.cue(100_200, 100_500, "the same"),))
    assert first.identity == later.identity
    assert all(np.array_equal(a, b) for a, b in zip(rendered(first, store), rendered(later, store), strict=True))


# -- user text -------------------------------------------------------------------------------------------------------

HOSTILE_TEXTS = [
    "{\\b1}bold{\\b0}",
    "one\\Ntwo",
    "\\h\\n{\\pos(0,0)}",
    "{\\alpha&HFF&}gone",
    "a\nDialogue: 0,0:00:00.00,9:59:59.00,caption,,0,0,0,,INJECTED",
    "x\r\n[Events]",
    "\\",
    "{",
    "}",
    "{}",
    "\\{",
    "{\\p1}m 0 0 l 99 0 99 99",
    "':=,;[]%{expr}",
    "a\x00b\x07c",
    "\u202eright to left",
    "a\ud800b",
    "🇩🇪👩‍👩‍👧‍👦❤️",
    "a\u2028b\u2029c\x85d",
]


@pytest.mark.parametrize("text", HOSTILE_TEXTS)
def test_user_text_is_never_interpreted_as_ass(store, text):
    style = CaptionStyle(size_px=40)
    segment = make_segment(
        10, cues=(replace(material.cue(0, 200, "x"), lines=((material.Word(text, 0, 200),),)),), captions=style
    )
    document = ass_document.ass_document(segment)
    path = store.root / "letters.ass"
    ass_document.write(document, path)
    lines = path.read_text("utf-8").splitlines()
    assert len([line for line in lines if line.startswith("Dialogue:")]) == len(document.events)
    assert len([line for line in lines if line.startswith("[")]) == 3
    visible = frames_with_text(rendered(segment, store))
    assert visible == list(range(6))


def test_braces_are_drawn_as_text(store):
    """Interpreted as an override block, the text would not be drawn."""
    plain = text_area(store, "bb")
    assert text_area(store, "{bb}") > plain + 20
    assert text_area(store, "{\\b1}") > 20


def text_area(store, text):
    style = CaptionStyle(size_px=100, outline_px=0, shadow_px=0, highlight="none")
    frame = rendered(make_segment(3, cues=(material.cue(0, 100, text),), captions=style), store)[1]
    return int((frame[:192].astype(int) - GREY > 40).sum())


def test_backslash_n_in_text_does_not_break_the_line(store):
    plain = make_segment(3, cues=(material.cue(0, 100, "ab"),))
    with_backslash_n = make_segment(3, cues=(material.cue(0, 100, "a\\Nb"),))
    heights = [drawn_box(segment, segment.cues[0]).height for segment in (plain, with_backslash_n)]
    assert heights[1] < 1.6 * heights[0]


@pytest.mark.parametrize(
    ("language", "text"),
    [("zh", "你好，世界。３０元（大约）"), ("ja", "ｶﾀｶﾅは（大約）３０円"), ("th", "ต้องใช้เวลา ต้องอดทน")],
)
def test_words_of_unspaced_text_are_drawn_like_the_whole_text(store, language, text):
    style = CaptionStyle(highlight="none", max_chars=60, max_lines=1, size_px=60)
    (planned,) = cues(1, spread(text.split(), Span(0, 100)), Span(0, 100), style)
    whole = replace(planned, lines=((material.Word(text, 0, 100),),))
    assert len(planned.lines[0]) > 2
    segments = [make_segment(3, cues=(cue,), captions=style, language=language) for cue in (planned, whole)]
    drawn, expected = (rendered(replace(segment, width=540, height=960), store)[1] for segment in segments)
    assert np.abs(expected.astype(int)[:960] - GREY).max() > 20
    assert np.array_equal(drawn, expected)


SCRIPTS = {
    "ar": ("مرحبا بكم في هذا", "الفيلم القصير"),
    "he": ("שלום לכולם", "זה סרט קצר"),
    "zh": ("每 一个 伟大 的", "故事 从 这里 开始"),
    "ja": ("すべて の 物語 は", "ここ から 始まる"),
    "ko": ("모든 위대한 이야기는", "여기서 시작된다"),
    "hi": ("हर महान कहानी", "यहाँ से शुरू होती है"),
    "th": ("ทุก เรื่อง ราว", "เริ่ม ที่ นี่"),
    "ru": ("Каждая история", "начинается здесь"),
    "el": ("Κάθε ιστορία", "αρχίζει εδώ"),
    "vi": ("Mỗi câu chuyện", "bắt đầu từ đây"),
    "tr": ("İyi bir hikâye", "ışıkla başlar"),
    "en": ("Emoji 😀 and ✨", "even ❤️ inside"),
}


@pytest.mark.parametrize("language", SCRIPTS)
@pytest.mark.parametrize("highlight", HIGHLIGHTS)
def test_every_script_is_drawn_inside_the_safe_zone(language, highlight):
    segment = make_segment(30, cues=(material.cue(0, 1000, *SCRIPTS[language]),), language=language)
    segment = replace(segment, width=270, height=480, captions=CaptionStyle(highlight=highlight))
    drawn = drawn_box(segment, segment.cues[0])
    assert drawn.is_inside(safe_box(segment.safe_zone, 270, 480))
    assert drawn.width > 60


UNSPACED = {
    "zh": ("你好，", "世", "界。", "iPhone", "手", "机", "（大", "约", "３０", "元）"),
    "ja": ("ｶﾞｯﾂﾎﾟｰｽﾞは", "３０円", "「Python入門」"),
    "th": ("ขนมปัง", "ต้อง", "ใช้", "เวลา"),
}


@pytest.mark.parametrize("language", UNSPACED)
@pytest.mark.parametrize("highlight", ["none", "word", "box", "spoken"])
def test_words_of_unspaced_text_are_as_wide_as_the_whole_text(language, highlight):
    """A space between two words, in the layout or in the drawing, would make the line wider."""
    words_text = UNSPACED[language]
    style = CaptionStyle(highlight=highlight, outline_px=0, shadow_px=0, size_px=40)
    words = tuple(material.Word(part, 0, 1000, tight=True) for part in words_text)
    whole = material.Word("".join(words_text), 0, 1000)
    boxes = []
    for line in (words, (whole,)):
        cue = replace(material.cue(0, 1000, "x"), lines=(line,))
        segment = make_segment(30, cues=(cue,), captions=style, language=language)
        segment = replace(segment, width=1080, height=1920)
        boxes.append((lay_out_cue(segment.cues[0], segment).box.width, drawn_box(segment, segment.cues[0]).width))
    (layout, drawn), (layout_whole, drawn_whole) = boxes
    assert layout == pytest.approx(layout_whole, rel=0.01)
    if highlight == "none":
        assert drawn == pytest.approx(drawn_whole, abs=4)


@pytest.mark.parametrize("position", POSITIONS)
@pytest.mark.parametrize("highlight", ["word", "box", "grow"])
@pytest.mark.parametrize("size", [(108, 192), (192, 108), (144, 144)])
def test_captions_stay_inside_the_safe_zone(position, highlight, size):
    style = CaptionStyle(position=position, highlight=highlight, size_px=110, outline_px=8, box_colour="#000000")
    cue = material.cue(0, 1000, "Considerable circumstances", "notwithstanding everything")
    segment = replace(make_segment(30, cues=(cue,), captions=style), width=size[0], height=size[1])
    assert check_captions([segment]).outside_ms == ()


def test_layout_box_matches_the_drawn_box():
    """Layout measures glyphs itself; the text drawn by libass must be no wider and not much narrower."""
    for text in ("Every great story", "WAVY Type To", "illness fulfils"):
        for font in ("Poppins", "Anton", "DM Serif Display", "Permanent Marker", "Bebas Neue", "Archivo Black"):
            style = CaptionStyle(font=font, highlight="none", outline_px=0, shadow_px=0)
            segment = make_segment(30, cues=(material.cue(0, 1000, text),), captions=style)
            segment = replace(segment, width=1080, height=1920)
            drawn, layout = drawn_box(segment, segment.cues[0]), lay_out_cue(segment.cues[0], segment).box
            assert drawn.is_inside(replace(layout, left=layout.left - 10, right=layout.right + 10)), (font, text)
            assert drawn.width > 0.9 * layout.width, (font, text)


def test_drawn_box_shows_a_cue_outside_the_safe_zone():
    segment = make_segment(30, cues=(material.cue(0, 1000, "seen"),), captions=CaptionStyle(highlight="none"))
    unrestricted = replace(segment, safe_zone=SafeZone(0, 0, 0, 0))
    drawn = drawn_box(unrestricted, unrestricted.cues[0])
    assert not drawn.is_inside(safe_box(segment.safe_zone, 108, 192))


def test_check_captions_returns_none_without_captions():
    assert check_captions([make_segment()]) is None


# -- highlights ------------------------------------------------------------------------------------------------------


def test_word_box_surrounds_the_text_of_its_word():
    for font in ("Poppins", "Anton", "Bebas Neue"):
        style = CaptionStyle(font=font, highlight="box", outline_px=0, shadow_px=0, position="middle")
        segment = make_segment(30, cues=(material.cue(0, 1000, "Hxgd"),), captions=style)
        segment = replace(segment, width=1080, height=1920)
        box = drawn_box(segment, segment.cues[0])
        without_box = replace(segment, captions=replace(style, highlight="none"))
        text = drawn_box(without_box, without_box.cues[0])
        margins = [
            text.left - box.left,
            box.right - text.right,
            text.top - box.top,
            box.bottom - text.bottom,
        ]
        assert all(0 <= margin <= 25 for margin in margins), (font, margins)


def test_grown_word_does_not_move_the_other_line():
    style = CaptionStyle(highlight="grow", outline_px=0, shadow_px=0, highlight_colour="#FFFFFF")
    segment = make_segment(30, cues=(material.cue(0, 1000, "first line", "second line"),), captions=style)
    segment = replace(segment, width=540, height=960)
    events = captions.events(segment)
    second = [event for event in events if "second" in event.text]
    positions = {event.text.split("\\fn")[0] for event in second if "fscx" not in event.text}
    assert len(positions) == 1


# -- titles ----------------------------------------------------------------------------------------------------------


def text_overlay(text, position="middle", first=0, frames=30, scale=1.0):
    return TimedOverlay(Overlay("text", text, position=position, scale=scale), first, frames)


def test_title_is_visible_during_its_frames_and_fades(store):
    frames = rendered(make_segment(40, overlays=(text_overlay("Title", first=5, frames=30),)), store)
    visible = frames_with_text(frames)
    assert visible[0] in (5, 6, 7)
    assert visible[-1] in (32, 33, 34)
    contrast = [int(np.abs(frame[:192].astype(int) - GREY).max()) for frame in frames]
    assert contrast[6] < contrast[9] < contrast[18]


@pytest.mark.parametrize("position", POSITIONS)
@pytest.mark.parametrize("caption_position", POSITIONS)
@pytest.mark.parametrize("size", [(108, 192), (192, 108), (144, 144)])
@pytest.mark.parametrize("length", [3, 30])
def test_titles_and_captions_never_overlap(position, caption_position, size, length):
    text = " ".join(["Everything", "about", "it"] * (length // 3))
    segment = make_segment(
        30,
        cues=(material.cue(0, 1000, "The caption itself", "in two lines"),),
        overlays=(text_overlay(text, position), text_overlay("Second", position, scale=0.5)),
        captions=CaptionStyle(position=caption_position),
    )
    segment = replace(segment, width=size[0], height=size[1])
    boxes = [*(title.box for title in titles.titles(segment)), titles.caption_band(segment)]
    zone = safe_box(segment.safe_zone, *size)
    assert all(box.is_inside(replace(zone, left=zone.left - 0.01, right=zone.right + 0.01)) for box in boxes)
    assert not any(a.overlaps(b) for index, a in enumerate(boxes) for b in boxes[index + 1 :])
