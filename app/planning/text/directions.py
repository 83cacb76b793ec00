"""Directions in a script: labels of speakers and scenes, and words for the people who make the film."""

from __future__ import annotations

import re

from app.planning.text.marks import CLOSING_MARKS, END_MARKS
from schemas.text_width import line_gap

SPEAKERS = (
    r"narrator|narration|voice[ -]?over|v\.?o\.?|speaker|host|announcer|presenter|moderator|"
    r"sprecher(?:in)?|erzähler(?:in)?|narrateur|narratrice|narrador(?:a)?|narratore|旁白|解说|ナレーター|ナレーション"
)
SCENE_LABELS = r"hook|intro|outro|cta|call to action|scene|shot|szene|scène|escena|scena|cena"
_SPEAKER = rf"(?:{SPEAKERS})(?:\s*\d+)?(?:\s*\([^)\n]*\))?"
SPEAKER = re.compile(rf"^\s*(?:{_SPEAKER})\s*[:：]", re.IGNORECASE)
LABEL = re.compile(rf"^(?:{_SPEAKER}|(?:{SCENE_LABELS})(?:\s*\d+)?(?:\s*\([^)\n]*\))?)\s*[:：]\s*", re.IGNORECASE)
SCENE_HEADING = re.compile(rf"^(?:{SCENE_LABELS})\s*(?:\d+\s*)?(?:\([^)\n]*\))?$", re.IGNORECASE)
# Labels that no narration has.
TECHNICAL = re.compile(
    r"^(?:sfx|sound effects?|b-?roll|visuals?|on[- ]screen(?: text)?|text on screen|screen text|bildtext|einblendung)"
    r"\s*[:：].*$",
    re.IGNORECASE,
)
# Labels that narration may have too ("Camera: forty-eight megapixels."), and those of music, which has no sentences.
AMBIGUOUS = re.compile(r"^(?:camera|kamera|cámara|caméra|sound|audio|image|video|action)\s*[:：].*$", re.IGNORECASE)
MUSIC = re.compile(r"^(?:music|musik|musique|música|musica)\s*[:：](?P<words>.*)$", re.IGNORECASE)
BRACKETED = re.compile(r"\[[^\]\n]*\]|【[^】\n]*】")
_ADJECTIVES = (
    r"(?:(?:soft|upbeat|dramatic|short|long|brief|background|gentle|calm|happy|sad|tense|epic|slow|fast|quiet|loud)\s+)"
)
_DOES = r"(?:fades?|plays?|swells?|starts?|stops?|ends?|continues?|playing|fading|swelling|starting|stopping|ending)"
_SOUNDS = (
    r"(?:laugh(?:s|ing|ter)|sigh(?:s|ing)|whisper(?:s|ing)|gasp(?:s|ing)|cough(?:s|ing)|chuckl(?:es|ing)|giggl(?:es|ing)|"
    r"smil(?:es|ing)|cheer(?:s|ing)|clears throat|lacht|seufzt|flüstert|rires?|risas)"
)
CUE_WORDS = (
    rf"{_ADJECTIVES}{{0,2}}(?:music|pause|beat|silence|sfx|sound effects?|applause|{_SOUNDS}|fade (?:in|out)|"
    rf"voice ?over|v\.?o\.?|pausa|musik|musique|música|musica)(?:\s+(?:for|of) (?:[\w.]+ )?(?:beats?|seconds?|moment))?"
    rf"(?:\s+{_DOES}(?: in| out)?)?"
)
STAGE_CUE = re.compile(rf"\(\s*(?:{CUE_WORDS}|\d{{1,2}}:\d{{2}}(?:\s*[-–]\s*\d{{1,2}}:\d{{2}})?)\s*\)", re.IGNORECASE)
STARRED_CUE = re.compile(rf"(?<!\*)\*\s*{_SOUNDS}\s*\*(?!\*)", re.IGNORECASE)
SPACE_BEFORE_MARK = re.compile(r"\s+(?=[.,;:!?…](?:\s|$))")


def is_direction(line: str, is_screenplay: bool) -> bool:
    """Return whether a line is for the people who make the film.

    A label that narration may have too makes a direction only in a screenplay, a text with speakers.
    """
    if TECHNICAL.match(line) or (is_screenplay and AMBIGUOUS.match(line)):
        return True
    if music := MUSIC.match(line):
        return is_screenplay or music["words"].rstrip(CLOSING_MARKS)[-1:] not in tuple(END_MARKS)
    has_number = any(char.isdigit() for char in line) or line.endswith(")")
    return (is_screenplay or has_number) and SCENE_HEADING.match(line) is not None


def without_starred_cues(line: str) -> str:
    """Return ``line`` without sounds in stars ("*sighs*"), which are not emphasis."""
    return _remove(STARRED_CUE, line)


def without_cues(line: str) -> str:
    """Return ``line`` without directions in brackets, leaving no hole."""
    return _remove(STAGE_CUE, _remove(BRACKETED, line)).strip()


def _remove(pattern: re.Pattern[str], text: str) -> str:
    """Return ``text`` without the matches of ``pattern``; a space replaces a match only in scripts with spaces."""
    result, *parts = pattern.split(text)
    for part in parts:
        joined = result + (part if result[-1:].isspace() or part[:1].isspace() else line_gap(result, part) + part)
        # The hole may leave a space before a mark: "fun ." is "fun.".
        result = result.rstrip() + part.lstrip() if SPACE_BEFORE_MARK.match(joined[len(result.rstrip()) :]) else joined
    return result
