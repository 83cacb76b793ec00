"""Plan a scene graph from a request: the narration, the media shown with it and the transitions between scenes."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from app.planning.illustration.icons import with_icons
from app.planning.matching.parts import leaves_one, parts_of, scenes_of_parts
from app.planning.matching.story import match_pictures, named_picture
from app.planning.scenes.archetypes import with_archetypes
from app.planning.scenes.beats import MIN_VISIBLE_MS, Joints, Pace, beats, trim_to_length, with_silences
from app.planning.scenes.closing import CLOSING_MS, closing_scenes, with_film_icon
from app.planning.scenes.decoration import (
    amount_cards,
    background,
    background_text,
    with_hook,
)
from app.planning.scenes.given_scenes import given_scenes
from app.planning.scenes.layouts import Group, choose_layout, group_pictures, group_sizes, has_text_card
from app.planning.scenes.media_order import MediaUse, media_uses, unique_pictures
from app.planning.scenes.narration import Narration, narration_of
from app.planning.scenes.storyboard_scenes import described_lines, with_storyboard
from app.planning.scenes.structure import joints_of, planned_progress, with_people, with_structure
from app.planning.scenes.transitions import with_transitions
from app.planning.text.emphasis import emphasised, stressed_in
from app.planning.text.sentences import caption_of, shorten
from app.planning.text.title_choice import letters
from app.planning.timing.fit_durations import fit_durations
from schemas.alias import Alias
from schemas.asset import Asset
from schemas.brand import Brand
from schemas.contract import fingerprint
from schemas.engine import split_engine_name
from schemas.job import JobRequest, music_choice
from schemas.preset import Preset
from schemas.scene_graph import (
    MAX_SCENES,
    MEME_TEXT,
    GlobalAudio,
    MusicChoice,
    Overlay,
    Scene,
    SceneGraph,
    SceneGraphSchema,
)
from schemas.subjects import Subjects
from schemas.text_width import one_line

# A film that is shorter than this gets no closing scene.
MIN_MS_WITH_CLOSING = 3 * CLOSING_MS
DESCRIPTION_COLUMNS = 300
NO_SUBJECTS: Mapping[str, Subjects] = {}


def plan(
    request: JobRequest,
    media: Sequence[Asset],
    preset: Preset,
    subjects: Mapping[str, Subjects] = NO_SUBJECTS,
    named: Sequence[Asset] = (),
) -> SceneGraph:
    """Return the scene graph of ``request``; ``media`` keep their order unless they are matched to the lines
    (``app.planning.matching.story``).

    ``subjects`` are what is seen in the images, by asset id; an image that it does not have counts as one that fills
    any frame. ``named`` are files that the scenes of the request name themselves. The plan is deterministic: the same
    inputs give the same graph. A script is spoken word for word, a prompt is turned into sentences, and scenes in the
    request are only completed.
    """
    speed = request.voice.speed * preset.voice_speed
    if request.scenes:
        aliases: tuple[Alias, ...] = ()
        title, language, scenes = given_scenes(request, unique_pictures(media), preset, speed)
        scenes = (
            *scenes,
            *_brand_scenes(title, scenes, unique_pictures(media), preset, request.brand, language=language),
        )
    else:
        narration = narration_of(request)
        title, language, aliases = narration.title, narration.language, narration.aliases
        scenes = _scenes(narration, request, _shown_media(request, media), _style(request, preset), subjects)
    scenes = with_archetypes(scenes, request, {asset.id: asset for asset in (*named, *media)}, preset)
    return SceneGraph(
        version=SceneGraphSchema.current,
        title=title,
        language=language,
        preset_id=request.preset_id,
        scenes=scenes,
        aspect=request.aspect,
        captions=request.captions,
        seed=request.seed,
        progress=request.progress or planned_progress(scenes, preset),
        global_audio=GlobalAudio(
            request.voice,
            music=_music(request),
            clip_sound=request.clip_sound,
            effects=request.effects,
            aliases=aliases,
        ),
        credits=request.credits,
    )


def _shown_media(request: JobRequest, media: Sequence[Asset]) -> Sequence[Asset]:
    """Return the files that scenes may show: a meme shows none."""
    return () if request.archetype == MEME_TEXT else unique_pictures(media)


def _style(request: JobRequest, preset: Preset) -> Preset:
    """Return the preset for the planned scenes: those of an archetype show one picture, without a card of words."""
    return replace(preset, layouts=("full",)) if request.archetype else preset


def _music(request: JobRequest) -> MusicChoice:
    """Return the music of a film; without a seed, its text chooses the music, so that different films differ."""
    if request.seed:
        return music_choice(request.music)
    texts = [request.title, request.text, [scene.voice_script or scene.caption for scene in request.scenes or ()]]
    return replace(music_choice(request.music), seed=int(fingerprint("music", texts)[:8], 16))


def _brand_scenes(
    title: str, scenes: Sequence[Scene], media: Sequence[Asset], preset: Preset, brand: Brand, *, language: str
) -> tuple[Scene, ...]:
    """Return the last scene that a brand adds to given scenes."""
    if not brand:
        return ()
    lines = [scene.voice_script or scene.caption for scene in scenes]
    last = closing_scenes(title, lines, media, preset, brand, language=language)
    return tuple(replace(scene, id=len(scenes) + 1) for scene in last)


@dataclass(frozen=True, slots=True)
class Bounds:
    """What limits the lines of a film.

    ``max_lines`` is their largest number and ``time_ms`` the length of the scenes together if the film has a target
    length. ``joints`` are where sentences are not joined or split.
    """

    max_lines: int
    time_ms: int | None
    joints: Joints = Joints()


def _scenes(
    narration: Narration,
    request: JobRequest,
    media: Sequence[Asset],
    preset: Preset,
    subjects: Mapping[str, Subjects],
) -> tuple[Scene, ...]:
    pace = Pace(preset.pacing, narration.language, request.voice.speed * preset.voice_speed)
    last = _closing(narration, request, media, preset)
    left = media[-1:] if last and _is_for_closing(narration, media) else ()
    time_ms = narration.target_ms and max(MIN_VISIBLE_MS, narration.target_ms - CLOSING_MS * len(last))
    bounds = Bounds(MAX_SCENES - len(last), time_ms)
    shown = media[: len(media) - len(left)]
    uses = _uses(narration, request, shown, preset, subjects=subjects, pace=pace, bounds=bounds)
    last = _closing(narration, request, left or _title_first(uses, narration.title), preset)
    body = [_scene(use, index, narration, request, preset) for index, use in enumerate(uses)]
    body = _with_amounts(body, preset)
    if request.archetype != MEME_TEXT:
        line = body[0].voice_script
        body[0] = with_hook(body[0], narration.headline(line), preset, pace.line_ms(line))
    body = with_structure(body, narration.passages)
    body = with_storyboard(body, narration.passages, preset)
    body = with_people(body, narration.lines, narration.language)
    if request.captions and has_text_card(preset):
        body = with_icons(body, narration.language)
        last = with_film_icon(last, body)
    body = [
        replace(
            scene,
            layout=None if request.archetype else choose_layout(scene, use.group, preset, request.aspect, subjects),
            pictures=use.pictures,
        )
        for scene, use in zip(body, uses, strict=True)
    ]
    available_ms = [use.available_ms for use in uses] + [None] * len(last)
    scenes = with_transitions((*body, *last), pace, preset, request.seed, subjects)
    return fit_durations(scenes, available_ms, pace, narration.target_ms)


def _closing(narration: Narration, request: JobRequest, media: Sequence[Asset], preset: Preset) -> tuple[Scene, ...]:
    """Return the last scene, which shows one of ``media``, from the best on; none if the film is too short."""
    if narration.target_ms and narration.target_ms < MIN_MS_WITH_CLOSING and not request.brand:
        return ()
    pictures = unique_pictures(media)
    title, lines, language = narration.title, narration.lines, narration.language
    return closing_scenes(title, lines, pictures, preset, request.brand, language=language)


def _title_first(uses: Sequence[MediaUse], title: str) -> list[Asset]:
    """Return the media in the order of the film, but first those of the lines that have the words of the title."""
    has_title = [letters(title) in letters(use.line) for use in uses]
    order = sorted(range(len(uses)), key=lambda index: not has_title[index])
    return [asset for index in order for asset in uses[index].group]


def _is_for_closing(narration: Narration, media: Sequence[Asset]) -> bool:
    """Return whether the last picture is left for the last scene, because a list has no item for it."""
    is_left = leaves_one(narration.passages, len(media)) and media[-1].kind == "image"
    return is_left and named_picture(narration.lines, media[-1:], narration.language) is None


def _uses(
    narration: Narration,
    request: JobRequest,
    media: Sequence[Asset],
    preset: Preset,
    *,
    subjects: Mapping[str, Subjects],
    pace: Pace,
    bounds: Bounds,
) -> tuple[MediaUse, ...]:
    """Return the lines of a film with what is shown while they are spoken."""
    passages = narration.passages
    parts = parts_of(passages, len(media), lambda words: pace.line_ms(words) >= pace.shortest_ms)
    bounds = replace(bounds, joints=joints_of(passages, parts))
    lines, groups = _lines_and_groups(narration, pace, media, group_sizes(preset), bounds)
    if not media:
        return _background_uses(lines, narration, request, preset)
    scenes = scenes_of_parts(lines, passages, parts)
    described = described_lines(lines, passages)
    matched = match_pictures(described, groups, request.media_order, narration.language, subjects, parts=scenes)
    return media_uses(lines, groups, pace, bounds.max_lines, bounds.joints.whole, matched=matched)


def _lines_and_groups(
    narration: Narration, pace: Pace, media: Sequence[Asset], sizes: Collection[int], bounds: Bounds
) -> tuple[tuple[str, ...], tuple[Group, ...]]:
    """Return one line per scene, and the media in groups for the scenes.

    There is a line for each picture. If the words are too few, long scenes show several pictures at once, in ``sizes``
    for which there is a layout; empty lines are added if those do not suffice, or if the film is to be longer than its
    words. A short film may have no time to show all pictures.
    """
    joints = bounds.joints
    if not bounds.time_ms:
        lines = beats(narration.lines, pace, len(media), bounds.max_lines, joints)
        groups = group_pictures(media, [pace.line_ms(line) // MIN_VISIBLE_MS for line in lines], sizes)
        return with_silences(lines, min(len(groups), bounds.max_lines)), groups
    spoken = trim_to_length(narration.lines, pace, bounds.time_ms) if narration.may_trim else narration.lines
    pictures = min(len(media), bounds.max_lines, bounds.time_ms // pace.shortest_ms)
    lines = beats(spoken, pace, 0, bounds.max_lines, joints)
    spare_ms = bounds.time_ms - sum(map(pace.line_ms, lines))
    if spare_ms < (pictures - len(lines)) * pace.shortest_ms:
        # There is no time for silent scenes: split the sentences over the pictures.
        lines = beats(spoken, pace, pictures, bounds.max_lines, joints)
    capacities = [pace.line_ms(line) // MIN_VISIBLE_MS for line in lines]
    groups = group_pictures(media, capacities + [1] * (pictures - len(lines)), sizes)
    needed = min(bounds.max_lines, -(-bounds.time_ms // pace.pacing.max_scene_ms))
    return with_silences(lines, max(min(pictures, len(groups)), needed)), groups


def _background_uses(
    lines: Sequence[str], narration: Narration, request: JobRequest, preset: Preset
) -> tuple[MediaUse, ...]:
    engine = request.engine_preference or preset.engines[0]
    if request.archetype == MEME_TEXT and split_engine_name(engine)[0] == "local":
        engine = "generated"
    return tuple(
        MediaUse(line, background(index, preset.palette, engine, _scene_description(line, narration)))
        for index, line in enumerate(lines or ("",))
    )


def _scene_description(line: str, narration: Narration) -> str:
    """Return a description of what a scene shows: the topic and the line, because the line may not name the topic."""
    return ": ".join(text for text in (narration.topic, line) if text) or narration.title


def _scene(use: MediaUse, index: int, narration: Narration, request: JobRequest, preset: Preset) -> Scene:
    return Scene(
        id=1,
        description=shorten(_scene_description(use.line, narration), DESCRIPTION_COLUMNS),
        duration_ms=preset.pacing.silent_scene_ms,
        media=use.media,
        caption=caption_of(use.line),
        voice_script=use.line,
        overlays=_text_overlays(use, index, narration, request, preset),
        engine=request.engine_preference,
        key_words=stressed_in(use.line, emphasised(request.script or "")),
    )


def _with_amounts(scenes: Sequence[Scene], preset: Preset) -> list[Scene]:
    """Return the scenes with a card for each amount that matters."""
    lines_before = ["", *(scene.voice_script for scene in scenes)]
    return [
        replace(scene, overlays=(*scene.overlays, *amount_cards(scene.voice_script, preset, before)))
        for scene, before in zip(scenes, lines_before, strict=False)
    ]


def _text_overlays(
    use: MediaUse, index: int, narration: Narration, request: JobRequest, preset: Preset
) -> tuple[Overlay, ...]:
    if use.media.kind != "colour":
        return ()
    if use.line and request.captions and has_text_card(preset):
        return ()
    if use.line:
        return background_text(use.line, narration.language, preset, request.captions)
    return background_text(one_line("\n".join(narration.lines)), narration.language, preset, True, nth=index)
