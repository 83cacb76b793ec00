"""Colour emoji in rendered frames: in libass's gaps, in colour, on the frames of their text, and never as outlines."""

from __future__ import annotations

import re
import subprocess
import sys
from contextlib import ExitStack
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
import pysubs2
import pytest
from PIL import Image

from app.media.ffmpeg import Command, feed, read_output
from app.store.backends.folder import Folder
from app.store.scratch import scratch
from assembly.encode.compose import compose
from assembly.encode.encoder import burn_in_filter, encode_command
from assembly.encode.segment_files import encode_segment
from assembly.encode.thumbnail import thumbnail
from assembly.picture import i420
from assembly.picture.emoji_pictures import EmojiPictures
from assembly.report.safe_zone import drawn_box
from assembly.text import ass_document, ass_lines, emoji
from assembly.text.emoji_gaps import PlacedEmoji
from assembly.text.fonts import fonts
from assembly.text.layout import safe_box
from presets.library import presets
from schemas.preset import CaptionStyle
from schemas.scene_graph import Overlay
from schemas.segment import ClipRange, Encoding, Segment, TimedOverlay
from tests.conftest import ROOT
from tests.media import material
from tests.unit.schemas.test_emoji import SEQUENCES

LOSSLESS = Encoding("ultrafast", 0, 250)
GREY = 60
# The height of the strip that stands for a gap, and how far from it an emoji may be, in pixels of a 1080 × 1920 frame.
STRIP_PX, TOLERANCE_PX = 8, 2
# Fainter strips and emoji are not compared.
MIN_OPACITY = 0.05
GAP_DRAWING = re.compile(r"\\p1\\pbo([\d.]+)\}m 0 0 m (\S+) (\S+)\{\\p0\}")


@pytest.fixture
def store(tmp_path: Path) -> Folder:
    folder = Folder(tmp_path)
    material.store_flat_plate(folder, "grey.npy", GREY, size=(540, 960))
    return folder


