"""Letters on the film: there exactly while they are due, inside the safe zone, and never anything but letters."""

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest

from app.planning.timing.cues import cues, spread
from app.store.backends.folder import Folder
from assembly.encode.compose import compose
from assembly.report.safe_zone import check_captions, drawn_box
from assembly.text import ass_document, captions, titles
from assembly.text.cue_layout import setting
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
    made = Folder(tmp_path)
    material.flat(made, "grey.npy", GREY)
    return made


def segment(frames=30, fps=Fraction(30), **facts):
    clip = material.still("grey.npy")
    return material.segment(ClipRange(clip, 0, frames, frames), frames, fps, **{"encoding": LOSSLESS, **facts})


def film(of, store):
    path = store.root / "segment.mp4"
    compose(of, store, path)
    return material.decoded(path)


def marked(frames):
    """The frames on which something is drawn."""
    return [place for place, frame in enumerate(frames) if np.abs(frame.astype(int)[:192] - GREY).max() > 20]


@pytest.mark.parametrize(
    "fps", [Fraction(24), Fraction(25), Fraction(30), Fraction(30000, 1001), Fraction(50), Fraction(60)]
)
@pytest.mark.parametrize(("start_ms", "end_ms"), [(200, 500), (233, 467), (0, 300), (501, 999)])
def test_a_cue_shows_on_its_frames_and_on_no_other(store, fps, start_ms, end_ms):
    of = segment(int(fps), fps, cues=(material.cue(start_ms, end_ms, "due"),))
    assert marked(film(of, store)) == list(range(of.frame_of(start_ms), min(of.frames, of.frame_of(end_ms))))


def test_a_cue_that_began_before_the_segment_shows_from_its_first_frame(store):
    of = segment(start_frame=100, cues=(material.cue(3000, 3800, "began before"),))
    assert marked(film(of, store)) == list(range(14))


def test_each_word_is_lit_on_its_own_frames(store):
    style = CaptionStyle(highlight="word", highlight_colour="#FF0000", colour="#FFFFFF", outline_px=0, shadow_px=0)
    of = segment(cues=(material.cue(0, 1000, "aa bb cc"),), captions=style)
    frames = film(of, store)
    reds = []
    for frame in frames:
        v = frame[192 + 24 :].reshape(-1)[-96 * 54 :].reshape(96, 54)
        reds.append(float(np.nonzero(v > 150)[1].mean()))
    steps = [place for place in range(1, 30) if abs(reds[place] - reds[place - 1]) > 2]
    assert steps == [10, 20]
    assert reds[0] < reds[10] < reds[20]


def test_cues_move_with_the_segment(store):
    here = segment(cues=(material.cue(200, 500, "the same"),))
    there = segment(start_frame=3000, cues=(material.cue(100_200, 100_500, "the same"),))
    assert here.identity == there.identity
    assert all(np.array_equal(a, b) for a, b in zip(film(here, store), film(there, store), strict=True))


# -- what users write ------------------------------------------------------------------------------------------------

