"""The loudness of a whole film with voice and music, and the cost of the sound of a film with a user's music file."""

from __future__ import annotations

import re
from pathlib import Path

from app.database.session import migrate
from app.jobs import workspace
from app.media.ffmpeg import Command, command, run
from app.store.backends.folder import Folder
from app.store.scratch import scratch
from audio import mixing, narration
from audio.levels import RATE
from audio.mastering import encode_command
from audio.music import bed, tracks
from schemas.job import JobRequest, MusicRequest
from schemas.preset import SoundStyle
from schemas.scene_graph import MusicChoice, Scene, SceneGraph
from schemas.timeline import AudioItem, TimedScene, Timeline, Tracks
from schemas.timing import FPS, frames_of
from tests.bench.clock import measure_usage
from tests.bench.figures import Figure
from tests.bench.photos import photo
from tests.bench.pipeline import make_film, worker_pool
from tests.bench.rows import add_asset, insert_job

SCRIPTS = (
    "Coffee tastes best when the beans are fresh. Grind them just before you brew. Your kitchen will thank you.",
    "One cup. That is all.",
)
MOODS = ("energetic", "calm")
TARGET_LUFS = -14.0
FILM_MS = 60_000


def measure(short: bool) -> list[Figure]:
    migrate()
    picture = add_asset(photo(2, 900, 1200), "photo.jpg")
    cases = list(zip(SCRIPTS, MOODS, strict=True))[: 1 if short else None]
    with worker_pool() as pool:
        loudnesses = []
        for script, mood in cases:
            request = JobRequest(script=script, media=(picture,), music=MusicRequest(mood=mood), quality="draft")
            run_id = insert_job(request)
            make_film(run_id, pool)
            loudnesses.append(_loudness_and_peak(run_id))
    off_lu = max(abs(loudness - TARGET_LUFS) for loudness, _ in loudnesses)
    peak_db = max(peak for _, peak in loudnesses)
    return [
        Figure("loudness, away from −14 LUFS", off_lu, "LU", 0.3, note=f"{len(loudnesses)} films, measured after AAC"),
        Figure("true peak", peak_db, "dBTP", -1.0),
        *costs(),
    ]


def costs() -> list[Figure]:
    """CPU of the bed and of the mix for a film of one minute, relative to necessary work of the same run."""
    with scratch() as folder:
        store = Folder(folder / "store")
        _make_bed("warm", _user_file(folder, 12, "warm"), store)
        long_enough_s, _ = _make_bed("enough", _user_file(folder, FILM_MS // 1000 + 1, "enough"), store)
        looped_s, bed_key = _make_bed("looped", _user_file(folder, 31, "looped"), store)
        film = _film(store, bed_key)
        with measure_usage() as mixing_usage:
            mix = mixing.mix(film, bed_key, SoundStyle(), store)
        encode = encode_command(store.local(mix.key), folder / "again.m4a", FILM_MS * RATE // 1000, None)
        with measure_usage() as encoding_usage:
            run(encode)
    mix_ratio = mixing_usage.cpu_s / encoding_usage.cpu_s
    return [
        Figure("music looped ÷ music that is long enough", looped_s / long_enough_s, "× CPU", 1.3, note="bed of 60 s"),
        Figure("mix ÷ AAC alone", mix_ratio, "× CPU", 3.0, note="60 s, voice and music"),
    ]


def _make_bed(name: str, file: Path, store: Folder) -> tuple[float, str]:
    """CPU seconds and storage key of a bed made of a user's file."""
    source = bed.choose_source(MusicChoice("asset", asset=f"ast_{name}"), "calm", 1, file)
    assert source is not None
    with measure_usage() as usage:
        key = bed.make_bed(source, FILM_MS, (), store)
    return usage.cpu_s, key


def _user_file(folder: Path, seconds: int, name: str) -> Path:
    """An MP3 file made of a bundled track."""
    path = folder / f"{name}.mp3"
    codec = ("-stream_loop", -1, "-i", tracks.tracks_of_mood("energetic")[0], "-t", seconds, "-b:a", "192k")
    run(command("write a user's music", *codec, path))
    return path


def _film(store: Folder, key: str) -> Timeline:
    """One minute in which the bundled voice repeats one line."""
    scene = Scene(1, voice_script=SCRIPTS[0])
    (line,) = narration.narrate(SceneGraph("2.0", "Film", "en", "clean_bold", (scene,)), store).lines
    starts = range(500, FILM_MS - line.length_ms, line.length_ms + 700)
    lines = tuple(AudioItem("voice", ms, ms + line.length_ms, line.key, 1) for ms in starts)
    bed_item = AudioItem("music", 0, FILM_MS, key, gain_db=SoundStyle().music_db)
    frames = frames_of(FILM_MS)
    return Timeline(
        "2.0", FPS, 64, 64, frames, (TimedScene(1, 0, frames, 0, FILM_MS),), Tracks(audio=(*lines, bed_item))
    )


def _loudness_and_peak(run_id: str) -> tuple[float, float]:
    """Integrated loudness (LUFS) and true peak (dBTP) of the film's file, measured by EBU R 128."""
    film = workspace.open_workspace(run_id).read("film.json")["film"]
    from app.store.factory import storage

    path = storage().local(film)
    report = run(Command("ebur128", ("-i", str(path), "-map", "0:a", "-af", "ebur128=peak=true", "-f", "null", "-")))
    summary = report[report.rindex("Summary:") :]
    loudness, peak = (re.search(rf"{name}:\s+(-?[\d.]+)", summary) for name in ("I", "Peak"))
    if loudness is None or peak is None:
        raise RuntimeError("ffmpeg reported no loudness")
    return float(loudness[1]), float(peak[1])
