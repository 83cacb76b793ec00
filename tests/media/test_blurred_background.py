"""The blurred background of clips that do not fill the frame, and their colours, equal on every CPU."""

import platform
from dataclasses import replace
from fractions import Fraction

import av
import cv2
import numpy as np
import pytest

from app.media.ffmpeg import read_output
from assembly.picture import i420
from assembly.picture.footage import open_footage, read_command
from assembly.picture.normalise import Frame, contained_size
from assembly.picture.source import probe_source
from schemas.scene_graph import Focus
from schemas.segment import ClipRange
from tests.media import material

FPS = Fraction(30)
UPRIGHT, WIDE = (108, 192), (192, 108)
# For each frame, sizes of sources that do not fill it.
FLAT = [(320, 180), (640, 360), (181, 97), (640, 48), (300, 20), (64, 10), (17, 16)]
NARROW = [(96, 170), (48, 640), (20, 300), (10, 64), (6, 48), (16, 17)]
SOURCES_AND_FRAMES = [(source, UPRIGHT) for source in FLAT] + [(source, WIDE) for source in NARROW]


def clip_range(**clip):
    return ClipRange(material.video("x", **clip), 0, 2, 2)


def second_frame(path, size, **clip):
    out = i420.empty(*size)
    with open_footage(path, clip_range(**clip), Frame(*size, FPS)) as footage:
        footage.frame(1, out)
    return [plane.astype(float) for plane in i420.planes(out)]


def blocks(size, seed):
    """Return three planes of random blocks, about 7 along each side."""
    random = np.random.default_rng(seed)
    return np.stack([cv2.resize(random.integers(30, 220, (7, 7), np.uint8), size, interpolation=0) for _ in range(3)])


def write_video(path, frames, codec="ffv1", matrix=1, span=1):
    """Write a lossless video from arrays of three planes or from frames; by default BT.709 in limited range."""
    frames = [f if isinstance(f, av.VideoFrame) else av.VideoFrame.from_ndarray(f, format="yuv444p") for f in frames]
    with av.open(str(path), "w") as file:
        stream = file.add_stream(codec, rate=30)
        stream.width, stream.height, stream.pix_fmt = frames[0].width, frames[0].height, frames[0].format.name
        stream.codec_context.colorspace, stream.codec_context.color_range = matrix, span
        for frame in frames:
            file.mux(stream.encode(frame))
        file.mux(stream.encode(None))
    return path


