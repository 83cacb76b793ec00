"""Logos and drawings with transparency: their visible pixels stand out from the ground in every preset."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from PIL import Image, ImageDraw

from app.media.visibility import luminances, standing_out
from app.store.backends.folder import Folder
from assembly.encode.compose import draw_frames
from engines.adapters.local import Local
from engines.stills.backgrounds import gradient
from engines.stills.grounds import ground_of
from engines.stills.pictures import Picture
from presets.library import preset, presets
from schemas.scene_graph import Overlay
from schemas.segment import ClipRange, TimedOverlay
from tests.media import material
from tests.unit.engines.conftest import ShotFactory

BLACK, WHITE, NAVY, ORANGE = (0, 0, 0), (255, 255, 255), (10, 20, 80), (250, 140, 0)
GREY, RED, GREEN, BLUE, YELLOW = (120, 120, 120), (220, 20, 20), (0, 150, 60), (20, 40, 180), (250, 220, 0)
PRESETS = [each.id for each in presets()]


def art(*colours: tuple[int, int, int], size: int = 200) -> Image.Image:
    """Return vertical bars of equal widths in the middle of a transparent image."""
    pixels = np.zeros((size, size, 4), np.uint8)
    bounds = np.linspace(0.1 * size, 0.9 * size, len(colours) + 1).astype(int)
    for colour, left, right in zip(colours, bounds, bounds[1:], strict=False):
        pixels[size // 5 : size - size // 5, left:right] = (*colour, 255)
    return Image.fromarray(pixels)


def contrasts(colour, ground) -> np.ndarray:
    """Return the contrast of a colour to each pixel of a ground."""
    levels = np.sort(np.stack(np.broadcast_arrays(luminances(np.array(colour, np.uint8)), luminances(ground))), axis=0)
    return (levels[1] + 0.05) / (levels[0] + 0.05)


def picture(image: Image.Image) -> Picture:
    pixels = np.asarray(image)
    return Picture(pixels[..., :3].copy(), pixels[..., 3].copy())


@pytest.mark.parametrize("name", PRESETS)
@pytest.mark.parametrize("colour", [BLACK, WHITE, GREY, RED, GREEN, BLUE, YELLOW])
def test_art_of_one_colour_has_a_contrast_of_three_to_its_ground(name, colour) -> None:
    ground = gradient(ground_of(picture(art(colour)), preset(name).palette), 40, 60)
    assert contrasts(colour, ground).min() >= 2.95


@pytest.mark.parametrize("name", PRESETS)
def test_black_and_white_art_stands_out_as_a_whole(name) -> None:
    ground = gradient(ground_of(picture(art(BLACK, WHITE)), preset(name).palette), 40, 60)
    assert min(contrasts(BLACK, ground).min(), contrasts(WHITE, ground).min()) >= 2.95


@pytest.mark.parametrize("name", PRESETS)
@pytest.mark.parametrize("colours", [(NAVY, ORANGE), (RED, GREEN, BLUE), (BLACK, WHITE, RED), (BLACK, YELLOW)])
def test_ground_of_art_of_several_colours_is_at_least_as_good_as_the_presets(name, colours) -> None:
    own, colours_of_preset = picture(art(*colours)), preset(name).palette
    visible = own.alpha > 0

    def share(ground) -> float:
        levels = luminances(gradient(ground, 40, 60))
        return standing_out(luminances(own.rgb), visible.astype(float), levels.min(), levels.max())

    assert share(ground_of(own, colours_of_preset)) >= max(0.5, share(colours_of_preset) - 0.05)


def test_ground_that_art_stands_out_from_is_kept() -> None:
    palette = preset("clean_bold").palette
    assert ground_of(picture(art(WHITE)), palette) == palette


@pytest.mark.parametrize("name", ["clean_bold", "documentary", "minimal_mono", "product_hero"])
@pytest.mark.parametrize("colour", [BLACK, WHITE])
def test_scene_shows_a_logo_on_a_ground_that_it_stands_out_from(tmp_path, name, colour) -> None:
    shots = ShotFactory(tmp_path)
    path = shots.save_image(art(colour))
    clip = Local().render(shots.shot(path, preset=replace(preset(name), shapes=()), motion="still"))
    plate = np.load(shots.store.local(clip.key))
    luma = plate[: plate.shape[0] * 2 // 3]
    middle, corner = float(luma[luma.shape[0] // 2, luma.shape[1] // 2]), float(luma[4, 4])
    assert abs(middle - corner) >= 60


@pytest.mark.parametrize("suffix", ["gif", "webp", "png"])
def test_animation_with_transparency_lies_on_a_ground_that_it_stands_out_from(tmp_path, suffix) -> None:
    shots = ShotFactory(tmp_path)
    path = tmp_path / f"logo.{suffix}"
    first, second = art(BLACK), art(BLACK, BLACK, size=200).rotate(90)
    first.save(path, save_all=True, append_images=[second], duration=300, loop=0, disposal=2)
    shot = shots.shot(path, kind="video", preset=preset("clean_bold"))
    asset = replace(shot.asset, content_type=f"image/{suffix}", alpha=True, length_ms=600, width=200, height=200)
    clip = Local().render(replace(shot, asset=asset))
    segment = material.segment(ClipRange(clip, 0, 30, 30), 30)
    frame = next(draw_frames(segment, [12], shots.store))
    assert frame[96, 54] < 40
    assert frame[4, 4] > 200


def overlay_frame(store: Folder, image: Image.Image, luma: int) -> np.ndarray:
    """Return a frame of a flat clip with an image in its middle."""
    with store.writing("logo.png") as file:
        image.save(file, "PNG")
    clip = material.still(material.store_flat_plate(store, "plates/flat.npy", luma))
    timed = TimedOverlay(Overlay("image", asset="ast_x", scale=0.5), 0, 20, "logo.png")
    segment = material.segment(ClipRange(clip, 0, 20, 20), 20, overlays=(timed,))
    return next(draw_frames(segment, [10], store))[:192]


@pytest.fixture
def store(tmp_path) -> Folder:
    return Folder(tmp_path)


@pytest.mark.parametrize(("colour", "luma"), [(BLACK, 24), (WHITE, 225), (GREY, 110)])
def test_logo_over_a_picture_of_its_own_brightness_lies_on_a_plate(store, colour, luma) -> None:
    frame = overlay_frame(store, art(colour), luma)
    centre, beside = float(frame[96, 54]), float(frame[96, 30])
    assert abs(centre - beside) >= 60
    assert frame[10, 10] == luma


@pytest.mark.parametrize(("colour", "luma"), [(BLACK, 225), (WHITE, 24)])
def test_logo_that_stands_out_from_the_picture_has_no_plate(store, colour, luma) -> None:
    frame = overlay_frame(store, art(colour), luma)
    assert abs(float(frame[96, 29]) - luma) <= 1


def test_logo_in_deep_grey_keeps_its_level(store) -> None:
    deep = Image.fromarray(np.full((200, 200), 128 * 257, np.uint16))
    eight = Image.new("L", (200, 200), 128)
    assert np.abs(overlay_frame(store, deep, 24).astype(int) - overlay_frame(store, eight, 24)).max() <= 1


@pytest.mark.parametrize("format_", ["GIF", "WEBP", "PNG"])
def test_animated_logo_is_shown_by_its_first_full_frame(store, format_) -> None:
    frames = []
    for side, colour in ((0, "white"), (20, "white"), (96, "white"), (96, "grey"), (20, "white")):
        frame = Image.new("RGBA", (100, 100), (0, 0, 0, 0))
        if side:
            ImageDraw.Draw(frame).rectangle((50 - side // 2, 2, 49 + side // 2, 97), fill=colour)
        frames.append(frame)
    options = {"lossless": True} if format_ == "WEBP" else {"disposal": 2} if format_ == "GIF" else {}
    with store.writing("logo.gif") as file:
        frames[0].save(file, format_, save_all=True, append_images=frames[1:], duration=100, **options)
    clip = material.still(material.store_flat_plate(store, "plates/flat.npy", 24))
    timed = TimedOverlay(Overlay("image", asset="ast_x", scale=0.5), 0, 20, "logo.gif")
    frame = next(draw_frames(material.segment(ClipRange(clip, 0, 20, 20), 20, overlays=(timed,)), [10], store))[:192]
    assert frame[96, 54] > 225
    assert frame[96, 36] > 225


def test_overlay_that_cannot_be_opened_is_left_out(store) -> None:
    (store.root / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\nbroken")
    clip = material.still(material.store_flat_plate(store, "plates/flat.npy", 100))
    timed = (
        TimedOverlay(Overlay("image", asset="ast_x"), 0, 20, "broken.png"),
        TimedOverlay(Overlay("image", asset="ast_y"), 0, 20, "gone.png"),
    )
    segment = material.segment(ClipRange(clip, 0, 20, 20), 20, overlays=timed, fps=Fraction(30))
    assert int(next(draw_frames(segment, [10], store))[96, 54]) == 100
    from assembly.picture.overlays import unreadable_overlays

    reasons = unreadable_overlays([segment], store.local)
    assert set(reasons) == {"ast_x", "ast_y"}
    assert reasons["ast_y"] == "it is no longer stored"
