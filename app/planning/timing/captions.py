"""The captions of a film: the spoken words of each scene with their times, or its own text if nothing is spoken."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from fractions import Fraction

from app.planning.text.sentences import caption_of
from app.planning.timing.cues import cues, spread
from app.planning.timing.key_words import with_key_words
from app.planning.timing.lengths import Slack, ceil_frames
from app.planning.timing.text_zones import TextZones
from schemas.scene_graph import Scene
from schemas.speech import SpokenLine, Word, with_written_spaces
from schemas.text_width import width
from schemas.timeline import Cue, TimedScene, Timeline
from schemas.timing import Span, frames_of, ms_of

# The reading speed of text that is not spoken, in columns per second.
READING_COLUMNS_PER_S = 12
MIN_READING_MS = 1200


@dataclass(frozen=True, slots=True)
class SceneWords:
    """The words of a scene in scene time, until the next scene begins at the end of ``window``."""

    scene: Scene
    timed: TimedScene
    words: tuple[Word, ...]
    window: Span
    is_spoken: bool


def scene_words(
    scenes: Sequence[Scene], film: Timeline, lines: Sequence[SpokenLine | None], around: Sequence[Slack]
) -> tuple[SceneWords, ...]:
    """Return the words of each scene: the spoken ones, or those of its own text."""
    result: list[SceneWords] = []
    ends = [next_scene.start_frame for next_scene in film.scenes[1:]] + [film.total_frames]
    for scene, timed, line, slack, end in zip(scenes, film.scenes, lines, around, ends, strict=True):
        window = Span(0, ms_of(end - timed.start_frame, film.fps))
        offset_ms = ms_of(ceil_frames(slack.before_ms, film.fps), film.fps)
        if line:
            words = _spoken_words(scene, line, offset_ms)
        else:
            words = _unspoken_words(scene, _after_transition(film, timed, window))
        result.append(SceneWords(scene, timed, words, window, line is not None))
    return tuple(result)


def film_captions(
    words: Sequence[SceneWords], fps: Fraction, zones: Sequence[TextZones], language: str
) -> tuple[Cue, ...]:
    """Return the cues of the whole film in order, without overlaps, with their key words if they look different.

    Each scene has one of ``zones``, with its style.

    The cues of a scene depend only on its own words and frames and lie on its own frame grid: an edit of one scene
    changes no other scene's cues, and a scene that moves keeps its own.
    """
    film_cues: list[Cue] = []
    for of, zone in zip(words, zones, strict=True):
        style = zone.captions
        # Without a picture, the words are all there is to see.
        hold_last = not of.is_spoken or of.scene.media.kind == "colour" or zone.is_composed
        scene_cues = cues(
            of.scene.id, of.words, of.window, style, hold_last=hold_last, is_whole=zone.is_composed, language=language
        )
        if style.key_words:
            scene_cues = with_key_words(scene_cues, language, of.scene.key_words)
        film_cues += _film_cues(scene_cues, of.timed.start_frame, fps)
    return tuple(film_cues)


def _film_cues(cues_of_scene: Sequence[Cue], start_frame: int, fps: Fraction) -> list[Cue]:
    """Return cues of scene time in film time; the lines of one that is shorter than a frame begin the next one."""
    placed: list[Cue] = []
    waiting: tuple[tuple[Word, ...], ...] = ()
    for cue in cues_of_scene:
        of_film = _film_cue(replace(cue, lines=(*waiting, *cue.lines)), start_frame, fps)
        waiting = () if of_film else (*waiting, *cue.lines)
        placed += [of_film] if of_film else []
    return placed


def _spoken_words(scene: Scene, line: SpokenLine, offset_ms: int) -> tuple[Word, ...]:
    """Return the words of ``line`` in scene time, or the scene's own caption timed by those words."""
    words = line.words or spread(line.text.split(), Span(0, line.length_ms))
    text = line.text
    if _has_own_caption(scene):
        text = scene.caption
        words = _align_times(text.split(), words)
    words = with_written_spaces(words, text)
    return tuple(replace(word, start_ms=word.start_ms + offset_ms, end_ms=word.end_ms + offset_ms) for word in words)


def _has_own_caption(scene: Scene) -> bool:
    """Return whether the scene has a caption of its own, not just the beginning of its voice script."""
    return scene.caption.strip() not in ("", caption_of(scene.voice_script))


def _unspoken_words(scene: Scene, window: Span) -> tuple[Word, ...]:
    """Return the words of an unspoken caption, spread over ``window`` at reading speed."""
    text = scene.caption if _has_own_caption(scene) else scene.voice_script or scene.caption
    needed_ms = max(MIN_READING_MS, width(text) * 1000 // READING_COLUMNS_PER_S)
    words = spread(text.split(), Span(window.start_ms, min(window.end_ms, window.start_ms + needed_ms)))
    return with_written_spaces(words, text)


def _after_transition(film: Timeline, timed: TimedScene, window: Span) -> Span:
    """Return the part of a scene after the transition into it, in scene time."""
    transition_frames = sum(t.frames for t in film.transitions if t.into == timed.scene_id)
    return Span(min(window.end_ms, ms_of(transition_frames, film.fps)), window.end_ms)


def _align_times(texts: Sequence[str], words: Sequence[Word]) -> tuple[Word, ...]:
    """Give ``texts`` the times of ``words``: a word in both keeps its time, words between share the time between."""
    matcher = SequenceMatcher(
        None, [_comparable(w.text) for w in words], [_comparable(t) for t in texts], autojunk=False
    )
    times: list[Span | None] = [None] * len(texts)
    for _, a0, a1, b0, b1 in matcher.get_opcodes():
        if a1 - a0 == b1 - b0:
            times[b0:b1] = [Span(w.start_ms, max(w.start_ms, w.end_ms)) for w in words[a0:a1]]
    line_span = Span(words[0].start_ms, max(words[0].start_ms, words[-1].end_ms))
    timed: list[Word] = []
    for first, last in _timed_runs(times):
        run_times = times[first:last]
        start_ms = run_times[0].start_ms if run_times[0] else (timed[-1].end_ms if timed else line_span.start_ms)
        end_ms = run_times[-1].end_ms if run_times[-1] else _next_start_ms(times, last, line_span.end_ms)
        timed += spread(texts[first:last], Span(start_ms, max(start_ms, end_ms)))
    return tuple(timed)


def _timed_runs(times: Sequence[Span | None]) -> list[tuple[int, int]]:
    """Return index ranges ``[first, last)`` that share one time: a timed word and the untimed words after it."""
    starts = [k for k, time in enumerate(times) if time or k == 0]
    if len(starts) > 1 and not times[0]:
        starts.pop(1)
    return list(zip(starts, [*starts[1:], len(times)], strict=True))


def _next_start_ms(times: Sequence[Span | None], index: int, line_end_ms: int) -> int:
    next_time = times[index] if index < len(times) else None
    return next_time.start_ms if next_time else line_end_ms


def _comparable(text: str) -> str:
    return "".join(char for char in text.casefold() if char.isalnum()) or text


def _film_cue(cue: Cue, start_frame: int, fps: Fraction) -> Cue | None:
    """Convert a cue from scene time to film time, on the frame grid; ``None`` if it is shorter than a frame."""

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