def grey_frame(size, pix_fmt):
    """Return an opaque frame of mid-grey: luma 126, chroma and RGB 128 (at 8 bits)."""
    frame = av.VideoFrame(*size, pix_fmt)
    for plane, component in zip(frame.planes, frame.format.components, strict=True):
        level = 255 if component.is_alpha else 128 if component.index or frame.format.is_rgb else 126
        sample = (level << component.bits - 8).to_bytes(1 + (component.bits > 8), "little")
        plane.update(sample * (plane.buffer_size // len(sample)))
    return frame


def expected(plane, size, focus, neutral):
    """Return the part around the focus, scaled to the frame, blurred by 5 % of its longer side, at 60 % brightness."""
    height, width = plane.shape
    part_width, part_height = (
        min(width, round(height * size[0] / size[1])),
        min(height, round(width * size[1] / size[0])),
    )
    # Positions are even, because chroma is subsampled.
    left = round(min(max(0, focus[0] * width - part_width / 2), width - part_width) / 2) * 2
    top = round(min(max(0, focus[1] * height - part_height / 2), height - part_height) / 2) * 2
    part = plane[top : top + part_height, left : left + part_width]
    scaled = cv2.resize(part, size, interpolation=cv2.INTER_AREA if part_width > size[0] else cv2.INTER_LINEAR)
    blurred = cv2.GaussianBlur(scaled, (0, 0), 0.05 * max(size), borderType=cv2.BORDER_REFLECT)
    return neutral + 0.6 * (blurred - neutral)


def uncovered(path, size):
    """Return a mask of the visible background: outside the centred picture, with a margin for its soft edge."""
    width, height = contained_size(probe_source(path), Frame(*size, FPS))
    mask = np.ones(size[::-1], bool)
    left, top = (size[0] - width) // 4 * 2, (size[1] - height) // 4 * 2
    mask[max(0, top - 4) : top + height + 4, max(0, left - 4) : left + width + 4] = False
    return mask


@pytest.mark.parametrize("focus", [(0.5, 0.5), (0.1, 0.8)])
@pytest.mark.parametrize(("source", "size"), SOURCES_AND_FRAMES)
def test_background_is_the_blurred_and_darkened_source(tmp_path, source, size, focus):
    pictures = [blocks(source, seed) for seed in (1, 2)]
    path = write_video(tmp_path / "a.mkv", pictures)
    mask = uncovered(path, size)
    assert mask.mean() > 0.2
    frame = second_frame(path, size, fit="blur", focus=Focus(*focus))
    for plane, pixels, neutral in zip(frame, pictures[1].astype(np.float32), (16, 128, 128), strict=True):
        reference, visible = expected(pixels, size, focus, neutral), mask
        if plane.shape != reference.shape:
            reference = cv2.resize(reference, plane.shape[::-1], interpolation=cv2.INTER_AREA)
            visible = mask[::2, ::2]
        assert reference[visible].std() > 8
        error = np.abs(plane - reference)[visible]
        assert (error.mean() <= 1.2, error.max() <= 5) == (True, True)


def test_background_is_as_bright_as_that_of_a_still(tmp_path):
    from engines.stills.backgrounds import blurred_background
    from engines.stills.pictures import Picture

    uniform = np.stack([np.full((90, 320), level, np.uint8) for level in (180, 100, 150)])
    clip = second_frame(write_video(tmp_path / "a.mkv", [uniform, uniform]), UPRIGHT, fit="blur")
    rgb = av.VideoFrame.from_ndarray(uniform, format="yuv444p").reformat(format="rgb24", src_colorspace="ITU709")
    still = blurred_background(Picture(rgb.to_ndarray(), None), *UPRIGHT, (0.5, 0.5))
    frame = av.VideoFrame.from_ndarray(still, format="rgb24").reformat(format="yuv444p", dst_colorspace="ITU709")
    expected_means = [plane.mean() for plane in frame.to_ndarray()]
    assert [plane[5, 5] for plane in clip] == pytest.approx(expected_means, abs=2)


# -- colour ----------------------------------------------------------------------------------------------------------

# The code point of ITU-T H.273 and the weights of red and blue in luma.
MATRICES = {
    "bt709": (1, 0.2126, 0.0722),
    "unknown": (2, 0.299, 0.114),
    "fcc": (4, 0.30, 0.11),
    "bt601": (5, 0.299, 0.114),
    "smpte240m": (7, 0.212, 0.087),
}


def yuv(red, green, blue, matrix, full_range=False):
    """Return the levels of luma and chroma for red, green and blue (0 … 1)."""
    _, red_weight, blue_weight = MATRICES[matrix]
    luma = red_weight * red + blue_weight * blue + (1 - red_weight - blue_weight) * green
    chroma = (blue - luma) / 2 / (1 - blue_weight), (red - luma) / 2 / (1 - red_weight)
    luma_scale, black, chroma_scale = (255, 0, 255) if full_range else (219, 16, 224)
    return black + luma_scale * luma, *(128 + chroma_scale * value for value in chroma)


@pytest.mark.parametrize("fit", ["crop", "pad", "blur"])
@pytest.mark.parametrize("full_range", [False, True])
@pytest.mark.parametrize("matrix", MATRICES)
@pytest.mark.parametrize("rgb", [(0.8, 0.2, 0.3), (0.2, 0.7, 0.1), (0.5, 0.5, 0.5)])
def test_colours_of_every_matrix_and_range_are_converted_to_bt709(tmp_path, rgb, matrix, full_range, fit):
    levels = [round(level) for level in yuv(*rgb, matrix, full_range)]
    picture = np.stack([np.full((90, 160), level, np.uint8) for level in levels])
    path = write_video(tmp_path / "a.mkv", [picture] * 2, matrix=MATRICES[matrix][0], span=2 if full_range else 1)
    frame = second_frame(path, UPRIGHT, fit=fit)
    centre = [plane[plane.shape[0] // 2, plane.shape[1] // 2] for plane in frame]
    assert centre == pytest.approx(yuv(*rgb, "bt709"), abs=1.6)
    if fit == "blur":
        corner = [plane[4, 4] for plane in frame]
        assert corner == pytest.approx(yuv(*(0.6 * value for value in rgb), "bt709"), abs=1.6)


# -- very small pictures ---------------------------------------------------------------------------------------------

TINY = [(1, 1), (1, 64), (64, 1), (2, 2), (2, 64), (64, 2), (3, 5), (5, 3), (7, 9), (8, 16), (9, 8), (3, 333), (333, 3)]
PIX_FMTS = ["yuv420p", "yuv444p", "yuv422p10le", "gbrp", "yuva420p"]


@pytest.mark.parametrize("fit", ["crop", "pad", "blur"])
@pytest.mark.parametrize("pix_fmt", PIX_FMTS)
@pytest.mark.parametrize("source", TINY)
def test_uniform_picture_stays_uniform_at_any_size(tmp_path, source, pix_fmt, fit):
    path = write_video(tmp_path / "a.nut", [grey_frame(source, pix_fmt)] * 2, "rawvideo")
    frame = second_frame(path, UPRIGHT, fit=fit, ground="#808080")
    centre, background = frame[0][95, 53], 126.0
    if fit == "blur" and pix_fmt != "yuva420p":
        background = 16 + 0.6 * (126 - 16)
    assert centre == pytest.approx(126, abs=1)
    assert np.minimum(np.abs(frame[0] - 126), np.abs(frame[0] - background)).max() <= 1
    assert max(np.abs(chroma - 128).max() for chroma in frame[1:]) <= 1


@pytest.mark.parametrize("source", [(15, 15), (15, 64), (64, 15), (16, 16), (17, 18), (16, 64)])
def test_small_interlaced_picture_stays_uniform(tmp_path, source):
    grey = f"color=c=gray:s={source[0]}x{source[1]}:r=60,interlace=scan=tff,format=yuv444p"
    path = material.make_video(tmp_path / "a.mkv", grey, "-c:v", "ffv1", "-field_order", "tt", seconds=0.2)
    assert probe_source(path).interlaced
    assert np.abs(second_frame(path, UPRIGHT, fit="crop")[0] - 126).max() <= 1


# -- every CPU -------------------------------------------------------------------------------------------------------

# All instruction sets of this CPU, none, and on x86-64 all without those of the widest vectors.
INSTRUCTION_SETS = [(), ("-cpuflags", "0")]
if platform.machine() == "x86_64":
    INSTRUCTION_SETS += [("-cpuflags", "-avx512-avx512icl-avx2"), ("-cpuflags", "-avx512-avx512icl-avx2-fma3-avx")]


@pytest.mark.parametrize("fit", ["crop", "pad", "blur"])
@pytest.mark.parametrize("matrix", ["bt709", "bt601"])
@pytest.mark.parametrize("source", [(640, 360), (181, 97), (33, 77), (64, 10), (6, 48)])
def test_every_instruction_set_gives_the_same_frames(tmp_path, source, matrix, fit):
    path = write_video(tmp_path / "a.mkv", [blocks(source, seed) for seed in (1, 2)], matrix=MATRICES[matrix][0])
    command = read_command(path, probe_source(path), clip_range(fit=fit), Frame(*UPRIGHT, FPS))
    frames = set()
    for instructions in INSTRUCTION_SETS:
        with read_output(replace(command, args=(*instructions, *command.args))) as out:
            frames.add(out.read())
    assert len(frames) == 1
    assert len(frames.pop()) == 2 * UPRIGHT[0] * UPRIGHT[1] * 3 // 2
