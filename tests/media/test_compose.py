"""Rendered segments: frame counts, colours, transitions, overlays and memory."""

from fractions import Fraction

import numpy as np
import pytest
from PIL import Image

from app.core.errors import UnreadableFile
from app.store.backends.folder import Folder
from assembly.encode.compose import compose
from assembly.picture import i420
from schemas.preset import CaptionStyle, Grade
from schemas.scene_graph import Overlay
from schemas.segment import ClipRange, Encoding, TimedOverlay
from tests.media import material

LOSSLESS = Encoding("ultrafast", 0, 250)


@pytest.fixture
def store(tmp_path):
    return Folder(tmp_path)


def rendered(segment, store):
    path = store.root / "segment.mp4"
    compose(segment, store, path)
    return material.decode_frames(path)


def median_colour(frame):
    return tuple(int(np.median(plane)) for plane in i420.planes(frame))


@pytest.mark.parametrize(
    "fps", [Fraction(30), Fraction(25), Fraction(30000, 1001), Fraction(24000, 1001), Fraction(60)]
)
def test_segment_has_exactly_its_frames(store, fps):
    clip = material.still(material.store_noisy_plate(store, "a.npy", 1), moving=True)
    assert len(rendered(material.segment(ClipRange(clip, 0, 23, 23), 23, fps), store)) == 23


def test_red_keeps_its_bt709_values(store):
    # BT.709, 8 bits, limited range.
    clip = material.still(material.store_flat_plate(store, "red.npy", 63, 102, 240))
    frames = rendered(material.segment(ClipRange(clip, 0, 5, 5), 5), store)
    assert all(abs(a - b) <= 3 for a, b in zip(median_colour(frames[2]), (63, 102, 240), strict=True))


def test_file_is_tagged_with_its_colours(store):
    import av

    clip = material.still(material.store_flat_plate(store, "a.npy", 120))
    compose(material.segment(ClipRange(clip, 0, 3, 3), 3), store, store.root / "segment.mp4")
    with av.open(str(store.root / "segment.mp4")) as file:
        codec = file.streams.video[0].codec_context
        tags = (codec.colorspace, codec.color_primaries, codec.color_trc, codec.color_range)
    assert [int(tag) for tag in tags] == [1, 1, 1, 1]


def test_fade_progresses_linearly(store):
    old = material.still(material.store_flat_plate(store, "old.npy", 40))
    new = material.still(material.store_flat_plate(store, "new.npy", 220), 2)
    segment = material.segment(
        ClipRange(new, 0, 20, 20), 20, outgoing=ClipRange(old, 11, 9, 20), transition="fade", encoding=LOSSLESS
    )
    lumas = [int(np.median(frame[:192])) for frame in rendered(segment, store)]
    assert lumas[:10] == pytest.approx([58, 76, 94, 112, 130, 148, 166, 184, 202, 220], abs=1)
    assert set(lumas[9:]) == {220}


def test_transition_continues_the_outgoing_clip(store):
    clip = material.still(material.store_noisy_plate(store, "a.npy", 1), moving=True)
    whole = rendered(material.segment(ClipRange(clip, 0, 20, 20), 20, encoding=LOSSLESS), store)
    black = material.still(material.store_flat_plate(store, "new.npy", 16), 2)
    segment = material.segment(
        ClipRange(black, 0, 10, 10), 10, outgoing=ClipRange(clip, 15, 5, 20), transition="slide_left", encoding=LOSSLESS
    )
    # The slide moves by whole chroma samples, so the remaining part of the picture is unchanged.
    first = rendered(segment, store)[0][:192].astype(int)
    shift = next(by for by in range(0, 30, 2) if np.abs(first[:, : 108 - by] - whole[15][:192, by:]).max() <= 2)
    assert shift < 20


def test_equal_segments_give_equal_bytes(store):
    clip = material.still(material.store_noisy_plate(store, "a.npy", 1), moving=True)
    segment = material.segment(ClipRange(clip, 0, 12, 12), 12, cues=(material.cue(0, 400, "the same"),))
    paths = [store.root / name for name in ("one.mp4", "two.mp4")]
    for path in paths:
        compose(segment, store, path)
    assert paths[0].read_bytes() == paths[1].read_bytes()


