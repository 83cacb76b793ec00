"""The film's captions as files of their own: SubRip and WebVTT."""

from __future__ import annotations

from collections.abc import Callable

import pysubs2

from assembly.text import ass
from assembly.text.cue_layout import pieces, text_of
from schemas.preset import CaptionStyle
from schemas.timeline import Cue, Timeline

_AS_WRITTEN = CaptionStyle(uppercase=False)


def srt(timeline: Timeline) -> str:
    """SubRip. It has no escaping, so U+2060 parts what a player would take for a tag or a time."""
    return _written(timeline, "srt", _parted)


def vtt(timeline: Timeline) -> str:
    """WebVTT."""
    return _written(timeline, "vtt", _escaped)


def lines(cue: Cue) -> tuple[str, ...]:
    """A cue's lines as they are read."""
    rows = (text_of(pieces(words, 0, _AS_WRITTEN, "")) for words in cue.lines)
    return tuple(row for row in rows if row.strip())


def _written(timeline: Timeline, kind: str, safe: Callable[[str], str]) -> str:
    made = pysubs2.SSAFile()
    for cue in timeline.tracks.captions:
        text = "\\N".join(safe(row) for row in lines(cue))
        if text:
            made.append(pysubs2.SSAEvent(cue.start_ms, cue.end_ms, text))
    return str(made.to_string(kind, keep_ssa_tags=True))


def _plain(text: str) -> str:
    """The writer reads ``\\N`` and ``\\p`` in a text, so a backslash stands alone."""
    return text.replace("\\", "\\" + ass.WORD_JOINER)


def _parted(text: str) -> str:
    safe = _plain(text).replace("-->", f"--{ass.WORD_JOINER}>")
    return safe.replace("<", "<" + ass.WORD_JOINER)


def _escaped(text: str) -> str:
    return _plain(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
