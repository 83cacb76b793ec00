"""Progress bars, lower thirds, counters, tables, code and credits in the frames of a segment."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from app.store.backends.folder import Folder
from assembly.encode.compose import compose, draw_frames
from assembly.text import titles
from presets.library import preset
from schemas.preset import SafeZone
from schemas.region import Region
from schemas.scene_graph import Overlay
from schemas.segment import ClipRange, Encoding, ProgressBar, Segment, TimedOverlay
from tests.media import material

GREY, FRAMES, FPS = 120, 30, Fraction(30)
SIZE = (540, 960)
BAR = Region(0.1, 0.1, 0.8, 0.01)
STYLE = replace(preset("clean_bold").captions_of(*SIZE))


@pytest.fixture
def store(tmp_path: Path) -> Folder:
    folder = Folder(tmp_path)
    material.store_flat_plate(folder, "grey.npy", GREY, size=SIZE)
    return folder


def segment_of(*overlays: TimedOverlay, **facts: object) -> Segment:
    clip = material.still("grey.npy")
    plain = material.segment(ClipRange(clip, 0, FRAMES, FRAMES), FRAMES, FPS, overlays=overlays)
    zone = SafeZone(0.1, 0.1, 0.1, 0.1)
    return replace(
        plain,
        width=SIZE[0],
        height=SIZE[1],
        captions=STYLE,
        safe_zone=zone,
        free_zone=zone,
        encoding=Encoding("ultrafast", 0, 250),
        **facts,  # type: ignore[arg-type]
    )


def frames_of(segment: Segment, store: Folder) -> list[np.ndarray]:
    """Return the luma of every frame."""
    path = store.root / "segment.mp4"
    compose(segment, store, path)
    return [frame[: SIZE[1]].astype(int) for frame in material.decode_frames(path)]


def filled_columns(frame: np.ndarray) -> int:
    """Return how many columns of the bar are filled: the accent is brighter than the picture, the track darker."""
    left, top, width, height = BAR.even_box(*SIZE)
    row = frame[top + height // 2, left : left + width]
    return int((row > GREY + 30).sum())


@pytest.mark.parametrize("scene", [0, 2, 4])
def test_bar_grows_in_every_frame_by_the_share_of_its_scene(store: Folder, scene: int) -> None:
    frames = frames_of(segment_of(progress=ProgressBar("bar", scene, 5, BAR)), store)
    width = BAR.even_box(*SIZE)[2]
    for index, frame in enumerate(frames):
        expected = width * (scene + (index + 1) / FRAMES) / 5
        assert filled_columns(frame) == pytest.approx(expected, abs=2)


def test_segments_before_the_scene_are_full_and_those_after_it_are_empty(store: Folder) -> None:
    *_, last = frames_of(segment_of(progress=ProgressBar("segments", 1, 4, BAR)), store)
    left, top, width, height = BAR.even_box(*SIZE)
    row = last[top + height // 2, left : left + width]
    quarters = [row[k * width // 4 + 12 : (k + 1) * width // 4 - 12] for k in range(4)]
    assert [bool(part.min() > GREY + 30) for part in quarters] == [True, True, False, False]
    assert all(part.max() < GREY - 20 for part in quarters[2:])


def test_bar_changes_nothing_outside_its_area_and_is_not_on_the_thumbnail(store: Folder) -> None:
    with_bar = segment_of(progress=ProgressBar("bar", 1, 2, BAR))
    frame = frames_of(with_bar, store)[0]
    left, top, width, height = BAR.even_box(*SIZE)
    frame[top : top + height, left : left + width] = GREY
    assert np.abs(frame - GREY).max() <= 3
    (thumbnail,) = draw_frames(with_bar, [0], store)
    assert np.abs(thumbnail[: SIZE[1]].astype(int) - GREY).max() <= 3


@pytest.mark.parametrize(
    ("style", "text"),
    [
        ("lower_third", "Dr. Jean-Luc Müller\nWHO"),
        ("lower_third", "מריה חן\nמהנדסת"),
        ("counter", "2/5"),
        ("counter", "Step 2\n2/5"),
        ("table", "Bread | Price\nRye | $4\nSpelt | ✅"),
        ("code", "```python\nprint('bread')"),
        ("credits", "Footage: Jane Doe, 王小明, Łukasz Żółć and 3 others (Pexels)"),
    ],
)
@pytest.mark.parametrize("preset_id", ["clean_bold", "documentary", "minimal_mono"])
def test_block_is_drawn_inside_its_box_only(store: Folder, style: str, text: str, preset_id: str) -> None:
    overlay = TimedOverlay(Overlay(text=text, style=style, position="bottom"), 5, 20, row_frames=(2, 9))
    segment = replace(segment_of(overlay), captions=preset(preset_id).captions_of(*SIZE))
    (title,) = titles.titles(segment)
    frames = frames_of(segment, store)
    # Its first and last frames may be too faint to count.
    drawn = {index for index, frame in enumerate(frames) if np.abs(frame - GREY).max() > 20}
    assert set(range(12, 16)) <= drawn <= set(range(5, 25))
    rows, columns = np.nonzero(np.abs(frames[15] - GREY) > 20)
    shadow = 8
    assert title.box.top - 2 <= rows.min() and rows.max() <= title.box.bottom + shadow
    assert title.box.left - 2 <= columns.min() and columns.max() <= title.box.right + shadow
    assert columns.max() - columns.min() >= 0.9 * title.rest.width


def test_spoken_row_of_a_table_is_marked(store: Folder) -> None:
    text = "Bread | Price\nRye | $4\nSpelt | $6"
    overlay = TimedOverlay(Overlay(text=text, style="table", position="middle"), 0, FRAMES, row_frames=(8, 20))
    segment = segment_of(overlay)
    (title,) = titles.titles(segment)
    frames = frames_of(segment, store)
    middles = [round(title.rest.top + sum(title.bounds[k : k + 2]) / 2) for k in range(2)]
    x = round((title.rest.left + title.rest.right) / 2)
    brightness = [[frame[y - 2 : y + 3, x - 2 : x + 3].mean() for y in middles] for frame in frames]
    assert brightness[15][0] > brightness[15][1] + 8
    assert brightness[25][1] > brightness[25][0] + 8


def test_lower_third_slides_in(store: Folder) -> None:
    overlay = TimedOverlay(Overlay(text="Maria Chen\nEngineer", style="lower_third", position="bottom"), 0, FRAMES)
    frames = frames_of(segment_of(overlay), store)
    widths = [np.ptp(np.nonzero(np.abs(frame - GREY) > 20)[1]) for frame in frames[:8]]
    assert widths[0] < 0.6 * widths[7] and widths == sorted(widths)
