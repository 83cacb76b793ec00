"""Where sentences end between words, and questions and openers that belong to the sentence after them."""

from __future__ import annotations

from collections.abc import Sequence

from app.planning.text.marks import CLOSING_MARKS, END_MARKS, OPENING_MARKS
from schemas.text_width import width

# The marks and the greatest width of a question or opener that belongs to the next sentence.
OPENER_MARKS, OPENER_COLUMNS = ("?", ":", "？", "：", "؟"), 32


def ends_sentence(word: str, next_word: str) -> bool:
    """Return whether a sentence ends between two words that may be parted: not after a dot before a small letter."""
    last = word.rstrip().rstrip(CLOSING_MARKS)[-1:]
    first = next_word.strip().lstrip(OPENING_MARKS)[:1]
    return last in tuple(END_MARKS) and not (last == "." and first.islower())


def opens_next(words: Sequence[str], index: int, max_columns: int = OPENER_COLUMNS) -> bool:
    """Return whether a question or opener ("Ready?", "Here's why:") ends with the word at ``index``.

    It belongs to the words after it. It is a sentence of at most ``max_columns``.
    """
    if words[index].rstrip().rstrip(CLOSING_MARKS)[-1:] not in OPENER_MARKS or index + 1 == len(words):
        return False
    columns, start = 0, index
    while columns <= max_columns + 1:
        columns += width(words[start].strip()) + 1
        if start == 0 or ends_sentence(words[start - 1], words[start]):
            break
        start -= 1
    return columns <= max_columns + 1


def leads_on(text: str) -> bool:
    """Return whether ``text`` ends with a short question or opener, so that it belongs to the sentence after it."""
    words = [*text.split(), ""]
    return len(words) > 1 and opens_next(words, len(words) - 2)
