"""What is wrong with a delivered film: black, motionless and silent stretches that the plan does not contain."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from assembly.report.detectors import BLACK_S, FROZEN_S, SILENT_S
from schemas.clip import COLOURED, Clip
from schemas.scene_graph import Scene, SceneGraph
from schemas.timeline import Timeline, VideoItem
from schemas.timing import Span, ms_of

# A stretch is judged by the part of it in one scene. What is shorter than the detector's minimum is a blink.
MIN_FROZEN_MS, MIN_SILENT_MS = round(FROZEN_S * 1000), round(SILENT_S * 1000)
# Half a second of black reads as an error; a shorter one as a cut.
MIN_BLACK_MS = max(500, round(BLACK_S * 1000))
# Captions and flashes interrupt a stretch for less than this.
MAX_GAP_MS = 1000
# A fade through black is dark on both sides of its middle; the detector is exact to three pictures.
FADE_MARGIN_MS = 150
# The last picture may stay silent for this long: a film ends with a look, and its last chord rings for 1.5 s.
END_SILENCE_MS = 3000
# The same for a picture that no longer moves after the last word.
END_HOLD_MS = 2500
# A film of which less is heard is silent as a whole; one sentence says so.
MOSTLY = 0.9


@dataclass(frozen=True, slots=True)
class Fault:
    """A fault of the film during ``[start_ms, end_ms)``.

    ``code`` names it, ``what`` and ``advice`` are the rest of the sentence. ``scene_id`` and ``file`` are the scene and
    the user's file that it is seen in, if any.
    """

    code: str
    start_ms: int
    end_ms: int
    what: str
    advice: str
    scene_id: int | None = None
    file: str | None = None

    @property
    def warning(self) -> str:
        """The sentence for the user."""
        during = f"from {self.start_ms / 1000:.1f} to {self.end_ms / 1000:.1f} s"
        if self.scene_id is None:
            return f"{self.what.format(during=during)}. {self.advice}."
        scene = f"Scene {self.scene_id} ({self.file})" if self.file else f"Scene {self.scene_id}"
        return f"{scene} {self.what.format(during=during)}. {self.advice}."

    def as_dict(self) -> dict[str, Any]:
        """Return the facts for the receipt, without those that are unknown."""
        facts = {"code": self.code, "start_ms": self.start_ms, "end_ms": self.end_ms}
        more = {"scene": self.scene_id, "file": self.file}
        return facts | {name: value for name, value in more.items() if value is not None}


@dataclass(frozen=True, slots=True)
class FilmPlan:
    """What a film should be: its scenes, times and clips; ``names`` are the users' file names by asset id."""

    graph: SceneGraph
    timeline: Timeline
    clips: Mapping[int, Clip]
    names: Mapping[str, str]

    def scenes(self) -> Iterator[_TimedScene]:
        """Yield the scenes; the middle of a transition divides two."""
        film, fps = self.timeline, self.timeline.fps
        items = {item.scene_id: item for item in film.tracks.video}
        middles = [ms_of((a.end_frame + b.start_frame) // 2, fps) for a, b in pairwise(film.scenes)]
        bounds = [0, *middles, film.length_ms]
        for scene, (start_ms, end_ms) in zip(self.graph.scenes, pairwise(bounds), strict=True):
            name = self.names.get(scene.media.asset or "")
            yield _TimedScene(scene, items[scene.id], self.clips[scene.id], Span(start_ms, end_ms), name or None)


@dataclass(frozen=True, slots=True)
class _TimedScene:
    scene: Scene
    item: VideoItem
    clip: Clip
    span: Span
    file: str | None

    @property
    def is_from_user(self) -> bool:
        return self.scene.media.asset is not None

    def fault(self, code: str, part: Span, what: str, advice: str) -> Fault:
        return Fault(code, part.start_ms, part.end_ms, what, advice, self.scene.id, self.file)


def film_faults(plan: FilmPlan, measured: Mapping[str, Any]) -> tuple[Fault, ...]:
    """Return the faults of a film in order of time; ``measured`` is its quality as ``measure_film`` returns it."""
    black, frozen = _spans(measured["black"]), _spans(measured["frozen"])
    faults = [*_black(plan, black), *_frozen(plan, frozen), *_silent(plan, _spans(measured.get("silent", ())))]
    return tuple(sorted(faults, key=lambda fault: (fault.start_ms, fault.code)))


# -- black -----------------------------------------------------------------------------------------------------------


def _black(plan: FilmPlan, black: Sequence[Span]) -> Iterator[Fault]:
    """Yield black stretches outside of fades through black, in scenes that have a picture."""
    fps = plan.timeline.fps
    fades = [
        Span(max(0, ms_of(fade.start_frame, fps) - FADE_MARGIN_MS), ms_of(fade.end_frame, fps) + FADE_MARGIN_MS)
        for fade in plan.timeline.transitions
        if fade.kind == "fade_black"
    ]
    dark = _without(black, fades)
    for scene in plan.scenes():
        # Words on a dark ground are meant to be dark.
        if scene.scene.media.kind == "colour" or scene.clip.engine in COLOURED:
            continue
        for part in _joined([_common(stretch, scene.span) for stretch in dark]):
            if part.length_ms >= MIN_BLACK_MS:
                yield scene.fault("black", part, "is black {during}", _black_advice(scene))


def _black_advice(scene: _TimedScene) -> str:
    if not scene.is_from_user:
        return "Its picture was made so: have the scene made again (`take`), or use one of your own"
    if scene.clip.kind == "video":
        return "The clip is almost black there: begin it later (`start_ms` of its media), or choose another"
    return "Its picture is almost black: choose a brighter one"


# -- frozen ----------------------------------------------------------------------------------------------------------


def _frozen(plan: FilmPlan, frozen: Sequence[Span]) -> Iterator[Fault]:
    """Yield clips that are too short for their scene, and generated ones that do not move.

    Stills may rest, and so may a clip of the user while it plays. That a clip is held is known from the timeline, also
    where captions that change hide it from the measurement.
    """
    voice_ends = [item.end_ms for item in plan.timeline.tracks.audio if item.kind == "voice"]
    scenes = list(plan.scenes())
    for scene in scenes:
        if scene.clip.kind != "video":
            continue
        hold_frame = scene.item.end_frame - scene.item.hold_frames
        held = _common(Span(ms_of(hold_frame, plan.timeline.fps), plan.timeline.length_ms), scene.span)
        if scene is scenes[-1] and voice_ends and held.end_ms - max(voice_ends) <= END_HOLD_MS:
            held = Span(held.start_ms, max(held.start_ms, min(held.end_ms, max(voice_ends))))
        if scene.item.hold_frames and held.length_ms >= MIN_FROZEN_MS:
            line = "line" if scene.scene.voice_script else "scene"
            what = f"does not move {{during}}: the clip is shorter than its {line}"
            yield scene.fault("frozen", held, what, _frozen_advice(line))
        if not scene.is_from_user:
            playing = Span(scene.span.start_ms, max(scene.span.start_ms, ms_of(hold_frame, plan.timeline.fps)))
            for stretch in frozen:
                part = _common(stretch, playing)
                if part.length_ms >= MIN_FROZEN_MS:
                    what = "does not move {during}: its clip was made so"
                    yield scene.fault(
                        "frozen", part, what, "Have the scene made again (`take`), or use a clip of your own"
                    )


def _frozen_advice(line: str) -> str:
    shorter = "shorten the line" if line == "line" else "make the scene shorter"
    return f"Use a longer clip, {shorter}, or show a picture instead"


# -- silent ----------------------------------------------------------------------------------------------------------


def _silent(plan: FilmPlan, silent: Sequence[Span]) -> Iterator[Fault]:
    """Yield silent stretches, except in a film that is to have neither music nor voice, and at its end."""
    audio, length_ms = plan.graph.global_audio, plan.timeline.length_ms
    has_music = audio.music.kind != "none"
    if not has_music and audio.voice.provider == "none":
        return
    if sum(stretch.length_ms for stretch in silent) >= MOSTLY * length_ms:
        yield Fault("silent", 0, length_ms, "Nothing is heard in the whole film", _silence_advice(has_music))
        return
    for stretch in silent:
        is_end = length_ms - stretch.end_ms < MIN_BLACK_MS and stretch.length_ms <= END_SILENCE_MS
        if stretch.length_ms >= MIN_SILENT_MS and not is_end:
            scenes = [str(s.scene.id) for s in plan.scenes() if _common(stretch, s.span).length_ms > 0]
            where = f"scene{'s' if len(scenes) > 1 else ''} {', '.join(scenes)}"
            what = f"Nothing is heard {{during}} ({where})"
            yield Fault("silent", stretch.start_ms, stretch.end_ms, what, _silence_advice(has_music))


def _silence_advice(has_music: bool) -> str:
    if has_music:
        return "The music is silent there: choose another recording, or another mood (`music`)"
    return "There is neither music nor voice: set `music` to a mood, or give the scenes words"


# -- spans -----------------------------------------------------------------------------------------------------------


def _spans(plain: Sequence[Sequence[int]]) -> list[Span]:
    return [Span(start_ms, end_ms) for start_ms, end_ms in plain]


def _common(a: Span, b: Span) -> Span:
    start_ms = max(a.start_ms, b.start_ms)
    return Span(start_ms, max(start_ms, min(a.end_ms, b.end_ms)))


def _joined(spans: Sequence[Span]) -> list[Span]:
    """Return the spans that are not empty; those of one cause, with little between them, are one."""
    joined: list[Span] = []
    for span in sorted(span for span in spans if span.length_ms > 0):
        if joined and span.start_ms - joined[-1].end_ms <= MAX_GAP_MS:
            joined[-1] = Span(joined[-1].start_ms, max(joined[-1].end_ms, span.end_ms))
        else:
            joined.append(span)
    return joined


def _without(spans: Sequence[Span], holes: Sequence[Span]) -> list[Span]:
    """Return the parts of ``spans`` that are outside of ``holes``."""
    parts = list(spans)
    for hole in holes:
        cut = [
            piece
            for span in parts
            for piece in (
                Span(span.start_ms, max(span.start_ms, min(span.end_ms, hole.start_ms))),
                Span(min(span.end_ms, max(span.start_ms, hole.end_ms)), span.end_ms),
            )
        ]
        parts = [piece for piece in cut if piece.length_ms > 0]
    return parts
