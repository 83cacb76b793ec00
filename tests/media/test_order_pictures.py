"""Pictures of orders: the shape, the subject, the limits of the model, and what must not leave this machine."""

from __future__ import annotations

import hashlib
import io
from fractions import Fraction

import numpy as np
import pi_heif  # noqa: F401 - registers the opener of HEIC
import pillow_heif
import pytest
from PIL import Image, ImageCms

from app.core.errors import BadMedia
from app.media.ffmpeg import command, run
from app.store.backends.folder import Folder
from engines.hosted.order_pictures import OrderFrame, encoded, last_frame, order_frame, order_picture
from schemas.engine import EngineModel
from schemas.region import Region
from schemas.scene_graph import Focus, Media
from tests.media import material

MODEL = EngineModel("m", "m")
FRAME, IMAGE = OrderFrame(360, 640), Media("image")
RED, BLUE = (220, 30, 30), (30, 30, 220)


@pytest.fixture
def store(tmp_path):
    (tmp_path / "store").mkdir()
    return Folder(tmp_path / "store")


def scene_picture(width=1600, height=900, subject=(1200, 300, 200)) -> Image.Image:
    """A grey landscape with a red square at (left, top, side)."""
    pixels = np.full((height, width, 3), 120, np.uint8)
    left, top, side = subject
    pixels[top : top + side, left : left + side] = RED
    return Image.fromarray(pixels)


def saved(tmp_path, image, name="picture.jpg", **options):
    path = tmp_path / name
    image.save(path, **options)
    return path, hashlib.sha256(path.read_bytes()).hexdigest()


def made(store, path_and_hash, media=IMAGE, frame=FRAME, **options) -> Image.Image:
    key = order_picture(*path_and_hash, media, frame, store, **options)
    image = Image.open(store.local(key))
    image.load()
    return image


def share_of(image: Image.Image, colour, within=60) -> float:
    distance = np.abs(np.asarray(image.convert("RGB")).astype(int) - colour).max(axis=2)
    return float((distance < within).mean())


# -- the frame -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("aspect", "film", "size"),
    [
        ("9:16", (1080, 1920), (1080, 1920)),
        ("16:9", (1080, 1920), (1080, 608)),
        ("3:4", (1080, 1350), (1012, 1350)),
        ("720:1280", (540, 960), (540, 960)),
        ("auto", (1080, 1350), (1080, 1350)),
    ],
)
def test_frame_has_the_ordered_shape_within_the_film(aspect, film, size):
    frame = order_frame(MODEL, aspect, *film)
    assert (frame.width, frame.height) == size


@pytest.mark.parametrize(
    ("types", "suffix"),
    [(("image/png", "image/jpeg"), ".jpg"), (("image/png",), ".png"), (("image/webp",), ".webp")],
)
def test_format_is_one_that_the_model_takes(types, suffix, store, tmp_path):
    frame = order_frame(EngineModel("m", "m", image_types=types), "9:16", 360, 640)
    key = order_picture(*saved(tmp_path, scene_picture()), IMAGE, frame, store)
    assert key.endswith(suffix)
    assert Image.open(store.local(key)).format == frame.format


def test_model_that_takes_no_known_format_is_refused():
    with pytest.raises(BadMedia, match="neither JPEG, PNG nor WebP"):
        order_frame(EngineModel("m", "m", image_types=("image/gif",)), "9:16", 360, 640)


# -- the crop --------------------------------------------------------------------------------------------------------


def test_crop_holds_the_subject(store, tmp_path):
    image = made(store, saved(tmp_path, scene_picture()))
    assert image.size == (360, 640)
    assert share_of(image, RED) > 0.075  # 200 × 200 of 506 × 900 pixels


def test_focus_of_the_scene_decides(store, tmp_path):
    image = made(store, saved(tmp_path, scene_picture()), Media("image", focus=Focus(0.1, 0.5)))
    assert share_of(image, RED) == 0


def test_subject_of_the_scene_decides(store, tmp_path):
    media = Media("image", subject=Region(0.0, 0.3, 0.1, 0.3))
    assert share_of(made(store, saved(tmp_path, scene_picture()), media), RED) == 0


