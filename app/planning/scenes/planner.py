"""Plan a scene graph from a request: the narration, the media shown with it and the transitions between scenes."""

from __future__ import annotations

from collections.abc import Sequence

from app.planning.scenes.beats import SEEN_MS, Pace, beats, trimmed, with_silences
from app.planning.scenes.decoration import CLOSING_MS, closing, ground, hooked, joined, word_over
from app.planning.scenes.given_scenes import given_scenes
from app.planning.scenes.media_order import Shot, shots, unique
from app.planning.scenes.narration import Narration, narration_of
from app.planning.text.sentences import caption_of, short
from app.planning.timing.fit_durations import timed
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
from schemas.text_width import one_line

# A film shorter than this gets no closing scene.
SHORTEST_CLOSED_MS = 3 * CLOSING_MS
DESCRIPTION_COLUMNS = 300


def plan(request: JobRequest, media: Sequence[Asset], preset: Preset) -> SceneGraph:
    """Return the scene graph of ``request``; ``media`` keep the order in which they were given.

    The plan is deterministic: the same request, media and preset give the same graph. A script is spoken word for word,
    a prompt is turned into sentences, and given scenes are only completed.
    """
    speed = request.voice.speed * preset.voice_speed
    if request.scenes:
        title, language, scenes = given_scenes(request, unique(media), preset, speed)
    else:
        narration = narration_of(request)
        title, language = narration.title, narration.language
        scenes = _scenes(narration, request, unique(media), preset, Pace(preset.pacing, language, speed))
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
    narration: Narration, request: JobRequest, media: Sequence[Asset], preset: Preset, pace: Pace
) -> tuple[Scene, ...]:
    last = closing(narration.title, preset) if (narration.target_ms or SHORTEST_CLOSED_MS) >= SHORTEST_CLOSED_MS else ()
    most = MAX_SCENES - len(last)
    time_ms = narration.target_ms and max(SEEN_MS, narration.target_ms - CLOSING_MS * len(last))
    lines = _lines(narration, pace, len(media), time_ms, most)
    media_uses = shots(lines, media, pace, most) if media else _on_backgrounds(lines, narration, request, preset)
    body = [_scene(shot, index, narration, request, preset) for index, shot in enumerate(media_uses)]
    body[0] = hooked(body[0], narration.title, preset, request.captions)
    available_ms = [shot.available_ms for shot in media_uses] + [None] * len(last)
    return timed(joined((*body, *last), pace, preset, request.seed), available_ms, pace, narration.target_ms)


def _lines(narration: Narration, pace: Pace, media_count: int, time_ms: int | None, most: int) -> tuple[str, ...]:
    """Return one line per scene: one per picture, fewer when a short film has no time to show them all, and empty lines
    when the target length is longer than the words."""
    if not time_ms:
        return beats(narration.lines, pace, media_count, most)
    spoken = trimmed(narration.lines, pace, time_ms) if narration.may_trim else narration.lines
    pictures = min(media_count, most, time_ms // pace.shortest_ms)
    lines = beats(spoken, pace, 0, most)
    spare_ms = time_ms - sum(map(pace.line_ms, lines))
    if spare_ms < (pictures - len(lines)) * pace.shortest_ms:
        # There is no time for silent scenes, so the sentences are split over the pictures.
        lines = beats(spoken, pace, pictures, most)
    return with_silences(lines, max(pictures, min(most, -(-time_ms // pace.pacing.max_scene_ms))))


def _on_backgrounds(
    lines: Sequence[str], narration: Narration, request: JobRequest, preset: Preset
) -> tuple[Shot, ...]:
    engine = request.engine_preference or preset.engines[0]
    return tuple(
        Shot(line, ground(index, preset.palette, engine, _about(line, narration))) for index, line in enumerate(lines)
    )


def _about(line: str, narration: Narration) -> str:
    """Return a description of what a scene shows: its line, preceded by the topic, which the line may not name."""
    return ": ".join(text for text in (narration.topic, line) if text) or narration.title


def _scene(shot: Shot, index: int, narration: Narration, request: JobRequest, preset: Preset) -> Scene:
    return Scene(
        id=1,
        description=short(_about(shot.line, narration), DESCRIPTION_COLUMNS),
        duration_ms=preset.pacing.silent_scene_ms,
        media=shot.media,
        caption=caption_of(shot.line),
        voice_script=shot.line,
        overlays=_text_overlays(shot, index, narration, request, preset),
        engine=request.engine_preference,
    )


def _text_overlays(
    shot: Shot, index: int, narration: Narration, request: JobRequest, preset: Preset
) -> tuple[Overlay, ...]:
    if shot.media.kind != "colour":
        return ()
    if shot.line:
        return word_over(shot.line, narration.language, preset, request.captions)
    return word_over(one_line("\n".join(narration.lines)), narration.language, preset, True, nth=index)
