"""Words and times become cues: few words at a time, in even lines, as long on screen as they take to be read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import accumulate, combinations, pairwise

from app.planning.text.graphemes import break_runs, pieces
from app.planning.text.sentences import CLAUSES, CLOSERS, ENDS
from schemas.preset import CaptionStyle
from schemas.speech import Word, gap_before, text_of
from schemas.text_width import is_unspaced, width
from schemas.timeline import Cue
from schemas.timing import Span

SHORTEST_MS = 700
LONGEST_MS = 6000
LINGER_MS = 250
# A shorter gap between two cues flickers: they are joined.
FLICKER_MS = 300
READABLE_PER_S = 17
PAUSE_MS = 450
# A word so much wider than a line is parted; below, the renderer makes the line smaller.
TOO_WIDE = 1.6
NEVER = 1e9
# Words of so few letters lead to the next one: no line ends with them if it can be helped.
LEADING_WORD = 3


def cues(
    scene_id: int, words: Sequence[Word], window: Span, style: CaptionStyle, patient: bool = False
) -> tuple[Cue, ...]:
    """The cues of ``words`` inside ``window``, in order, never two at once, with no gap between them that flickers.

    At most ``style.max_lines`` lines of ``style.max_chars`` columns (a single wider word stands alone on its line).
    ``patient`` lets the last cue stay, as far as six seconds, when nothing comes after it.
    """
    timed = _timed(_parted(words, style), window)
    groups = _grouped(timed, window, style)
    spans = _shown([Span(group[0].start_ms, group[-1].end_ms) for group in groups], groups, window, patient)
    return tuple(
        Cue(scene_id, span.start_ms, span.end_ms, _lines(group, style))
        for group, span in zip(groups, spans, strict=True)
        if span.length_ms
    )


def spread(texts: Sequence[str], span: Span) -> tuple[Word, ...]:
    """``texts`` one after the other over ``span``, each for as long as its own length is of the whole."""
    ends = list(accumulate(width(text) + 1 for text in texts))
    times = [span.start_ms + span.length_ms * end // ends[-1] for end in (0, *ends)] if ends else []
    return tuple(Word(text, start, end) for text, (start, end) in zip(texts, pairwise(times), strict=True))


def _parted(words: Sequence[Word], style: CaptionStyle) -> list[Word]:
    return [part for word in words for own in _without_space_inside(word) for part in _parts(own, style)]


def _without_space_inside(word: Word) -> list[Word]:
    """Return ``word`` as the words that its own white space makes of it."""
    words = spread(word.text.split(), Span(word.start_ms, max(word.start_ms, word.end_ms)))
    return [own if index else replace(own, tight=word.tight) for index, own in enumerate(words)]


def _parts(word: Word, style: CaptionStyle) -> list[Word]:
    """Return ``word`` in the parts between which a line may break, with no space between them."""
    texts = [part for run in break_runs(word.text) for part in _narrow(run, style)]
    parts = spread(texts, Span(word.start_ms, word.end_ms))
    return [replace(part, tight=True if index else word.tight) for index, part in enumerate(parts)]


def _narrow(text: str, style: CaptionStyle) -> list[str]:
    columns = width(text)
    if columns <= style.max_chars * TOO_WIDE:
        return [text]
    if not text.isalpha() or is_unspaced(text[0]):
        return pieces(text, style.max_chars)
    count = -(-columns // (style.max_chars - 1))
    *parts, last = pieces(text, -(-columns // count))
    return [*(f"{part}-" for part in parts), last]


def _timed(words: Sequence[Word], window: Span) -> list[Word]:
    """The words inside the window, none before the one that it follows."""
    found: list[Word] = []
    last = window.start_ms
    for word in words:
        start = min(max(word.start_ms, last), window.end_ms)
        end = min(max(word.end_ms, start), window.end_ms)
        found.append(replace(word, start_ms=start, end_ms=end))
        last = start
    for place, (word, following) in enumerate(pairwise(found)):
        found[place] = replace(word, end_ms=min(word.end_ms, following.start_ms))
    return found


def _grouped(words: Sequence[Word], window: Span, style: CaptionStyle) -> list[Sequence[Word]]:
    """The cheapest way to cut ``words`` into cues (shortest path over the places where one may end)."""
    best = [0.0] + [NEVER * NEVER] * len(words)
    came_from = [0] * (len(words) + 1)
    for end in range(1, len(words) + 1):
        for start in range(end - 1, -1, -1):
            if end - start > 1 and not _fits(words[start:end], style):
                break
            cost = best[start] + _cost(words, start, end, window, style)
            if cost < best[end]:
                best[end], came_from[end] = cost, start
    places = [len(words)]
    while places[-1]:
        places.append(came_from[places[-1]])
    return [words[start:end] for start, end in pairwise(reversed(places))]


def _fits(words: Sequence[Word], style: CaptionStyle) -> bool:
    if words[-1].end_ms - words[0].start_ms > LONGEST_MS:
        return False
    rows, last = 1, words[0].text
    for index, word in enumerate(words[1:], start=1):
        longer = last + gap_before(words, index) + word.text
        if width(longer) <= style.max_chars:
            last = longer
        else:
            rows, last = rows + 1, word.text
    return rows <= style.max_lines


def _cost(words: Sequence[Word], start: int, end: int, window: Span, style: CaptionStyle) -> float:
    group = words[start:end]
    columns = width(text_of(group))
    until = words[end].start_ms if end < len(words) else window.end_ms
    room_ms = max(1, min(until, group[0].start_ms + LONGEST_MS) - group[0].start_ms)
    hurry = max(0.0, columns * 1000 / room_ms / READABLE_PER_S - 1)
    flash = max(0.0, 1 - room_ms / SHORTEST_MS)
    hollow = (1 - min(1.0, columns / (style.max_chars * style.max_lines))) ** 2
    lonely = 0.7 if len(group) == 1 < len(words) and columns < style.max_chars / 2 else 0.0
    return 1.0 + 2 * hurry + 4 * flash + 0.5 * hollow + lonely + _torn(group) + _break_cost(words, end)


def _torn(group: Sequence[Word]) -> float:
    """What it costs that sentences and pauses lie inside a cue and not between two."""
    cost = 0.0
    for place, (word, following) in enumerate(pairwise(group), start=1):
        pause_ms = following.start_ms - word.end_ms
        cost += 1.5 * pause_ms / PAUSE_MS if pause_ms >= PAUSE_MS else 0.0
        cost += 0.35 * _ends_a_clause(word, following)
        if _ends_with(word.text, ENDS):
            # A "Wow!" may lead a cue; a cue that ends with the first word of a new sentence reads badly.
            cost += 0.9 if place <= len(group) - place else 1.6
    return cost


def _break_cost(words: Sequence[Word], end: int) -> float:
    """What it costs to break before ``words[end]``."""
    if end == len(words):
        return 0.0
    word, following = words[end - 1], words[end]
    if _ends_with(word.text, ENDS) or following.start_ms - word.end_ms >= PAUSE_MS:
        return 0.0
    if _ends_a_clause(word, following):
        return 0.15
    return 1.2 + 0.5 * _leads_on(word.text)


def _ends_a_clause(word: Word, following: Word) -> bool:
    """Return whether a clause ends: a written space is a mark of its own where the script has none between words."""
    is_space = not following.tight and is_unspaced(word.text[-1:] or " ") and is_unspaced(following.text[:1] or " ")
    return is_space or _ends_with(word.text, CLAUSES)


def _ends_with(text: str, marks: str) -> bool:
    return text.rstrip(CLOSERS)[-1:] in tuple(marks)


def _leads_on(text: str) -> bool:
    return text.isalpha() and text.isascii() and len(text) <= LEADING_WORD


def _shown(spoken: Sequence[Span], groups: Sequence[Sequence[Word]], window: Span, patient: bool) -> list[Span]:
    """When each cue is on screen: from its first word until it is read, or until the next one takes its place."""
    found: list[Span] = []
    for place, (span, group) in enumerate(zip(spoken, groups, strict=True)):
        floor = found[-1].end_ms if found else window.start_ms
        limit = spoken[place + 1].start_ms if place + 1 < len(spoken) else window.end_ms
        end = _end(span, group, limit, patient and place + 1 == len(spoken))
        start = min(span.start_ms, max(floor, end - SHORTEST_MS))
        found.append(Span(floor if start - floor < FLICKER_MS else start, end))
    return found


def _end(span: Span, group: Sequence[Word], limit: int, patient: bool) -> int:
    columns = width(text_of(group))
    read = span.start_ms + max(SHORTEST_MS, columns * 1000 // READABLE_PER_S, patient * LONGEST_MS)
    end = min(limit, max(span.end_ms, min(max(span.end_ms + LINGER_MS, read), span.start_ms + LONGEST_MS)))
    return limit if limit - end < FLICKER_MS else end


def _lines(words: Sequence[Word], style: CaptionStyle) -> tuple[tuple[Word, ...], ...]:
    """The fewest lines that hold the words, as even as they can be, broken where the sentence lets one breathe."""
    for count in range(1, min(style.max_lines, len(words)) + 1):
        ways = [_cut(words, places) for places in combinations(range(1, len(words)), count - 1)]
        fitting = [way for way in ways if all(_line_fits(line, style) for line in way)]
        if fitting:
            return min(fitting, key=_unevenness)
    return (tuple(words),)


def _cut(words: Sequence[Word], places: Sequence[int]) -> tuple[tuple[Word, ...], ...]:
    return tuple(tuple(words[a:b]) for a, b in pairwise((0, *places, len(words))))


def _line_fits(line: Sequence[Word], style: CaptionStyle) -> bool:
    return len(line) == 1 or width(text_of(line)) <= style.max_chars


def _unevenness(lines: Sequence[Sequence[Word]]) -> float:
    widths = [width(text_of(line)) for line in lines]
    ends = [(line[-1], following[0]) for line, following in pairwise(lines)]
    breath = sum(_ends_with(word.text, ENDS) or _ends_a_clause(word, following) for word, following in ends)
    return max(widths) - min(widths) - 5 * breath + 5 * sum(_leads_on(word.text) for word, _ in ends)
