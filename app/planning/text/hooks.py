"""The beginning of a sentence that is a hook: up to a pause, or to a word that begins what may be left out."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate

from app.planning.text.amount_words import SYMBOLS
from app.planning.text.graphemes import line_units
from app.planning.text.marks import CLAUSE_MARKS, CLOSING_MARKS, END_MARKS, OPENING_MARKS, OPENING_QUOTES
from app.planning.text.title_words import WORDS_OF, TitleWords

# Fewer words before a pause say too little ("Me, opening the fridge …").
MIN_WORDS, MIN_WORDS_BEFORE_PAUSE = 2, 3
_MARKS = CLAUSE_MARKS + CLOSING_MARKS + END_MARKS + OPENING_MARKS
_QUESTION_MARKS = "?？؟"
# Words with which hooks begin, beside numbers.
_HOOKS = {
    "en": """
    why how what where stop don't never always start save nobody everybody everyone everything i we you pov this
    two three four five six seven eight nine ten
    """,
    "de": """
    warum wieso wie was so hör hört stopp nie niemand jeder alles ich wir du pov
    zwei drei vier fünf sechs sieben acht neun zehn
    """,
    "fr": """
    pourquoi comment arrêtez arrête personne tout je j'ai nous vous tu pov
    deux trois quatre cinq six sept huit neuf dix
    """,
    "es": """
    por cómo qué deja dejad nunca nadie todo pov dos tres cuatro cinco seis siete ocho nueve diez
    """,
}
HOOKS = {language: frozenset(words.split()) for language, words in _HOOKS.items()}
# A beginning does not end before these words, which belong to the one before them, ...
_BOUND_WORDS = "well of von zu de do da di que than als as it she he ne"
# ... nor with these, which lead on.
_OPEN_END_WORDS = """
am are is was were be been have has had do does did can could will would shall should may might must more less most
very too so just only about next ist sind war bin bist seid waren hat habe haben habt hatte hatten kann können muss
müssen will wollen soll sollen wird werden wurde wurden sehr est sont a ont même es son ha han más muy
"""
_CLOSED_END_WORDS = "this that these those me us them das dies mich dich cela ça esto eso"
# A clause that begins with one of these is not cut, but left out.
_CLAUSE_WORDS = """
and or but because if when while und oder aber weil wenn dass et ou mais parce quand si y o pero porque cuando
"""
_BOUND, _OPEN_ENDS = frozenset(_BOUND_WORDS.split()), frozenset(_OPEN_END_WORDS.split())
_OF = frozenset(("of", "von", "de", "di"))
_CLOSED_ENDS, _CLAUSES = frozenset(_CLOSED_END_WORDS.split()), frozenset(_CLAUSE_WORDS.split())
_COMPARATIVES = frozenset(("more", "less", "mehr", "plus", "más"))
# Breaks beside those of ``TitleWords``, and languages whose objects come before the rest of the verb.
_BREAKS, VERB_LAST = frozenset(("even", "alors")), ("de", "nl")


def is_hook(sentence: str, language: str) -> bool:
    """Return whether ``sentence`` begins like a hook: with a number, a question, an order or a person."""
    first = next(iter(plain_words(sentence.split()[:1])), "")
    return first.lstrip(SYMBOLS)[:1].isdigit() or first in HOOKS.get(language, ())


def beginning_of(sentence: str, language: str, max_words: int, max_columns: int) -> str:
    """Return the longest beginning of ``sentence`` within both limits that may stand alone; "" if there is none.

    It ends at a pause if one leaves at least three words, else before a preposition, a conjunction or a determiner
    after a noun. A question keeps its mark.
    """
    words = WORDS_OF.get(language)
    written = sentence.split()
    ends = [end for end in _unit_ends(sentence) if MIN_WORDS <= end <= min(max_words, len(written) - 1)]
    ends = [end for end in ends if len(" ".join(written[:end])) <= max_columns]
    plain = plain_words(written)
    pauses = [end for end in ends if end >= MIN_WORDS_BEFORE_PAUSE and _ends_with_pause(written[end - 1])]
    breaks = [end for end in ends if words and _may_break(plain, end, words, has_objects=language not in VERB_LAST)]
    if breaks and max(breaks) <= MIN_WORDS:
        breaks += [end for end in ends if words and plain[end] in _OF and not _leads_on(plain[end - 1], words)]
    best = max(pauses or breaks, default=0)
    return _closed(written[:best], mark=question_mark(sentence)) if best else ""


def _unit_ends(sentence: str) -> list[int]:
    """Return the numbers of words after which ``sentence`` may be cut."""
    return list(accumulate(len(unit.split()) for unit in line_units(sentence)))


def _ends_with_pause(word: str) -> bool:
    return word.rstrip(CLOSING_MARKS)[-1:] in tuple(CLAUSE_MARKS)


def question_mark(sentence: str) -> str:
    """Return the question mark of a sentence, with the space before it as in French."""
    end = sentence.rstrip(CLOSING_MARKS + " ")
    is_spaced = end[-2:-1].isspace()
    return f"{' ' * is_spaced}{end[-1]}" if end[-1:] in tuple(_QUESTION_MARKS) else ""


def plain_words(written: Sequence[str]) -> list[str]:
    """Return words in lower case without marks; "am" and "pm" after a number are no verbs, but "o'clock"."""
    words = [word.strip(_MARKS).lower().replace("’", "'") for word in written]
    return [
        "o'clock" if word in ("am", "pm") and before.isdigit() else word
        for before, word in zip(["", *words], words, strict=False)
    ]


def _may_break(plain: Sequence[str], end: int, words: TitleWords, *, has_objects: bool) -> bool:
    """Return whether the words before ``end`` may stand alone; ``has_objects`` says that an object may be the last.

    Otherwise the verb after an auxiliary comes later.
    """
    last, after = plain[end - 1], plain[end]
    if not last or _leads_on(last, words) or after in _BOUND or (_CLAUSES | _COMPARATIVES) & {*plain[1:end]}:
        return False
    if after == "to" and (last in words.verbs or last.endswith("ing")):
        return False
    if not has_objects and any(word in _OPEN_ENDS for word in plain[:end]):
        return False
    is_object = has_objects and plain[end - 2] in words.determiners
    begins_rest = after in words.links | words.openers | words.copulas | _BREAKS
    return begins_rest or (is_object and after in words.determiners)


def _leads_on(word: str, words: TitleWords) -> bool:
    """Return whether a word leads to the next one; of an elision ("qu'il") the part after it counts."""
    ends = {word, word.rpartition("'")[2]} - _CLOSED_ENDS
    return bool(ends & (_OPEN_ENDS | words.determiners | words.links | words.pronouns))


def _closed(written: Sequence[str], mark: str) -> str:
    """Return the words without marks at their end, or with that of a question."""
    text = " ".join(written).rstrip(CLAUSE_MARKS + CLOSING_MARKS + " ").lstrip(OPENING_QUOTES)
    return text if text[-1:] in tuple(_QUESTION_MARKS) else text + mark