def test_picture_is_not_distorted(store, tmp_path):
    image = made(store, saved(tmp_path, scene_picture(), quality=95))
    red = np.abs(np.asarray(image).astype(int) - RED).max(axis=2) < 60
    rows, columns = np.flatnonzero(red.any(axis=1)), np.flatnonzero(red.any(axis=0))
    assert abs(len(rows) - len(columns)) <= 3


def test_small_picture_is_not_enlarged_to_the_film(store, tmp_path):
    small = saved(tmp_path, scene_picture(640, 1138, (100, 300, 200)))
    image = made(store, small, frame=OrderFrame(1080, 1920))
    assert 630 <= image.width <= 642


def test_tiny_picture_is_enlarged_to_what_models_take(store, tmp_path):
    tiny = saved(tmp_path, scene_picture(90, 160, (20, 60, 30)), "tiny.png")
    assert made(store, tiny, frame=OrderFrame(1080, 1920)).width == 512


# -- the file of the user --------------------------------------------------------------------------------------------


def exif_of(orientation: int = 1) -> Image.Exif:
    exif = Image.Exif()
    exif[0x0112], exif[0x010F], exif[0x010E] = orientation, "Secret camera", "Anna at home"
    exif.get_ifd(0x8825).update({1: "N", 2: (52.0, 31.0, 12.0), 3: "E", 4: (13.0, 24.0, 18.0)})
    return exif


def test_orientation_is_applied(store, tmp_path):
    upright = scene_picture(900, 1600, (350, 100, 200))
    turned = saved(tmp_path, upright.transpose(Image.Transpose.ROTATE_90), exif=exif_of(6), quality=95)
    image = made(store, turned)
    red = np.abs(np.asarray(image).astype(int) - RED).max(axis=2) < 60
    assert np.flatnonzero(red.any(axis=1)).mean() < 640 / 4


@pytest.mark.parametrize("name", ["picture.jpg", "picture.png", "picture.webp", "picture.heic"])
def test_metadata_do_not_leave_this_machine(store, tmp_path, name):
    path = tmp_path / name
    if name.endswith("heic"):
        pillow_heif.from_pillow(scene_picture()).save(path, exif=exif_of().tobytes())
    else:
        scene_picture().save(path, exif=exif_of())
    key = order_picture(path, hashlib.sha256(path.read_bytes()).hexdigest(), IMAGE, FRAME, store)
    data = store.local(key).read_bytes()
    assert not Image.open(io.BytesIO(data)).getexif()
    for secret in (b"Secret camera", b"Anna", b"Exif", b"GPS", b"xmp"):
        assert secret not in data


def test_colours_are_srgb(store, tmp_path):
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB"))
    lab = Image.merge("LAB", [Image.new("L", (400, 700), value) for value in (136, 208, 195)])
    path = saved(tmp_path, lab, "lab.tiff", icc_profile=profile.tobytes())
    red, green, blue = made(store, path).getpixel((100, 100))
    assert red > 200
    assert max(green, blue) < 110
    assert "icc_profile" not in made(store, path).info


def test_art_with_transparency_is_shown_whole_on_a_ground(store, tmp_path):
    art = Image.new("RGBA", (800, 400), (0, 0, 0, 0))
    art.paste((*RED, 255), (50, 50, 750, 350))
    image = made(store, saved(tmp_path, art, "art.png"), colours=("#F0F0F0", "#FFFFFF"))
    red = np.abs(np.asarray(image).astype(int) - RED).max(axis=2) < 60
    columns = np.flatnonzero(red.any(axis=0))
    assert columns[0] > 0
    assert columns[-1] < 359
    assert min(image.getpixel((5, 5))) > 220


@pytest.mark.parametrize("data", [b"no picture", b"\x89PNG\r\n\x1a\n broken"])
def test_broken_picture_is_refused(store, tmp_path, data):
    path = tmp_path / "picture.png"
    path.write_bytes(data)
    with pytest.raises(BadMedia):
        order_picture(path, "0" * 64, IMAGE, FRAME, store)


# -- the limits ------------------------------------------------------------------------------------------------------


def noise(width: int, height: int) -> np.ndarray:
    return np.random.default_rng(2).integers(0, 256, (height, width, 3), np.uint8)


