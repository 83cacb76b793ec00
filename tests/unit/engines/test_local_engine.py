"""Clips of the local engine."""

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
from schemas.exposure import Exposure
from schemas.preset import Grade, MotionStyle
from schemas.scene_graph import Focus, SceneStyle

RED, GREEN, BLUE, WHITE = (255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 255)
W, H = 108, 192


def render(shot):
    return Local().render(shot)


def window_rgb(shot, clip, share=0.0):
    """Return the pixels of the camera's window, cut from the plate as RGB (BT.709) at whole pixels."""
    plate = np.load(shot.store.local(clip.key))
    rows, width = plate.shape
    height, flat = rows * 2 // 3, plate.reshape(-1).astype(float)
    y, u, v = flat[: width * height], flat[width * height : width * height * 5 // 4], flat[width * height * 5 // 4 :]
    y, (u, v) = y.reshape(height, width), (np.kron(c.reshape(height // 2, width // 2), np.ones((2, 2))) for c in (u, v))
    y, u, v = (y - 16) / 219, (u - 128) / 224, (v - 128) / 224
    rgb = np.stack([y + 1.5748 * v, y - 0.1873 * u - 0.4681 * v, y + 1.8556 * u], 2)
    window = clip.motion.window_at(share)
    columns = window.width * width
    lines = columns * shot.height / shot.width
    left, top = round(window.x * width - columns / 2), round(window.y * height - lines / 2)
    return np.clip(rgb[max(0, top) : top + round(lines), max(0, left) : left + round(columns)] * 255, 0, 255)


def centre_pixel(frame):
    return frame[frame.shape[0] // 2, frame.shape[1] // 2]


def near(pixel, colour, within=14):
    return np.abs(np.subtract(pixel, colour)).max() <= within


def corner_pixels(frame):
    return [frame[row, column] for row in (5, -6) for column in (5, -6)]


@pytest.mark.parametrize("motion", ["push_in", "pull_out", "still", "drift"])
@pytest.mark.parametrize("size", [(108, 192), (540, 960), (216, 384)])
def test_picture_with_the_aspect_of_the_frame_fills_it(shots, quadrants, motion, size):
    shot = shots.shot(shots.save_image(quadrants(*size)), fit="crop", motion=motion)
    clip = render(shot)
    widest = 1.0 if motion == "pull_out" else 0.0
    pixels = corner_pixels(window_rgb(shot, clip, widest))
    assert all(near(*pair) for pair in zip(pixels, [RED, GREEN, BLUE, WHITE], strict=True))


@pytest.mark.parametrize("fit", ["blur", "pad"])
@pytest.mark.parametrize("size", [(400, 200), (300, 300), (200, 700)])
def test_whole_picture_shows_all_its_corners(shots, quadrants, fit, size):
    shot = shots.shot(shots.save_image(quadrants(*size)), fit=fit, motion="still")
    frame = window_rgb(shot, render(shot))
    for colour in (RED, GREEN, BLUE, WHITE):
        assert (np.abs(frame - colour).max(axis=2) < 12).sum() > 200


def test_padded_picture_lies_on_the_background_of_the_preset(shots, quadrants):
    shot = shots.shot(shots.save_image(quadrants(400, 300)), fit="pad", motion="still")
    frame = window_rgb(shot, render(shot))
    assert near(frame[3, 3], (0x10, 0x14, 0x18), 6)
    assert near(frame[-4, -4], (0x2B, 0x3A, 0x4A), 6)


def test_blurred_background_is_made_from_the_picture(shots):
    shot = shots.shot(shots.save_image(Image.new("RGB", (400, 300), (200, 100, 50))), fit="blur", motion="still")
    frame = window_rgb(shot, render(shot))
    assert near(frame[5, W // 2], (120, 60, 30), 6)
    assert near(centre_pixel(frame), (200, 100, 50), 4)


@pytest.mark.parametrize("x", [0.1, 0.5, 0.9])
def test_crop_keeps_the_focus_of_the_scene_in_the_window(shots, x):
    pixels = np.full((200, 600, 3), 40, np.uint8)
    cv2.circle(pixels, (round(x * 600), 100), 8, (255, 0, 0), -1)
    shot = shots.shot(shots.save_image(Image.fromarray(pixels)), fit="crop", focus=Focus(x, 0.5), motion="push_in")
    clip = render(shot)
    for share in (0, 0.5, 1):
        assert (window_rgb(shot, clip, share)[..., 0] > 150).any()


def test_crop_detects_the_focus_if_the_scene_has_none(shots):
    pixels = np.full((200, 600, 3), 40, np.uint8)
    cv2.circle(pixels, (470, 100), 20, (255, 0, 0), -1)
    shot = shots.shot(shots.save_image(Image.fromarray(pixels)), fit="crop", motion="still")
    assert (window_rgb(shot, render(shot))[..., 0] > 150).any()


def test_picture_with_alpha_lies_on_the_background(shots):
    image = Image.new("RGBA", (300, 300), (0, 255, 0, 0))
    image.paste((240, 120, 120, 255), (100, 100, 200, 200))
    shot = shots.shot(shots.save_image(image), motion="still")
    frame = window_rgb(shot, render(shot))
    assert near(centre_pixel(frame), (240, 120, 120), 6)
    assert frame[..., 1].max() < 135
    assert near(frame[3, 3], (0x10, 0x14, 0x18), 6)


def test_grade_applies_to_the_picture_and_not_to_the_background(shots):
    shot = shots.shot(
        shots.save_image(Image.new("RGB", (400, 300), (200, 50, 50))),
        fit="pad",
        motion="still",
        grade=Grade(saturation=0),
    )
    frame = window_rgb(shot, render(shot))
    centre = centre_pixel(frame)
    assert centre.max() - centre.min() < 6
    assert near(frame[-4, -4], (0x2B, 0x3A, 0x4A), 6)


@pytest.mark.parametrize(
    "size", [(1, 1), (2, 1), (3, 500), (500, 3), (100, 80), (3000, 200), (200, 3000), (4500, 3000)]
)
@pytest.mark.parametrize("fit", [None, "crop", "blur", "pad"])
def test_picture_of_any_size_gives_a_plate_of_even_and_limited_size(shots, quadrants, size, fit):
    shot = shots.shot(shots.save_image(quadrants(*size), "it.bmp"), fit=fit)
    rows, width = np.load(shot.store.local(render(shot).key), mmap_mode="r").shape
    assert rows % 3 == 0
    assert width % 2 == 0
    assert rows * width < 8 * W * H


@pytest.mark.parametrize("size", [(108, 108), (192, 108), (108, 134)])
def test_every_aspect_is_rendered(shots, quadrants, size):
    shot = shots.shot(shots.save_image(quadrants(400, 300)), width=size[0], height=size[1])
    assert render(shot).motion is not None


def test_scene_without_a_picture_has_its_own_colours(shots):
    shot = shots.shot(colours=("#FF0000", "#0000FF"), motion="still")
    frame = window_rgb(shot, render(shot))
    assert near(frame[2, 2], RED, 25)
    assert near(frame[-3, -3], BLUE, 25)


def test_single_colour_is_exact_and_still(shots):
    shot = shots.shot(colours=("#3366CC",))
    clip = render(shot)
    assert near(window_rgb(shot, clip), (0x33, 0x66, 0xCC), 3)
    assert clip.motion.kind == "still"


def test_gradient_drifts_unless_the_preset_is_still(shots):
    assert render(shots.shot()).motion.kind == "drift"
    assert render(shots.shot(preset=shots.preset(motion=MotionStyle(("still",), 1.0)))).motion.kind == "still"


def test_generated_scene_is_refused(shots):
    shot = shots.shot()
    with pytest.raises(ProviderRefused):
        render(replace(shot, scene=replace(shot.scene, media=replace(shot.scene.media, kind="generated"))))


def test_missing_file_is_bad_media(shots, quadrants):
    shot = shots.shot(shots.save_image(quadrants(20, 20)))
    for picture in (None, shots.directory / "missing.png"):
        with pytest.raises(BadMedia):
            render(replace(shot, picture=picture))


def test_audio_asset_is_bad_media(shots, quadrants):
    shot = shots.shot(shots.save_image(quadrants(20, 20)))
    with pytest.raises(BadMedia, match="audio"):
        render(replace(shot, asset=replace(shot.asset, kind="audio")))


def test_full_disk_raises_storage_full(shots, quadrants):
    shot = shots.shot(shots.save_image(quadrants(20, 20)))
    with pytest.raises(StorageFull):
        render(replace(shot, store=Folder(shots.store.root, min_free_bytes=1 << 62)))


# -- identity and cache ----------------------------------------------------------------------------------------------


def test_same_scene_is_rendered_once(shots, quadrants):
    shot = shots.shot(shots.save_image(quadrants(60, 40)))
    first = render(shot)
    modified_ns = shots.store.local(first.key).stat().st_mtime_ns
    assert render(shot) == first
    assert shots.store.local(first.key).stat().st_mtime_ns == modified_ns


def test_deleted_plate_is_rendered_again(shots, quadrants):
    shot = shots.shot(shots.save_image(quadrants(60, 40)))
    first = render(shot)
    before = shots.store.local(first.key).read_bytes()
    shots.store.delete([first.key])
    assert render(shot) == first
    assert shots.store.local(first.key).read_bytes() == before


@pytest.mark.parametrize(
    "options",
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
def test_every_visible_option_changes_the_identity(shots, quadrants, options):
    path = shots.save_image(quadrants(60, 40))
    assert render(shots.shot(path, **options)).identity != render(shots.shot(path)).identity


def test_different_files_have_different_identities(shots, quadrants):
    first = shots.shot(shots.save_image(quadrants(60, 40), "first.png"))
    second = shots.shot(shots.save_image(quadrants(40, 60), "second.png"))
    assert render(first).identity != render(second).identity


def test_caption_vignette_and_a_few_frames_keep_the_identity(shots, quadrants):
    path = shots.save_image(quadrants(60, 40))
    shot = shots.shot(path)
    changed = replace(shots.shot(path, grade=Grade(vignette=0.5), frames=93), scene=replace(shot.scene, caption="New"))
    assert render(changed).identity == render(shot).identity


def test_two_stores_get_identical_plates(shots, quadrants, tmp_path):
    shot = shots.shot(shots.save_image(quadrants(300, 200)), grade=Grade(contrast=1.1))
    (tmp_path / "other_store").mkdir()
    other_shot = replace(shot, store=Folder(tmp_path / "other_store"))
    clip, other_clip = render(shot), render(other_shot)
    assert clip == other_clip
    assert shot.store.local(clip.key).read_bytes() == other_shot.store.local(other_clip.key).read_bytes()


# -- footage ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def footage(shots):
    path = shots.directory / "video.mp4"
    source = ("-f", "lavfi", "-i", "testsrc2=size=64x48:rate=10:duration=2")
    run(command("test video", *source, "-pix_fmt", "yuv420p", path))
    return path


def test_video_is_used_unchanged(shots, footage):
    shot = shots.shot(footage, kind="video", fit="crop", focus=Focus(0.2, 0.3))
    clip = render(shot)
    assert (clip.kind, clip.key, clip.fit, clip.focus) == ("video", shot.asset.key, "crop", Focus(0.2, 0.3))
    assert (clip.start_ms, clip.length_ms) == (0, 2000)
    assert clip.ground == shot.preset.palette[0]
    assert not list(shots.store.root.rglob("*.npy"))


def test_start_is_subtracted_from_the_length(shots, footage):
    clip = render(shots.shot(footage, kind="video", start_ms=700))
    assert (clip.start_ms, clip.length_ms) == (700, 1300)


def test_start_is_part_of_the_identity(shots, footage):
    clips = [render(shots.shot(footage, kind="video", start_ms=ms)) for ms in (0, 0, 500)]
    assert clips[0].identity == clips[1].identity != clips[2].identity


def test_start_after_the_end_is_bad_media(shots, footage):
    with pytest.raises(BadMedia, match="ends at 2000 ms"):
        render(shots.shot(footage, kind="video", start_ms=2000))


def test_exposure_of_a_video_is_that_of_its_scene_and_part_of_its_identity(shots, footage):
    plain = render(shots.shot(footage, kind="video"))
    brighter = render(shots.shot(footage, kind="video", exposure=0.5, contrast=1.2))
    assert (plain.exposure, brighter.exposure) == (Exposure(), Exposure(0.5, 1.2))
    assert plain.identity != brighter.identity
    assert render(shots.shot(footage, kind="video", exposure=0.0)).identity == plain.identity


def test_video_without_a_video_stream_is_bad_media(shots):
    path = shots.directory / "sound.m4a"
    run(command("test sound", "-f", "lavfi", "-i", "sine=duration=1", path))
    with pytest.raises(BadMedia, match="no video stream"):
        render(shots.shot(path, kind="video"))


def test_undecodable_video_is_bad_media(shots, footage):
    data = bytearray(footage.read_bytes())
    start = data.index(b"mdat") + 4
    with av.open(str(footage)) as container:
        assert container.streams.video[0].frames == 20
    end = data.index(b"moov") - 4
    data[start:end] = bytes(end - start)
    footage.write_bytes(data)
    with pytest.raises(BadMedia):
        render(shots.shot(footage, kind="video"))


@pytest.mark.parametrize("content", [b"", b"words", b"\0" * 4096])
def test_file_that_is_not_a_video_is_bad_media(shots, content):
    path = shots.directory / "it.mp4"
    path.write_bytes(content)
    with pytest.raises(BadMedia):
        render(shots.shot(path, kind="video"))


def test_style_of_the_scene_overrides_the_preset(shots, quadrants):
    shot = shots.shot(shots.save_image(quadrants(108, 192)), fit="crop")
    assert render(shot).motion.kind == "push_in"
    styled = replace(shot, scene=replace(shot.scene, style=SceneStyle("tilt_down", 1.4)))
    assert render(styled).motion.kind == "tilt_down"
