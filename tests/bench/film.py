"""Films of ordinary briefs in ``briefs/``, and what viewers notice of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from importlib.util import find_spec
from pathlib import Path
from statistics import mean

import yaml

from app.database.session import migrate
from app.jobs import workspace
from app.planning.camera.repeats import MIN_CHANGE
from assembly.encode.compose import draw_frames
from assembly.picture import i420
from assembly.text.obstacles import Hidden
from presets.layout_library import layouts
from presets.library import presets
from schemas.job import JobRequest
from schemas.region import SUBJECT_SHARE
from schemas.scene_graph import VoiceChoice
from schemas.segment import Segment
from schemas.speech import Speech
from schemas.timeline import Timeline
from tests.bench import film_figures
from tests.bench.figures import Figure
from tests.bench.film_sound import SoundOfFilm, sound_of
from tests.bench.moving_photos import moving_photo
from tests.bench.pipeline import make_film, worker_pool
from tests.bench.rows import add_asset, insert_job

BRIEFS = Path(__file__).parent / "briefs"
SHORT = (
    *("documentary_space", "product_coffee", "landscape_science", "silent_portfolio"),
    *("story_shuffled", "structured_brewing"),
)
# Presets whose shots are to be short; the others are calm.
FAST_PRESETS = ("clean_bold", "pop_meme", "neon_night", "product_hero")
VARIETY_SCRIPTS = 20


@dataclass(frozen=True, slots=True)
class Film:
    name: str
    preset: str
    aspect: str
    timeline: Timeline
    segments: Sequence[Segment]
    speech: Speech
    levels: Sequence[float]
    sound: SoundOfFilm
    right_pictures: Sequence[bool] = ()
    bare: frozenset[int] = frozenset()
    smallest_repeat: float | None = None


def measure(short: bool) -> list[Figure]:
    migrate()
    names = SHORT if short else sorted(path.stem for path in BRIEFS.glob("*.yaml"))
    with worker_pool() as pool:
        films = [_make(name, pool) for name in names]
        sources = _music_sources(pool)
    return [
        *rhythm(films),
        *picture(films),
        *story(films),
        *captions(films),
        *without_pictures(films),
        *sound(films),
        _variety(sources),
    ]


def rhythm(films: Sequence[Film]) -> list[Figure]:
    fast = [film for film in films if film.preset in FAST_PRESETS]
    calm = [film for film in films if film.preset not in FAST_PRESETS]
    lengths = {film.name: film_figures.shot_lengths_s(film.timeline) for film in films}
    return [
        _worst("mean length of a shot, fast presets", {f.name: mean(lengths[f.name]) for f in fast}, "s", 3.0),
        _worst("mean length of a shot, calm presets", {f.name: mean(lengths[f.name]) for f in calm}, "s", 4.5),
        _worst("longest shot", {film.name: max(lengths[film.name]) for film in films}, "s", 5.0),
        _worst("first word", _measured(films, lambda film: film_figures.first_word_s(film.timeline)), "s", 0.25),
        _worst(
            "picture after the last word",
            _measured(films, lambda film: film_figures.hold_after_last_word_s(film.timeline, film.speech)),
            "s",
            1.5,
            at_least=True,
        ),
        _worst("share of cuts", _measured(films, lambda film: film_figures.cut_share(film.timeline)), "", 0.7, True),
    ]


def picture(films: Sequence[Film]) -> list[Figure]:
    speeds = {film.name: film_figures.camera_speeds(film.segments) for film in films}
    moving = {name: values for name, values in speeds.items() if values}
    return [
        _worst("fastest camera", {name: max(values) for name, values in moving.items()}, "%/s", 5.0),
        _mean("pictures ÷ frame", _measured(films, lambda film: film_figures.picture_fill(film.segments)), 0.6),
        _worst(
            "consecutive shots of the same picture, smallest difference",
            _measured(films, lambda film: film.smallest_repeat),
            "",
            MIN_CHANGE,
            at_least=True,
        ),
        _worst("slowest camera", {name: min(values) for name, values in moving.items()}, "%/s", 2.0, at_least=True),
        _worst(
            "brightness of scenes, away from the film's",
            {film.name: film_figures.brightness_spread(film.levels) for film in films if film.levels},
            "",
            0.25,
        ),
    ]


def story(films: Sequence[Film]) -> list[Figure]:
    right = [is_right for film in films for is_right in film.right_pictures]
    note = f"of {len(right)}, pictures shuffled"
    return [Figure("nameable lines with the right picture", mean(right), "", 0.8, at_least=True, note=note)]


def captions(films: Sequence[Film]) -> list[Figure]:
    wide = [film for film in films if film.aspect == "16:9"]
    middles = {film.name: min(film_figures.caption_middles(film.segments), default=1.0) for film in wide}
    shown_s = _measured(films, lambda film: film_figures.lower_third_s(film.segments))
    heights = _measured(films, lambda film: film_figures.cap_height_share(film.segments))
    under_captions = {film.name: film_figures.hidden_by_captions(film.segments) for film in films}
    under_titles = {film.name: film_figures.hidden_by_titles(film.segments) for film in films}
    return [
        _worst("height of capitals ÷ frame", heights, "", 0.033, at_least=True),
        *_hidden("captions", under_captions),
        *_hidden("titles and cards", under_titles),
        Figure("words over words", sum(film_figures.words_over_words(film.segments) for film in films), "", 0),
        _worst("highest caption ÷ frame, 16:9", middles, "", 0.8, at_least=True),
        _worst("shortest lower third", shown_s, "s", 2.0, at_least=True),
        _worst(
            "letters of tables and code ÷ frame",
            _measured(films, lambda film: film_figures.board_letters(film.segments)),
            "",
            0.022,
            at_least=True,
        ),
    ]


def _hidden(words: str, by_film: dict[str, list[Hidden]]) -> list[Figure]:
    """What words hide of pictures: the worst of all scenes with such words, and the mean for subjects."""
    hidden = {name: values for name, values in by_film.items() if values}
    subjects = {name: max(each.subject for each in values) for name, values in hidden.items()}
    shares = [each.subject for values in hidden.values() for each in values]
    crossing = sum(each.crosses for values in hidden.values() for each in values)
    return [
        _worst(f"face under {words}", {k: max(each.faces for each in v) for k, v in hidden.items()}, "", 0.0),
        _worst(f"subject under {words}, worst scene", subjects, "", SUBJECT_SHARE),
        Figure(f"subject under {words}, mean", mean(shares) if shares else float("nan"), "", SUBJECT_SHARE),
        Figure(f"{words} across the edge of a picture", crossing, "", 0),
    ]


def without_pictures(films: Sequence[Film]) -> list[Figure]:
    steady = _measured(films, lambda film: film_figures.longest_steady_s(film.segments, film.bare))
    bare = _measured(films, lambda film: film_figures.bare_share(film.segments, film.bare))
    return [
        _worst("longest time without a change, no picture", steady, "s", 1.55),
        _worst("plain background with one word, no picture", bare, "", 0.0),
    ]


def sound(films: Sequence[Film]) -> list[Figure]:
    spoken = [film for film in films if film.speech.lines]
    silent = [film for film in films if not film.speech.lines]
    calm = [film for film in spoken if film.preset == "documentary"]

    def bed(kind: str, at_least: bool, hold: float) -> Figure:
        levels = _measured(spoken, lambda film: film.sound.bed_db.get(kind))
        below = {name: -level for name, level in levels.items()}
        side = "least" if at_least else "most"
        return _worst(f"music below the voice, {kind}, {side}", below, "dB", hold, at_least)

    rings = _measured(films, lambda film: film.sound.ring_s)
    return [
        _on_beats(spoken),
        _worst("cuts on beats, silent", _measured(silent, lambda film: film.sound.on_beat), "", 0.8, True),
        *(bed("words", at_least, hold) for at_least, hold in ((True, 13.0), (False, 18.0))),
        *(bed("pauses", at_least, hold) for at_least, hold in ((True, 6.0), (False, 10.0))),
        bed("long pauses", False, 4.0),
        _worst("shortest ring at the end", rings, "s", 1.0, True),
        _worst("longest ring at the end", rings, "s", 1.5),
        _worst("time between two effects", _measured(films, lambda film: film.sound.effects_s), "s", 2.0, True),
        _worst("pause between sentences, documentary", _measured(calm, lambda film: film.sound.pause_s), "s", 0.4),
        _worst("shortest pause where the text turns, documentary", _turns(calm, min), "s", 0.7, at_least=True),
        _worst("longest pause where the text turns, documentary", _turns(calm, max), "s", 0.9),
    ]


def _turns(films: Sequence[Film], choose: Callable[[Sequence[float]], float]) -> dict[str, float]:
    return {film.name: choose(film.sound.turns_s) for film in films if film.sound.turns_s}


def _on_beats(films: Sequence[Film]) -> Figure:
    """The share of all cuts of the films that are on a beat, with the film that has fewest as the note."""
    shares = _measured(films, lambda film: film.sound.on_beat)
    cuts = {film.name: len(film.timeline.scenes) - 1 for film in films if film.name in shares}
    share = sum(shares[name] * count for name, count in cuts.items()) / sum(cuts.values())
    worst = min(shares, key=shares.__getitem__)
    note = f"of {sum(cuts.values())}; least: {worst}, {shares[worst]:.2f} of {cuts[worst]}"
    return Figure("cuts on beats, spoken", share, "", 0.5, True, note=note)


def _make(name: str, pool: ProcessPoolExecutor) -> Film:
    brief = yaml.safe_load((BRIEFS / f"{name}.yaml").read_text(encoding="utf-8"))
    clips = [add_asset(moving_photo(photographs() / name), f"{name}.mp4") for name in brief.get("clips", ())]
    media = (*clips, *(add_asset((photographs() / name).read_bytes(), name) for name in brief["pictures"]))
    words = {field: brief[field] for field in ("script", "prompt") if field in brief}
    preset, aspect, voice = brief["preset"], brief["aspect"], VoiceChoice(brief.get("voice"))
    run_id = insert_job(JobRequest(media=media, preset_id=preset, aspect=aspect, quality="draft", voice=voice, **words))
    make_film(run_id, pool)
    run = workspace.open_workspace(run_id)
    names = dict(zip(media, [*brief.get("clips", ()), *brief["pictures"]], strict=True))
    right = film_figures.right_pictures(run.graph, names, brief.get("named", {}))
    bare = frozenset(scene.id for scene in run.graph.scenes if not scene.asset_ids)
    levels = picture_levels(run)
    repeat = film_figures.smallest_repeat(run.segments, run.graph)
    return Film(
        name, preset, aspect, run.timeline, run.segments, run.speech, levels, sound_of(run), right, bare, repeat
    )


def photographs() -> Path:
    spec = find_spec("skimage")
    assert spec is not None and spec.origin is not None
    return Path(spec.origin).parent / "data"


def picture_levels(run: workspace.Workspace) -> list[float]:
    """The luma of the pictures in the middle of each scene that shows some, 0 … 255, before the look.

    The frame is drawn without words, dimming and vignette, and the preset's grade is taken back: those are the look and
    the same everywhere. Of each picture what counts is what ``app.planning.scenes.exposure`` calls its level: the
    median without what is black or blown out. A video is one picture in all scenes that show it: they have the
    same exposure.
    """
    levels: list[float] = []
    of_videos: dict[str, list[float]] = {}
    for segment in run.segments:
        layout = layouts().get(run.graph.scene(segment.scene_id).layout or "")
        if run.graph.scene(segment.scene_id).media.asset and (layout is None or layout.pictures):
            plain = replace(segment, dim=0.0, grade=replace(segment.grade, vignette=0.0))
            (frame,) = draw_frames(plain, [segment.frames - segment.frames // 2 - 1], run.store)
            shown = film_figures.levels_of_pictures(i420.planes(frame)[0], segment)
            clip = segment.incoming.clip
            into = of_videos.setdefault(clip.key, []) if clip.kind == "video" else levels
            into += shown
    return levels + [mean(of_video) for of_video in of_videos.values() if of_video]


def _music_sources(pool: ProcessPoolExecutor) -> list[str]:
    """The music that is chosen for scripts that differ in a few words, each preset in turn."""
    ids = [preset.id for preset in presets()]
    runs = [
        insert_job(
            JobRequest(
                script=f"Story number {number} begins. It is about {number * 7} boats.",
                preset_id=ids[number % len(ids)],
                quality="draft",
            )
        )
        for number in range(VARIETY_SCRIPTS)
    ]
    return list(pool.map(_music_source, runs))


def _music_source(run_id: str) -> str:
    from tasks import planning, sound

    planning.plan(run_id)
    sound.music(run_id)
    return str(workspace.open_workspace(run_id).read("music.json").get("from"))


def _variety(sources: Iterable[str]) -> Figure:
    chosen = list(sources)
    return Figure("different music", len(set(chosen)), f"of {len(chosen)}", 10, at_least=True)


def _measured(films: Sequence[Film], figure: Callable[[Film], float | None]) -> dict[str, float]:
    values = {film.name: figure(film) for film in films}
    return {name: value for name, value in values.items() if value is not None}


def _mean(name: str, values: dict[str, float], hold: float) -> Figure:
    """The mean of all films, with the name of the film with the lowest value as the note."""
    return Figure(name, mean(values.values()), "", hold, True, note=f"lowest: {min(values, key=values.__getitem__)}")


def _worst(name: str, values: dict[str, float], unit: str, hold: float, at_least: bool = False) -> Figure:
    """The worst value of all films, with the name of its film as the note."""
    if not values:
        return Figure(name, float("nan"), unit, note="no film has it")
    film = (min if at_least else max)(values, key=values.__getitem__)
    return Figure(name, values[film], unit, hold, at_least, note=film)
