"""The memory of one segment task in films with few and with many scenes."""

from __future__ import annotations

from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

from app.database.session import migrate
from tests.bench.clock import peak_mb
from tests.bench.figures import Figure
from tests.bench.photos import photo
from tests.bench.pipeline import make_clips, silent_request, worker_pool
from tests.bench.rows import add_asset, insert_job


def measure(short: bool) -> list[Figure]:
    migrate()
    few, many = (12, 48) if short else (12, 96)
    picture = add_asset(photo(1, 1200, 1600), "photo.jpg")
    with worker_pool() as pool:
        ids = {scenes: insert_job(silent_request([picture] * scenes, 1000, "draft")) for scenes in (few, many)}
        for run_id in ids.values():
            make_clips(run_id, pool)
    peaks = {scenes: _peak_mb(run_id, scenes // 2) for scenes, run_id in ids.items()}
    growth = sum(peaks[many]) / sum(peaks[few])
    note = f"task {peaks[many][0]:.0f} MB, its encoder {peaks[many][1]:.0f} MB"
    return [Figure(f"memory of a segment among {many} ÷ among {few} scenes", growth, "×", 1.05, note=note)]


def _peak_mb(run_id: str, index: int) -> tuple[float, float]:
    """The peak in MB of a new process that makes one segment, and of its encoder."""
    with ProcessPoolExecutor(1, get_context("spawn")) as pool:
        return pool.submit(_segment, run_id, index).result()


def _segment(run_id: str, index: int) -> tuple[float, float]:
    from tasks import film

    film.segment(run_id, index)
    return peak_mb()
