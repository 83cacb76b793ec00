"""The words of subtitles in SRT, WebVTT, ASS and the like, without their times."""

from __future__ import annotations

import re
from collections.abc import Iterable

from app.planning.text.marks import has_end_mark
from schemas.text_width import line_gap, one_line

_TIME = r"(?:\d{1,2}:)?\d{1,2}:\d{2}[.,]\d{1,3}"
# SBV, of YouTube, has a comma between the times.
_ARROW = r"[ \t]*(?:-->[ \t]*|,(?=\d+:\d{2}:\d{2}\.\d{3}[ \t]*$))"
TIMING = re.compile(rf"^[ \t]*{_TIME}{_ARROW}{_TIME}", re.MULTILINE)
START = re.compile(r"\s*(?:WEBVTT\b|\[Script Info\])")
# An SRT begins with the number of its first cue, or with its time.
SRT = re.compile(rf"\s*(?:\d{{1,6}}[ \t]*\n)?[ \t]*{_TIME}{_ARROW}", re.MULTILINE)
NOTE = re.compile(r"^(?:NOTE|STYLE|REGION)\b[^\n]*(?:\n(?!\s*\n)[^\n]*)*", re.MULTILINE)
TAG = re.compile(r"</?(?:v|c|i|b|u|lang|ruby|rt|font)\b[^<>\n]{0,200}>|<\d[\d:.]*>|\{\\[^{}\n]{0,200}\}", re.IGNORECASE)
# A dash or arrows before the words of another speaker.
TURN = re.compile(r"^(?:-\s?|(?:>>|&gt;&gt;)>?\s*)(?=\S)")
# With fewer ends of sentences per cue, the cues are lines of their own.
MIN_ENDS = 0.15


def is_subtitles(text: str) -> bool:
    return START.match(text) is not None or SRT.match(text) is not None


def text_of_subtitles(text: str) -> str:
    """Return the words of subtitles, cues of a sentence joined, and lines that roll up once only."""
    cues = _cues_of_ass(text) if text.lstrip().startswith("[") else _cues(text)
    lines = _without_repeats(line for cue in cues for line in cue)
    ends = sum(has_end_mark(line) for line in lines)
    if ends < MIN_ENDS * len(lines):
        return "\n".join(lines)
    joined = ""
    for line in lines:
        joined += ("\n" if has_end_mark(joined) else line_gap(joined, line)) + line
    return joined.strip()


def _cues(text: str) -> list[list[str]]:
    """Return the lines of each cue of an SRT or WebVTT."""
    parts = TIMING.split(NOTE.sub("", text))
    bodies = [part.split("\n", 1)[1] if "\n" in part else "" for part in parts[1:]]
    cues = [re.split(r"\n[ \t]*(?:\n|$)", body.lstrip("\n"), maxsplit=1)[0].split("\n") for body in bodies]
    return [[line for row in cue if (line := _words(row)) and not line.isdecimal()] for cue in cues]


def _cues_of_ass(text: str) -> list[list[str]]:
    from pysubs2 import SSAFile

    try:
        events = SSAFile.from_string(text, format_="ass").events
    except Exception:  # noqa: BLE001 - the library has no error of its own for a damaged file
        return [[line] for line in re.findall(r"^Dialogue:(?:[^,\n]*,){9}([^\n]*)", text, re.MULTILINE)]
    return [[_words(row) for row in event.plaintext.split("\n")] for event in events if not event.is_comment]


def _words(row: str) -> str:
    return TURN.sub("", one_line(TAG.sub("", row)))


def _without_repeats(lines: Iterable[str]) -> list[str]:
    """Return ``lines`` without those that repeat one of the two before them, as in captions that roll up."""
    result: list[str] = []
    for line in lines:
        if line and line not in result[-2:]:
            result.append(line)
    return result
