"""Sentences become beats: what is said over one picture, neither too short to be seen nor too long to be looked at."""

from __future__ import annotations

import heapq
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import ceil

from app.planning.clauses import divided
from app.planning.words import ends_a_sentence, spoken_ms
from schemas.preset import Pacing
from schemas.writing import gap

# A picture that is shown for less than this is not seen.
SEEN_MS = 1200


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast it is told: the preset's pacing, and the voice's language and speed."""

    pacing: Pacing
    language: str = "en"
    speed: float = 1.0

    def line_ms(self, line: str) -> int:
        """How long a line takes with the pauses around it."""
        said = spoken_ms(line, self.speed, self.language)
        return self.pacing.lead_ms + said + self.pacing.tail_ms

    @property
    def shortest_ms(self) -> int:
        """The shortest scene that a sentence may be split into."""
        return max(SEEN_MS, self.pacing.min_scene_ms)


def beats(sentences: Sequence[str], pace: Pace, pictures: int, most: int) -> tuple[str, ...]:
    """The lines of the film, one per scene; every word in order. An empty line is a scene in which nothing is said.

    Long sentences are parted at their clauses, short ones joined; where there are more ``pictures`` than lines, lines
    are parted until each picture has one, and where that would part words too finely, silent lines are put between.
    ``most`` is the largest number of beats.
    """
    lines = _joined([part for sentence in sentences for part in _not_too_long(sentence, pace)], pace)
    lines = _fewer(lines, most)
    lines = _for_each_picture(lines, pace, min(pictures, most))
    return with_silences(lines, min(pictures, most))


def trimmed(sentences: Sequence[str], pace: Pace, within_ms: int) -> tuple[str, ...]:
    """The first sentences that fit ``within_ms``; always one."""
    total = 0
    kept: list[str] = []
    for sentence in sentences:
        total += pace.line_ms(sentence)
        if kept and total > within_ms:
            break
        kept.append(sentence)
    return tuple(kept)


def _not_too_long(sentence: str, pace: Pace) -> tuple[str, ...]:
    room_ms = max(SEEN_MS, pace.pacing.max_scene_ms - pace.pacing.lead_ms - pace.pacing.tail_ms)
    said_ms = spoken_ms(sentence, pace.speed, pace.language)
    parts = ceil(said_ms / room_ms)
    return divided(sentence, parts, pace.language) if parts > 1 else (sentence,)


def _joined(lines: Sequence[str], pace: Pace) -> list[str]:
    """Lines too short for a scene go with their neighbour, if the two are not too long together.

    A line that ends without a mark, a heading or a bullet, stands alone: joined, it would be spoken as one sentence
    with what follows.
    """
    found: list[str] = []
    for line in lines:
        short = found and min(map(pace.line_ms, (found[-1], line))) < pace.shortest_ms
        if short and ends_a_sentence(found[-1]) and pace.line_ms(_said_on(found[-1], line)) <= pace.pacing.max_scene_ms:
            found[-1] = _said_on(found[-1], line)
        else:
            found.append(line)
    return found


def _said_on(line: str, following: str) -> str:
    return line + gap(line, following) + following


def _fewer(lines: list[str], most: int) -> list[str]:
    """At most ``most`` lines: neighbours are joined, evenly over the film."""
    if len(lines) <= most:
        return lines
    cuts = [len(lines) * k // most for k in range(most + 1)]
    found = []
    for first, last in pairwise(cuts):
        line = lines[first]
        for following in lines[first + 1 : last]:
            line = _said_on(line, following)
        found.append(line)
    return found


def _for_each_picture(lines: list[str], pace: Pace, pictures: int) -> list[str]:
    """The longest lines are parted first, none into parts that are not seen."""
    counts = [1] * len(lines)
    queue = [(-pace.line_ms(line), place) for place, line in enumerate(lines)]
    heapq.heapify(queue)
    while queue and sum(counts) < pictures:
        _, place = heapq.heappop(queue)
        parts = divided(lines[place], counts[place] + 1, pace.language)
        if len(parts) > counts[place] and min(map(pace.line_ms, parts)) >= pace.shortest_ms:
            counts[place] += 1
            heapq.heappush(queue, (-max(map(pace.line_ms, parts)), place))
    return [part for line, count in zip(lines, counts, strict=True) for part in _parts(line, count, pace)]


def _parts(line: str, count: int, pace: Pace) -> tuple[str, ...]:
    return divided(line, count, pace.language) if count > 1 else (line,)


def with_silences(lines: Sequence[str], count: int) -> tuple[str, ...]:
    """``lines`` with empty ones spread evenly between them until there are ``count``; none before the first word."""
    silent = max(0, count - len(lines))
    if not lines:
        return ("",) * silent
    after = [silent * (k + 1) // len(lines) - silent * k // len(lines) for k in range(len(lines))]
    return tuple(one for line, empty in zip(lines, after, strict=True) for one in (line, *[""] * empty))
