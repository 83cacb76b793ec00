"""The work of the sound and film tasks: read the workspace of a run, and call audio and assembly."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict, replace
from typing import Any

from app.assets.resolve import get_asset, get_assets
from app.core.errors import UnreadableFile
from app.jobs import workspace
from app.jobs.artifacts import artifact_columns, publish, replace_rows
from app.jobs.omissions import check_omissions
from app.jobs.order_queries import bought
from app.jobs.queries import timings_ms
from app.jobs.receipt import FilmFacts, receipt
from app.planning.timing.clip_sounds import ClipSound, clip_sounds, unreadable
from app.store.artifact_files import ArtifactFiles
from assembly.deliverables import caption_files, credit_files, document_files, film_files, scene_files, take_files
from assembly.encode.film import JoinedFilm, join_film
from assembly.encode.segment_files import encoded_segments
from assembly.picture.overlays import unreadable_overlays
from assembly.report.faults import Fault, FilmPlan, film_faults
from assembly.report.quality import measure_film
from assembly.text.titles import has_place_for_credits
from audio.mixing import Mix
from audio.music import bed as music_bed
from audio.music.recorded_beats import recorded_beats
from audio.soundtrack import mix_sound, voiceover_files
from schemas.asset import Asset
from schemas.clip import Clip
from schemas.music import MusicBeatsSchema
from schemas.omissions import omission
from schemas.segment import Segment

NO_PLACE_FOR_CREDITS = "the last scene has no space for the credits of the stock footage; credits.txt has them"


def music_of(run: workspace.Workspace) -> music_bed.MusicSource | None:
    """The source of the film's music, with its beats if it has a clear beat; ``None`` for a film without music."""
    choice = run.graph.global_audio.music
    path = run.store.local(get_asset(choice.asset).key) if choice.asset else None
    source = music_bed.choose_source(choice, run.preset.sound.mood, run.graph.seed, path)
    if source is None or source.kind != "asset" or path is None:
        return source
    return replace(source, beats=recorded_beats(path, source.identity, run.store))


def music_document(source: music_bed.MusicSource | None) -> dict[str, Any]:
    """The music of a film as ``music.json`` has it."""
    if source is None:
        return {"kind": "none", "beats": None}
    beats = MusicBeatsSchema.plain(source.beats) if source.beats else None
    return {"kind": source.kind, "from": source.identity, "beats": beats}


def scene_videos(run: workspace.Workspace) -> dict[str, Asset]:
    """The videos that the scenes show, by id."""
    asset_ids = {scene.media.asset for scene in run.graph.scenes if scene.media.kind == "video" and scene.media.asset}
    return {asset.id: asset for asset in get_assets(sorted(asset_ids))} if asset_ids else {}


def clip_sounds_of(run: workspace.Workspace) -> tuple[ClipSound, ...]:
    """The decision about the sound of every clip that has one."""
    return clip_sounds(run.graph, run.timeline.tracks.video, run.clips(), scene_videos(run))


def mix_of(run: workspace.Workspace) -> Mix:
    """The mixed soundtrack of the film."""
    return mix_sound(run.timeline, music_of(run), run.graph.global_audio, run.preset.sound, run.store)


@contextmanager
def naming_files(run: workspace.Workspace) -> Iterator[None]:
    """Name the user's file, and not its storage key, in the error of a clip that cannot be read."""
    try:
        yield
    except UnreadableFile as error:
        raise UnreadableFile(error.scene_id, _name_of_file(run, error), error.reason) from error


def _name_of_file(run: workspace.Workspace, error: UnreadableFile) -> str:
    """Return the user's name of the file that an error names by its storage key."""
    assets = get_assets(list(run.graph.scene(error.scene_id).asset_ids))
    names = {asset.key: asset.name for asset in assets}
    # A plate, or a video made of an animation, is named after the file that it was made from.
    return names.get(error.file) or next((asset.name for asset in assets if asset.name), "its picture")