@pytest.mark.parametrize(
    ("content_type", "max_bytes"),
    [("image/jpeg", 400_000), ("image/jpeg", 60_000), ("image/webp", 150_000), ("image/png", 900_000)],
)
def test_picture_holds_the_bytes_that_the_model_takes(content_type, max_bytes):
    frame = OrderFrame(720, 1280, content_type, max_bytes)
    data = encoded(noise(720, 1280), frame)
    width, height = Image.open(io.BytesIO(data)).size
    assert len(data) <= max_bytes
    assert abs(width / height - 720 / 1280) < 0.01


def test_quality_is_lowered_before_the_size():
    rgb = noise(360, 640)
    whole = len(encoded(rgb, OrderFrame(360, 640)))
    data = encoded(rgb, OrderFrame(360, 640, max_bytes=whole - 1))
    assert Image.open(io.BytesIO(data)).size == (360, 640)


def test_picture_that_cannot_be_made_small_enough_is_refused():
    with pytest.raises(BadMedia, match="cannot be made smaller"):
        encoded(noise(720, 1280), OrderFrame(720, 1280, max_bytes=2_000))


def test_equal_pictures_are_made_once(store, tmp_path):
    picture = saved(tmp_path, scene_picture())
    keys = {order_picture(*picture, IMAGE, FRAME, store) for _ in range(2)}
    assert len(keys) == 1
    assert order_picture(*picture, IMAGE, OrderFrame(360, 360), store) not in keys
    assert order_picture(*picture, Media("image", focus=Focus(0.2, 0.2)), FRAME, store) not in keys


# -- the end of a clip -----------------------------------------------------------------------------------------------


def end_of(store, path, frame=FRAME, **options) -> Image.Image:
    return Image.open(store.local(last_frame(path, path.name, frame, store, **options))).convert("RGB")


@pytest.mark.parametrize("codec", ["libx264", "mpeg4"])
def test_last_frame_is_the_one_with_the_highest_number(store, tmp_path, codec):
    times = [40 * k for k in range(60)]
    path = material.make_numbered_video(tmp_path / "clip.mp4", times, size=(180, 320), codec=codec)
    grey = np.asarray(end_of(store, path).convert("L")).mean()
    assert abs(grey - (material.luma_of(59) - 16) / 219 * 255) < 4


def test_last_frame_before_a_fade_to_black_is_taken(store, tmp_path):
    path = material.make_video(
        tmp_path / "clip.mp4", "color=c=red:s=180x320:r=24,fade=out:st=1.2:d=0.3", "-pix_fmt", "yuv420p", seconds=2
    )
    red, _, _ = np.asarray(end_of(store, path)).mean(axis=(0, 1))
    assert red > 30


def test_black_clip_has_a_last_frame(store, tmp_path):
    path = material.make_video(tmp_path / "clip.mp4", "color=c=black:s=180x320:r=24", "-pix_fmt", "yuv420p")
    assert np.asarray(end_of(store, path)).max() < 5


def test_last_frame_is_upright_and_of_the_ordered_shape(store, tmp_path):
    wide = material.make_video(tmp_path / "wide.mp4", "testsrc2=s=640x360:r=24", "-pix_fmt", "yuv420p")
    path = tmp_path / "turned.mp4"
    run(command("turn", "-v", "error", "-display_rotation", "90", "-i", wide, "-c", "copy", path))
    assert end_of(store, path).size == (360, 640)
    assert Fraction(*end_of(store, wide).size) == Fraction(9, 16)


def test_bars_are_not_part_of_the_last_frame(store, tmp_path):
    path = material.make_video(
        tmp_path / "clip.mp4", "color=c=white:s=180x304:r=24,pad=180:320:0:8", "-pix_fmt", "yuv420p"
    )
    assert np.asarray(end_of(store, path, crop=(0, 8, 180, 304))).min() > 200


def test_last_frame_of_an_animated_webp_is_its_last(store, tmp_path):
    path = tmp_path / "clip.webp"
    frames = [Image.new("RGB", (180, 320), colour) for colour in (BLUE, BLUE, RED)]
    frames[0].save(path, save_all=True, append_images=frames[1:], duration=100)
    assert share_of(end_of(store, path), RED) == 1


def test_file_without_a_picture_has_no_last_frame(store, tmp_path):
    path = tmp_path / "clip.mp4"
    path.write_bytes(b"broken")
    with pytest.raises(BadMedia):
        last_frame(path, "x", FRAME, store)