def make_segment(*lines: str, frames: int = 12, size: tuple[int, int] = (540, 960), **facts) -> Segment:
    clip = material.still("grey.npy")
    cues = (material.cue(0, frames * 1000 // 30, *lines),) if lines else ()
    made = material.segment(ClipRange(clip, 0, frames, frames), frames, **{"encoding": LOSSLESS, "cues": cues, **facts})
    return replace(made, width=size[0], height=size[1])


def title(text: str, first: int = 0, frames: int = 12) -> TimedOverlay:
    return TimedOverlay(Overlay("text", text, position="top"), first, frames)


def rendered(segment: Segment, store: Folder) -> list[np.ndarray]:
    compose(segment, store, store.root / "segment.mp4")
    return material.decode_frames(store.root / "segment.mp4")


def placed(segment: Segment, index: int) -> tuple[PlacedEmoji, ...]:
    return EmojiPictures(ass_document.ass_document(segment), segment).placed(index)


def saturation(frame: np.ndarray) -> np.ndarray:
    """Return the distance of the chroma from grey, at the size of the luma."""
    _, u, v = (plane.astype(float) - i420.NEUTRAL for plane in i420.planes(np.ascontiguousarray(frame)))
    return np.kron(np.hypot(u, v), np.ones((2, 2)))


def area_of(one: PlacedEmoji) -> tuple[slice, slice]:
    """Return the rows and columns of the frame that an emoji may cover."""
    box = one.box
    return slice(int(box.top) - 2, int(box.bottom) + 3), slice(int(box.left) - 2, int(box.right) + 3)


def outside(frame: np.ndarray, segment: Segment, index: int) -> np.ndarray:
    """Return the frame with the areas of its emoji set to one value, in all planes."""
    result = np.ascontiguousarray(frame).copy()
    for rows, columns in map(area_of, placed(segment, index)):
        for plane, step in zip(i420.planes(result), (1, 2, 2), strict=True):
            down, across = (slice(side.start // step - 1, side.stop // step + 1) for side in (rows, columns))
            plane[down, across] = 0
    return result


# -- places ----------------------------------------------------------------------------------------------------------


def strips(segment: Segment, document: pysubs2.SSAFile, index: int) -> list[tuple[int, int, int]]:
    """Return where libass leaves visible gaps, as left, right and baseline.

    All text is red without a border, and each gap is drawn as a green strip on the baseline.
    """
    copy = pysubs2.SSAFile.from_string(document.to_string("ass"))
    copy.events = [event for event in copy.events if event.style in (ass_lines.CAPTION, ass_lines.TITLE)]
    for style in copy.styles.values():
        style.primarycolor, style.outline, style.shadow = pysubs2.Color(255, 0, 0, 0), 0, 0
    for event in copy.events:
        event.text = GAP_DRAWING.sub(_strip, re.sub(r"\\1c&H\w+&", r"\\1c&H0000FF&", event.text))
    red, green = (channel.astype(int) for channel in drawn_by_libass(segment, copy, index))
    count, _, boxes, _ = cv2.connectedComponentsWithStats((green > red + 255 * MIN_OPACITY).astype(np.uint8))
    # A strip under the text of another line is in pieces; they are small.
    return sorted((int(x), int(x + w), int(y + h)) for x, y, w, h, area in boxes[1:count] if area > 20)


def _strip(match: re.Match[str]) -> str:
    descent, width, height = map(float, match.groups())
    base = height - descent
    strip = f"m 0 {base - STRIP_PX} l {width} {base - STRIP_PX} {width} {base} 0 {base}"
    return f"\\1c&H00FF00&\\p1\\pbo{descent}}}m 0 0 m {width} {height} {strip}{{\\p0\\1c&H0000FF&}}"


def drawn_by_libass(segment: Segment, document: pysubs2.SSAFile, index: int) -> tuple[np.ndarray, np.ndarray]:
    """Return red and green of the document's text on black in frame ``index`` of the segment."""
    with scratch() as work:
        ass_document.write(document, path := work / "letters.ass")
        source = f"color=c=black:s={segment.width}x{segment.height}:r={segment.fps},format=rgb24"
        burn_in = burn_in_filter(path, segment.fps, index)
        args = ("-v", "error", "-f", "lavfi", "-i", source, "-vf", burn_in, "-frames:v", "1", "-f", "rawvideo")
        with read_output(Command("draw text", (*args, "-pix_fmt", "rgb24", "pipe:1"), 60.0, fonts().env)) as out:
            pixels = np.frombuffer(out.read(), np.uint8).reshape(segment.height, segment.width, 3)
    return pixels[..., 0], pixels[..., 1]


def assert_in_gaps(segment: Segment, index: int, document: pysubs2.SSAFile | None = None) -> None:
    document = document or ass_document.ass_document(segment)
    found = strips(segment, document, index)
    drawn = [one for one in EmojiPictures(document, segment).placed(index) if one.opacity > MIN_OPACITY]
    assert len(found) == len(drawn) > 0
    for one in drawn:
        right = one.x + emoji.advance_em(one.sequence) * one.size
        lines = [(left, end) for left, end, base in found if abs(base - one.y) < 0.2 * one.size]
        assert min(max(abs(left - one.x), abs(end - right)) for left, end in lines) <= TOLERANCE_PX, (one, found)


LINES = [
    ("Fresh 🥐 bread", "at six 🇩🇪 now"),
    ("🎉 Party time", "WAVY 👍🏽 Type To 1️⃣ AV"),
    ("illness 🔥 office fulfils",),
    ("one 🔥 and 👩‍👩‍👧‍👦 and 🏳️‍🌈 more",),
    ("🔥",),
]


@pytest.mark.parametrize("lines", LINES)
@pytest.mark.parametrize("preset", presets(), ids=lambda preset: preset.id)
def test_emoji_are_in_the_gaps_of_every_preset(preset, lines):
    segment = make_segment(
        *lines,
        size=(1080, 1920),
        captions=preset.captions,
        safe_zone=preset.safe_zone,
        overlays=(title("Big 🔥 sale today ❤️ or never"),),
    )
    for index in (0, 6, 11):
        assert_in_gaps(segment, index)


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("ru", "Привет 🔥 мир 🎉 да"),
        ("zh", "你好🔥世界 ok"),
        ("ja", "すべて🔥の物語"),
        ("th", "ต้อง 🔥 ใช้"),
        ("hi", "हर 🔥 महान"),
        ("he", "שלום 🎉 לכולם 🔥"),
        ("he", "🎉 Hi שלום"),
        ("ar", "السعر 25 😀 فقط"),
        ("ar", "مرحبا Pytoon 🎉 بكم"),
    ],
)
def test_emoji_are_in_the_gaps_of_other_scripts(language, text):
    segment = make_segment(text, size=(1080, 1920), captions=CaptionStyle(highlight="none"), language=language)
    assert_in_gaps(segment, 5)


@pytest.mark.parametrize("index", range(5))
def test_emoji_are_in_the_gaps_of_an_animated_line(index):
    segment = make_segment("Hi 🔥 you 🎉", size=(1080, 1920), captions=CaptionStyle(highlight="none"))
    document = ass_document.ass_document(segment)
    pop = r"\fscx85\fscy85\t(0,80,\fscx106\fscy106)\t(80,130,\fscx100\fscy100)\fade(51,51,51,0,0,0,0)"
    for event in document.events:
        event.text = event.text.replace("}", pop + "}", 1)
    assert_in_gaps(segment, index, document)


# -- pictures --------------------------------------------------------------------------------------------------------


def test_gaps_contain_colours_and_the_rest_of_the_frame_has_none(store):
    segment = make_segment("Fresh 🥐 bread", "👍🏽 at six 🇩🇪", captions=CaptionStyle(highlight="none"))
    frame = rendered(segment, store)[6]
    for one in placed(segment, 6):
        assert (saturation(frame)[area_of(one)] > 20).mean() > 0.2, one
    rest = saturation(frame)
    for one in placed(segment, 6):
        rest[area_of(one)] = 0
    assert rest.max() < 3


def test_colours_are_those_of_the_font(store):
    segment = make_segment("🟥 🟦 🟩", captions=CaptionStyle(highlight="none", size_px=120))
    y, u, v = i420.planes(np.ascontiguousarray(rendered(segment, store)[6]))
    for one in placed(segment, 6):
        picture = emoji.picture(one.sequence, one.size, one.x, one.y)
        row = int(one.y - emoji.MIDDLE_EM * one.size)
        column = int(one.x + emoji.advance_em(one.sequence) * one.size / 2)
        *rgb, alpha = picture.rgba[row - picture.top, column - picture.left].astype(float)
        assert alpha == 255
        drawn = (y[row, column], u[row // 2, column // 2], v[row // 2, column // 2])
        assert np.array(drawn, float) == pytest.approx(bt709(*rgb), abs=2)


def bt709(red: float, green: float, blue: float) -> list[float]:
    """Return Y, U and V of 8 bits, limited range. Source: ITU-R BT.709."""
    luma = 0.2126 * red + 0.7152 * green + 0.0722 * blue
    differences = ((blue - luma) / 1.8556, (red - luma) / 1.5748)
    return [16 + luma * 219 / 255, *(128 + difference * 224 / 255 for difference in differences)]


@pytest.mark.parametrize("sequence", SEQUENCES.values(), ids=SEQUENCES)
def test_every_sequence_is_one_picture(sequence, store):
    segment = make_segment(sequence, frames=2, captions=CaptionStyle(highlight="none", size_px=120))
    frame = rendered(segment, store)[0]
    changed = np.abs(frame[:960].astype(int) - GREY) > 3
    columns = np.nonzero(changed.any(axis=0))[0]
    (one,) = placed(segment, 0)
    assert one.sequence == sequence
    assert 0.6 * one.size < columns.max() - columns.min() < 1.25 * one.size
    assert columns.mean() == pytest.approx(270, abs=8)


@pytest.mark.parametrize("fps", [Fraction(24), Fraction(30000, 1001), Fraction(60)])
def test_emoji_are_on_exactly_the_frames_of_their_cue_and_title(store, fps):
    frames = 60
    clip = ClipRange(material.still("grey.npy"), 0, frames, frames)
    segment = material.segment(
        clip, frames, fps, cues=(material.cue(200, 300, "🔥"),), overlays=(title("🎉", 10, 40),), encoding=LOSSLESS
    )
    segment = replace(segment, width=540, height=960)
    first, end = segment.frame_of(200), segment.frame_of(300)
    colourful = [saturation(frame) > 20 for frame in rendered(segment, store)]
    assert [index for index, frame in enumerate(colourful) if frame[480:].any()] == list(range(first, end))
    visible = [index for index, frame in enumerate(colourful) if frame[:480].any()]
    assert set(visible) <= set(range(10, 50)) and {25, 35} <= set(visible)


def test_cue_of_emoji_alone_is_checked_against_the_safe_zone():
    segment = make_segment("🔥🎉", captions=CaptionStyle(highlight="none"))
    drawn = drawn_box(segment, segment.cues[0])
    assert drawn.is_inside(safe_box(segment.safe_zone, 540, 960))
    assert drawn.width == pytest.approx(2 * emoji.advance_em("🔥") * placed(segment, 0)[0].size)


def test_title_fades_with_its_emoji(store):
    segment = make_segment(overlays=(title("🟥", 0, 40),), frames=40)
    centre = [saturation(frame).max() for frame in rendered(segment, store)]
    assert centre[0] < centre[3] < centre[20]
    assert centre[39] < centre[36] < centre[20]


def test_emoji_are_over_the_boxes_under_the_text(store):
    for style in (CaptionStyle(box_colour="#000000FF", highlight="none"), CaptionStyle(highlight="box")):
        segment = make_segment("🟥", captions=replace(style, size_px=120))
        frame = rendered(segment, store)[6]
        (one,) = placed(segment, 6)
        rows, columns = area_of(one)
        v = i420.planes(frame)[2]
        row, column = (rows.start + rows.stop) // 4, (columns.start + columns.stop) // 4
        assert v[row, column] > 170


def test_grown_word_grows_with_its_emoji_and_keeps_the_baseline(store):
    segment = make_segment("go 🔥 on", frames=30, size=(1080, 1920), captions=CaptionStyle(highlight="grow"))
    sizes = [placed(segment, index)[0].size for index in (2, 15, 28)]
    assert sizes[1] == pytest.approx(1.12 * sizes[0], rel=0.01)
    assert sizes[0] == sizes[2]
    assert_in_gaps(segment, 15)
    lines = [rendered(replace(segment, frames=30), store)[index][:1920] for index in (2, 15)]
    bottoms = [int(np.nonzero((frame[:, 700:] > 200).any(axis=1))[0].max()) for frame in lines]
    assert abs(bottoms[0] - bottoms[1]) <= 1


def test_only_the_gaps_differ_from_what_libass_draws(store):
    """The frames are those of one encoder that burns the same document in, except for the emoji."""
    segment = make_segment("Fresh 🥐 bread", "at six 🔥", overlays=(title("Big ❤️ sale"),))
    drawn = rendered(segment, store)
    path, into = store.root / "letters.ass", store.root / "plain.mp4"
    ass_document.write(ass_document.ass_document(segment), path)
    plate = np.load(store.local("grey.npy"))
    with ExitStack() as stack:
        encoder = stack.enter_context(feed(encode_command(segment, path, fonts(), into)))
        for _ in range(segment.frames):
            encoder.write(np.ascontiguousarray(plate).data)
    for index, (ours, plain) in enumerate(zip(drawn, material.decode_frames(into), strict=True)):
        assert np.array_equal(outside(ours, segment, index), outside(plain, segment, index))
        assert not np.array_equal(ours, plain)


def test_text_without_emoji_is_burned_in_by_the_encoder_alone():
    segment = make_segment("Fresh bread © 2026 ☎ #1", overlays=(title("Big sale"),))
    document = ass_document.ass_document(segment)
    assert not EmojiPictures(document, segment)
    assert not any("\\p1" in event.text for event in document.events)


def test_same_segment_has_the_same_bytes(store):
    segment = make_segment("Fresh 🥐 bread", "at six 🔥")
    files = []
    for name in ("a.mp4", "b.mp4"):
        compose(segment, store, store.root / name)
        files.append((store.root / name).read_bytes())
    assert files[0] == files[1]


def test_hostile_text_with_emoji_is_never_interpreted_as_ass(store):
    for text in ("{😀\\p1}m 0 0 m 9 9", "\\N😀{\\pos(0,0)}", "{😀}", "😀\\"):
        segment = make_segment(text, frames=2, captions=CaptionStyle(highlight="none", size_px=30))
        assert [one.sequence for one in placed(segment, 0)] == ["😀"]
        (one,) = placed(segment, 0)
        assert (saturation(rendered(segment, store)[0])[area_of(one)] > 20).any()


def test_headline_of_the_thumbnail_has_its_emoji(store):
    segment = make_segment()
    thumbnail("Fresh 🟥 bread", [segment], store, store.root / "thumbnail.jpg")
    pixels = np.asarray(Image.open(store.root / "thumbnail.jpg")).astype(int)
    red = (pixels[..., 0] > 180) & (pixels[..., 1] < 110) & (pixels[..., 2] < 110)
    rows, columns = np.nonzero(red)
    assert red.sum() > 40 * 40
    assert 0.7 < np.ptp(columns) / np.ptp(rows) < 1.4


# -- without the packages --------------------------------------------------------------------------------------------

WITHOUT_PACKAGE = """
import sys
sys.modules["uharfbuzz"] = None
from pathlib import Path
import numpy as np
from app.store.backends.folder import Folder
from assembly.encode.compose import compose
from assembly.text import emoji
from assembly.text.undrawn import omissions
from schemas.preset import CaptionStyle
from tests.media import test_emoji_pictures as tests

store = Folder(Path(sys.argv[1]))
style = CaptionStyle(highlight="none")
segments = [tests.make_segment(text, captions=style) for text in ("Fresh bread", "Fresh bread 🔥")]
plain, with_emoji = (tests.rendered(segment, store) for segment in segments)
assert all(np.array_equal(a, b) for a, b in zip(plain, with_emoji, strict=True)), "the emoji is drawn"
(warning,) = omissions(["Fresh bread 🔥", "🔥 🎉"], "en")
assert "uharfbuzz" in warning and "🔥 🎉" in warning, warning
assert emoji.drawing_identity() == "none"
"""


def test_emoji_are_left_out_with_a_warning_when_a_package_is_missing(store):
    command = [sys.executable, "-c", WITHOUT_PACKAGE, str(store.root)]
    process = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert process.returncode == 0, process.stderr


def test_segments_with_emoji_have_their_own_files(store):
    keys = [encode_segment(make_segment(text, frames=2), store)[0] for text in ("Hi", "Hi 🔥", "Hi 🎉")]
    assert len(set(keys)) == 3
