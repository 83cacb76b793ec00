"""Text overlays: hooks, text scenes and lower thirds, wrapped, placed clear of the captions and of each other."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pysubs2

from assembly.text import ass, ass_lines
from assembly.text.cue_layout import setting
from assembly.text.layout import Box, fitted, overshoot_em, placed, safe_box, unit, width, wrapped
from assembly.text.typeface import Typeface, typeface
from schemas.segment import Segment, TimedOverlay

FADE_MS = 250
# A title takes at most this share of the height that is free for it.
TALLEST = 0.7
STEP, STEPS = 0.93, 40
GAP_EM = 0.35


@dataclass(frozen=True, slots=True)
class Title:
    """A text overlay laid out: ``size`` is its em, ``box`` what it covers and ``first`` how far below the box's top the
    middle of its first line lies, all in pixels of the frame."""

    overlay: TimedOverlay
    face: Typeface
    size: float
    lines: tuple[str, ...]
    box: Box
    first: float


def titles(segment: Segment) -> tuple[Title, ...]:
    """Every text overlay of the segment in its place, in the order in which they are named."""
    made: list[Title] = []
    band = caption_band(segment)
    for timed in segment.overlays:
        if timed.overlay.kind != "text" or not ass.flowing(timed.overlay.text):
            continue
        taken = [title.box for title in made if _together(title.overlay, timed)]
        made.append(_laid(timed, segment, [*taken, band] if band else taken))
    return tuple(made)


def events(segment: Segment) -> list[pysubs2.SSAEvent]:
    """One event per line of a text overlay; it fades in and out."""
    return [event for title in titles(segment) for event in _events(title, segment)]


def caption_band(segment: Segment) -> Box | None:
    """What the segment's captions cover at any time; ``None`` when there are none."""
    boxes = [setting(cue, segment).box for cue in segment.cues]
    if not boxes:
        return None
    return Box(
        min(box.left for box in boxes),
        min(box.top for box in boxes),
        max(box.right for box in boxes),
        max(box.bottom for box in boxes),
    )


def _together(a: TimedOverlay, b: TimedOverlay) -> bool:
    return a.first < b.first + b.frames and b.first < a.first + a.frames


def _laid(timed: TimedOverlay, segment: Segment, taken: list[Box]) -> Title:
    """As large as it is wanted, or as large as finds room beside what is taken."""
    one = unit(segment.width, segment.height)
    zone = safe_box(segment.safe_zone, segment.width, segment.height)
    face = typeface(segment.captions.title_font, True, timed.overlay.text, segment.language)
    size = segment.captions.title_size_px * timed.overlay.scale * one
    for _ in range(STEPS):
        title = _sized(timed, segment, face, size, zone)
        box = clear(title.box, taken, zone, GAP_EM * title.size, up=timed.overlay.position == "bottom")
        if box.height <= zone.height * TALLEST and box.inside(zone) and not any(box.meets(other) for other in taken):
            break
        size *= STEP
    return replace(title, box=box)


def _sized(timed: TimedOverlay, segment: Segment, face: Typeface, size: float, zone: Box) -> Title:
    style = segment.captions
    edge = (style.outline_px + style.shadow_px) * unit(segment.width, segment.height)
    room = zone.width - 2 * edge
    rows = _wrapped(face, timed.overlay.text, size, room)
    size = fitted(face, rows, size, 0.0, room)
    wide = min(room, max(width(face, line, size, 0.0) for line in rows)) + 2 * edge
    head, foot = overshoot_em(face, rows)
    tall = len(rows) * face.pitch_em + head + foot
    box = placed(timed.overlay.position, wide, tall * size + 2 * edge, zone)
    return Title(timed, face, size, rows, box, edge + (head + face.pitch_em / 2) * size)


def _wrapped(face: Typeface, text: str, size: float, room: float) -> tuple[str, ...]:
    """A user's own line breaks are kept."""
    rows = [ass.flowing(row) for row in text.splitlines()]
    return tuple(line for row in rows if row for line in wrapped(face, row, size, 0.0, room))


def clear(box: Box, taken: list[Box], zone: Box, gap: float, up: bool) -> Box:
    """``box`` moved past everything that is taken: towards ``up`` or down, the other way where that leaves the zone."""
    for upwards in (up, not up):
        found = _past(box, taken, gap, upwards)
        if zone.top <= found.top and found.bottom <= zone.bottom:
            return found
    return box


def _past(box: Box, taken: list[Box], gap: float, up: bool) -> Box:
    for other in sorted(taken, key=lambda one: -one.bottom if up else one.top):
        if box.meets(other):
            box = box.moved(other.top - gap - box.bottom if up else other.bottom + gap - box.top)
    return box


def _events(title: Title, segment: Segment) -> list[pysubs2.SSAEvent]:
    frames = (title.overlay.first, title.overlay.first + title.overlay.frames)
    length_ms = ass.at(frames[1], segment.fps) - ass.at(frames[0], segment.fps)
    fade_ms = min(FADE_MS, length_ms // 3)
    x, pitch = (title.box.left + title.box.right) / 2, title.face.pitch_em * title.size
    first = title.box.top + title.first - title.face.sinks_em * title.size
    made: list[pysubs2.SSAEvent] = []
    for place, line in enumerate(title.lines):
        before = ass_lines.placing(x, first + place * pitch) + ass_lines.setting(title.face, title.size)
        before += f"\\fad({fade_ms},{fade_ms})"
        text = ass_lines.letters(title.face, title.size, line, segment.language)
        made.append(ass_lines.event(segment, frames, ass_lines.TITLE, before, text))
    return made
