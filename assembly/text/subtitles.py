"""The film's captions as subtitle files: SubRip and WebVTT."""

from __future__ import annotations

from collections.abc import Callable

import pysubs2

from assembly.text import ass
from assembly.text.cue_layout import line_text, pieces
from schemas.preset import CaptionStyle
from schemas.timeline import Cue, Timeline

_WITHOUT_UPPERCASE = CaptionStyle(uppercase=False)


def srt(timeline: Timeline) -> str:
    """Return the captions as SubRip.

    SubRip has no escaping, so U+2060 is inserted into text that a player would read as a tag or a time.
    """
    return _subtitle_file(timeline, "srt", _srt_text)


def vtt(timeline: Timeline) -> str:
    """Return the captions as WebVTT."""
    return _subtitle_file(timeline, "vtt", _vtt_text)


def cue_text_lines(cue: Cue) -> tuple[str, ...]:
    """Return the text of a cue's lines, without empty ones."""
    texts = (line_text(pieces(words, 0, _WITHOUT_UPPERCASE, "")) for words in cue.lines)
    return tuple(text for text in texts if text.strip())


def _subtitle_file(timeline: Timeline, file_format: str, escape: Callable[[str], str]) -> str:
    file = pysubs2.SSAFile()
    for cue in timeline.tracks.captions:
        text = "\\N".join(escape(line) for line in cue_text_lines(cue))
        if text:
            file.append(pysubs2.SSAEvent(cue.start_ms, cue.end_ms, text))
    return str(file.to_string(file_format, keep_ssa_tags=True))


def _without_ass_escapes(text: str) -> str:
    """Insert U+2060 after backslashes: pysubs2 interprets ``\\N`` and ``\\p`` in a text."""
    return text.replace("\\", "\\" + ass.WORD_JOINER)


def _srt_text(text: str) -> str:
    text = _without_ass_escapes(text).replace("-->", f"--{ass.WORD_JOINER}>")
    return text.replace("<", "<" + ass.WORD_JOINER)


def _vtt_text(text: str) -> str:
    return _without_ass_escapes(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