def test_footage_blends_into_a_still(store):
    material.make_numbered_video(store.root / "v.mp4", [round(n * 1000 / 30) for n in range(40)])
    still = material.still(material.store_flat_plate(store, "a.npy", 16), 2)
    segment = material.segment(
        ClipRange(still, 0, 12, 12),
        12,
        outgoing=ClipRange(material.video("v.mp4"), 25, 5, 30),
        transition="fade",
        encoding=LOSSLESS,
    )
    frames = rendered(segment, store)
    lumas = [float(np.median(frame[:192])) for frame in frames[:5]]
    expected = [16 + (material.luma_of(25 + n) - 16) * (1 - (n + 1) / 6) for n in range(5)]
    assert lumas == pytest.approx(expected, abs=2)


def test_footage_is_graded_and_stills_are_not(store):
    material.make_video(store.root / "v.mov", "color=c=red:s=108x192:r=30,format=rgb24", "-c:v", "qtrle", seconds=0.3)
    grey = Grade(saturation=0.0)
    footage = rendered(material.segment(ClipRange(material.video("v.mov"), 0, 4, 4), 4, grade=grey), store)
    assert abs(median_colour(footage[1])[2] - 128) <= 2
    plate = material.still(material.store_flat_plate(store, "red.npy", 63, 102, 240))
    still = rendered(material.segment(ClipRange(plate, 0, 4, 4), 4, grade=grey), store)
    assert abs(median_colour(still[1])[2] - 240) <= 3


def test_vignette_darkens_the_corners_and_not_the_centre(store):
    clip = material.still(material.store_flat_plate(store, "a.npy", 180))
    frame = rendered(material.segment(ClipRange(clip, 0, 2, 2), 2, grade=Grade(vignette=0.8)), store)[0]
    assert frame[96, 54] >= 176
    assert frame[1, 1] < 110


def image_overlay(store, colour=(255, 0, 0, 255), size=(60, 30), **facts):
    Image.new("RGBA", size, colour).save(store.root / "logo.png")
    facts = {"position": "middle", "scale": 0.5, **facts}
    return TimedOverlay(Overlay("image", asset="x", **facts), 0, 20, "logo.png")


