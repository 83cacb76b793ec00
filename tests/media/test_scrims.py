"""Text is readable on every picture in every preset: a scrim lies behind it where its outline is not enough."""

from dataclasses import dataclass, replace
from fractions import Fraction

import cv2
import numpy as np
import pytest
from PIL import Image

from app.store.backends.folder import Folder
from assembly.encode.compose import compose, draw_frames
from assembly.encode.scrims import scrims_of
from assembly.picture import i420
from assembly.picture.scrim import Scrims, TextArea
from assembly.picture.scrim_strength import MAX_STRENGTH, SURROUNDINGS_EM, least_contrast, luminances
from assembly.text.text_areas import text_areas
from presets.library import presets
from schemas.animation import Animation
from schemas.clip import CameraShot, Motion, Panel, Window
from schemas.preset import CaptionStyle, SafeZone
from schemas.region import Region
from schemas.scene_graph import Overlay
from schemas.segment import ClipRange, Encoding, Segment, TimedOverlay
from tests.media import material

SIZE = (540, 960)
FRAMES = 16
LOSSLESS = Encoding("ultrafast", 0, 250)
PICTURES = ("white", "black", "busy")
# The size in which letters are measured.
LARGE = (1080, 1920)
# Letters without outline or shadow.
PLAIN = CaptionStyle(outline_px=0, shadow_px=0, accent="#FFFFFF", highlight="none")


@pytest.fixture
def store(tmp_path):
    return Folder(tmp_path)


def busy_plate(size: tuple[int, int]) -> np.ndarray:
    """Return a picture like a page of small text: strokes of black and white."""
    frame = i420.empty(*size)
    frame[:] = 128
    strokes = np.random.default_rng(3).integers(0, 2, (size[1] // 12, size[0] // 12)) * 219 + 16
    i420.planes(frame)[0][:] = np.kron(strokes, np.ones((12, 12)))
    return frame


def plate(store: Folder, picture: str, size: tuple[int, int] = SIZE) -> str:
    if picture == "busy":
        return material.store_plate(store, "busy.npy", busy_plate(size))
    return material.store_flat_plate(store, f"{picture}.npy", 235 if picture == "white" else 16, size=size)


def segment_of(key: str, captions: CaptionStyle, frames: int = FRAMES, size=SIZE, **facts) -> Segment:
    """Return a segment with a headline above and captions below."""
    overlay = TimedOverlay(Overlay(text="The same sunset", style="headline", position="top"), 0, frames)
    facts = {
        "cues": (material.cue(0, 40 * frames, "a promise", "worth it"),),
        "overlays": (overlay,),
        "encoding": LOSSLESS,
        **facts,
    }
    clip_range = ClipRange(material.still(key), 0, frames, frames)
    return material.segment(clip_range, frames, width=size[0], height=size[1], captions=captions, **facts)


def segment_in(preset, picture: str, store: Folder) -> Segment:
    """Return a short segment whose text does not move."""
    calm = replace(preset.captions_of(*LARGE), animation=Animation("none"), title_animation=Animation("none"))
    return segment_of(plate(store, picture, LARGE), calm, 2, LARGE, safe_zone=preset.safe_zone_of(*LARGE))


def scrims_in(segment: Segment, store: Folder) -> Scrims:
    return scrims_of(segment, lambda alone: next(draw_frames(alone, [0], store)))


def luma_with_scrims(segment: Segment, index: int, store: Folder) -> np.ndarray:
    (frame,) = draw_frames(segment, [index], store)
    scrims_in(segment, store).draw(frame, index)
    return i420.planes(frame)[0].astype(int)


def luma_of_film(segment: Segment, store: Folder) -> np.ndarray:
    """Return the luma of the last frame of the rendered segment."""
    path = store.root / "segment.mp4"
    compose(segment, store, path)
    return i420.planes(material.decode_frames(path)[-1])[0]


# -- what is readable --------------------------------------------------------------------------------------------------


def around_letters(area: TextArea, letters: np.ndarray) -> np.ndarray:
    """Return the pixels around the letters of an area, as far as the eye takes their ground from."""
    reach = 2 * round(SURROUNDINGS_EM * area.em) + 1
    near, edge = (
        cv2.dilate(letters.astype(np.uint8), cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size)))
        for size in (reach, 3)
    )
    inside = np.zeros_like(letters)
    inside[round(area.box.top) : round(area.box.bottom), round(area.box.left) : round(area.box.right)] = True
    return (near > edge) & inside


@pytest.mark.parametrize("preset", presets(), ids=lambda preset: preset.id)
def test_contrast_of_the_letters_of_a_film_to_what_is_around_them_is_at_least_three(store, preset) -> None:
    is_light = min(luminances((preset.captions.title_colour,))) > 0.5
    ground = "black" if is_light else "white"
    alone = luma_of_film(segment_in(preset, ground, store), store).astype(int)
    letters = np.abs(alone - (16 if is_light else 235)) > 50
    for picture in PICTURES:
        segment = segment_in(preset, picture, store)
        luma = luma_of_film(segment, store)
        areas = text_areas(segment)
        assert areas
        for area in areas:
            around = luma[around_letters(area, letters)].mean()
            assert least_contrast(luminances(area.colours), float(around)) >= 3.0, (picture, area.box)


