"""Web and mail addresses, file names, handles and telephone numbers in English."""

from __future__ import annotations

import re
from collections.abc import Sequence

from app.planning.text.spoken_forms.english.codes import say_code
from app.planning.text.spoken_forms.english.numerals import digits
from app.planning.text.spoken_forms.english.tables import FILE_SUFFIXES, SPOKEN_DOMAINS, TOP_LEVEL_DOMAINS
from app.planning.text.spoken_forms.phrases import Rule, Said, alternatives

_MARKS = {".": "dot", "-": "dash", "_": "underscore", "/": "slash", "@": "at", "+": "plus"}
_HOST = r"(?:[A-Za-z0-9-]+\.)+[A-Za-z]{2,}"
_DOMAIN = rf"(?:[A-Za-z0-9-]+\.)+(?:{alternatives(TOP_LEVEL_DOMAINS.split())})"
# The part of a path that is short enough to say.
_SHORT_PATH = r"(?:/[A-Za-z]{1,20}(?![\w.?=&%#/-]|/\w))?"
_TAIL = r"(?:[/?#][^\s<>\"'()]*[\w/=&-])?"


def say_address(text: str) -> str:
    """Return the words of an address: its marks by name, endings of two letters spelled."""
    words: list[str] = []
    for part in re.findall(r"[^\W_]+|[\W_]", text):
        if part in _MARKS:
            words.append(_MARKS[part])
        elif words and words[-1] == "dot" and len(part) == 2 and part.isalpha() and part.lower() not in SPOKEN_DOMAINS:
            words += part.upper()
        elif part[0].isalnum():
            words.append(say_code(part))
    return " ".join(words)


def _address(match: re.Match[str]) -> Sequence[Said]:
    return [Said(say_address(match["said"]), match.start())]


def _phone(match: re.Match[str]) -> Sequence[Said] | None:
    """Return the digits one by one, with a pause after each group."""
    groups = list(re.finditer(r"\d+", match[0]))
    plus = [Said("plus", match.start())] if match[0].startswith("+") else []
    said = [Said(f"{digits(group[0])},", match.start() + group.start()) for group in groups]
    said[-1] = Said(said[-1].text.rstrip(","), said[-1].at)
    return [*plus, *said]


_PHONES = (
    r"\+\d{1,3}(?:[ \u00a0.-]?\(?\d{1,5}\)?){2,6}",
    r"(?:\+?1[ \u00a0.-]?)?\(\d{3}\)[ \u00a0.-]?\d{3}[ \u00a0.-]\d{4}",
    r"(?:1[ \u00a0.-])?\d{3}[-.]\d{3}[-.]\d{4}",
    r"(?:1[ \u00a0])?\d{3}[ \u00a0]\d{3}[ \u00a0]\d{4}",
    r"0\d{2,4}[ \u00a0-]\d{3,4}[ \u00a0-]?\d{3,5}",
    r"\d{3}-\d{4}",
)
RULES = (
    Rule(
        re.compile(rf"(?:https?|ftp)://(?:[^\s/@]+@)?(?:www\.)?(?P<said>{_HOST})(?::\d+)?{_TAIL}", re.IGNORECASE),
        _address,
    ),
    Rule(re.compile(rf"(?<![\w@])www\.(?P<said>{_HOST}{_SHORT_PATH}){_TAIL}", re.IGNORECASE), _address),
    Rule(re.compile(rf"(?<![A-Za-z0-9_])(?P<said>[A-Za-z0-9_.+-]*[A-Za-z0-9]@{_HOST})(?!\w)"), _address),
    Rule(re.compile(rf"(?<![\w@.])(?P<said>{_DOMAIN}{_SHORT_PATH})(?!\w|\.\w){_TAIL}"), _address),
    Rule(
        re.compile(rf"(?<![\w.])(?P<said>[A-Za-z][A-Za-z0-9_-]*\.(?:{alternatives(FILE_SUFFIXES.split())}))(?!\w)"),
        _address,
    ),
    Rule(re.compile(r"(?<![\w@])(?P<said>@[A-Za-z][A-Za-z0-9_]*)"), _address),
    Rule(re.compile(rf"(?<![\w.,/$€£-])(?:{'|'.join(_PHONES)})(?![\w/%-]|[.,]\d)"), _phone),
)
