"""The marks of items of lists: numbers in many forms, bullets, and lists that are written in one line."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

from app.planning.text.abbreviations import abbreviations_of
from app.planning.text.bound_words import MONTHS, NUMBERED
from app.planning.text.marks import CLAUSE_MARKS, CLOSING_MARKS, END_MARKS, has_end_mark
from schemas.text_width import is_unspaced

BULLET = re.compile(r"^(?P<bullet>[-*+•‣▪▸▹►▶●○◦■□◆◇★☆✓✔✅☐☑✦➤➜→⇒·∙–—]️?|👉🏻?)\s+(?:\[[ xX]\]\s+)?(?=\S)")
_STEPS = (
    r"tip|step|fact|reason|rule|idea|lesson|mistake|number|point|way|habit|myth|sign|secret|trick|"
    r"tipp|schritt|grund|regel|fehler|fakt|punkt|conseil|étape|raison|astuce|erreur|consejo|paso|razón|error|truco|"
    r"dica|passo|razão|consiglio|motivo|stap|krok|шаг|совет|факт|причина|步骤|技巧|ステップ|ヒント|단계"
)
_CHINESE = "一二三四五六七八九十"
_ROMAN = ("i", "ii", "iii", "iv", "v", "vi", "vii", "viii", "ix", "x")
# The number of a list's item: "1.", "2)", "3/", "(3)", "①", a keycap, "#1", "No. 1:", "一、", "a)", or "Tip 4:".
NUMBER = re.compile(
    r"^\s*(?:\(?(?P<number>\d{1,3})[.)](?:\s+|(?=[^\W\d_]))(?=\S)|(?P<post>\d{1,2})/\s+(?=\S)|(?P<keycap>\d)\ufe0f?\u20e3\s*|(?P<circled>[①-⑳❶-❿])\s*|"
    rf"(?:第(?P<ordinal>[{_CHINESE}])[、，,：:]?|(?P<chinese>[{_CHINESE}])[、．])\s*|"
    r"(?:#|no\. ?|nr\. ?|n[°º] ?)(?P<sign>\d{1,3})\s*[:.)–—-]?\s+(?=\S)|"
    r"\(?(?:(?P<roman>[ivx]{1,4})|(?P<letter>[a-z]))\)\s+(?=\S)|"
    rf"(?:{_STEPS})\s*#?(?P<labelled>\d{{1,3}})\s*[:：.–—-]\s*)",
    re.IGNORECASE,
)
# A number of an item inside a line, also without a space before it in scripts without spaces.
INSIDE = re.compile(
    r"(?P<strong>\(\d{1,2}\)|(?<![\w(.,])\d{1,2}\)|[①-⑳❶-❿]|\d\ufe0f?\u20e3|"
    rf"\b(?:{_STEPS})\s+#?\d{{1,2}}\s*[:.–—-](?=\s))|(?<![\w.,:/-])(?P<dotted>\d{{1,2}}\.)(?=\s+\S|[^\W\d_a-zA-Z])",
    re.IGNORECASE,
)
# A word that numbers an item inside a text.
WORD_NUMBER = re.compile(r"\(?(\d{1,2})[.)]|\((\d{1,2})\)")
MIN_ITEMS, MIN_UNMARKED_ITEMS = 2, 3
BEFORE_ITEM = END_MARKS + ":;,：；，、"


def item_number(line: str) -> int | None:
    """Return the number at the beginning of a list's item; ``None`` if ``line`` begins without one."""
    match = NUMBER.match(line[:80])
    if match is None:
        return None
    kind, text = next((kind, text) for kind, text in match.groupdict().items() if text)
    return _number(kind, text.casefold())


def _number(kind: str, text: str) -> int:
    if kind in ("chinese", "ordinal"):
        return _CHINESE.index(text) + 1
    if kind == "circled":
        return _circled(text)
    if kind == "roman" and text in _ROMAN:
        return _ROMAN.index(text) + 1
    if kind in ("roman", "letter"):
        return ord(text[0]) - ord("a") + 1
    return int(text)


def with_lines_of_items(text: str) -> str:
    """Return ``text`` with a line break before each item of a list that is written in one line."""
    marks = list(INSIDE.finditer(text))
    starts = _starts_of_list(text, marks)
    bounds = [0, *(start for start in starts if start), len(text)]
    return "\n".join(text[first:last].strip() for first, last in pairwise(bounds))


def _starts_of_list(text: str, marks: Sequence[re.Match[str]]) -> list[int]:
    """Return where the items begin; [] if the marks count neither from one nor down to one."""
    apart = [mark for mark in marks if mark["strong"] or _is_apart(text, mark.start())]
    for chosen, least in ((apart, MIN_ITEMS), (list(marks), MIN_UNMARKED_ITEMS)):
        numbers = [_number_of_mark(mark[0]) for mark in chosen]
        counts = len(numbers) >= least and {after - before for before, after in pairwise(numbers)} in ({1}, {-1})
        if counts and 1 in (numbers[0], numbers[-1]) and chosen[0] in apart:
            return [mark.start() for mark in chosen]
    return []


def _number_of_mark(mark: str) -> int:
    digits = re.sub(r"\D", "", mark)
    return int(digits) if digits else _circled(mark)


def _circled(sign: str) -> int:
    return ord(sign) - ord("①" if sign <= "⑳" else "❶") + 1


def _is_apart(text: str, start: int) -> bool:
    """Return whether a sentence or a clause ends before ``start``."""
    before = text[:start].rstrip()
    return not before or before.rstrip(CLOSING_MARKS)[-1:] in tuple(BEFORE_ITEM) or is_unspaced(before[-1])


# -- items among the words of a text -----------------------------------------------------------------------------------


def item_starts(words: Sequence[str]) -> frozenset[int]:
    """Return the indices of the words that number the items of a list ("1. Flour 2. Water 3. Salt").

    The numbers count up from 1, at the beginning of ``words``, of a sentence or after a colon. Without an end mark
    before it, a number is an item's only if a capital letter follows ("1. und 2. Mai" are no items).
    """
    found: list[int] = []
    starts: set[int] = set()
    for index, word in enumerate(words):
        match = WORD_NUMBER.fullmatch(word.strip())
        if not match or index + 1 == len(words) or (index and _is_label(words[index - 1].strip())):
            continue
        number = int(match[1] or match[2])
        if number == 1 and _begins(words, index):
            found = [index]
        elif found and number == len(found) + 1 and _may_follow(words, index, found[0]):
            found.append(index)
            starts.update(found)
    return frozenset(starts)


def _begins(words: Sequence[str], index: int) -> bool:
    before = words[index - 1].strip() if index else ""
    return not before or has_end_mark(before) or before[-1] in CLAUSE_MARKS or _has_capital(words[index + 1])


def _may_follow(words: Sequence[str], index: int, first: int) -> bool:
    """Return whether the number at ``index`` may go on with the list that begins at ``first``."""
    after = words[index + 1].strip()
    is_alike = after[:1].islower() == words[first + 1].strip()[:1].islower()
    is_bracket = words[index].strip().endswith(")")
    begins = has_end_mark(words[index - 1]) or is_bracket or not after[:1].islower()
    return begins and is_alike and after.rstrip(CLAUSE_MARKS + ".") not in MONTHS


def _is_label(word: str) -> bool:
    """Return whether a number after ``word`` is its own ("Step 1.", "Fig. 2.")."""
    return word.lower() in NUMBERED or "numbers" in abbreviations_of(None).kinds_of(word)


def _has_capital(word: str) -> bool:
    first = word.strip()[:1]
    return first.isalnum() and not first.islower()