def join_run(run: workspace.Workspace) -> tuple[JoinedFilm, bool]:
    """Join segments and soundtrack by packet copy; return the film and whether its file existed."""
    with naming_files(run):
        keys = encoded_segments(run.segments, run.store)
    mix = mix_of(run)
    joined_film, existed = join_film(run.segments, keys, mix.key, run.timeline.fps, run.store)
    sounds = unreadable(clip_sounds_of(run), mix.unreadable_clips)
    dropped = tuple(sound.warning for sound in sounds if sound.warning)
    left_out = (*dropped, *_omitted_overlays(run))
    check_omissions(run.request, left_out)
    film = replace(joined_film, warnings=(*mix.warnings, *left_out, *_credits_left_out(run.segments[-1])))
    run.write("film.json", asdict(film))
    return film, existed


def _credits_left_out(last: Segment) -> tuple[str, ...]:
    """Return a warning if the last scene has no place for the credits."""
    return () if has_place_for_credits(last) else (NO_PLACE_FOR_CREDITS,)


def _omitted_overlays(run: workspace.Workspace) -> tuple[str, ...]:
    """Return a warning for each image over the picture that cannot be opened."""
    reasons = unreadable_overlays(run.segments, run.store.local)
    assets = get_assets(sorted(reasons)) if reasons else []
    return tuple(omission(asset.name or asset.id, reasons[asset.id]) for asset in assets)


def deliver_film(run: workspace.Workspace) -> dict[str, Any]:
    """Make and publish all artifacts of a run and measure its film; return their names and the measurements."""
    film, timeline, segments = JoinedFilm(**run.read("film.json")), run.timeline, run.segments
    files = ArtifactFiles(run.id, run.store)
    # Measuring and writing both read the whole film in ffmpeg, not in Python, so they run at the same time.
    with ThreadPoolExecutor(1) as executor:
        measurement = executor.submit(measure_film, film, timeline, segments, run.store)
        names = [*film_files(files, film, run.graph.title, segments), *caption_files(files, timeline)]
        names += voiceover_files(files, timeline)
        names += [*scene_files(files, segments, film.segments), *take_files(files, run.other_takes())]
        names += credit_files(files, clips_in_order(run))
        names += document_files(files, run.graph, timeline)
        quality = measurement.result()
    faults = film_faults(film_plan(run), quality)
    warnings = [fault.warning for fault in faults]
    run.write("faults.json", {"warnings": warnings})
    names.append(files.write_json("metadata.json", receipt(film_facts(run, film, quality, faults))))
    replace_rows(run.id, artifact_columns(run.job_id, run.id, names, run.store))
    publish(run.job_id, run.id, names)
    return {"artefacts": names, "quality": quality, "warnings": warnings}


def clips_in_order(run: workspace.Workspace) -> list[Clip]:
    """The clips of the film in the order of its scenes."""
    clips = run.clips()
    return [clips[scene.id] for scene in run.graph.scenes]


def film_plan(run: workspace.Workspace) -> FilmPlan:
    """What the film of a run should be, with the names of the users' files."""
    asset_ids = {scene.media.asset for scene in run.graph.scenes if scene.media.asset}
    names = {asset.id: asset.name for asset in get_assets(sorted(asset_ids))} if asset_ids else {}
    return FilmPlan(run.graph, run.timeline, run.clips(), names)


def film_facts(
    run: workspace.Workspace, film: JoinedFilm, quality: Mapping[str, Any], faults: Sequence[Fault] = ()
) -> FilmFacts:
    """The facts for the receipt of a run."""
    timings = timings_ms(run.job_id, run.id)
    money, orders = bought(run.job_id)
    return FilmFacts(
        job_id=run.job_id,
        run_id=run.id,
        graph=run.graph,
        timeline=run.timeline,
        clips=run.clips(),
        speech=run.speech,
        timings_ms=timings,
        quality=quality,
        request_warnings=(*run.request_warnings, *run.plan_warnings()),
        film_warnings=(*film.warnings, *(fault.warning for fault in faults)),
        clip_sounds=clip_sounds_of(run),
        faults=[fault.as_dict() for fault in faults],
        money=money,
        orders=orders,
    )
