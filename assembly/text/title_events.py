"""Text overlays as ASS events: each row, bar and card has one event for each of its poses."""

from __future__ import annotations

from functools import partial

import pysubs2

from app.planning.timing.key_words import key_word
from assembly.text import ass, ass_lines, motion
from assembly.text.blocks.events import block_events
from assembly.text.blocks.rows import Row
from assembly.text.cards import card_events
from assembly.text.drawn_title import DrawnTitle
from assembly.text.layout import Box
from assembly.text.title_layout import BAR_WIDTH, BLOCK_SIZES
from assembly.text.titles import titles
from schemas.segment import Segment

# All rows of a headline appear within this many frames.
STAGGER_FRAMES = 3


def events(segment: Segment) -> list[pysubs2.SSAEvent]:
    """Return the events of every text overlay of the segment."""
    result: list[pysubs2.SSAEvent] = []
    for title in titles(segment):
        drawn = DrawnTitle(segment, title)
        style = title.overlay.overlay.style
        if style == "amount":
            result += card_events(drawn)
        else:
            result += block_events(drawn) if style in BLOCK_SIZES else _title_events(drawn)
    return result


def _title_events(drawn: DrawnTitle) -> list[pysubs2.SSAEvent]:
    """Return the events of the rows, which appear one after the other, and of a headline's bar."""
    title = drawn.title
    is_staggered = drawn.segment.captions.title_animation.kind in ("pop", "rise")
    step = STAGGER_FRAMES // max(1, len(title.rows) - 1) if is_staggered else 0
    result = _bar(drawn) if title.bar_height else []
    words_before = 0
    for index, row in enumerate(title.rows):
        text = _row_text(drawn, row, words_before)
        words_before += len(row.text.split())
        start = step * index
        for pose, frames in drawn.runs(start, partial(drawn.pose, start=start)):
            result.append(drawn.row_event(row, text, (pose, title.rest.top + row.middle), frames))
    return result


def _row_text(drawn: DrawnTitle, row: Row, words_before: int) -> str:
    """Return the row as ASS; the key word of a headline is in the accent."""
    title, language = drawn.title, drawn.segment.language
    words = row.text.split()
    is_headline = title.overlay.overlay.style == "headline"
    key = key_word([word for line in title.lines for word in line.split()], language) if is_headline else None
    if key is None or not words_before <= key < words_before + len(words):
        return ass_lines.text_in_fonts(title.face, row.size, row.text, language)
    on, off = (ass.colour_override(colour) for colour in (drawn.accent, drawn.segment.captions.title_colour))
    texts = [ass_lines.text_in_fonts(title.face, row.size, word, language) for word in words]
    texts[key - words_before] = f"{{{on}}}{texts[key - words_before]}{{{off}}}"
    return " ".join(texts)


def _bar(drawn: DrawnTitle) -> list[pysubs2.SSAEvent]:
    """Return the events of the bar below a headline; it grows to its width while the last row appears."""
    title = drawn.title
    count = motion.frames_in(drawn.segment.captions.title_animation, drawn.segment.fps)
    half = BAR_WIDTH * title.rest.width / 2
    start = STAGGER_FRAMES if count else 0

    def look(frame: int) -> tuple[float, float]:
        share = min(1.0, (frame - start + 1) / count) if count else 1.0
        return 1 - (1 - share) ** 2, drawn.pose(frame, start).opacity

    result = []
    for (share, opacity), frames in drawn.runs(start, look):
        x, bottom = title.centre_x, title.rest.bottom
        box = Box(x - half * share, bottom - title.bar_height, x + half * share, bottom)
        result.append(drawn.rectangle(box, box.height / 2, (drawn.accent, opacity), frames))
    return result