def test_image_overlay_is_drawn_in_its_colours(store):
    clip = material.still(material.store_flat_plate(store, "a.npy", 120))
    segment = material.segment(ClipRange(clip, 0, 20, 20), 20, overlays=(image_overlay(store),), encoding=LOSSLESS)
    frame = rendered(segment, store)[10]
    y, u, v = i420.planes(frame)
    height = 192
    middle = round(height * (0.12 + 0.80) / 2)
    assert (y[middle, 54], u[middle // 2, 27], v[middle // 2, 27]) == pytest.approx((63, 102, 240), abs=1)
    assert y[middle + 30, 54] == 120
    assert y[middle, 2] == 120


def test_half_transparent_image_is_blended(store):
    clip = material.still(material.store_flat_plate(store, "a.npy", 16))
    half_transparent = image_overlay(store, (255, 255, 255, 128))
    segment = material.segment(ClipRange(clip, 0, 20, 20), 20, overlays=(half_transparent,), encoding=LOSSLESS)
    frame = rendered(segment, store)[10]
    assert int(frame[88, 54]) == pytest.approx(126, abs=2)


def test_image_overlay_fades_in_and_out(store):
    clip = material.still(material.store_flat_plate(store, "a.npy", 16))
    white = image_overlay(store, (255, 255, 255, 255))
    frames = rendered(material.segment(ClipRange(clip, 0, 20, 20), 20, overlays=(white,), encoding=LOSSLESS), store)
    lumas = [int(frame[88, 54]) for frame in frames]
    assert lumas[:6] == sorted(set(lumas[:6]))
    assert lumas[6:14] == [235] * 8
    assert lumas[14:] == sorted(set(lumas[14:]), reverse=True)


@pytest.mark.parametrize(
    ("position", "rows"), [("top", slice(24, 192)), ("middle", slice(0, 192)), ("bottom", slice(0, 150))]
)
def test_image_larger_than_the_frame_is_clipped(store, position, rows):
    clip = material.still(material.store_flat_plate(store, "a.npy", 16))
    large = image_overlay(store, (255, 255, 255, 255), size=(61, 121), position=position, scale=3.0)
    frame = rendered(material.segment(ClipRange(clip, 0, 20, 20), 20, overlays=(large,)), store)[10]
    assert frame[rows].min() > 200


def test_image_overlay_disappears_after_its_last_frame(store):
    clip = material.still(material.store_flat_plate(store, "a.npy", 16))
    early = TimedOverlay(image_overlay(store).overlay, 0, 5, "logo.png")
    frames = rendered(material.segment(ClipRange(clip, 0, 10, 10), 10, overlays=(early,), encoding=LOSSLESS), store)
    assert all(frame[:192].max() == 16 for frame in frames[5:])


def test_shadow_of_an_image_darkens_the_picture_around_it_and_not_the_image(store):
    clip = material.still(material.store_flat_plate(store, "a.npy", 180))
    product = image_overlay(store, (255, 0, 0, 255), size=(60, 60), shadow=True)
    segment = material.segment(ClipRange(clip, 0, 20, 20), 20, overlays=(product,), encoding=LOSSLESS)
    y, u, v = i420.planes(rendered(segment, store)[10])
    rows, columns = np.nonzero(np.abs(u.astype(int) - 102) <= 1)
    top, bottom, left = 2 * rows.min(), 2 * rows.max() + 1, 2 * columns.min()
    middle = (top + bottom) // 2
    assert (y[middle, 54], u[middle // 2, 27], v[middle // 2, 27]) == pytest.approx((63, 102, 240), abs=1)
    assert y[bottom + 2, 54] < 150 < y[middle, 2]
    assert y[bottom + 2, 54] < y[top - 2, 54]  # the light comes from above
    assert (u[bottom // 2 + 2, 27], v[bottom // 2 + 2, 27]) == (128, 128)
    assert y[2, 2] == 180
    assert y[top + 20, left + 4] == pytest.approx(63, abs=1)


def test_photograph_with_a_shadow_has_round_corners_and_a_cut_out_product_keeps_its_shape(store):
    clip = material.still(material.store_flat_plate(store, "a.npy", 16))
    overlay = image_overlay(store, (255, 255, 255, 255), size=(60, 60), scale=1.0, shadow=True)
    segment = material.segment(ClipRange(clip, 0, 20, 20), 20, overlays=(overlay,), encoding=LOSSLESS)
    photograph = rendered(segment, store)[10][:192]
    rows, columns = np.nonzero(photograph > 200)
    corner = photograph[rows.min(), columns.min()]
    shape = np.full((60, 60, 4), 255, np.uint8)
    shape[:, :30, 3] = 0
    Image.fromarray(shape).save(store.root / "logo.png")
    cut_out = rendered(segment, store)[10][:192]
    assert corner < 200
    assert (cut_out > 200).sum() * 2 == pytest.approx((photograph > 200).sum(), rel=0.05)
    assert cut_out[rows.min() + 1, columns.max() - 1] > 200


def test_segment_without_text_has_no_filter(store):
    from assembly.encode.encoder import encode_command
    from assembly.text.fonts import fonts

    clip = material.still(material.store_flat_plate(store, "a.npy", 16))
    command = encode_command(material.segment(ClipRange(clip, 0, 5, 5), 5), None, fonts(), store.root / "x.mp4")
    assert "-vf" not in command.args
    assert command.env == ()


def test_error_of_a_missing_clip_names_the_scene_and_the_file(store):
    with pytest.raises(UnreadableFile, match=r"scene 1: gone\.npy cannot be read: it is no longer stored"):
        rendered(material.segment(ClipRange(material.still("gone.npy"), 0, 5, 5), 5), store)


def test_broken_clip_leaves_no_running_process(store):
    import psutil

    from app.core.errors import PytoonError

    (store.root / "v.mp4").write_bytes(b"\0" * 5000)
    with pytest.raises(PytoonError):
        rendered(material.segment(ClipRange(material.video("v.mp4"), 0, 5, 5), 5, captions=CaptionStyle()), store)
    assert not [child for child in psutil.Process().children(recursive=True) if "ffmpeg" in child.name()]


def test_memory_does_not_grow_with_the_length(store):
    import tracemalloc

    clip = material.still(material.store_noisy_plate(store, "a.npy", 1), moving=True)
    peaks = []
    for frames in (10, 10, 200):
        segment = material.segment(ClipRange(clip, 0, frames, frames), frames, cues=(material.cue(0, 300, "word"),))
        tracemalloc.start()
        compose(segment, store, store.root / "segment.mp4")
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[2] < peaks[1] + 200_000
