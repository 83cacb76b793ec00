"""Extract the spoken words of a written text: without Markdown, stage directions and speaker labels."""

from __future__ import annotations

import re

from app.planning.text.marks import CLOSING_MARKS, END_MARKS
from schemas.text_width import line_gap, one_line, width

SPEAKERS = (
    r"narrator|narration|voice[ -]?over|v\.?o\.?|speaker|host|announcer|presenter|moderator|"
    r"sprecher(?:in)?|erzähler(?:in)?|narrateur|narratrice|narrador(?:a)?|narratore|旁白|解说|ナレーター|ナレーション"
)
SCENE_LABELS = r"hook|intro|outro|cta|call to action|scene|shot|szene|scène|escena|scena|cena"
STAGE_LABELS = (
    r"music|musik|musique|música|musica|sfx|sound(?: effects?)?|b-?roll|visuals?|camera|on[- ]screen(?: text)?"
)
LABEL = re.compile(
    rf"^(?:(?:{SPEAKERS})(?:\s*\d+)?(?:\s*\([^)\n]*\))?|(?:{SCENE_LABELS})(?:\s*\d+)?)\s*[:：]\s*", re.IGNORECASE
)
STAGED_LINE = re.compile(rf"^(?:{STAGE_LABELS})\s*[:：].*$", re.IGNORECASE)
RULE = re.compile(r"^\s*(?:[-*_=~]\s*){3,}$|^\s*```.*$")
LINE_MARK = re.compile(r"^\s*(?:#{1,6}\s+|>\s*|[-*+•‣▪–—]\s+(?:\[[ xX]\]\s+)?)+")
IMAGE = re.compile(r"!\[[^\]\n]*\]\([^)\n]*\)")
LINK = re.compile(r"\[([^\]\n]+)\]\([^)\n]*\)")
BRACKETED = re.compile(r"\[[^\]\n]*\]|【[^】\n]*】")
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
# A line of at least this width without an end mark was wrapped by an editor and continues on the next line.
WRAPPED_COLUMNS = 60


def spoken_text(text: str) -> str:
    """Return the words of ``text`` that are spoken, one line for each paragraph, heading and bullet.

    Headings, bullets, emphasis and links lose their marks and keep their words. Stage directions in brackets, and
    speaker names and scene numbers before a colon, are not spoken. A text without other words is spoken completely.
    """
    lines = [_spoken_line(line) for line in text.replace("\ufeff", "").splitlines()]
    spoken = _join_wrapped_lines(lines)
    if any(char.isalnum() for char in spoken):
        return spoken
    return one_line("\n".join(_remove(MARKS, line) for line in text.splitlines()))


def _spoken_line(line: str) -> tuple[str, bool]:
    """Return the spoken words of a line, and whether it cannot continue the previous line."""
    if RULE.match(line) or STAGED_LINE.match(line.strip()):
        return "", True
    words = LINE_MARK.sub("", line)
    has_mark = words != line.lstrip()
    for pattern in EMPHASIS:
        words = pattern.sub(r"\2", words)
    words = LINK.sub(r"\1", _remove(IMAGE, words))
    words = _remove(STAGE_CUE, _remove(BRACKETED, words)).strip()
    unlabelled = LABEL.sub("", words)
    return " ".join(unlabelled.split()), has_mark or unlabelled != words or RULE.match(line) is not None


def _remove(pattern: re.Pattern[str], text: str) -> str:
    """Return ``text`` without the matches of ``pattern``; a space replaces a match only in scripts with spaces."""
    result, *parts = pattern.split(text)
    for part in parts:
        result += part if result[-1:].isspace() or part[:1].isspace() else line_gap(result, part) + part
    return result


def _join_wrapped_lines(lines: list[tuple[str, bool]]) -> str:
    paragraphs: list[str] = []
    is_wrapped = False
    for line, starts_paragraph in lines:
        if line and is_wrapped and not starts_paragraph:
            paragraphs[-1] += line_gap(paragraphs[-1], line) + line
        elif line:
            paragraphs.append(line)
        has_end_mark = line.rstrip(CLOSING_MARKS)[-1:] in tuple(END_MARKS)
        is_wrapped = bool(line) and width(line) >= WRAPPED_COLUMNS and not has_end_mark
    return "\n".join(paragraphs)
