"""Text overlays (hooks, text scenes, lower thirds): wrapped and placed clear of the captions and of each other."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pysubs2

from assembly.picture.regions import face_boxes
from assembly.text import ass, ass_lines
from assembly.text.cue_layout import lay_out_cue
from assembly.text.layout import Box, design_pixel, fitting_size, overshoot_em, place_box, safe_box, text_width, wrap
from assembly.text.typeface import Typeface, typeface
from schemas.segment import Segment, TimedOverlay

FADE_MS = 250
# Maximum height of a title, as a share of the safe zone's height.
MAX_HEIGHT = 0.7
SHRINK_FACTOR, SHRINK_STEPS = 0.93, 40
GAP_EM = 0.35
# A title that would have to be smaller than this share of its size to be clear of faces covers them instead.
MIN_SIZE_BESIDE_FACES = 0.55


@dataclass(frozen=True, slots=True)
class Title:
    """The layout of a text overlay in pixels of the frame.

    ``size`` is the em of the text, ``box`` the area it covers and ``first_middle`` the distance from the top of the box
    to the middle of the first line.
    """

    overlay: TimedOverlay
    face: Typeface
    size: float
    lines: tuple[str, ...]
    box: Box
    first_middle: float


def titles(segment: Segment) -> tuple[Title, ...]:
    """Return the layout of every text overlay of the segment, in the order of the overlays."""
    result: list[Title] = []
    band = caption_band(segment)
    for timed in segment.overlays:
        if timed.overlay.kind != "text" or not ass.collapse_whitespace(timed.overlay.text):
            continue
        occupied = [title.box for title in result if _overlap_in_time(title.overlay, timed)]
        result.append(_title_beside_faces(timed, segment, [*occupied, band] if band else occupied))
    return tuple(result)


def _title_beside_faces(timed: TimedOverlay, segment: Segment, occupied: list[Box]) -> Title:
    """Return the title clear of faces, or anywhere if it would become too small."""
    faces = face_boxes(segment)
    anywhere = _place_title(timed, segment, occupied)
    if not any(anywhere.box.overlaps(face) for face in faces):
        return anywhere
    beside = _place_title(timed, segment, [*occupied, *faces])
    is_clear = not any(beside.box.overlaps(box) for box in (*occupied, *faces))
    return beside if is_clear and beside.size >= MIN_SIZE_BESIDE_FACES * anywhere.size else anywhere


def events(segment: Segment) -> list[pysubs2.SSAEvent]:
    """Return one event per line of each text overlay, with a fade in and out."""
    return [event for title in titles(segment) for event in _title_events(title, segment)]


def caption_band(segment: Segment) -> Box | None:
    """Return the area that the segment's captions cover at any time; ``None`` when there are none."""
    boxes = [lay_out_cue(cue, segment).box for cue in segment.cues]
    if not boxes:
        return None
    return Box(
        min(box.left for box in boxes),
        min(box.top for box in boxes),
        max(box.right for box in boxes),
        max(box.bottom for box in boxes),
    )


def _overlap_in_time(a: TimedOverlay, b: TimedOverlay) -> bool:
    return a.first < b.first + b.frames and b.first < a.first + a.frames


def _place_title(timed: TimedOverlay, segment: Segment, occupied: list[Box]) -> Title:
    """Return the title at its wanted size, or at the largest smaller size that fits beside ``occupied``."""
    pixel = design_pixel(segment.width, segment.height)
    zone = safe_box(segment.title_zone or segment.safe_zone, segment.width, segment.height)
    face = typeface(segment.captions.title_font, True, timed.overlay.text, segment.language)
    size = segment.captions.title_size_px * timed.overlay.scale * pixel
    for _ in range(SHRINK_STEPS):
        title = _title_at_size(timed, segment, face, size, zone)
        box = moved_clear(title.box, occupied, zone, GAP_EM * title.size, up=timed.overlay.position == "bottom")
        fits = box.height <= zone.height * MAX_HEIGHT and box.is_inside(zone)
        if fits and not any(box.overlaps(other) for other in occupied):
            break
        size *= SHRINK_FACTOR
    return replace(title, box=box)


def _title_at_size(timed: TimedOverlay, segment: Segment, face: Typeface, size: float, zone: Box) -> Title:
    style = segment.captions
    border = (style.outline_px + style.shadow_px) * design_pixel(segment.width, segment.height)
    max_width = zone.width - 2 * border
    lines = _wrap_lines(face, timed.overlay.text, size, max_width)
    size = fitting_size(face, lines, size, 0.0, max_width)
    width = min(max_width, max(text_width(face, line, size, 0.0) for line in lines)) + 2 * border
    above, below = overshoot_em(face, lines)
    height_em = len(lines) * face.line_pitch_em + above + below
    box = place_box(timed.overlay.position, width, height_em * size + 2 * border, zone)
    return Title(timed, face, size, lines, box, border + (above + face.line_pitch_em / 2) * size)


def _wrap_lines(face: Typeface, text: str, size: float, max_width: float) -> tuple[str, ...]:
    """Wrap each line of ``text``; the user's own line breaks are kept."""
    rows = [ass.collapse_whitespace(row) for row in text.splitlines()]
    return tuple(line for row in rows if row for line in wrap(face, row, size, 0.0, max_width))


def moved_clear(box: Box, occupied: list[Box], zone: Box, gap: float, up: bool) -> Box:
    """Return ``box`` moved past all ``occupied`` boxes, up or down, or the other way when that leaves the zone.

    Returns ``box`` itself when neither direction stays inside the zone.
    """
    for upwards in (up, not up):
        moved = _moved_past(box, occupied, gap, upwards)
        if zone.top <= moved.top and moved.bottom <= zone.bottom:
            return moved
    return box


def _moved_past(box: Box, occupied: list[Box], gap: float, up: bool) -> Box:
    for other in sorted(occupied, key=lambda other: -other.bottom if up else other.top):
        if box.overlaps(other):
            box = box.moved_down(other.top - gap - box.bottom if up else other.bottom + gap - box.top)
    return box


def _title_events(title: Title, segment: Segment) -> list[pysubs2.SSAEvent]:
    frames = (title.overlay.first, title.overlay.first + title.overlay.frames)
    length_ms = ass.frame_time_ms(frames[1], segment.fps) - ass.frame_time_ms(frames[0], segment.fps)
    fade_ms = min(FADE_MS, length_ms // 3)
    x, pitch = (title.box.left + title.box.right) / 2, title.face.line_pitch_em * title.size
    first_y = title.box.top + title.first_middle - title.face.line_offset_em * title.size
    result: list[pysubs2.SSAEvent] = []
    for index, line in enumerate(title.lines):
        overrides = ass_lines.position_override(x, first_y + index * pitch)
        overrides += ass_lines.font_override(title.face, title.size) + f"\\fad({fade_ms},{fade_ms})"
        text = ass_lines.text_in_fonts(title.face, title.size, line, segment.language)
        result.append(ass_lines.event(segment, frames, ass_lines.TITLE, overrides, text))
    return result
