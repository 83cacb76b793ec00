"""The loudness of a whole film with voice and music, and what the sound of a film with a user's music file costs."""

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
from schemas.job import JobRequest, MusicWish
from schemas.preset import SoundStyle
from schemas.scene_graph import MusicChoice, Scene, SceneGraph
from schemas.timeline import AudioItem, TimedScene, Timeline, Tracks
from schemas.timing import FPS, frames_of
from tests.bench.clock import spending
from tests.bench.figures import Figure
from tests.bench.film import crew, made
from tests.bench.photos import photo
from tests.bench.rows import kept, stored

SCRIPTS = (
    "Coffee tastes best when the beans are fresh. Grind them just before you brew. Your kitchen will thank you.",
    "One cup. That is all.",
)
MOODS = ("energetic", "calm")
TARGET_LUFS = -14.0
FILM_MS = 60_000


def measure(short: bool) -> list[Figure]:
    migrate()
    picture = kept(photo(2, 900, 1200), "photo.jpg")
    cases = list(zip(SCRIPTS, MOODS, strict=True))[: 1 if short else None]
    with crew() as pool:
        found = []
        for script, mood in cases:
            request = JobRequest(script=script, media=(picture,), music=MusicWish(mood=mood), quality="draft")
            run_id = stored(request)
            made(run_id, pool)
            found.append(_heard(run_id))
    off = max(abs(loudness - TARGET_LUFS) for loudness, _ in found)
    peak = max(peak for _, peak in found)
    return [
        Figure("loudness, away from −14 LUFS", off, "LU", 0.3, note=f"{len(found)} films, measured after AAC"),
        Figure("true peak", peak, "dBTP", -1.0),
        *costs(),
    ]


def costs() -> list[Figure]:
    """CPU of bed and mix for a film of a minute, relative to work of the same run that cannot be left out."""
    with scratch() as folder:
        store = Folder(folder / "store")
        _bed("warm", _user_file(folder, 12, "warm"), store)
        enough_s, _ = _bed("enough", _user_file(folder, FILM_MS // 1000 + 1, "enough"), store)
        looped_s, bed_key = _bed("looped", _user_file(folder, 31, "looped"), store)
        film = _film(store, bed_key)
        with spending() as mixing_cpu:
            made = mixing.mix(film, bed_key, SoundStyle(), store)
        plain = encode_command(store.local(made.key), folder / "again.m4a", FILM_MS * RATE // 1000, None)
        with spending() as encoding_cpu:
            run(plain)
    return [
        Figure("music looped ÷ music that is long enough", looped_s / enough_s, "× CPU", 1.3, note="bed of 60 s"),
        Figure("mix ÷ AAC alone", mixing_cpu.cpu_s / encoding_cpu.cpu_s, "× CPU", 3.0, note="60 s, voice and music"),
    ]


def _bed(name: str, file: Path, store: Folder) -> tuple[float, str]:
    """CPU seconds and storage key of a bed made of a user's file."""
    source = bed.source(MusicChoice("asset", asset=f"ast_{name}"), "calm", 1, file)
    assert source is not None
    with spending() as spent:
        key = bed.bed(source, FILM_MS, (), store)
    return spent.cpu_s, key


def _user_file(folder: Path, seconds: int, name: str) -> Path:
    """An MP3 made of a bundled track."""
    path = folder / f"{name}.mp3"
    codec = ("-stream_loop", -1, "-i", tracks.tracks("energetic")[0], "-t", seconds, "-b:a", "192k")
    run(command("write a user's music", *codec, path))
    return path


def _film(store: Folder, key: str) -> Timeline:
    """A minute in which the embedded voice says the same again and again."""
    scene = Scene(1, voice_script=SCRIPTS[0])
    (line,) = narration.narrate(SceneGraph("2.0", "Film", "en", "clean_bold", (scene,)), store).lines
    starts = range(500, FILM_MS - line.length_ms, line.length_ms + 700)
    lines = tuple(AudioItem("voice", ms, ms + line.length_ms, line.key, 1) for ms in starts)
    bed_item = AudioItem("music", 0, FILM_MS, key, gain_db=SoundStyle().music_db)
    frames = frames_of(FILM_MS)
    return Timeline(
        "2.0", FPS, 64, 64, frames, (TimedScene(1, 0, frames, 0, FILM_MS),), Tracks(audio=(*lines, bed_item))
    )


def _heard(run_id: str) -> tuple[float, float]:
    """Integrated loudness (LUFS) and true peak (dBTP) by EBU R 128, of the film's file."""
    film = workspace.open_workspace(run_id).read("film.json")["film"]
    from app.store.factory import storage

    path = storage().local(film)
    report = run(Command("ebur128", ("-i", str(path), "-map", "0:a", "-af", "ebur128=peak=true", "-f", "null", "-")))
    summary = report[report.rindex("Summary:") :]
    loudness, peak = (re.search(rf"{name}:\s+(-?[\d.]+)", summary) for name in ("I", "Peak"))
    if loudness is None or peak is None:
        raise RuntimeError("ffmpeg told no loudness")
    return float(loudness[1]), float(peak[1])
