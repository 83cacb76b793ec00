"""What one task needs in memory, in films of few and of many scenes."""

from __future__ import annotations

from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

from app.database.session import migrate
from tests.bench.clock import peak_mb
from tests.bench.figures import Figure
from tests.bench.film import crew, shot, silent
from tests.bench.photos import photo
from tests.bench.rows import kept, stored


def measure(short: bool) -> list[Figure]:
    migrate()
    few, many = (12, 48) if short else (12, 96)
    picture = kept(photo(1, 1200, 1600), "photo.jpg")
    with crew() as pool:
        ids = {scenes: stored(silent([picture] * scenes, 1000, "draft")) for scenes in (few, many)}
        for run_id in ids.values():
            shot(run_id, pool)
    peaks = {scenes: _alone(run_id, scenes // 2) for scenes, run_id in ids.items()}
    growth = sum(peaks[many]) / sum(peaks[few])
    note = f"task {peaks[many][0]:.0f} MB, its encoder {peaks[many][1]:.0f} MB"
    return [Figure(f"memory of a segment among {many} ÷ among {few} scenes", growth, "×", 1.05, note=note)]


def _alone(run_id: str, index: int) -> tuple[float, float]:
    """The peak of a fresh process that makes one segment."""
    with ProcessPoolExecutor(1, get_context("spawn")) as pool:
        return pool.submit(_segment, run_id, index).result()


def _segment(run_id: str, index: int) -> tuple[float, float]:
    from tasks import film

    film.segment(run_id, index)
    return peak_mb()