@pytest.mark.parametrize("picture", PICTURES)
@pytest.mark.parametrize("preset", presets(), ids=lambda preset: preset.id)
def test_scrim_leaves_the_picture_visible(store, preset, picture) -> None:
    segment = segment_in(preset, picture, store)
    scrims = scrims_in(segment, store).scrims
    assert all(0 < scrim.strength <= MAX_STRENGTH for scrim in scrims)
    assert all(scrim.shares.max() <= np.float32(MAX_STRENGTH) for scrim in scrims)


@pytest.mark.parametrize("preset", presets(), ids=lambda preset: preset.id)
def test_scrim_does_not_tint_the_picture(store, preset) -> None:
    segment = segment_in(preset, "busy", store)
    (frame,) = draw_frames(segment, [1], store)
    scrims_in(segment, store).draw(frame, 1)
    assert all(np.abs(plane.astype(int) - i420.NEUTRAL).max() <= 2 for plane in i420.planes(frame)[1:])


def test_scrim_is_there_only_where_it_is_needed(store) -> None:
    assert not scrims_in(segment_of(plate(store, "black"), PLAIN), store)
    assert len(scrims_in(segment_of(plate(store, "white"), PLAIN), store).scrims) == 2


def test_thick_outline_is_enough_on_white(store) -> None:
    assert not scrims_in(segment_of(plate(store, "white"), replace(PLAIN, outline_px=14)), store)


@pytest.mark.parametrize("style", ["amount", "counter", "lower_third", "table", "code", "credits"])
def test_text_with_a_ground_of_its_own_has_no_scrim(store, style) -> None:
    text = {"table": "A | B\n1 | 2", "lower_third": "Ada Lovelace\nMathematician"}.get(style, "2/5")
    overlay = TimedOverlay(Overlay(text=text, style=style, position="top"), 0, FRAMES)
    segment = segment_of(plate(store, "white"), PLAIN, cues=(), overlays=(overlay,))
    assert text_areas(segment) == ()
    assert not scrims_in(segment, store)


def test_captions_in_boxes_have_no_scrim(store) -> None:
    style = replace(PLAIN, box_colour="#000000C0")
    assert text_areas(segment_of(plate(store, "white"), style, overlays=())) == ()


# -- when it is there --------------------------------------------------------------------------------------------------


def test_scrim_of_captions_is_steady_through_a_scene(store) -> None:
    cues = (
        material.cue(150, 800, "a"),
        material.cue(1100, 1400, "much longer", "caption"),
        material.cue(1500, 2300, "b"),
    )
    segment = segment_of(plate(store, "white"), PLAIN, 75, cues=cues, overlays=())
    frames = [luma_with_scrims(segment, index, store) for index in (0, 3, 15, 30, 40, 60, 74)]
    assert frames[0].min() < 180
    assert all(np.array_equal(frames[0], frame) for frame in frames[1:])


def test_scrim_of_a_title_is_complete_while_it_is_shown_and_fades_before_and_after(store) -> None:
    whole = segment_of(plate(store, "white"), PLAIN, 90, cues=())
    segment = replace(whole, overlays=(replace(whole.overlays[0], first=30, frames=25),))
    (area,) = text_areas(segment)
    opacities = [area.opacity(index) for index in range(90)]
    assert opacities[30:55] == [1.0] * 25
    assert opacities[0] == opacities[89] == 0
    steps = np.abs(np.diff(opacities))
    assert 12 <= np.count_nonzero(steps[:31]) <= 19
    assert steps.max() < 0.15


def test_scrim_appears_during_the_transition_into_the_scene(store) -> None:
    outgoing = ClipRange(material.still(plate(store, "black")), 0, 10, 20)
    segment = segment_of(plate(store, "white"), PLAIN, 60, outgoing=outgoing, transition="fade")
    for area in text_areas(segment):
        opacities = [area.opacity(index) for index in range(12)]
        assert opacities == sorted(opacities)
        assert 0 < opacities[0] < 0.1 and opacities[9] < opacities[10] == 1


def test_scrim_is_gone_before_the_picture_is_mixed_with_the_next_one(store) -> None:
    segment = segment_of(plate(store, "white"), PLAIN, 60)
    before_cut, before_fade = (text_areas(replace(segment, fades_out=fades)) for fades in (False, True))
    assert all(area.opacity(59) == 1 for area in before_cut)
    assert all(area.opacity(59) < 0.1 and area.opacity(40) == 1 for area in before_fade)


def test_caption_that_ends_with_the_transition_leaves_no_scrim_in_the_next_scene(store) -> None:
    outgoing = ClipRange(material.still(plate(store, "black")), 0, 10, 20)
    cues = (material.cue(0, 300, "the last words"),)
    segment = segment_of(plate(store, "white"), PLAIN, 60, cues=cues, overlays=(), outgoing=outgoing, transition="fade")
    assert text_areas(segment) == ()


