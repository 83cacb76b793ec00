"""Group timed words into cues: few words per cue, in even lines, on screen long enough to be read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import accumulate, combinations, pairwise

from app.planning.text.graphemes import break_runs, split_to_width
from app.planning.text.sentences import CLAUSE_MARKS, CLOSING_MARKS, END_MARKS
from schemas.preset import CaptionStyle
from schemas.speech import Word, gap_before, text_of
from schemas.text_width import is_unspaced, width
from schemas.timeline import Cue
from schemas.timing import Span

MIN_CUE_MS = 700
MAX_CUE_MS = 6000
LINGER_MS = 250
# A shorter gap between two cues would flicker and is closed.
MIN_GAP_MS = 300
READABLE_COLUMNS_PER_S = 17
PAUSE_MS = 450
# A word that is wider than this many lines is split; the renderer shrinks the line of a narrower one.
MAX_WIDTH_FACTOR = 1.6
UNREACHABLE = 1e18
# Words of at most this many letters lead to the next word, so a line should not end with them.
LEADING_WORD_LETTERS = 3


def cues(
    scene_id: int, words: Sequence[Word], window: Span, style: CaptionStyle, hold_last: bool = False
) -> tuple[Cue, ...]:
    """Return the cues of ``words`` inside ``window``, in order, without overlaps and without gaps that flicker.

    A cue has at most ``style.max_words`` words in ``style.max_lines`` lines of ``style.max_chars`` columns; a wider
    word is alone on its line.
    ``hold_last`` keeps the last cue on screen for up to six seconds.
    """
    timed = _within_window(_unbreakable_words(words, style), window)
    groups = _group_words(timed, window, style)
    spans = _display_spans([Span(group[0].start_ms, group[-1].end_ms) for group in groups], groups, window, hold_last)
    return tuple(
        Cue(scene_id, span.start_ms, span.end_ms, _lines(group, style))
        for group, span in zip(groups, spans, strict=True)
        if span.length_ms
    )


def spread(texts: Sequence[str], span: Span) -> tuple[Word, ...]:
    """Return ``texts`` as words that fill ``span``, each with a share of the time in proportion to its width."""
    ends = list(accumulate(width(text) + 1 for text in texts))
    times = [span.start_ms + span.length_ms * end // ends[-1] for end in (0, *ends)] if ends else []
    return tuple(Word(text, start, end) for text, (start, end) in zip(texts, pairwise(times), strict=True))


def _unbreakable_words(words: Sequence[Word], style: CaptionStyle) -> list[Word]:
    return [part for word in words for single in _split_at_spaces(word) for part in _parts(single, style)]


def _split_at_spaces(word: Word) -> list[Word]:
    """Return the words that ``word`` consists of, split at its white space."""
    words = spread(word.text.split(), Span(word.start_ms, max(word.start_ms, word.end_ms)))
    return [single if index else replace(single, tight=word.tight) for index, single in enumerate(words)]


def _parts(word: Word, style: CaptionStyle) -> list[Word]:
    """Return the parts of ``word`` between which a line may break, without spaces between them."""
    texts = [part for run in break_runs(word.text) for part in _split_wide_text(run, style)]
    parts = spread(texts, Span(word.start_ms, word.end_ms))
    return [replace(part, tight=True if index else word.tight) for index, part in enumerate(parts)]


def _split_wide_text(text: str, style: CaptionStyle) -> list[str]:
    columns = width(text)
    if columns <= style.max_chars * MAX_WIDTH_FACTOR:
        return [text]
    if not text.isalpha() or is_unspaced(text[0]):
        return split_to_width(text, style.max_chars)
    count = -(-columns // (style.max_chars - 1))
    *parts, last = split_to_width(text, -(-columns // count))
    return [*(f"{part}-" for part in parts), last]


def _within_window(words: Sequence[Word], window: Span) -> list[Word]:
    """Clip the words to the window and make their times ascend."""
    timed: list[Word] = []
    previous_ms = window.start_ms
    for word in words:
        start_ms = min(max(word.start_ms, previous_ms), window.end_ms)
        end_ms = min(max(word.end_ms, start_ms), window.end_ms)
        timed.append(replace(word, start_ms=start_ms, end_ms=end_ms))
        previous_ms = start_ms
    for index, (word, next_word) in enumerate(pairwise(timed)):
        timed[index] = replace(word, end_ms=min(word.end_ms, next_word.start_ms))
    return timed


def _group_words(words: Sequence[Word], window: Span, style: CaptionStyle) -> list[Sequence[Word]]:
    """Divide ``words`` into cues at the lowest total cost (shortest path over the possible ends of cues)."""
    lowest_cost = [0.0] + [UNREACHABLE] * len(words)
    start_of = [0] * (len(words) + 1)
    for end in range(1, len(words) + 1):
        for start in range(end - 1, -1, -1):
            if end - start > 1 and not _fits_cue(words[start:end], style):
                break
            cost = lowest_cost[start] + _cue_cost(words, start, end, window, style)
            if cost < lowest_cost[end]:
                lowest_cost[end], start_of[end] = cost, start
    bounds = [len(words)]
    while bounds[-1]:
        bounds.append(start_of[bounds[-1]])
    return [words[start:end] for start, end in pairwise(reversed(bounds))]


def _fits_cue(words: Sequence[Word], style: CaptionStyle) -> bool:
    if words[-1].end_ms - words[0].start_ms > MAX_CUE_MS or _word_count(words) > (style.max_words or len(words)):
        return False
    line_count, line = 1, words[0].text
    for index, word in enumerate(words[1:], start=1):
        longer = line + gap_before(words, index) + word.text
        if width(longer) <= style.max_chars:
            line = longer
        else:
            line_count, line = line_count + 1, word.text
    return line_count <= style.max_lines


def _word_count(words: Sequence[Word]) -> int:
    """Return the number of words with a space before them; a part of a word, or of unspaced text, is none."""
    return sum(index == 0 or bool(gap_before(words, index)) for index in range(len(words)))


def _cue_cost(words: Sequence[Word], start: int, end: int, window: Span, style: CaptionStyle) -> float:
    group = words[start:end]
    columns = width(text_of(group))
    next_start_ms = words[end].start_ms if end < len(words) else window.end_ms
    available_ms = max(1, min(next_start_ms, group[0].start_ms + MAX_CUE_MS) - group[0].start_ms)
    unreadable = max(0.0, columns * 1000 / available_ms / READABLE_COLUMNS_PER_S - 1)
    too_short = max(0.0, 1 - available_ms / MIN_CUE_MS)
    emptiness = (1 - min(1.0, columns / (style.max_chars * style.max_lines))) ** 2
    single_word = 0.7 if len(group) == 1 < len(words) and columns < style.max_chars / 2 else 0.0
    display_cost = 1.0 + 2 * unreadable + 4 * too_short + 0.5 * emptiness + single_word
    return display_cost + _interruption_cost(group) + _break_cost(words, end)


def _interruption_cost(group: Sequence[Word]) -> float:
    """Return the cost of pauses and of ends of sentences and clauses inside a cue."""
    cost = 0.0
    for index, (word, next_word) in enumerate(pairwise(group), start=1):
        pause_ms = next_word.start_ms - word.end_ms
        cost += 1.5 * pause_ms / PAUSE_MS if pause_ms >= PAUSE_MS else 0.0
        cost += 0.35 * _ends_a_clause(word, next_word)
        if _ends_with(word.text, END_MARKS):
            # A cue may begin with a short sentence such as "Wow!", but should not end with the start of a sentence.
            cost += 0.9 if index <= len(group) - index else 1.6
    return cost


def _break_cost(words: Sequence[Word], end: int) -> float:
    """Return the cost of a break before ``words[end]``."""
    if end == len(words):
        return 0.0
    word, next_word = words[end - 1], words[end]
    if _ends_with(word.text, END_MARKS) or next_word.start_ms - word.end_ms >= PAUSE_MS:
        return 0.0
    if _ends_a_clause(word, next_word):
        return 0.15
    return 1.2 + 0.5 * _is_leading_word(word.text)


def _ends_a_clause(word: Word, next_word: Word) -> bool:
    """Return whether a clause ends after ``word``; in scripts without spaces between words, a space ends a clause."""
    is_space = not next_word.tight and is_unspaced(word.text[-1:] or " ") and is_unspaced(next_word.text[:1] or " ")
    return is_space or _ends_with(word.text, CLAUSE_MARKS)


def _ends_with(text: str, marks: str) -> bool:
    return text.rstrip(CLOSING_MARKS)[-1:] in tuple(marks)


def _is_leading_word(text: str) -> bool:
    return text.isalpha() and text.isascii() and len(text) <= LEADING_WORD_LETTERS


def _display_spans(
    spoken: Sequence[Span], groups: Sequence[Sequence[Word]], window: Span, hold_last: bool
) -> list[Span]:
    """Return when each cue is on screen: from its first word until it is read or the next cue begins."""
    shown: list[Span] = []
    for index, (span, group) in enumerate(zip(spoken, groups, strict=True)):
        previous_end_ms = shown[-1].end_ms if shown else window.start_ms
        is_last = index + 1 == len(spoken)
        limit_ms = window.end_ms if is_last else spoken[index + 1].start_ms
        end_ms = _display_end(span, group, limit_ms, hold_last and is_last)
        start_ms = min(span.start_ms, max(previous_end_ms, end_ms - MIN_CUE_MS))
        shown.append(Span(previous_end_ms if start_ms - previous_end_ms < MIN_GAP_MS else start_ms, end_ms))
    return shown


def _display_end(span: Span, group: Sequence[Word], limit_ms: int, hold: bool) -> int:
    columns = width(text_of(group))
    read_ms = span.start_ms + max(MIN_CUE_MS, columns * 1000 // READABLE_COLUMNS_PER_S, hold * MAX_CUE_MS)
    end_ms = max(span.end_ms, min(max(span.end_ms + LINGER_MS, read_ms), span.start_ms + MAX_CUE_MS))
    end_ms = min(limit_ms, end_ms)
    return limit_ms if limit_ms - end_ms < MIN_GAP_MS else end_ms


def _lines(words: Sequence[Word], style: CaptionStyle) -> tuple[tuple[Word, ...], ...]:
    """Return the fewest lines that hold the words, as even as possible, broken at ends of sentences and clauses."""
    for count in range(1, min(style.max_lines, len(words)) + 1):
        candidates = [_split_at(words, breaks) for breaks in combinations(range(1, len(words)), count - 1)]
        fitting = [lines for lines in candidates if all(_line_fits(line, style) for line in lines)]
        if fitting:
            return min(fitting, key=_unevenness)
    return (tuple(words),)


def _split_at(words: Sequence[Word], breaks: Sequence[int]) -> tuple[tuple[Word, ...], ...]:
    return tuple(tuple(words[first:last]) for first, last in pairwise((0, *breaks, len(words))))


def _line_fits(line: Sequence[Word], style: CaptionStyle) -> bool:
    return len(line) == 1 or width(text_of(line)) <= style.max_chars


def _unevenness(lines: Sequence[Sequence[Word]]) -> float:
    widths = [width(text_of(line)) for line in lines]
    breaks = [(line[-1], next_line[0]) for line, next_line in pairwise(lines)]
    good_breaks = sum(_ends_with(word.text, END_MARKS) or _ends_a_clause(word, next_word) for word, next_word in breaks)
    bad_breaks = sum(_is_leading_word(word.text) for word, _ in breaks)
    return max(widths) - min(widths) - 5 * good_breaks + 5 * bad_breaks
