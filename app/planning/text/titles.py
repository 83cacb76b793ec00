"""Titles made from the words of a film: short, whole and without a full stop."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import accumulate

from app.planning.text.abbreviations import is_abbreviation
from app.planning.text.addresses import ADDRESS
from app.planning.text.clauses import CLAUSE_OPENERS, LEADING_WORDS
from app.planning.text.graphemes import characters, line_units, parts_within
from app.planning.text.hooks import VERB_LAST, beginning_of, is_hook, plain_words
from app.planning.text.language import language_of, primary_subtag
from app.planning.text.marks import CLAUSE_MARKS, CLOSING_MARKS, ELLIPSIS, OPENING_QUOTES
from app.planning.text.sentence_ends import is_label
from app.planning.text.sentences import ends_a_sentence, keywords, sentences, shorten
from app.planning.text.title_choice import asked, is_beginning, is_number, is_phrase, letters, says_enough
from app.planning.text.title_cuts import cut_sentence, without_introduction
from app.planning.text.title_words import WORDS_OF, TitleWords
from schemas.text_width import is_unspaced, one_line, width

MAX_TITLE_WORDS = 6
MAX_TITLE_COLUMNS = 60
# In scripts without spaces, a clause of 18 characters says about as much as six words.
MAX_UNSPACED_COLUMNS = 36
MAX_OPENING_SENTENCES = 3
# A headline over the first picture, whose captions wait for it, may be a whole sentence within these limits.
MAX_HOOK_WORDS, MAX_HOOK_COLUMNS = 10, 54
YEAR_BEFORE = re.compile(r"^(?:in|im jahr|en)\s\d{4},?\s", re.IGNORECASE)
# A long sentence that begins so presents what follows.
PRESENTING = re.compile(r"^(?:there (?:is|are|was|were)|il y a|hay)\s", re.IGNORECASE)
MIN_BEGINNING_WORDS = 4
ITEM_MARK = re.compile(r"^\(?\d{1,3}[.)]\s+(?=\S)")
# Before the first words of a text: a time code, a date, tags and names of users.
PREFIX = re.compile(
    r"^(?:(?:[\[(]\d{1,2}:\d{2}(?::\d{2})?[\])]|\d{1,2}:\d{2}:\d{2}|0\d?:\d{2}|\d{4}-\d\d-\d\d)[\s:–—-]*\s|[#@]\w+\s+)+(?=\w+\s+\w)"
)
# The part of a sentence before an address says enough with so many words ("Read more at" does not).
MIN_WORDS_BEFORE_ADDRESS = 3
FULL_STOPS = ".。．"
TITLE_MARKS = FULL_STOPS + ",;:，；：、" + ELLIPSIS + "–—- "


def title_of(texts: Sequence[str], language: str | None = None) -> str:
    """Return a title, made from the opening sentences of ``texts``; a part of one has at most ``MAX_TITLE_WORDS``.

    It is the first sentence, else its beginning if it is a hook (``app.planning.text.hooks``), else a clause or a
    phrase of it (``app.planning.text.title_cuts``), else its key words. If such a part says too little
    (``app.planning.text.title_choice``), a short sentence is the title as a whole, of at most ``MAX_HOOK_WORDS``. A
    sentence that gives no title leaves the film without one. A sentence of one word, and one with an address, is left
    to the next; a heading of one word is a name. The title has no web or e-mail address, no number of a list's item,
    no full stop except that of an abbreviation, and does not end with a word that leads to words which are cut off.
    """
    candidates = opening_sentences(texts)
    candidates.sort(key=lambda sentence: ADDRESS.search(sentence) is not None)
    titles = [(title, candidate) for candidate in candidates if (title := _short(candidate, language))]
    good = (title for title, sentence in titles if len(line_units(title)) > 1 or not ends_a_sentence(sentence))
    return next(good, titles[0][0] if titles else "")


def opening_sentences(texts: Sequence[str]) -> list[str]:
    """Return the sentences of ``texts`` that say what it is about: the first ones, up to one of several words.

    Items of a list after other words are no opening.
    """
    opening: list[str] = []
    for sentence in (sentence for text in texts for sentence in sentences(one_line(text))):
        is_later_item = opening and ITEM_MARK.match(sentence)
        is_enough = opening and len(opening[-1].split()) > 1 and not ADDRESS.search(opening[-1])
        if is_later_item or is_enough or len(opening) == MAX_OPENING_SENTENCES:
            break
        if not is_label(sentence):
            opening.append(PREFIX.sub("", ITEM_MARK.sub("", sentence)))
    return opening


def headline(text: str, max_columns: int) -> str:
    """Return ``text`` as a text over a picture: short, with a capital first letter and no full stop."""
    line = shorten(text, max_columns)
    return _capitalised(line if line.endswith(ELLIPSIS) else without_full_stop(line))


def hook_headline(line: str, opening: str, title: str, language: str) -> str:
    """Return the headline over the first picture, which speaks ``line``, for the ``title`` made of the ``opening``.

    It is the line, else the sentence that opens it, if it has at most ``MAX_HOOK_WORDS`` words and
    ``MAX_HOOK_COLUMNS``; else the beginning of that sentence (``app.planning.text.hooks``), else the title.
    """
    line, opening = (PREFIX.sub("", ITEM_MARK.sub("", one_line(text))) for text in (line, opening))
    whole = [text for text in (line, opening) if letters(text).startswith(letters(opening)) and _is_hook_headline(text)]
    if whole:
        return headline(whole[0], MAX_HOOK_COLUMNS)
    if ADDRESS.search(opening):
        return title
    code = primary_subtag(language)
    beginning = beginning_of(PRESENTING.sub("", opening), code, MAX_HOOK_WORDS - 1, MAX_HOOK_COLUMNS)
    if len(beginning.split()) > 2 and is_phrase(beginning, opening):
        return _capitalised(beginning)
    # In other languages a title that begins a longer sentence is cut anywhere.
    is_cut = code not in WORDS_OF and letters(opening).startswith(letters(title)) and len(title.split()) > 1
    return "" if is_cut else title


def _is_hook_headline(text: str) -> bool:
    words = text.split()
    is_unspaced_text = any(is_unspaced(char) for char in text)
    return (
        not ADDRESS.search(text)
        and width(text) <= MAX_HOOK_COLUMNS
        and (1 < len(words) <= MAX_HOOK_WORDS or is_unspaced_text)
    )


def without_full_stop(text: str) -> str:
    """Return ``text`` without marks at its end other than "?" and "!"; the dot of an abbreviation stays."""
    line = text.strip()
    while line and line[-1] in TITLE_MARKS and not is_abbreviation(line.rsplit(maxsplit=1)[-1]):
        line = line[:-1]
    return line


def _short(sentence: str, language: str | None) -> str:
    """Return the title that a sentence gives; "" if it has no words before an address, or no part that is a title."""
    code = primary_subtag(language or language_of(sentence))
    words = WORDS_OF.get(code)
    text = _before_address(sentence, words)
    if not any(char.isalnum() for char in text):
        return ""
    if words and not (code in VERB_LAST and _is_short(text)):
        text = without_introduction(text, words)
    units = line_units(text)
    count = _fitting_count(units)
    if count < len(units):
        text = _part(text, words, code) if words else _without_leading_words(_cut_at_pause(units, count))
    return _capitalised(without_full_stop(text if text == sentence.strip() else text.lstrip(OPENING_QUOTES)))


def _before_address(sentence: str, words: TitleWords | None) -> str:
    """Return ``sentence`` up to its first address; "" if that part says too little."""
    text = ADDRESS.split(sentence)[0].strip()
    if text == sentence.strip():
        return text
    written = _without_leading_words(text.rstrip(CLAUSE_MARKS + " ")).split()
    while words and written and plain_words(written)[-1] in words.links | words.determiners:
        written.pop()
    is_unspaced_text = any(is_unspaced(char) for char in text)
    return " ".join(written) if len(written) >= MIN_WORDS_BEFORE_ADDRESS or is_unspaced_text else ""


def _is_short(text: str) -> bool:
    return len(text.split()) <= MAX_HOOK_WORDS and width(without_full_stop(text)) <= MAX_HOOK_COLUMNS


def _part(text: str, words: TitleWords, language: str) -> str:
    """Return the part of a long ``text`` that is its title, or a short one as a whole if its parts say too little."""
    # The verb comes first if it follows the year.
    text = text if language in VERB_LAST else YEAR_BEFORE.sub("", text)
    text = text if _is_short(text) else PRESENTING.sub("", text)
    hook = beginning_of(text, language, MAX_TITLE_WORDS, MAX_TITLE_COLUMNS) if is_hook(text, language) else ""
    found = hook or _without_leading_words(_cut(text, words, language).lstrip(OPENING_QUOTES))
    if says_enough(found, text, words):
        return found
    if _is_short(text):
        return text
    longer = _long_beginning(text, words, language)
    is_better = len(longer.split()) > max(2, len(found.split())) or not is_beginning(found, text)
    if is_better and is_phrase(longer, text):
        return longer
    return asked(found, text) if is_phrase(found, text) and not is_number(found) else ""


def _long_beginning(text: str, words: TitleWords, language: str) -> str:
    """Return the longest beginning that a headline may have; before a verb at its end, only a phrase counts."""
    longer = beginning_of(text, language, MAX_HOOK_WORDS - 1, MAX_HOOK_COLUMNS)
    written = longer.split()
    if not written or plain_words(written)[-1] not in words.verbs:
        return longer
    return " ".join(written[:-1]) if len(written) > 1 and words.may_end(plain_words(written)[-2]) else ""


def _cut(text: str, words: TitleWords, language: str) -> str:
    """Return a clause or a phrase of ``text``, else its beginning, else its best key phrase of several words."""
    found = cut_sentence(text, words, lambda: keywords(text, language))
    if not is_beginning(found, text):
        # The beginning of a sentence without clauses says more than a phrase from its middle.
        beginning = beginning_of(text, language, MAX_TITLE_WORDS, MAX_TITLE_COLUMNS)
        is_long = len(beginning.split()) >= MIN_BEGINNING_WORDS and not any(mark in text for mark in CLAUSE_MARKS)
        found = beginning if is_long or not found else found
    phrases = (phrase for phrase in keywords(text, language) if " " in phrase and words.may_end(phrase.lower()))
    return found if found and width(found) <= MAX_TITLE_COLUMNS else next(phrases, "")


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
    while len(words) > 1 and plain_words(words)[-1] in LEADING_WORDS | CLAUSE_OPENERS:
        words.pop()
    return " ".join(words)


def _start(sentence: str) -> str:
    """Return the beginning of a sentence whose first word is too long for a title."""
    return "".join(parts_within(characters(sentence), MAX_TITLE_COLUMNS))


def _capitalised(text: str) -> str:
    first = text.split(maxsplit=1)[0] if text else ""
    return text[:1].upper() + text[1:] if first.islower() or not first.isalpha() else text
