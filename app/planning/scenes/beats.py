"""Split and join sentences into beats: the words spoken over one picture, within the preset's scene lengths."""

from __future__ import annotations

import heapq
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import ceil

from app.planning.text.clauses import split_with_spaces
from app.planning.text.sentence_ends import leads_on
from app.planning.text.sentences import ends_a_sentence
from app.planning.text.spoken_length import spoken_ms
from schemas.preset import Pacing
from schemas.text_width import line_gap

# A viewer does not recognise a picture that is shown for less than this.
MIN_VISIBLE_MS = 1200


@dataclass(frozen=True, slots=True)
class Pace:
    """The speed of a film: the preset's pacing, and the voice's language and speed."""

    pacing: Pacing
    language: str = "en"
    speed: float = 1.0

    def line_ms(self, line: str) -> int:
        """Return the time that a line takes, including the pauses around it."""
        speech_ms = spoken_ms(line, self.speed, self.language)
        return self.pacing.lead_ms + speech_ms + self.pacing.tail_ms

    @property
    def shortest_ms(self) -> int:
        """The length of the shortest scene that a sentence may be split into."""
        return max(MIN_VISIBLE_MS, self.pacing.min_scene_ms)


@dataclass(frozen=True, slots=True)
class Joints:
    """Where the sentences of a narration are not joined or split.

    The sentences with the indices ``starts`` begin a scene, because they begin an item or a quotation or follow one, or
    because the text turns before them.
    The sentences ``whole`` are quotations and never split.
    """

    starts: frozenset[int] = frozenset()
    whole: frozenset[str] = frozenset()


def beats(
    sentences: Sequence[str], pace: Pace, pictures: int, max_lines: int, joints: Joints = Joints()
) -> tuple[str, ...]:
    """Return the lines of the film, one per scene, with every word in order.

    Long sentences are split at their clauses and short ones are joined. If there are more ``pictures`` than lines,
    lines are split until each picture has one, as long as the parts are not too short. There are at most ``max_lines``
    lines.
    """
    lines = [
        line for group in _groups(_with_spaces(sentences), joints) for line in _lines_of_group(group, pace, joints)
    ]
    lines = _limit_lines(lines, max_lines)
    return tuple(line.strip() for line in _split_for_pictures(lines, pace, min(pictures, max_lines), joints.whole))


def _groups(sentences: Sequence[str], joints: Joints) -> list[Sequence[str]]:
    """Return the sentences in groups that share no scene."""
    bounds = sorted({0, *joints.starts, len(sentences)})
    return [sentences[first:last] for first, last in pairwise(bounds)]


def _lines_of_group(sentences: Sequence[str], pace: Pace, joints: Joints) -> list[str]:
    if any(sentence.strip() in joints.whole for sentence in sentences):
        return list(sentences)
    parts = [part for sentence in _join_openers(sentences) for part in _split_long_sentence(sentence, pace)]
    return _join_short_lines(parts, pace)


def _with_spaces(sentences: Sequence[str]) -> list[str]:
    """Return each sentence with the space between it and the next one, so that joining them adds none."""
    return [sentence + line_gap(sentence, after) for sentence, after in pairwise([*sentences, ""])]


def _join_openers(sentences: Sequence[str]) -> list[str]:
    """Join each short question or opener ("Here's why:") with the sentence that it leads to."""
    joined: list[str] = []
    for sentence in sentences:
        if joined and leads_on(joined[-1]):
            joined[-1] += sentence
        else:
            joined.append(sentence)
    return joined


def trim_to_length(sentences: Sequence[str], pace: Pace, max_ms: int) -> tuple[str, ...]:
    """Return the first sentences that fit into ``max_ms``; at least one."""
    total_ms = 0
    fitting: list[str] = []
    for sentence in sentences:
        total_ms += pace.line_ms(sentence)
        if fitting and total_ms > max_ms:
            break
        fitting.append(sentence)
    while 1 < len(fitting) < len(sentences) and leads_on(fitting[-1]):
        fitting.pop()
    return tuple(fitting)


def _split_long_sentence(sentence: str, pace: Pace) -> tuple[str, ...]:
    longest_ms = max(MIN_VISIBLE_MS, pace.pacing.max_scene_ms - pace.pacing.lead_ms - pace.pacing.tail_ms)
    speech_ms = spoken_ms(sentence, pace.speed, pace.language)
    count = ceil(speech_ms / longest_ms)
    return split_with_spaces(sentence, count, pace.language) if count > 1 else (sentence,)


def _join_short_lines(lines: Sequence[str], pace: Pace) -> list[str]:
    """Join lines that are too short for a scene with their neighbour, unless the two are too long together.

    A line without an end mark (a heading or a bullet) is never joined with the next line, because a voice would speak
    both as one sentence.
    """
    joined: list[str] = []
    for line in lines:
        is_short = joined and min(map(pace.line_ms, (joined[-1], line))) < pace.shortest_ms
        joint = joined[-1] + line if is_short and ends_a_sentence(joined[-1]) else ""
        if joint and pace.line_ms(joint) <= pace.pacing.max_scene_ms:
            joined[-1] = joint
        else:
            joined.append(line)
    return joined


def _limit_lines(lines: list[str], max_lines: int) -> list[str]:
    """Join neighbours, evenly over the film, until there are at most ``max_lines`` lines."""
    if len(lines) <= max_lines:
        return lines
    cuts = [len(lines) * k // max_lines for k in range(max_lines + 1)]
    return ["".join(lines[first:last]) for first, last in pairwise(cuts)]


def _split_for_pictures(lines: list[str], pace: Pace, pictures: int, whole: frozenset[str]) -> list[str]:
    """Split the longest lines first until each picture has one; no part becomes shorter than a scene may be."""
    counts = [1] * len(lines)
    queue = [(-pace.line_ms(line), index) for index, line in enumerate(lines) if line.strip() not in whole]
    heapq.heapify(queue)
    while queue and sum(counts) < pictures:
        _, index = heapq.heappop(queue)
        parts = split_with_spaces(lines[index], counts[index] + 1, pace.language)
        if len(parts) > counts[index] and min(map(pace.line_ms, parts)) >= pace.shortest_ms:
            counts[index] += 1
            heapq.heappush(queue, (-max(map(pace.line_ms, parts)), index))
    return [part for line, count in zip(lines, counts, strict=True) for part in _parts(line, count, pace)]


def _parts(line: str, count: int, pace: Pace) -> tuple[str, ...]:
    return split_with_spaces(line, count, pace.language) if count > 1 else (line,)


def with_silences(lines: Sequence[str], count: int) -> tuple[str, ...]:
    """Insert empty lines, spread evenly and never before the first line, until there are ``count``."""
    silent = max(0, count - len(lines))
    if not lines:
        return ("",) * silent
    silent_after = [silent * (k + 1) // len(lines) - silent * k // len(lines) for k in range(len(lines))]
    return tuple(part for line, n in zip(lines, silent_after, strict=True) for part in (line, *[""] * n))
