"""The loudness of a whole film with voice and music, measured on the file that is delivered."""

from __future__ import annotations

import re

from app import runs
from app.core import db
from app.core.ffmpeg import Command, run
from bench.figures import Figure
from bench.film import crew, made
from bench.photos import photo
from bench.rows import kept, stored
from schemas.job import JobRequest, MusicWish

SCRIPTS = (
    "Coffee tastes best when the beans are fresh. Grind them just before you brew. Your kitchen will thank you.",
    "One cup. That is all.",
)
MOODS = ("energetic", "calm")
TARGET_LUFS = -14.0


def measure(short: bool) -> list[Figure]:
    db.migrate()
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
    ]


def _heard(run_id: str) -> tuple[float, float]:
    """Integrated loudness (LUFS) and true peak (dBTP) by EBU R 128, of the film's file."""
    film = runs.run(run_id).note("film.json")["film"]
    from app.store.factory import storage

    path = storage().local(film)
    report = run(Command("ebur128", ("-i", str(path), "-map", "0:a", "-af", "ebur128=peak=true", "-f", "null", "-")))
    summary = report[report.rindex("Summary:") :]
    loudness, peak = (re.search(rf"{name}:\s+(-?[\d.]+)", summary) for name in ("I", "Peak"))
    if loudness is None or peak is None:
        raise RuntimeError("ffmpeg told no loudness")
    return float(loudness[1]), float(peak[1])
