"""Group timed words into cues: few words per cue, in even lines, on screen long enough to be read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import accumulate, pairwise

from app.planning.text.graphemes import break_runs, split_to_width
from app.planning.timing.cue_lines import (
    MAX_WIDTH_FACTOR,
    Breaks,
    breaks_of,
    ends_a_clause,
    fits_lines,
    is_leading_word,
    lines_of,
)
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
UNREACHABLE = 1e18
# The cost of a break after a question or opener, which belongs to what follows: less than a break inside a sentence.
OPENER_COST = 1.0


def cues(
    scene_id: int,
    words: Sequence[Word],
    window: Span,
    style: CaptionStyle,
    *,
    hold_last: bool = False,
    is_whole: bool = False,
    language: str | None = None,
) -> tuple[Cue, ...]:
    """Return the cues of ``words`` inside ``window``, in order, without overlaps and without gaps that flicker.

    A cue has at most ``style.max_words`` words in ``style.max_lines`` lines of ``style.max_chars`` columns; a wider
    word is alone on its line.
    ``hold_last`` keeps the last cue on screen for up to six seconds. ``is_whole`` puts all words into one cue, with as
    many lines as they need.
    """
    timed = _within_window(_unbreakable_words(words, style), window)
    breaks = breaks_of(timed, style, language)
    if is_whole:
        style = replace(style, max_lines=len(timed))
    bounds = [0, len(timed)] if is_whole and timed else _cue_bounds(timed, breaks, window, style)
    groups = [timed[start:end] for start, end in pairwise(bounds)]
    spans = _display_spans([Span(group[0].start_ms, group[-1].end_ms) for group in groups], groups, window, hold_last)
    return tuple(
        Cue(scene_id, span.start_ms, span.end_ms, lines_of(timed, start, end, breaks, style))
        for (start, end), span in zip(pairwise(bounds), spans, strict=True)
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


def _cue_bounds(words: Sequence[Word], breaks: Breaks, window: Span, style: CaptionStyle) -> list[int]:
    """Return the bounds of the cues of ``words`` at the lowest total cost (shortest path over the possible ends)."""
    positions = [0, *breaks.allowed, *([len(words)] if words else [])]
    lowest_cost = [0.0] + [UNREACHABLE] * (len(positions) - 1)
    previous = [0] * len(positions)
    for last in range(1, len(positions)):
        for first in range(last - 1, -1, -1):
            start, end = positions[first], positions[last]
            if last - first > 1 and not _fits(words, start, end, breaks, style):
                break
            cost = lowest_cost[first] + _cue_cost(words, start, end, breaks=breaks, window=window, style=style)
            if cost < lowest_cost[last]:
                lowest_cost[last], previous[last] = cost, first
    path = [len(positions) - 1]
    while path[-1]:
        path.append(previous[path[-1]])
    return [positions[index] for index in reversed(path)]


def _fits(words: Sequence[Word], start: int, end: int, breaks: Breaks, style: CaptionStyle) -> bool:
    group = words[start:end]
    is_short = group[-1].end_ms - group[0].start_ms <= MAX_CUE_MS and _word_count(group) <= (style.max_words or end)
    return is_short and fits_lines(words, start, end, breaks, style)


def _word_count(words: Sequence[Word]) -> int:
    """Return the number of words with a space before them; a part of a word, or of unspaced text, is none."""
    return sum(index == 0 or bool(gap_before(words, index)) for index in range(len(words)))


def _cue_cost(
    words: Sequence[Word], start: int, end: int, *, breaks: Breaks, window: Span, style: CaptionStyle
) -> float:
    group = words[start:end]
    columns = width(text_of(group))
    next_start_ms = words[end].start_ms if end < len(words) else window.end_ms
    available_ms = max(1, min(next_start_ms, group[0].start_ms + MAX_CUE_MS) - group[0].start_ms)
    unreadable = max(0.0, columns * 1000 / available_ms / READABLE_COLUMNS_PER_S - 1)
    too_short = max(0.0, 1 - available_ms / MIN_CUE_MS)
    emptiness = (1 - min(1.0, columns / (style.max_chars * style.max_lines))) ** 2
    single_word = 0.7 if len(group) == 1 < len(words) and columns < style.max_chars / 2 else 0.0
    display_cost = 1.0 + 2 * unreadable + 4 * too_short + 0.5 * emptiness + single_word
    return display_cost + _interruption_cost(words, start, end, breaks) + _break_cost(words, end, breaks)


def _interruption_cost(words: Sequence[Word], start: int, end: int, breaks: Breaks) -> float:
    """Return the cost of pauses and of ends of sentences and clauses inside the cue of ``words[start:end]``."""
    cost = 0.0
    for index in range(start + 1, end):
        is_in_first_half = index - start <= end - index
        if is_in_first_half and index in breaks.after_openers:
            continue
        word, next_word = words[index - 1], words[index]
        pause_ms = next_word.start_ms - word.end_ms
        cost += 1.5 * pause_ms / PAUSE_MS if pause_ms >= PAUSE_MS else 0.0
        cost += 0.35 * ends_a_clause(word, next_word)
        if index in breaks.starts:
            # A cue may begin with a short sentence such as "Wow!", but should not end with the start of a sentence.
            cost += 0.9 if is_in_first_half else 1.6
    return cost


def _break_cost(words: Sequence[Word], end: int, breaks: Breaks) -> float:
    """Return the cost of a break before ``words[end]``."""
    if end == len(words):
        return 0.0
    word, next_word = words[end - 1], words[end]
    if end in breaks.after_openers:
        return OPENER_COST
    if end in breaks.starts or next_word.start_ms - word.end_ms >= PAUSE_MS:
        return 0.0
    if ends_a_clause(word, next_word):
        return 0.15
    return 1.2 + 0.5 * is_leading_word(word.text)


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
