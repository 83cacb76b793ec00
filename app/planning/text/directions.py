"""Directions within the lines of a script: cues in brackets, stars or notes, time codes and footnote references."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from app.planning.text import label_words as words
from app.planning.text.inline_text import CLOSE, OPEN, starred, unmarked
from app.planning.text.labels import TIMECODE, Kind, label_of
from app.planning.text.left_out import LeftOut
from app.planning.text.marks import has_end_mark, has_words
from schemas.text_width import line_gap

_AMOUNT = (
    r"(?:\d+(?:\.\d+)?|one|two|three|four|five|a|few|zwei|drei|deux|trois|dos|tres) ?-?"
    r"(?:s|ms|sec|seconds?|beats?|moments?|sekunden?|secondes?|segundos?|секунды?|秒)?"
)
_MORE = (
    rf"{words.ADJECTIVES}|{words.DOES}|{words.SOUNDS}|{words.CUES}|{_AMOUNT}|"
    "in|out|for|of|and|the|moment|und|et|y|e|à|de|to"
)
CUE = re.compile(
    rf"(?:(?:{words.ADJECTIVES}|{_AMOUNT})\s+)*(?:{words.CUES}|{words.SOUNDS})"
    rf"(?:[\s,:–—-]+(?:{_MORE}))*[.!…]*",
    re.IGNORECASE,
)
# The time that the expression takes grows fast with the length of words that it does not match.
MAX_CUE = 64
# As many characters on each side of a bracket say whether it stands apart.
BESIDE = 80
PAUSES = re.compile(
    r"\b(?:pause|beat|silence|pausa|pauze|stille|silencio|silenzio|silêncio)\b|пауза|停顿|停頓|沉默|間|멈춤|توقف|"
    r"विराम"
)
REFERENCE = re.compile(r"\d{1,3}(?:\s*[,;–-]\s*\d{1,3})*")
# What an editor writes in brackets into the words of others.
EDITORIAL = re.compile(r"sic!?|…|\.\.\.|!|\?", re.IGNORECASE)
_SQUARE = r"\[(?P<square>[^\[\]\n]{1,300})\]"
_ROUND = r"\((?P<round>[^()\n]{1,300})\)|（(?P<wide>[^（）\n]{1,300})）"
_OTHER = r"【(?P<lens>[^【】\n]{1,300})】|\{(?P<brace>[^{}\n]{1,300})\}|(?<![\w])<(?P<angle>/?[A-Za-z][^<>\n=/]{0,60})>"
_STARS = rf"{OPEN}(?P<stars>[^{OPEN}{CLOSE}\n]{{1,300}}){CLOSE}"
_NOTES = r"[♪♫🎵🎶]+(?P<notes>[^♪♫🎵🎶\n]{0,300})[♪♫🎵🎶]+"
BRACKETS = re.compile("|".join((_SQUARE, _ROUND, _OTHER, _STARS, _NOTES)))
SUPERSCRIPTS = re.compile(r"(?<=[^\W\d_][.!?,;:\"”’)])[¹²³⁴-⁹⁰]+(?!\w)|(?<=[^\W\d_]{3})[¹⁴-⁹]+(?=[\s.,;:!?]|$)")
# The date and time before a message of a chat.
_CLOCK = r"\d{1,2}:\d{2}(?::\d{2})?(?:\s?[ap]\.?\s?m\.?)?"
_DATE = r"\d{1,4}[./-]\d{1,2}[./-]\d{1,4}"
_STAMP = rf"(?:{_DATE},?\s{_CLOCK}|{_CLOCK},?\s{_DATE})"
STAMP = re.compile(rf"\W{{0,2}}{_STAMP}", re.IGNORECASE)
BRACKETED_TIME = re.compile(
    rf"^\W{{0,2}}(?:[\[(【（]\s*(?:{TIMECODE}|{_STAMP})\s*[\])】）]\s*[-–—:|]?\s*|{_STAMP} [-–] (?=[^:\n]{{1,40}}: ))",
    re.IGNORECASE,
)
BARE_TIME = re.compile(rf"^\W{{0,2}}(?P<time>{TIMECODE})(?:\s*[-–—:|]\s*|\s+|$)")
ZERO = re.compile(r"0{1,2}:00(?::00)?\b|0\s*[-–—]")
# Brackets that are stressed as a whole ("*[Cut to the kitchen]*").
STRESSED_BRACKETS = re.compile(rf"{OPEN}+\s*([\[(【（][^\[\]()【】（）{OPEN}{CLOSE}\n]{{1,300}}[\])】）])\s*{CLOSE}+")
SPACE_BEFORE_MARK = re.compile(r"\s+(?=[.,;:!?…](?:\s|$))")


def is_cue(text: str) -> bool:
    """Return whether ``text``, which is in brackets or stars, is a direction in any text."""
    label = label_of(text)
    if label and label.kind not in (None, Kind.SPEECH, Kind.TITLE, Kind.NOTE):
        return label.is_strong or label.is_ambiguous
    cue = text.strip()
    return (len(cue) <= MAX_CUE and CUE.fullmatch(cue) is not None) or re.fullmatch(TIMECODE, text.strip()) is not None


@dataclass(frozen=True, slots=True)
class Uncued:
    """A line without directions; whether one asked for a pause before its words, or after them."""

    words: str
    pauses_before: bool = False
    pauses_after: bool = False


def without_cues(line: str, left_out: list[LeftOut], *, is_script: bool) -> Uncued:
    """Return ``line`` without directions, leaving no hole; they are added to ``left_out``.

    In a script for a film all square brackets are directions, and round ones that begin a line.
    """
    cues: list[re.Match[str]] = []
    line = STRESSED_BRACKETS.sub(r"\1", line)

    def is_removed(match: re.Match[str]) -> bool:
        kind, inner = next((kind, text) for kind, text in match.groupdict().items() if text is not None)
        is_cue = _is_removed(kind, unmarked(inner).strip(), line, match, is_script=is_script)
        cues.extend([match] if is_cue else [])
        return is_cue

    words = _remove(SUPERSCRIPTS, _remove(BRACKETS, line, is_removed), lambda _: True).strip()
    left_out += [part for cue in cues for part in _named(cue[0])]
    pauses = [cue for cue in cues if PAUSES.search(cue[0].casefold())]
    return Uncued(
        words,
        any(not has_words(line[: cue.start()]) for cue in pauses[:1]),
        any(not has_words(line[cue.end() :]) for cue in pauses[-1:]),
    )


def _is_removed(kind: str, inner: str, line: str, match: re.Match[str], *, is_script: bool) -> bool:
    if kind == "notes" or is_cue(inner):
        return True
    if kind == "stars":
        return False
    start, end = match.span()
    before, after = unmarked(line[max(0, start - BESIDE) : start]).strip(), unmarked(line[end : end + BESIDE]).strip()
    if kind == "square":
        if EDITORIAL.fullmatch(inner) or after[:1] in ("(", ":", "："):
            return False
        is_apart = not before or has_end_mark(before)
        return is_script or is_apart or REFERENCE.fullmatch(inner) is not None
    if kind in ("round", "wide"):
        return is_script and not before
    if kind == "angle":
        return is_script or " " not in inner or not before or has_end_mark(before)
    return is_script and kind in ("lens", "brace")


def _remove(pattern: re.Pattern[str], text: str, is_removed: Callable[[re.Match[str]], bool]) -> str:
    """Return ``text`` without the matches of ``pattern``; a space replaces a match only in scripts with spaces."""
    parts, end = [], 0
    for match in pattern.finditer(text):
        if is_removed(match):
            parts.append(text[end : match.start()])
            end = match.end()
    result = "".join(parts[:1])
    for part in (*parts[1:], *([text[end:]] if parts else [])):
        result = _joined(result, part)
    return result if parts else text


def _named(cue: str) -> list[LeftOut]:
    name = starred(cue)
    is_reference = REFERENCE.fullmatch(name.strip("[]"))
    return [] if is_reference or not has_words(name) else [LeftOut("direction", name)]


def _joined(before: str, after: str) -> str:
    """Return the texts before and after a hole as one."""
    if not before or not after:
        return before + after
    joined = before + (after if before[-1:].isspace() or after[:1].isspace() else line_gap(before, after) + after)
    # The hole may leave a space before a mark: "fun ." is "fun.".
    is_before_mark = SPACE_BEFORE_MARK.match(joined[len(before.rstrip()) :])
    return before.rstrip() + after.lstrip() if is_before_mark else joined
