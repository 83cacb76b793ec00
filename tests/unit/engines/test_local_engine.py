"""Scenes filmed on this machine."""

from dataclasses import replace

import av
import cv2
import numpy as np
import pytest
from PIL import Image

from app.core.errors import BadMedia, ProviderRefused, StorageFull
from app.media.ffmpeg import command, run
from app.store.backends.folder import Folder
from engines.adapters.local import Local
from schemas.preset import Grade, MotionStyle
from schemas.scene_graph import Focus, SceneStyle

RED, GREEN, BLUE, WHITE = (255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 255)
W, H = 108, 192


def film(shot):
    return Local().render(shot)


def window_rgb(shot, clip, share=0.0):
    """What the camera sees, by a way of its own: the plate as RGB (BT.709), cut at whole pixels."""
    plate = np.load(shot.store.local(clip.key))
    rows, width = plate.shape
    height, flat = rows * 2 // 3, plate.reshape(-1).astype(float)
    y, u, v = flat[: width * height], flat[width * height : width * height * 5 // 4], flat[width * height * 5 // 4 :]
    y, (u, v) = y.reshape(height, width), (np.kron(c.reshape(height // 2, width // 2), np.ones((2, 2))) for c in (u, v))
    y, u, v = (y - 16) / 219, (u - 128) / 224, (v - 128) / 224
    rgb = np.stack([y + 1.5748 * v, y - 0.1873 * u - 0.4681 * v, y + 1.8556 * u], 2)
    window = clip.motion.at(share)
    wide = window.width * width
    tall = wide * shot.height / shot.width
    left, top = round(window.x * width - wide / 2), round(window.y * height - tall / 2)
    return np.clip(rgb[max(0, top) : top + round(tall), max(0, left) : left + round(wide)] * 255, 0, 255)


def middle(frame):
    return frame[frame.shape[0] // 2, frame.shape[1] // 2]


def near(pixel, colour, within=14):
    return np.abs(np.subtract(pixel, colour)).max() <= within


def seen(frame):
    return [frame[row, column] for row in (5, -6) for column in (5, -6)]


@pytest.mark.parametrize("motion", ["push_in", "pull_out", "still", "drift"])
@pytest.mark.parametrize("size", [(108, 192), (540, 960), (216, 384)])
def test_a_picture_of_the_frames_shape_fills_it(studio, quarters, motion, size):
    shot = studio.shot(studio.saved(quarters(*size)), fit="crop", motion=motion)
    clip = film(shot)
    wide = 1.0 if motion == "pull_out" else 0.0
    assert all(near(*pair) for pair in zip(seen(window_rgb(shot, clip, wide)), [RED, GREEN, BLUE, WHITE], strict=True))


@pytest.mark.parametrize("fit", ["blur", "pad"])
@pytest.mark.parametrize("size", [(400, 200), (300, 300), (200, 700)])
def test_a_whole_picture_shows_all_its_corners(studio, quarters, fit, size):
    shot = studio.shot(studio.saved(quarters(*size)), fit=fit, motion="still")
    frame = window_rgb(shot, film(shot))
    for colour in (RED, GREEN, BLUE, WHITE):
        assert (np.abs(frame - colour).max(axis=2) < 12).sum() > 200


def test_a_padded_picture_lies_on_the_looks_ground(studio, quarters):
    shot = studio.shot(studio.saved(quarters(400, 300)), fit="pad", motion="still")
    frame = window_rgb(shot, film(shot))
    assert near(frame[3, 3], (0x10, 0x14, 0x18), 6)
    assert near(frame[-4, -4], (0x2B, 0x3A, 0x4A), 6)


def test_a_blurred_ground_is_made_of_the_picture(studio):
    shot = studio.shot(studio.saved(Image.new("RGB", (400, 300), (200, 100, 50))), fit="blur", motion="still")
    frame = window_rgb(shot, film(shot))
    assert near(frame[5, W // 2], (120, 60, 30), 6)
    assert near(middle(frame), (200, 100, 50), 4)


@pytest.mark.parametrize("x", [0.1, 0.5, 0.9])
def test_a_crop_keeps_the_named_focus_in_view(studio, x):
    pixels = np.full((200, 600, 3), 40, np.uint8)
    cv2.circle(pixels, (round(x * 600), 100), 8, (255, 0, 0), -1)
    shot = studio.shot(studio.saved(Image.fromarray(pixels)), fit="crop", focus=Focus(x, 0.5), motion="push_in")
    clip = film(shot)
    for share in (0, 0.5, 1):
        assert (window_rgb(shot, clip, share)[..., 0] > 150).any()


def test_a_crop_finds_the_focus_when_nobody_names_it(studio):
    pixels = np.full((200, 600, 3), 40, np.uint8)
    cv2.circle(pixels, (470, 100), 20, (255, 0, 0), -1)
    shot = studio.shot(studio.saved(Image.fromarray(pixels)), fit="crop", motion="still")
    assert (window_rgb(shot, film(shot))[..., 0] > 150).any()


def test_a_cut_out_product_stands_on_the_ground(studio):
    image = Image.new("RGBA", (300, 300), (0, 255, 0, 0))
    image.paste((220, 30, 30, 255), (100, 100, 200, 200))
    shot = studio.shot(studio.saved(image), motion="still")
    frame = window_rgb(shot, film(shot))
    assert near(middle(frame), (220, 30, 30), 6)
    assert frame[..., 1].max() < 90
    assert near(frame[3, 3], (0x10, 0x14, 0x18), 6)


def test_the_grade_colours_the_picture_and_not_the_ground(studio):
    shot = studio.shot(
        studio.saved(Image.new("RGB", (400, 300), (200, 50, 50))), fit="pad", motion="still", grade=Grade(saturation=0)
    )
    frame = window_rgb(shot, film(shot))
    middle = frame[H // 2, W // 2]
    assert middle.max() - middle.min() < 6
    assert near(frame[-4, -4], (0x2B, 0x3A, 0x4A), 6)


@pytest.mark.parametrize(
    "size", [(1, 1), (2, 1), (3, 500), (500, 3), (100, 80), (3000, 200), (200, 3000), (4500, 3000)]
)
@pytest.mark.parametrize("fit", [None, "crop", "blur", "pad"])
def test_any_size_of_picture_becomes_a_plate_of_even_and_modest_size(studio, quarters, size, fit):
    shot = studio.shot(studio.saved(quarters(*size), "it.bmp"), fit=fit)
    rows, width = np.load(shot.store.local(film(shot).key), mmap_mode="r").shape
    assert rows % 3 == 0
    assert width % 2 == 0
    assert rows * width < 8 * W * H


@pytest.mark.parametrize("size", [(108, 108), (192, 108), (108, 134)])
def test_every_aspect_can_be_filmed(studio, quarters, size):
    shot = studio.shot(studio.saved(quarters(400, 300)), width=size[0], height=size[1])
    assert film(shot).motion is not None


def test_a_scene_without_a_picture_gets_its_own_colours(studio):
    shot = studio.shot(colours=("#FF0000", "#0000FF"), motion="still")
    frame = window_rgb(shot, film(shot))
    assert near(frame[2, 2], RED, 25)
    assert near(frame[-3, -3], BLUE, 25)


def test_a_single_colour_is_exactly_that_colour_and_rests(studio):
    shot = studio.shot(colours=("#3366CC",))
    clip = film(shot)
    assert near(window_rgb(shot, clip), (0x33, 0x66, 0xCC), 3)
    assert clip.motion.kind == "still"


def test_a_gradient_drifts_unless_the_look_is_still(studio):
    assert film(studio.shot()).motion.kind == "drift"
    assert film(studio.shot(preset=studio.preset(motion=MotionStyle(("still",), 1.0)))).motion.kind == "still"


def test_a_scene_that_wants_a_generator_is_refused(studio):
    shot = studio.shot()
    with pytest.raises(ProviderRefused):
        film(replace(shot, scene=replace(shot.scene, media=replace(shot.scene.media, kind="generated"))))


def test_a_file_that_is_not_there_is_bad_media(studio, quarters):
    shot = studio.shot(studio.saved(quarters(20, 20)))
    for picture in (None, studio.folder / "gone.png"):
        with pytest.raises(BadMedia):
            film(replace(shot, picture=picture))


def test_sound_is_nothing_to_look_at(studio, quarters):
    shot = studio.shot(studio.saved(quarters(20, 20)))
    with pytest.raises(BadMedia, match="audio"):
        film(replace(shot, asset=replace(shot.asset, kind="audio")))


def test_a_full_disk_is_not_hidden(studio, quarters):
    shot = studio.shot(studio.saved(quarters(20, 20)))
    with pytest.raises(StorageFull):
        film(replace(shot, store=Folder(studio.store.root, min_free_bytes=1 << 62)))


# -- what it is kept under -------------------------------------------------------------------------------------------


def test_the_same_scene_is_made_once(studio, quarters):
    shot = studio.shot(studio.saved(quarters(60, 40)))
    first = film(shot)
    made = studio.store.local(first.key).stat().st_mtime_ns
    assert film(shot) == first
    assert studio.store.local(first.key).stat().st_mtime_ns == made


def test_a_lost_plate_is_made_again(studio, quarters):
    shot = studio.shot(studio.saved(quarters(60, 40)))
    first = film(shot)
    before = studio.store.local(first.key).read_bytes()
    studio.store.delete([first.key])
    assert film(shot) == first
    assert studio.store.local(first.key).read_bytes() == before


@pytest.mark.parametrize(
    "wishes",
    [
        {"fit": "crop"},
        {"focus": Focus(0.2, 0.2)},
        {"motion": "pull_out"},
        {"zoom": 1.3},
        {"grade": Grade(contrast=1.2)},
        {"width": 192, "height": 108},
        {"frames": 400},
    ],
)
def test_whatever_changes_the_picture_changes_its_identity(studio, quarters, wishes):
    path = studio.saved(quarters(60, 40))
    assert film(studio.shot(path, **wishes)).identity != film(studio.shot(path)).identity


def test_another_file_is_another_identity(studio, quarters):
    one = studio.shot(studio.saved(quarters(60, 40), "one.png"))
    other = studio.shot(studio.saved(quarters(40, 60), "other.png"))
    assert film(one).identity != film(other).identity


def test_words_a_vignette_and_a_few_frames_more_need_no_new_plate(studio, quarters):
    path = studio.saved(quarters(60, 40))
    shot = studio.shot(path)
    again = replace(studio.shot(path, grade=Grade(vignette=0.5), frames=93), scene=replace(shot.scene, caption="New"))
    assert film(again).identity == film(shot).identity


def test_two_machines_make_the_same_bytes(studio, quarters, tmp_path):
    here = studio.shot(studio.saved(quarters(300, 200)), grade=Grade(contrast=1.1))
    (tmp_path / "elsewhere").mkdir()
    there = replace(here, store=Folder(tmp_path / "elsewhere"))
    one, other = film(here), film(there)
    assert one == other
    assert here.store.local(one.key).read_bytes() == there.store.local(other.key).read_bytes()


# -- films -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def footage(studio):
    path = studio.folder / "film.mp4"
    run(
        command("test film", "-f", "lavfi", "-i", "testsrc2=size=64x48:rate=10:duration=2", "-pix_fmt", "yuv420p", path)
    )
    return path


def test_a_film_is_taken_as_it_is(studio, footage):
    shot = studio.shot(footage, kind="video", fit="crop", focus=Focus(0.2, 0.3))
    clip = film(shot)
    assert (clip.kind, clip.key, clip.fit, clip.focus) == ("video", shot.asset.key, "crop", Focus(0.2, 0.3))
    assert (clip.start_ms, clip.length_ms) == (0, 2000)
    assert clip.ground == shot.preset.palette[0]
    assert not list(studio.store.root.rglob("*.npy"))


def test_a_trim_is_taken_off_its_length(studio, footage):
    clip = film(studio.shot(footage, kind="video", start_ms=700))
    assert (clip.start_ms, clip.length_ms) == (700, 1300)


def test_another_trim_is_another_identity(studio, footage):
    clips = [film(studio.shot(footage, kind="video", start_ms=ms)) for ms in (0, 0, 500)]
    assert clips[0].identity == clips[1].identity != clips[2].identity


def test_a_trim_behind_the_end_is_bad_media(studio, footage):
    with pytest.raises(BadMedia, match="over after"):
        film(studio.shot(footage, kind="video", start_ms=2000))


def test_a_film_without_a_picture_is_bad_media(studio):
    path = studio.folder / "sound.m4a"
    run(command("test sound", "-f", "lavfi", "-i", "sine=duration=1", path))
    with pytest.raises(BadMedia, match="no picture"):
        film(studio.shot(path, kind="video"))


def test_a_film_of_which_nothing_can_be_decoded_is_bad_media(studio, footage):
    data = bytearray(footage.read_bytes())
    start = data.index(b"mdat") + 4
    with av.open(str(footage)) as container:
        assert container.streams.video[0].frames == 20
    end = data.index(b"moov") - 4
    data[start:end] = bytes(end - start)
    footage.write_bytes(data)
    with pytest.raises(BadMedia):
        film(studio.shot(footage, kind="video"))


@pytest.mark.parametrize("content", [b"", b"words", b"\0" * 4096])
def test_what_is_no_film_is_bad_media(studio, content):
    path = studio.folder / "it.mp4"
    path.write_bytes(content)
    with pytest.raises(BadMedia):
        film(studio.shot(path, kind="video"))


def test_style_is_taken_from_the_scene_before_the_preset(studio, quarters):
    shot = studio.shot(studio.saved(quarters(108, 192)), fit="crop")
    assert film(shot).motion.kind == "push_in"
    wished = replace(shot, scene=replace(shot.scene, style=SceneStyle("tilt_down", 1.4)))
    assert film(wished).motion.kind == "tilt_down"
