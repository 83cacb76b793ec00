"""What of a written text is spoken: its words, without the marks of Markdown, of the stage and of the speakers."""

from __future__ import annotations

import re

from app.planning.text.sentences import CLOSERS, ENDS
from schemas.text_width import line_gap, one_line, width

SPEAKERS = (
    r"narrator|narration|voice[ -]?over|v\.?o\.?|speaker|host|announcer|presenter|moderator|"
    r"sprecher(?:in)?|erzähler(?:in)?|narrateur|narratrice|narrador(?:a)?|narratore|旁白|解说|ナレーター|ナレーション"
)
PARTS = r"hook|intro|outro|cta|call to action|scene|shot|szene|scène|escena|scena|cena"
STAGING = r"music|musik|musique|música|musica|sfx|sound(?: effects?)?|b-?roll|visuals?|camera|on[- ]screen(?: text)?"
LABEL = re.compile(
    rf"^(?:(?:{SPEAKERS})(?:\s*\d+)?(?:\s*\([^)\n]*\))?|(?:{PARTS})(?:\s*\d+)?)\s*[:：]\s*", re.IGNORECASE
)
STAGED_LINE = re.compile(rf"^(?:{STAGING})\s*[:：].*$", re.IGNORECASE)
RULE = re.compile(r"^\s*(?:[-*_=~]\s*){3,}$|^\s*```.*$")
LINE_MARK = re.compile(r"^\s*(?:#{1,6}\s+|>\s*|[-*+•‣▪–—]\s+(?:\[[ xX]\]\s+)?)+")
IMAGE = re.compile(r"!\[[^\]\n]*\]\([^)\n]*\)")
LINK = re.compile(r"\[([^\]\n]+)\]\([^)\n]*\)")
IN_BRACKETS = re.compile(r"\[[^\]\n]*\]|【[^】\n]*】")
CUE_WORDS = (
    r"(?:(?:soft|upbeat|dramatic|short|long|brief|background|gentle)\s+)?"
    r"(?:music|pause|beat|silence|sfx|sound effects?|applause|laughter|laughs|sighs|whispers|fade (?:in|out)|"
    r"voice ?over|v\.?o\.?|pausa|musik|musique|música|musica)"
    r"(?:\s+(?:fades?(?: in| out)?|plays?|swells?|starts?|stops?|ends?))?"
)
STAGE_CUE = re.compile(rf"\(\s*(?:{CUE_WORDS}|\d{{1,2}}:\d{{2}}(?:\s*[-–]\s*\d{{1,2}}:\d{{2}})?)\s*\)", re.IGNORECASE)
MARKS = re.compile(r"[\[\]【】#*`>]")
EMPHASIS = (
    re.compile(r"(\*\*|__|~~)(?=\S)(.+?)(?<=\S)\1"),
    re.compile(r"(?<![\w*])(\*)(?=[^\s*])([^*\n]+?)(?<=\S)\*(?![\w*])"),
    re.compile(r"(?<!\w)(_)(?=[^\s_])([^_\n]+?)(?<=\S)_(?!\w)"),
    re.compile(r"(`)([^`\n]+)`"),
)
# A line this long that ends without a mark was wrapped by an editor, not ended by its writer.
WRAPPED_COLUMNS = 60


def spoken_text(text: str) -> str:
    """The words of ``text`` that are to be spoken, a line for each that stands alone.

    Headings, bullets, emphasis and links lose their marks and keep their words; stage directions in brackets, names
    of speakers and numbers of scenes before a colon are not spoken. A text that is nothing else is spoken after all.
    """
    lines = [_spoken_line(line) for line in text.replace("\ufeff", "").splitlines()]
    spoken = _unwrapped(lines)
    if any(char.isalnum() for char in spoken):
        return spoken
    return one_line("\n".join(_without(MARKS, line) for line in text.splitlines()))


def _spoken_line(line: str) -> tuple[str, bool]:
    """The line's spoken words, and whether it certainly begins something new."""
    if RULE.match(line) or STAGED_LINE.match(line.strip()):
        return "", True
    bare = LINE_MARK.sub("", line)
    marked = bare != line.lstrip()
    for pattern in EMPHASIS:
        bare = pattern.sub(r"\2", bare)
    bare = LINK.sub(r"\1", _without(IMAGE, bare))
    bare = _without(STAGE_CUE, _without(IN_BRACKETS, bare)).strip()
    said = LABEL.sub("", bare)
    return " ".join(said.split()), marked or said != bare or RULE.match(line) is not None


def _without(pattern: re.Pattern[str], text: str) -> str:
    """Return ``text`` without what ``pattern`` matches, with a space in its place only where the script has one."""
    kept, *others = pattern.split(text)
    for part in others:
        kept += part if kept[-1:].isspace() or part[:1].isspace() else line_gap(kept, part) + part
    return kept


def _unwrapped(lines: list[tuple[str, bool]]) -> str:
    found: list[str] = []
    open_end = False
    for line, new in lines:
        if line and open_end and not new:
            found[-1] += line_gap(found[-1], line) + line
        elif line:
            found.append(line)
        open_end = bool(line) and width(line) >= WRAPPED_COLUMNS and line.rstrip(CLOSERS)[-1:] not in tuple(ENDS)
    return "\n".join(found)
