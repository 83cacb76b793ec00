"""Titles made from the words of a film: short, whole and without a full stop."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import accumulate

from app.planning.text.abbreviations import is_abbreviation
from app.planning.text.clauses import CLAUSE_OPENERS, LEADING_WORDS
from app.planning.text.graphemes import characters, line_units, parts_within
from app.planning.text.language import language_of, primary_subtag
from app.planning.text.marks import CLAUSE_MARKS, CLOSING_MARKS, ELLIPSIS
from app.planning.text.sentences import keywords, sentences, shorten
from app.planning.text.title_cuts import cut_sentence, without_introduction
from app.planning.text.title_words import WORDS_OF, TitleWords
from schemas.text_width import is_unspaced, one_line, width

MAX_TITLE_WORDS = 6
MAX_TITLE_COLUMNS = 60
# In scripts without spaces, a clause of 18 characters says about as much as six words.
MAX_UNSPACED_COLUMNS = 36
ADDRESS = re.compile(r"\b(?:https?://|www\.)\S+|\S+@\S+\.\S+", re.IGNORECASE)
ITEM_MARK = re.compile(r"^\(?\d{1,3}[.)]\s+(?=\S)")
FULL_STOPS = ".。．"
TITLE_MARKS = FULL_STOPS + ",;:，；：、" + ELLIPSIS + "–—- "


def title_of(texts: Sequence[str], language: str | None = None) -> str:
    """Return a title of at most ``MAX_TITLE_WORDS`` words, made from the first of ``texts`` that can be one.

    It is a whole sentence, else a clause or a phrase of it (``app.planning.text.title_cuts``), else its key words;
    a sentence with an address comes last. It has no web or e-mail address, no number of a list's item, no full stop
    except that of an abbreviation, and does not end with a word that leads to words which are cut off.
    """
    candidates = [ITEM_MARK.sub("", sentence) for text in texts for sentence in sentences(one_line(text))]
    candidates.sort(key=lambda sentence: ADDRESS.search(sentence) is not None)
    titles = [title for candidate in candidates if (title := _short(candidate, language))]
    return next((title for title in titles if len(line_units(title)) > 1), titles[0] if titles else "")


def headline(text: str, max_columns: int) -> str:
    """Return ``text`` as a text over a picture: short, with a capital first letter and no full stop."""
    line = shorten(text, max_columns)
    return _capitalised(line if line.endswith(ELLIPSIS) else without_full_stop(line))


def without_full_stop(text: str) -> str:
    """Return ``text`` without marks at its end other than "?" and "!"; the dot of an abbreviation stays."""
    line = text.strip()
    while line and line[-1] in TITLE_MARKS and not is_abbreviation(line.rsplit(maxsplit=1)[-1]):
        line = line[:-1]
    return line


def _short(sentence: str, language: str | None) -> str:
    """Return the title that a sentence gives; "" if it has no words before an address."""
    text = ADDRESS.split(sentence)[0].strip()
    if not any(char.isalnum() for char in text):
        return ""
    words = WORDS_OF.get(primary_subtag(language or language_of(sentence)))
    if words:
        text = without_introduction(text, words)
    units = line_units(text)
    count = _fitting_count(units)
    if count < len(units):
        text = (_cut(text, words, language) if words else "") or _cut_at_pause(units, count)
    is_whole = text.strip() == sentence.strip()
    return _capitalised(without_full_stop(text if is_whole else _without_leading_words(text)))


def _cut(text: str, words: TitleWords, language: str | None) -> str:
    """Return a clause or a phrase of ``text``, else its best key phrase."""
    found = cut_sentence(text, words, lambda: keywords(text, language))
    phrases = [found] if found else [phrase for phrase in keywords(text, language) if words.may_end(phrase.lower())]
    return next((phrase for phrase in phrases if width(phrase) <= MAX_TITLE_COLUMNS), "")


def _cut_at_pause(units: Sequence[str], count: int) -> str:
    """Return the first ``count`` units at most, up to a pause if there is one; a first word that is too long is cut."""
    cut = next((k for k in range(count, 1, -1) if _ends_with_pause(units[k - 1])), count)
    return "".join(units[:cut]) or _start("".join(units))


def _fitting_count(units: Sequence[str]) -> int:
    """Return how many units a title may have."""
    is_unspaced_text = any(is_unspaced(char) and char.isalpha() for unit in units for char in unit)
    columns = MAX_UNSPACED_COLUMNS if is_unspaced_text else MAX_TITLE_COLUMNS
    word_counts = [0 if is_unspaced(unit[0]) else len(unit.split()) for unit in units]
    by_words = sum(total <= MAX_TITLE_WORDS for total in accumulate(word_counts))
    return min(by_words, len(list(parts_within(units, columns))))


def _ends_with_pause(unit: str) -> bool:
    return unit.strip().rstrip(CLOSING_MARKS)[-1:] in tuple(CLAUSE_MARKS)


def _without_leading_words(text: str) -> str:
    """Return ``text`` without the words at its end that lead to words which are cut off."""
    words = text.split()
    while len(words) > 1 and words[-1].lower().rstrip(CLAUSE_MARKS) in LEADING_WORDS | CLAUSE_OPENERS:
        words.pop()
    return " ".join(words)


def _start(sentence: str) -> str:
    """Return the beginning of a sentence whose first word is too long for a title."""
    return "".join(parts_within(characters(sentence), MAX_TITLE_COLUMNS))


def _capitalised(text: str) -> str:
    first = text.split(maxsplit=1)[0] if text else ""
    return text[:1].upper() + text[1:] if first.islower() or not first.isalpha() else text


def letters(text: str) -> str:
    """Return the letters and digits of ``text`` in lower case: equal for texts with the same words."""
    return "".join(char for char in text.casefold() if char.isalnum())
