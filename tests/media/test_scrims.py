"""Text is readable on every picture in every preset: a scrim lies behind it where it must."""

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest

from app.store.backends.folder import Folder
from assembly.encode.compose import compose, draw_frames
from assembly.encode.scrims import scrims_of
from assembly.picture import i420
from assembly.picture.scrim import TextArea
from assembly.picture.scrim_strength import least_contrast, luminances
from assembly.text.text_areas import text_areas
from presets.library import presets
from schemas.clip import Panel
from schemas.region import Region
from schemas.scene_graph import Overlay
from schemas.segment import ClipRange, Encoding, Segment, TimedOverlay
from tests.media import material

SIZE = (216, 384)
FRAMES = 40
LOSSLESS = Encoding("ultrafast", 0, 250)
PICTURES = ("white", "black", "busy")


@pytest.fixture
def store(tmp_path):
    return Folder(tmp_path)


def busy_plate() -> np.ndarray:
    """Return a picture like a page of small text: strokes of black and white."""
    frame = i420.empty(*SIZE)
    frame[:] = 128
    luma = i420.planes(frame)[0]
    luma[:] = np.kron(np.random.default_rng(3).integers(0, 2, (SIZE[1] // 3, SIZE[0] // 3)) * 219 + 16, np.ones((3, 3)))
    return frame


def plate(store: Folder, picture: str) -> str:
    if picture == "busy":
        return material.store_plate(store, "busy.npy", busy_plate())
    return material.store_flat_plate(store, f"{picture}.npy", 235 if picture == "white" else 16, size=SIZE)


def segment_with_text(key: str, preset, **facts) -> Segment:
    overlay = TimedOverlay(Overlay(text="The same sunset", style="headline", position="top"), 0, FRAMES)
    return material.segment(
        ClipRange(material.still(key), 0, FRAMES, FRAMES),
        FRAMES,
        width=SIZE[0],
        height=SIZE[1],
        captions=preset.captions_of(*SIZE),
        safe_zone=preset.safe_zone_of(*SIZE),
        cues=(material.cue(0, 1300, "a promise", "worth it"),),
        overlays=(overlay,),
        encoding=LOSSLESS,
        **facts,
    )


def first_frame(segment: Segment, store: Folder) -> np.ndarray:
    return next(draw_frames(segment, [0], store))


def with_scrims(segment: Segment, index: int, store: Folder) -> np.ndarray:
    (frame,) = draw_frames(segment, [index], store)
    for scrim in scrims_of(segment, lambda alone: first_frame(alone, store)):
        scrim.draw(frame, index)
    return frame


def worst_contrast(area: TextArea, frame: np.ndarray) -> float:
    """Return the contrast of the text to the 90th percentile of what is under it, counted from its best side."""
    box, luma = area.box, i420.planes(frame)[0]
    under = luma[int(box.top) : round(box.bottom), int(box.left) : round(box.right)]
    text = luminances(area.colours)
    return min(least_contrast(text, float(np.quantile(under, share))) for share in (0.1, 0.9))


@pytest.mark.parametrize("picture", PICTURES)
@pytest.mark.parametrize("preset", presets(), ids=lambda preset: preset.id)
def test_contrast_of_text_to_the_picture_is_at_least_three(store, preset, picture) -> None:
    segment = segment_with_text(plate(store, picture), preset)
    frame = with_scrims(segment, FRAMES // 2, store)
    areas = text_areas(segment)
    assert areas
    for area in areas:
        assert worst_contrast(area, frame) >= 3.0


@pytest.mark.parametrize("preset", presets(), ids=lambda preset: preset.id)
def test_scrim_is_there_only_where_it_is_needed(store, preset) -> None:
    is_light = min(luminances((preset.captions.title_colour,))) > 0.5
    easy, hard = ("black", "white") if is_light else ("white", "black")
    segments = {picture: segment_with_text(plate(store, picture), preset) for picture in (easy, hard)}
    scrims = {name: scrims_of(each, lambda alone: first_frame(alone, store)) for name, each in segments.items()}
    assert not scrims[easy] and scrims[hard]


def test_film_has_the_scrim(store) -> None:
    (preset,) = (preset for preset in presets() if preset.id == "editorial_serif")
    segment = segment_with_text(plate(store, "white"), preset)
    compose(segment, store, store.root / "segment.mp4")
    frame = material.decode_frames(store.root / "segment.mp4")[FRAMES // 2]
    expected, luma = (i420.planes(each)[0] for each in (with_scrims(segment, FRAMES // 2, store), frame))
    # At the left edge there is no text.
    assert np.abs(luma[:, :8].astype(int) - expected[:, :8]).max() <= 2
    assert luma[60, :8].mean() < 170 and luma[200, :8].mean() > 225


def test_scrim_of_a_title_appears_and_goes_with_it(store) -> None:
    (preset,) = (preset for preset in presets() if preset.id == "editorial_serif")
    whole = segment_with_text(plate(store, "white"), preset)
    segment = replace(whole, cues=(), overlays=(replace(whole.overlays[0], first=5, frames=25),))
    top = [float(i420.planes(with_scrims(segment, index, store))[0][60, :8].mean()) for index in (0, 6, 17, 28, 35)]
    assert top[0] == top[4] == 235
    assert 235 > top[1] > top[2] < top[3] < 235


def test_scrim_stays_inside_the_card_under_the_title(store) -> None:
    (preset,) = (preset for preset in presets() if preset.id == "editorial_serif")
    area = Region(0.1, 0.1, 0.8, 0.5)
    _, _, width, height = area.even_box(*SIZE)
    card = material.store_flat_plate(store, "card.npy", 235, size=(width, height))
    segment = segment_with_text(plate(store, "white"), preset)
    clip = replace(segment.incoming.clip, panels=(Panel(area, card),), radius=0.05)
    segment = replace(segment, cues=(), incoming=replace(segment.incoming, clip=clip))
    luma = i420.planes(with_scrims(segment, 20, store))[0]
    assert (luma[:, :20] == 235).all() and (luma[:38] == 235).all()
    assert luma[60, 30] < 170


def test_scrim_on_footage_is_decided_by_its_frames(store) -> None:
    (preset,) = (preset for preset in presets() if preset.id == "clean_bold")
    for luma, is_needed in (("white", True), ("black", False)):
        path = store.root / f"{luma}.mp4"
        material.make_video(path, f"color=c={luma}:s={SIZE[0]}x{SIZE[1]}:r=30", "-c:v", "libx264", seconds=2)
        segment = segment_with_text("x", preset)
        clip = material.video(path.name)
        segment = replace(segment, fps=Fraction(30), incoming=ClipRange(clip, 0, FRAMES, FRAMES))
        assert bool(scrims_of(segment, lambda alone: first_frame(alone, store))) is is_needed
