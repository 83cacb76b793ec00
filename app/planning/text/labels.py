"""The labels at the beginning of the lines of a script: of speakers, pictures, captions, sounds and parts."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from app.planning.text import label_words as words

NUMBER_WORDS = "one|two|three|four|five|six|seven|eight|nine|ten"
TIME = r"\d{1,2}:\d{2}(?::\d{2})?(?:[.,]\d{1,3})?"
DURATION = r"\d{1,3}(?:[.,]\d)? ?(?:s|sec|secs|seconds?|sek|sekunden?|secondes?|segundos?|сек|秒)\b\.?"
_FRAMES = rf"{TIME}(?:\s*(?:[-–—~]|to|bis|-->)\s*{TIME})?|\d{{1,3}} ?s?\s*[-–—]\s*{DURATION}"
# A time code or a range, and either of them or a length.
TIMECODE = rf"(?:{_FRAMES})"
RANGE = rf"(?:{_FRAMES}|{DURATION})"
_HOW = r"(?:\([^()\n]{0,80}\)|\[[^\[\]\n]{0,80}\]|（[^（）\n]{0,80}）)"
LABEL = re.compile(
    rf"^[^\w\[(【（'\"“„«]{{0,40}}(?P<open>[\[(【（]?)\s?"
    rf"(?P<name>(?:[A-Za-z]\. ?){{2}}|[^\n:：\[\](){{}}【】（）.!?。！？;,\"“”]{{1,40}}?\.?)\s?{_HOW}?"
    r"\s?[*]{0,3}\s?(?P<sign>[:：]|\s[–—]\s)\s*(?P<words>.*)$",
    re.DOTALL,
)
# The colon of a time of day ("Anna 7:30") ends no name.
TIME_OF_DAY = re.compile(r"\d:\d{2}(?!\d)")
NUMBERED_NAME = re.compile(r"(?P<base>.*?)\s?#?(?P<number>\d{1,3})?")
CLOSING = {"[": "]", "(": ")", "【": "】", "（": "）", "": ""}
_WEAK_PARTS = "plan|plano|кадр|frame|panel|slide|segment|clip|beat|screen|bild|sequence|séquence|カット|shot"
_COUNT = rf"(?:#?\d{{1,3}}|[ivx]{{1,4}}|{NUMBER_WORDS}|[一二三四五六七八九十]{{1,3}})"
NUMBERED_PART = (
    rf"(?:{words.NUMBERED_PARTS})\s*(?:no\.? |nr\.? )?{_COUNT}|第\s*[一二三四五六七八九十\d]{{1,3}}\s*[幕场場镜鏡景]"
)
PART = re.compile(
    rf"^[^\w\[(【（]*[\[(【（]?\s*(?:[\[(]?{RANGE}[\])]?\s*[|:：–—-]*\s*)?"
    rf"(?:(?P<numbered>{NUMBERED_PART})|(?P<named>{words.NAMED_PARTS}))(?P<how>\s*{_HOW}|\s*[|–—-]?\s*{RANGE})?\s*[\])】）]?\s*(?:[:：|–—-]\s*(?P<words>.*))?$",
    re.IGNORECASE | re.DOTALL,
)
SURE_PART = re.compile(words.SURE_PARTS, re.IGNORECASE)
WEAK_PART = re.compile(rf"(?:{_WEAK_PARTS})\b", re.IGNORECASE)
SHOT_PART = re.compile(r"(?:shot|plan|plano|кадр|镜头|鏡頭|カット)\b|第.*[镜鏡]", re.IGNORECASE)
# The headings of a screenplay: where and when, and what the camera does.
SLUG = re.compile(r"^(?:\d+\.?\s*)?(?:INT|EXT|INT\.?/EXT|I/E)\b\.?[ /]\s*\S.*$")
SHOT_CHANGE = re.compile(
    r"^(?:FADE (?:IN|OUT|TO BLACK)|(?:SMASH |MATCH |JUMP )?CUT TO(?: BLACK)?|DISSOLVE TO|THE END|END CREDITS)\s*[:.]?$"
)
CHARACTER = re.compile(r"^[^\W\d_a-zà-ÿ][^\W\d_a-zà-ÿ .'-]{1,24}(?:\s*\((?:V\.?O\.?|O\.?S\.?|CONT['’]D)\))?$")


class Kind(StrEnum):
    SPEECH = "speech"
    PICTURE = "picture"
    CAPTION = "caption"
    SOUND = "sound"
    ACTION = "action"
    NOTE = "note"
    TITLE = "title"


PATTERNS = {
    Kind.SPEECH: re.compile(words.SPEECH),
    Kind.PICTURE: re.compile(words.PICTURE),
    Kind.CAPTION: re.compile(words.CAPTION),
    Kind.SOUND: re.compile(words.SOUND),
    Kind.ACTION: re.compile(words.ACTION),
    Kind.NOTE: re.compile(words.NOTE),
    Kind.TITLE: re.compile(words.TITLE),
}
AMBIGUOUS = {
    Kind.PICTURE: re.compile(words.AMBIGUOUS_PICTURE),
    Kind.SOUND: re.compile(words.AMBIGUOUS_SOUND),
}
WEAK = re.compile(words.WEAK)
MUSIC = re.compile(r"music|musik|musique|música|musica")
NOT_SPEAKER = re.compile(rf"(?:{words.NOT_SPEAKERS})(?: ?#?\d+)?")
NAME = re.compile(r"[^\W\d_]\S*(?: \S+){0,2}")
MAX_NAME_COLUMNS = 24


@dataclass(frozen=True, slots=True)
class Label:
    """A label with the ``words`` after it.

    ``kind`` is ``None`` for one that is in no list, such as the ``name`` of a person. ``is_strong`` says that only
    scripts for films have it, ``is_ambiguous`` that it is one in such a script only.
    """

    name: str
    words: str
    kind: Kind | None = None
    is_strong: bool = False
    is_ambiguous: bool = False


def label_of(line: str) -> Label | None:
    """Return the label of ``line``, which has no marks of emphasis; ``None`` without one."""
    match = LABEL.match(line[:4000])
    if match is None or TIME_OF_DAY.match(line, match.start("sign") - 1):
        return None
    closing, text = CLOSING[match["open"]], line[match.start("words") :].strip()
    if closing and not (text.endswith(closing) and text.count(closing) == 1):
        return None
    name = " ".join(match["name"].split())
    kind, is_strong, is_ambiguous = kind_of(name)
    text = text.removesuffix(closing).strip()
    if match["sign"] not in (":", "：") and not is_strong:
        return None
    if closing and (kind is None or kind in (Kind.SPEECH, Kind.TITLE)):
        return None
    return Label(name, text, kind, is_strong, is_ambiguous)


def kind_of(name: str) -> tuple[Kind | None, bool, bool]:
    """Return the kind of the label ``name``, whether only scripts for films have it, and whether others have it too."""
    match = NUMBERED_NAME.fullmatch(" ".join(name.casefold().split()))
    base, number = (match["base"].strip(), match["number"]) if match else (name, None)
    ambiguous = next((kind for kind, pattern in AMBIGUOUS.items() if pattern.fullmatch(base)), None)
    if ambiguous:
        return ambiguous, False, True
    kind = next((kind for kind, pattern in PATTERNS.items() if pattern.fullmatch(base)), None)
    is_weak = WEAK.fullmatch(base) is not None and not (kind == Kind.SPEECH and number)
    is_sign = kind in (Kind.SPEECH, Kind.PICTURE, Kind.CAPTION, Kind.SOUND, Kind.ACTION)
    return kind, is_sign and not is_weak, False


@dataclass(frozen=True, slots=True)
class Part:
    """A heading of a part of a film ("Scene 2", "Hook (0–3 s)"), with the ``words`` after it.

    ``is_strong`` says that only scripts for films have it. ``is_marked`` says that it is in brackets or before a colon,
    and ``is_sure`` that its name is used in such scripts only. ``is_shot`` says that its words describe a picture.
    """

    words: str
    is_numbered: bool
    is_strong: bool
    is_marked: bool = False
    is_sure: bool = False
    is_shot: bool = False


def part_of(line: str) -> Part | None:
    """Return the heading of a part of a film that ``line`` is, or that it begins with; ``None`` without one."""
    if SLUG.match(line) or SHOT_CHANGE.match(line):
        return Part("", is_numbered=True, is_strong=True)
    match = PART.match(line[:4000])
    if match is None:
        return None
    numbered = match["numbered"] or ""
    is_weak = WEAK_PART.match(numbered) is not None
    text = line[match.start("words") :].strip() if match["words"] else ""
    has_time = bool(match["how"] and re.search(r"\d", match["how"]))
    is_sure = SURE_PART.fullmatch(match["named"] or "") is not None
    is_strong = has_time or bool(numbered and not is_weak)
    return Part(text, bool(numbered), is_strong, _is_marked(line), is_sure, SHOT_PART.match(numbered) is not None)


def _is_marked(line: str) -> bool:
    return line.lstrip()[:1] in ("[", "【") or any(colon in line for colon in (":", "："))


def is_character(line: str) -> bool:
    """Return whether ``line`` is the name of a character in capitals, as above the dialogue of a screenplay."""
    return CHARACTER.match(line) is not None


def speaker_name(label: Label | None) -> str:
    """Return the name that may be that of a person or role in a dialogue; "" if the label is no such name."""
    if label is None or label.kind not in (None, Kind.SPEECH) or len(label.name) > MAX_NAME_COLUMNS:
        return ""
    name = label.name.casefold()
    is_name = NAME.fullmatch(label.name) and not any(word[:1].islower() for word in label.name.split())
    return name if is_name and not NOT_SPEAKER.fullmatch(name) else ""