NASTY = [
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


@pytest.mark.parametrize("text", NASTY)
def test_nothing_a_user_writes_is_an_instruction(store, text):
    style = CaptionStyle(size_px=40)
    of = segment(
        10, cues=(replace(material.cue(0, 200, "x"), lines=((material.Word(text, 0, 200),),)),), captions=style
    )
    document = ass_document.ass_document(of)
    path = store.root / "letters.ass"
    ass_document.write(document, path)
    lines = path.read_text("utf-8").splitlines()
    assert len([line for line in lines if line.startswith("Dialogue:")]) == len(document.events)
    assert len([line for line in lines if line.startswith("[")]) == 3
    shown = marked(film(of, store))
    assert shown == list(range(6))


def test_braces_are_drawn(store):
    """Read as an override block, it would draw nothing."""
    plain = captions_ink(store, "bb")
    assert captions_ink(store, "{bb}") > plain + 20
    assert captions_ink(store, "{\\b1}") > 20


def captions_ink(store, text):
    style = CaptionStyle(size_px=100, outline_px=0, shadow_px=0, highlight="none")
    frame = film(segment(3, cues=(material.cue(0, 100, text),), captions=style), store)[1]
    return int((frame[:192].astype(int) - GREY > 40).sum())


def test_a_written_backslash_n_breaks_no_line(store):
    one = segment(3, cues=(material.cue(0, 100, "ab"),))
    other = segment(3, cues=(material.cue(0, 100, "a\\Nb"),))
    heights = [drawn_box(of, of.cues[0]).height for of in (one, other)]
    assert heights[1] < 1.6 * heights[0]


@pytest.mark.parametrize(
    ("language", "text"),
    [("zh", "你好，世界。３０元（大约）"), ("ja", "ｶﾀｶﾅは（大約）３０円"), ("th", "ต้องใช้เวลา ต้องอดทน")],
)
def test_words_of_a_text_without_spaces_are_drawn_as_that_text(store, language, text):
    style = CaptionStyle(highlight="none", max_chars=60, max_lines=1, size_px=60)
    (planned,) = cues(1, spread(text.split(), Span(0, 100)), Span(0, 100), style)
    whole = replace(planned, lines=((material.Word(text, 0, 100),),))
    assert len(planned.lines[0]) > 2
    drawn, expected = (
        film(replace(segment(3, cues=(cue,), captions=style, language=language), width=540, height=960), store)[1]
        for cue in (planned, whole)
    )
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
    of = segment(30, cues=(material.cue(0, 1000, *SCRIPTS[language]),), language=language)
    of = replace(of, width=270, height=480, captions=CaptionStyle(highlight=highlight))
    drawn = drawn_box(of, of.cues[0])
    assert drawn.is_inside(safe_box(of.safe_zone, 270, 480))
    assert drawn.width > 60


UNSPACED = {
    "zh": ("你好，", "世", "界。", "iPhone", "手", "机", "（大", "约", "３０", "元）"),
    "ja": ("ｶﾞｯﾂﾎﾟｰｽﾞは", "３０円", "「Python入門」"),
    "th": ("ขนมปัง", "ต้อง", "ใช้", "เวลา"),
}


@pytest.mark.parametrize("language", UNSPACED)
@pytest.mark.parametrize("highlight", ["none", "word", "box", "spoken"])
def test_words_without_spaces_are_as_wide_as_their_text(language, highlight):
    """A space between two of them, drawn or laid out, would make the line wider."""
    parts = UNSPACED[language]
    style = CaptionStyle(highlight=highlight, outline_px=0, shadow_px=0, size_px=40)
    words = tuple(material.Word(part, 0, 1000, tight=True) for part in parts)
    whole = material.Word("".join(parts), 0, 1000)
    boxes = []
    for line in (words, (whole,)):
        of = segment(30, cues=(replace(material.cue(0, 1000, "x"), lines=(line,)),), captions=style, language=language)
        of = replace(of, width=1080, height=1920)
        boxes.append((setting(of.cues[0], of).box.width, drawn_box(of, of.cues[0]).width))
    (laid, drawn), (laid_whole, drawn_whole) = boxes
    assert laid == pytest.approx(laid_whole, rel=0.01)
    if highlight == "none":
        assert drawn == pytest.approx(drawn_whole, abs=4)


@pytest.mark.parametrize("position", POSITIONS)
@pytest.mark.parametrize("highlight", ["word", "box", "grow"])
@pytest.mark.parametrize("size", [(108, 192), (192, 108), (144, 144)])
def test_captions_keep_to_the_safe_zone(position, highlight, size):
    style = CaptionStyle(position=position, highlight=highlight, size_px=110, outline_px=8, box_colour="#000000")
    cue = material.cue(0, 1000, "Considerable circumstances", "notwithstanding everything")
    of = replace(segment(30, cues=(cue,), captions=style), width=size[0], height=size[1])
    assert check_captions([of]).outside_ms == ()


def test_the_measured_box_is_the_drawn_one():
    """Layout measures letters itself; what libass draws must be no wider and not much narrower."""
    for text in ("Every great story", "WAVY Type To", "illness fulfils"):
        for font in ("Poppins", "Anton", "DM Serif Display", "Permanent Marker", "Bebas Neue", "Archivo Black"):
            style = CaptionStyle(font=font, highlight="none", outline_px=0, shadow_px=0)
            of = replace(segment(30, cues=(material.cue(0, 1000, text),), captions=style), width=1080, height=1920)
            drawn, laid = drawn_box(of, of.cues[0]), setting(of.cues[0], of).box
            assert drawn.is_inside(replace(laid, left=laid.left - 10, right=laid.right + 10)), (font, text)
            assert drawn.width > 0.9 * laid.width, (font, text)


def test_a_cue_outside_the_safe_zone_is_reported():
    of = segment(30, cues=(material.cue(0, 1000, "seen"),), captions=CaptionStyle(highlight="none"))
    wide = replace(of, safe_zone=SafeZone(0, 0, 0, 0))
    drawn = drawn_box(wide, wide.cues[0])
    assert not drawn.is_inside(safe_box(of.safe_zone, 108, 192))


def test_a_film_without_captions_has_nothing_to_check():
    assert check_captions([segment()]) is None


# -- highlights ------------------------------------------------------------------------------------------------------


def test_a_box_lies_around_the_letters_of_its_word():
    for font in ("Poppins", "Anton", "Bebas Neue"):
        style = CaptionStyle(font=font, highlight="box", outline_px=0, shadow_px=0, position="middle")
        of = replace(segment(30, cues=(material.cue(0, 1000, "Hxgd"),), captions=style), width=1080, height=1920)
        box = drawn_box(of, of.cues[0])
        bare = replace(of, captions=replace(style, highlight="none"))
        letters = drawn_box(bare, bare.cues[0])
        around = [
            letters.left - box.left,
            box.right - letters.right,
            letters.top - box.top,
            box.bottom - letters.bottom,
        ]
        assert all(0 <= space <= 25 for space in around), (font, around)


def test_a_grown_word_leaves_the_other_line_alone():
    style = CaptionStyle(highlight="grow", outline_px=0, shadow_px=0, highlight_colour="#FFFFFF")
    of = segment(30, cues=(material.cue(0, 1000, "first line", "second line"),), captions=style)
    of = replace(of, width=540, height=960)
    events = captions.events(of)
    second = [event for event in events if "second" in event.text]
    places = {event.text.split("\\fn")[0] for event in second if "fscx" not in event.text}
    assert len(places) == 1


# -- titles ----------------------------------------------------------------------------------------------------------


def title(text, position="middle", first=0, frames=30, scale=1.0):
    return TimedOverlay(Overlay("text", text, position=position, scale=scale), first, frames)


def test_a_title_shows_while_it_is_due_and_fades(store):
    frames = film(segment(40, overlays=(title("Title", first=5, frames=30),)), store)
    shown = marked(frames)
    assert shown[0] in (5, 6, 7)
    assert shown[-1] in (32, 33, 34)
    contrast = [int(np.abs(frame[:192].astype(int) - GREY).max()) for frame in frames]
    assert contrast[6] < contrast[9] < contrast[18]


@pytest.mark.parametrize("position", POSITIONS)
@pytest.mark.parametrize("captions_at", POSITIONS)
@pytest.mark.parametrize("size", [(108, 192), (192, 108), (144, 144)])
@pytest.mark.parametrize("length", [3, 30])
def test_titles_and_captions_never_lie_on_each_other(position, captions_at, size, length):
    text = " ".join(["Everything", "about", "it"] * (length // 3))
    of = segment(
        30,
        cues=(material.cue(0, 1000, "The caption itself", "in two lines"),),
        overlays=(title(text, position), title("Second", position, scale=0.5)),
        captions=CaptionStyle(position=captions_at),
    )
    of = replace(of, width=size[0], height=size[1])
    boxes = [*(one.box for one in titles.titles(of)), titles.caption_band(of)]
    zone = safe_box(of.safe_zone, *size)
    assert all(box.inside(replace(zone, left=zone.left - 0.01, right=zone.right + 0.01)) for box in boxes)
    assert not any(a.meets(b) for place, a in enumerate(boxes) for b in boxes[place + 1 :])
