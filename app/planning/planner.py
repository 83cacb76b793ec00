"""From a request to a scene graph: what is said, what is shown with it, and how one scene gives way to the next."""

from __future__ import annotations

from collections.abc import Sequence

from app.planning.beats import SEEN_MS, Pace, beats, trimmed, with_silences
from app.planning.dressing import CLOSING_MS, closing, ground, hooked, joined, word_over
from app.planning.outright import given_scenes
from app.planning.pictures import Shot, shots, unique
from app.planning.stretching import timed
from app.planning.telling import Telling, telling
from app.planning.words import caption_of, short
from schemas.asset import Asset
from schemas.job import JobRequest, music_choice
from schemas.preset import Preset
from schemas.scene_graph import (
    MAX_SCENES,
    GlobalAudio,
    Overlay,
    Scene,
    SceneGraph,
    SceneGraphSchema,
)

# A shorter film has no time for a closing of its own.
SHORTEST_CLOSED_MS = 3 * CLOSING_MS
DESCRIPTION_COLUMNS = 300


def plan(request: JobRequest, media: Sequence[Asset], preset: Preset) -> SceneGraph:
    """The scene graph of ``request``, with ``media`` in the order in which they were given.

    The same request, media and preset give the same graph. A script is spoken word for word; a prompt is followed and
    told; of scenes given outright only what they leave open is filled in.
    """
    speed = request.voice.speed * preset.voice_speed
    if request.scenes:
        title, language, scenes = given_scenes(request, unique(media), preset, speed)
    else:
        told = telling(request)
        title, language = told.title, told.language
        scenes = _scenes(told, request, unique(media), preset, Pace(preset.pacing, language, speed))
    return SceneGraph(
        version=SceneGraphSchema.current,
        title=title,
        language=language,
        preset_id=request.preset_id,
        scenes=scenes,
        aspect=request.aspect,
        captions=request.captions,
        seed=request.seed,
        global_audio=GlobalAudio(voice=request.voice, music=music_choice(request.music)),
    )


def _scenes(
    told: Telling, request: JobRequest, media: Sequence[Asset], preset: Preset, pace: Pace
) -> tuple[Scene, ...]:
    last = closing(told.title, preset) if (told.target_ms or SHORTEST_CLOSED_MS) >= SHORTEST_CLOSED_MS else ()
    most = MAX_SCENES - len(last)
    time_ms = told.target_ms and max(SEEN_MS, told.target_ms - CLOSING_MS * len(last))
    lines = _lines(told, pace, len(media), time_ms, most)
    made = shots(lines, media, pace, most) if media else _on_grounds(lines, told, request, preset)
    body = [_scene(shot, place, told, request, preset) for place, shot in enumerate(made)]
    body[0] = hooked(body[0], told.title, preset, request.captions)
    rooms_ms = [shot.room_ms for shot in made] + [None] * len(last)
    return timed(joined((*body, *last), pace, preset, request.seed), rooms_ms, pace, told.target_ms)


def _lines(told: Telling, pace: Pace, given: int, time_ms: int | None, most: int) -> tuple[str, ...]:
    """One line per scene: as many as there are pictures, fewer where a short film has no time to show them all, and
    silent ones where a long film has time that no words fill."""
    if not time_ms:
        return beats(told.lines, pace, given, most)
    spoken = trimmed(told.lines, pace, time_ms) if told.may_trim else told.lines
    pictures = min(given, most, time_ms // pace.shortest_ms)
    lines = beats(spoken, pace, 0, most)
    spare_ms = time_ms - sum(map(pace.line_ms, lines))
    if spare_ms < (pictures - len(lines)) * pace.shortest_ms:
        # No time for silence: the sentences themselves go over several pictures.
        lines = beats(spoken, pace, pictures, most)
    return with_silences(lines, max(pictures, min(most, -(-time_ms // pace.pacing.max_scene_ms))))


def _on_grounds(lines: Sequence[str], told: Telling, request: JobRequest, preset: Preset) -> tuple[Shot, ...]:
    engine = request.engine_preference or preset.engines[0]
    return tuple(
        Shot(line, ground(place, preset.palette, engine, _about(line, told))) for place, line in enumerate(lines)
    )


def _about(line: str, told: Telling) -> str:
    """What a scene shows, in words: its line, and the topic that the line alone may not name."""
    return ": ".join(text for text in (told.topic, line) if text) or told.title


def _scene(shot: Shot, place: int, told: Telling, request: JobRequest, preset: Preset) -> Scene:
    return Scene(
        id=1,
        description=short(_about(shot.line, told), DESCRIPTION_COLUMNS),
        duration_ms=preset.pacing.silent_scene_ms,
        media=shot.media,
        caption=caption_of(shot.line),
        voice_script=shot.line,
        overlays=_words_over(shot, place, told, request, preset),
        engine=request.engine_preference,
    )


def _words_over(shot: Shot, place: int, told: Telling, request: JobRequest, preset: Preset) -> tuple[Overlay, ...]:
    if shot.media.kind != "colour":
        return ()
    if shot.line:
        return word_over(shot.line, told.language, preset, request.captions)
    return word_over(" ".join(told.lines), told.language, preset, True, nth=place)
