"""The beats of a film's music in film time, and the beat on which it ends."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import count, takewhile

from schemas.music import MusicBeats

SAMPLES_PER_MS = 48
# The jump of a loop may lie some ms beside its beat; the beat is counted once.
JUMP_TOLERANCE_MS = 100
# The last chord rings this long, from its beat to the end of the film.
SHORTEST_RING_MS, RING_MS, LONGEST_RING_MS = 1000, 1250, 1500
# Music that plays for less than this before its last chord only fades out.
MIN_MS_BEFORE_RING = 1500


def film_beats(music: MusicBeats, end_ms: int) -> tuple[int, ...]:
    """Return the beats before ``end_ms`` of music that begins with the film and is looped as often as needed."""
    return tuple(takewhile(lambda beat_ms: beat_ms < end_ms, _looped(music, music.beats_ms)))


def film_pulse(music: MusicBeats, end_ms: int) -> tuple[int, ...]:
    """Return the times before ``end_ms`` at which a cut is felt as on the beat: beats, and half beats of slow music."""
    pulse_ms = sorted({*music.beats_ms, *music.half_beats_ms})
    return tuple(takewhile(lambda time_ms: time_ms < end_ms, _looped(music, pulse_ms)))


def _looped(music: MusicBeats, times_ms: Sequence[int]) -> Iterator[int]:
    enter_ms, leave_ms = (round(sample / SAMPLES_PER_MS) for sample in (music.loop_enter, music.loop_leave))
    if leave_ms <= enter_ms:
        yield from times_ms
        return
    yield from (ms for ms in times_ms if ms < leave_ms - JUMP_TOLERANCE_MS)
    inside = [ms - enter_ms for ms in times_ms if enter_ms - JUMP_TOLERANCE_MS <= ms < leave_ms - JUMP_TOLERANCE_MS]
    for repeat in count():
        yield from (leave_ms + repeat * (leave_ms - enter_ms) + ms for ms in inside)


def ending_beat(beats_ms: Sequence[int], film_ms: int) -> int | None:
    """Return the beat on which the music of a film ends, so that its last chord rings as long as it should.

    ``None`` if no beat leaves a ring between ``SHORTEST_RING_MS`` and ``LONGEST_RING_MS``.
    """
    middle_ms = film_ms - RING_MS
    possible = [
        beat_ms
        for beat_ms in beats_ms
        if film_ms - LONGEST_RING_MS <= beat_ms <= film_ms - SHORTEST_RING_MS and beat_ms >= MIN_MS_BEFORE_RING
    ]
    return min(possible, key=lambda beat_ms: abs(beat_ms - middle_ms), default=None)


def composed_ending(film_ms: int) -> int | None:
    """Return when the last chord of a composed piece begins, which can be anywhere; ``None`` for a very short film."""
    return film_ms - RING_MS if film_ms - RING_MS >= MIN_MS_BEFORE_RING else None
