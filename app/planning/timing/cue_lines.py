"""Where the words of a scene may be parted, and the lines of a cue."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass
from itertools import accumulate, pairwise

from app.planning.text.marks import CLAUSE_MARKS, CLOSING_MARKS, OPENING_MARKS
from app.planning.text.quotes import author_index
from app.planning.text.sentence_ends import opens_next, sentence_starts
from app.planning.text.unbreakable import bonds
from schemas.preset import CaptionStyle
from schemas.speech import Word, gap_before, text_of
from schemas.text_width import is_unspaced, width

# A word that is wider than this many lines is split; the renderer shrinks the line of a narrower one.
MAX_WIDTH_FACTOR = 1.6
# Words of at most this many letters lead to the next word, so a line should not end with them.
LEADING_WORD_LETTERS = 3


@dataclass(frozen=True, slots=True)
class Breaks:
    """Where the words of a scene may be parted: before the words with the indices ``allowed``, never elsewhere.

    Before the word at ``author``, which begins the author of a quotation, a line must end. A sentence ends before the
    words ``starts``, and before those of ``after_openers`` a question or opener that belongs to what follows.
    """

    allowed: tuple[int, ...]
    author: int | None = None
    starts: frozenset[int] = frozenset()
    after_openers: frozenset[int] = frozenset()

    def within(self, start: int, end: int) -> list[int]:
        """Return the breaks between the words ``[start, end)``."""
        first, last = bisect_right(self.allowed, start), bisect_left(self.allowed, end)
        return list(self.allowed[first:last])


def breaks_of(words: Sequence[Word], style: CaptionStyle, language: str | None = None) -> Breaks:
    """Return where ``words`` may be parted: not inside a run that fits on a line which the renderer may shrink."""
    if not words:
        return Breaks(())
    spaces = [gap_before(words, index) for index in range(1, len(words))] + [""]
    units = [word.text + space for word, space in zip(words, spaces, strict=True)]
    bound = bonds(units, max_columns=int(style.max_chars * MAX_WIDTH_FACTOR), language=language)
    author = author_index([word.text for word in words])
    fits = author is not None and width(text_of(words[author:])) <= style.max_chars * MAX_WIDTH_FACTOR
    last = author if fits and author is not None else len(words)
    allowed = tuple(k for k in range(1, len(words)) if k == last or (k < last and not bound[k - 1]))
    starts = sentence_starts(units, language)
    openers = frozenset(k for k in range(1, len(words)) if opens_next(units, k - 1, starts))
    return Breaks(allowed, author, starts, openers)


def fits_lines(words: Sequence[Word], start: int, end: int, breaks: Breaks, style: CaptionStyle) -> bool:
    """Return whether the words ``[start, end)`` fit on the lines of one cue."""
    line_count, line_start = 1, start
    positions = [start, *breaks.within(start, end), end]
    for first, last in pairwise(positions):
        is_too_wide = first > line_start and width(text_of(words[line_start:last])) > style.max_chars
        if is_too_wide or first == breaks.author:
            line_count, line_start = line_count + (first > start), first
    return line_count <= style.max_lines


def lines_of(
    words: Sequence[Word], start: int, end: int, breaks: Breaks, style: CaptionStyle
) -> tuple[tuple[Word, ...], ...]:
    """Return the fewest lines that hold the words, as even as possible, broken at ends of sentences and clauses."""
    group = words[start:end]
    allowed = [index - start for index in breaks.within(start, end)]
    author = breaks.author - start if breaks.author is not None and start < breaks.author < end else None
    ends = sorted({*allowed, len(group)})
    for count in range(1, min(style.max_lines, len(allowed) + 1) + 1):
        splits = [split for split in _splits(group, 0, ends, count, style.max_chars) if author in (None, *split)]
        if splits:
            begins = frozenset(index - start for index in breaks.within(start, end) if index in breaks.starts)
            return min(
                (_split_at(group, split) for split in splits), key=lambda lines: _unevenness(lines, author, begins)
            )
    return (tuple(group),)


def _splits(
    words: Sequence[Word], start: int, ends: Sequence[int], count: int, max_chars: int
) -> Iterator[tuple[int, ...]]:
    """Yield where ``words[start:]`` may be parted into ``count`` lines that fit.

    A line of words that may not be parted always does.
    """
    later = [end for end in ends if end > start]
    if count == 1:
        if len(later) == 1 or width(text_of(words[start:])) <= max_chars:
            yield ()
        return
    for index, end in enumerate(later[:-1]):
        if index and width(text_of(words[start:end])) > max_chars:
            break
        if len(later) - index - 1 >= count - 1:
            yield from ((end, *rest) for rest in _splits(words, end, ends, count - 1, max_chars))


def _split_at(words: Sequence[Word], breaks: Sequence[int]) -> tuple[tuple[Word, ...], ...]:
    return tuple(tuple(words[first:last]) for first, last in pairwise((0, *breaks, len(words))))


def _unevenness(lines: Sequence[Sequence[Word]], author: int | None, begins: Set[int]) -> float:
    """Return the cost of breaking words into ``lines``; the name of the ``author`` has its own width.

    Sentences begin at the words ``begins``.
    """
    starts = list(accumulate((len(line) for line in lines), initial=0))
    is_said = [author is None or start < author for start, _ in zip(starts, lines, strict=False)]
    widths = [width(text_of(line)) for line, said in zip(lines, is_said, strict=True) if said]
    breaks = [
        (start, line[-1], next_line[0]) for start, (line, next_line) in zip(starts[1:], pairwise(lines), strict=False)
    ]
    good_breaks = sum(start in begins or ends_a_clause(word, next_word) for start, word, next_word in breaks)
    bad_breaks = sum(is_leading_word(word.text) for _, word, _ in breaks)
    return max(widths) - min(widths) - 5 * good_breaks + 5 * bad_breaks


def ends_a_clause(word: Word, next_word: Word) -> bool:
    """Return whether a clause ends after ``word``; in scripts without spaces between words, a space ends a clause."""
    is_space = not next_word.tight and is_unspaced(word.text[-1:] or " ") and is_unspaced(next_word.text[:1] or " ")
    return is_space or _ends_with(word.text, CLAUSE_MARKS)


def _ends_with(text: str, marks: str) -> bool:
    return text.rstrip(CLOSING_MARKS)[-1:] in tuple(marks)


def is_leading_word(text: str) -> bool:
    text = text.lstrip(OPENING_MARKS)
    return text.isalpha() and text.isascii() and len(text) <= LEADING_WORD_LETTERS