# -- where it is -------------------------------------------------------------------------------------------------------


def test_film_has_the_scrim(store) -> None:
    segment = segment_of(plate(store, "white"), PLAIN)
    expected, luma = luma_with_scrims(segment, FRAMES - 1, store), luma_of_film(segment, store)
    # At the left edge there is no text.
    assert np.abs(luma[:, :12] - expected[:, :12]).max() <= 2
    assert luma[150, :12].mean() < 180


@dataclass(frozen=True)
class Card:
    """A white frame with a white card of ``area``, and a segment whose only text is a title."""

    area: Region
    segment: Segment

    @property
    def place(self) -> tuple[slice, slice]:
        left, top, width, height = self.area.even_box(*SIZE)
        return slice(top, top + height), slice(left, left + width)


def card_in(store: Folder, area: Region) -> Card:
    _, _, width, height = area.even_box(*SIZE)
    card = material.store_flat_plate(store, "card.npy", 235, size=(width, height))
    segment = segment_of(plate(store, "white"), PLAIN, cues=())
    clip = replace(segment.incoming.clip, panels=(Panel(area, card),), radius=0.05)
    return Card(area, replace(segment, incoming=replace(segment.incoming, clip=clip)))


def test_scrim_of_a_title_inside_a_card_stays_inside_it(store) -> None:
    card = card_in(store, Region(0.05, 0.1, 0.9, 0.5))
    luma = luma_with_scrims(card.segment, 8, store)
    outside = np.ones_like(luma, bool)
    outside[card.place] = False
    assert (luma[outside] == 235).all()
    inside = luma[card.place]
    assert inside[60].mean() < 180
    assert (inside[[0, 0, -1, -1], [0, -1, 0, -1]] == 235).all()


def test_scrim_of_a_title_beside_a_card_does_not_lie_on_it(store) -> None:
    card = card_in(store, Region(0.1, 0.36, 0.8, 0.4))
    luma = luma_with_scrims(card.segment, 8, store)
    assert (luma[card.place][20:-20, 20:-20] == 235).all()
    assert luma[150].mean() < 180


def test_scrim_across_the_edge_of_a_card_does_not_show_that_edge(store) -> None:
    card = card_in(store, Region(0.2, 0.0, 0.3, 1.0))
    luma = luma_with_scrims(card.segment, 8, store)
    assert np.abs(np.diff(luma[150])).max() <= 2
    assert luma[150].mean() < 180


def test_scrim_on_a_still_is_decided_by_all_of_its_shots(store) -> None:
    frame = i420.empty(SIZE[0] * 2, SIZE[1] * 2)
    frame[:] = i420.NEUTRAL
    luma = i420.planes(frame)[0]
    luma[:, : SIZE[0]], luma[:, SIZE[0] :] = 16, 235
    segment = segment_of(material.store_plate(store, "halves.npy", frame), PLAIN, 60)
    dark, light = (Motion("still", *[Window(x, 0.5, 0.4)] * 2) for x in (0.25, 0.75))
    for motion, is_needed in ((dark, False), (light, True)):
        shots = (CameraShot(0, dark), CameraShot(20, motion), CameraShot(40, dark))
        clip_range = replace(segment.incoming, shots=shots)
        assert bool(scrims_in(replace(segment, incoming=clip_range), store)) is is_needed


def test_scrim_on_footage_is_decided_by_its_frames(store) -> None:
    for luma, is_needed in (("white", True), ("black", False)):
        path = store.root / f"{luma}.mp4"
        material.make_video(path, f"color=c={luma}:s={SIZE[0]}x{SIZE[1]}:r=30", "-c:v", "libx264", seconds=2)
        segment = segment_of("x", PLAIN)
        clip = material.video(path.name)
        segment = replace(segment, fps=Fraction(30), incoming=ClipRange(clip, 0, FRAMES, FRAMES))
        assert bool(scrims_in(segment, store)) is is_needed


def test_image_with_a_shadow_lies_over_the_scrim_in_its_own_zone(store) -> None:
    Image.new("RGB", (200, 200), (255, 255, 255)).save(store.root / "product.png")
    product = Overlay("image", asset="product", scale=0.8, shadow=True)
    title = TimedOverlay(Overlay(text="The same sunset", style="headline", position="top"), 0, FRAMES)
    overlays = (title, TimedOverlay(product, 0, 2 * FRAMES, "product.png"))
    segment = segment_of(plate(store, "white"), PLAIN, overlays=overlays, image_zone=SafeZone(0.3, 0.4, 0.1, 0.1))
    row = luma_of_film(segment, store)[round(0.4 * SIZE[1])]
    assert row[:12].max() < 230  # the scrim of the title
    columns = np.flatnonzero(row >= 233)
    assert columns[-1] - columns[0] == pytest.approx(0.8 * 0.3 * SIZE[1], abs=4)
    assert (columns[0] + columns[-1]) / 2 == pytest.approx(SIZE[0] / 2, abs=2)
