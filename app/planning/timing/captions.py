"""The captions of a film: the spoken words of each scene with their times, or its own text when nothing is spoken."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from difflib import SequenceMatcher
from fractions import Fraction

from app.planning.text.sentences import caption_of
from app.planning.timing.cues import cues, spread
from app.planning.timing.lengths import Slack, ceil_frames
from schemas.preset import CaptionStyle
from schemas.scene_graph import Scene
from schemas.speech import SpokenLine, Word, with_written_spaces
from schemas.text_width import width
from schemas.timeline import Cue, TimedScene, Timeline
from schemas.timing import Span, frames_of, ms_of

# The reading speed of text that is not spoken, in columns per second.
READ_PER_S = 12
SHORTEST_READ_MS = 1200


def film_captions(
    scenes: Sequence[Scene],
    film: Timeline,
    lines: Sequence[SpokenLine | None],
    around: Sequence[Slack],
    style: CaptionStyle,
) -> tuple[Cue, ...]:
    """Return the cues of the whole film in order, never two at once.

    The cues of a scene depend only on its own words and frames and lie on its own frame grid: an edit of one scene
    changes no other scene's cues, and a scene that moves keeps its own.
    """
    film_cues: list[Cue] = []
    ends = [following.start_frame for following in film.scenes[1:]] + [film.total_frames]
    for scene, timed, line, slack, end in zip(scenes, film.scenes, lines, around, ends, strict=True):
        window = Span(0, ms_of(end - timed.start_frame, film.fps))
        offset_ms = ms_of(ceil_frames(slack.before_ms, film.fps), film.fps)
        words = _spoken(scene, line, offset_ms) if line else _read(scene, _after_transition(film, timed, window))
        own = cues(scene.id, words, window, style, patient=line is None)
        film_cues += (placed for cue in own if (placed := _placed(cue, timed.start_frame, film.fps)))
    return tuple(film_cues)


def _spoken(scene: Scene, line: SpokenLine, offset_ms: int) -> tuple[Word, ...]:
    """Return the words of ``line`` in scene time, or the scene's own caption timed by those words."""
    words = line.words or spread(line.text.split(), Span(0, line.length_ms))
    text = line.text
    if _own_caption(scene):
        text = scene.caption
        words = _timed_like(text.split(), words)
    words = with_written_spaces(words, text)
    return tuple(replace(word, start_ms=word.start_ms + offset_ms, end_ms=word.end_ms + offset_ms) for word in words)


def _own_caption(scene: Scene) -> bool:
    """Return whether the scene has a caption of its own, not just the beginning of its voice script."""
    return scene.caption.strip() not in ("", caption_of(scene.voice_script))


def _read(scene: Scene, window: Span) -> tuple[Word, ...]:
    """Return the words of an unspoken caption, spread over ``window`` at reading speed."""
    text = scene.caption if _own_caption(scene) else scene.voice_script or scene.caption
    needed_ms = max(SHORTEST_READ_MS, width(text) * 1000 // READ_PER_S)
    words = spread(text.split(), Span(window.start_ms, min(window.end_ms, window.start_ms + needed_ms)))
    return with_written_spaces(words, text)


def _after_transition(film: Timeline, timed: TimedScene, window: Span) -> Span:
    """Return the part of a scene, in its own time, after the transition into it."""
    into = sum(t.frames for t in film.transitions if t.into == timed.scene_id)
    return Span(min(window.end_ms, ms_of(into, film.fps)), window.end_ms)


def _timed_like(texts: Sequence[str], words: Sequence[Word]) -> tuple[Word, ...]:
    """Time ``texts`` by ``words``: a word that occurs in both keeps its time, the words between share the rest."""
    matcher = SequenceMatcher(None, [_bare(w.text) for w in words], [_bare(t) for t in texts], autojunk=False)
    times: list[Span | None] = [None] * len(texts)
    for _, a0, a1, b0, b1 in matcher.get_opcodes():
        if a1 - a0 == b1 - b0:
            times[b0:b1] = [Span(w.start_ms, max(w.start_ms, w.end_ms)) for w in words[a0:a1]]
    whole = Span(words[0].start_ms, max(words[0].start_ms, words[-1].end_ms))
    timed: list[Word] = []
    for first, last in _runs(times):
        run, known = texts[first:last], times[first:last]
        start = known[0].start_ms if known[0] else (timed[-1].end_ms if timed else whole.start_ms)
        end = known[-1].end_ms if known[-1] else _next_start(times, last, whole.end_ms)
        timed += spread(run, Span(start, max(start, end)))
    return tuple(timed)


def _runs(times: Sequence[Span | None]) -> list[tuple[int, int]]:
    """Return index ranges ``[first, last)`` that share one time: a timed word and the untimed words after it."""
    starts = [k for k, time in enumerate(times) if time or k == 0]
    if len(starts) > 1 and not times[0]:
        starts.pop(1)
    return list(zip(starts, [*starts[1:], len(times)], strict=True))


def _next_start(times: Sequence[Span | None], index: int, film_end: int) -> int:
    following = times[index] if index < len(times) else None
    return following.start_ms if following else film_end


def _bare(text: str) -> str:
    return "".join(char for char in text.casefold() if char.isalnum()) or text


def _placed(cue: Cue, start_frame: int, fps: Fraction) -> Cue | None:
    """Convert a cue from scene time to film time, on the frame grid; ``None`` when it is shorter than a frame."""

    def film_ms(ms: int) -> int:
        return ms_of(start_frame + frames_of(ms, fps), fps)

    start_ms, end_ms = film_ms(cue.start_ms), film_ms(cue.end_ms)
    if end_ms <= start_ms:
        return None
    lines = tuple(
        tuple(replace(word, start_ms=film_ms(word.start_ms), end_ms=film_ms(word.end_ms)) for word in line)
        for line in cue.lines
    )
    return Cue(cue.scene_id, start_ms, end_ms, lines)
