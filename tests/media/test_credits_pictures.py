"""The credits of stock footage in the frames of the last segment: in the safe zone, and not over the captions."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from app.store.backends.folder import Folder
from assembly.encode.compose import compose
from assembly.text.layout import safe_box
from assembly.text.titles import caption_band
from presets.library import preset
from schemas.scene_graph import Overlay
from schemas.segment import ClipRange, Encoding, Segment, TimedOverlay
from tests.media import material

GREY, FRAMES, FPS = 120, 20, Fraction(30)
SIZES = {"9:16": (540, 960), "4:5": (540, 676), "1:1": (540, 540), "16:9": (960, 540)}
LONG = "Footage: Jane Doe, John Roe, 王小明, Łukasz Żółć and 3 others (Pexels); Ana (Pixabay)"
TEXTS = ("Footage: Jane Doe, John Roe (Pexels)", LONG)


@pytest.fixture
def store(tmp_path: Path) -> Folder:
    return Folder(tmp_path)


def last_segment(store: Folder, aspect: str, text: str) -> Segment:
    """Return a segment with a caption and the credits, in the first and the last of whose frames both are shown."""
    size, used = SIZES[aspect], preset("clean_bold")
    material.store_flat_plate(store, "grey.npy", GREY, size=size)
    overlay = TimedOverlay(Overlay(text=text, style="credits", position="bottom"), 0, FRAMES)
    clip_range = ClipRange(material.still("grey.npy"), 0, FRAMES, FRAMES)
    cue = material.cue(0, 5000, "The film ends here,", "at the sea.")
    plain = material.segment(clip_range, FRAMES, FPS, overlays=(overlay,), cues=(cue,))
    zone = used.safe_zone_of(*size)
    segment = replace(plain, width=size[0], height=size[1], captions=used.captions_of(*size), safe_zone=zone)
    return replace(segment, free_zone=zone, encoding=Encoding("ultrafast", 0, 250))


def middle_frame(segment: Segment, store: Folder) -> np.ndarray:
    """Return the luma of a frame in the middle of the segment."""
    path = store.root / "segment.mp4"
    compose(segment, store, path)
    return material.decode_frames(path)[FRAMES // 2][: segment.height].astype(int)


@pytest.mark.parametrize("aspect", list(SIZES))
@pytest.mark.parametrize("text", TEXTS)
def test_burned_credits_are_in_the_safe_zone_and_not_over_the_caption(store: Folder, aspect: str, text: str) -> None:
    segment = last_segment(store, aspect, text)
    band, slack = caption_band(segment), 2
    assert band is not None
    without = middle_frame(replace(segment, overlays=()), store)
    rows, columns = np.nonzero(np.abs(middle_frame(segment, store) - without) > 20)
    zone = safe_box(segment.safe_zone, segment.width, segment.height)
    assert zone.left - slack <= columns.min() and columns.max() <= zone.right + slack
    assert zone.top - slack <= rows.min() and rows.max() <= zone.bottom + slack
    in_band = (band.top < rows) & (rows < band.bottom) & (band.left < columns) & (columns < band.right)
    assert len(rows) > 1000 and not in_band.any()


def test_burned_credits_have_letters_on_a_ground(store: Folder) -> None:
    segment = last_segment(store, "9:16", TEXTS[0])
    change = middle_frame(segment, store) - middle_frame(replace(segment, overlays=()), store)
    darker, lighter = (change < -60).sum(), (change > 60).sum()
    assert darker > 2 * lighter > 500
