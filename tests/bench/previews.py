"""Make the pictures of the documentation: ``python -m tests.bench.previews [PRESET …]``, without names all of them.

A preset's preview is a looping WebP of the film of a brief in ``briefs/``. The README's picture is a sheet of frames of
the film that ``make demo`` makes.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import yaml
from PIL import Image

from tests.bench.sections import set_home

DOCS = Path(__file__).parents[2] / "docs"
BRIEFS = Path(__file__).parent / "briefs"
PREVIEW_SIZE, PREVIEW_FPS, PREVIEW_S, PREVIEW_QUALITY = (180, 320), 8, 7, 55
SHEET_SIZE, SHEET_COLUMNS, SHEET_ROWS, SHEET_QUALITY = (240, 427), 6, 2, 85
DEMO = "demo"


def main() -> None:
    parser = argparse.ArgumentParser(prog="previews", description="Make the pictures of the documentation.")
    parser.add_argument("names", nargs="*", metavar="PRESET", help=f'presets, or "{DEMO}" for the README\'s picture')
    names = parser.parse_args().names or [*briefs_by_preset(), DEMO]
    with (
        tempfile.TemporaryDirectory(prefix="previews-") as home,
        ProcessPoolExecutor(1, get_context("spawn"), initializer=set_home, initargs=(home,)) as process,
    ):
        process.submit(_make, names).result()


def briefs_by_preset() -> dict[str, Path]:
    """Return the brief of each preset's preview: the first one that has pictures, else the first."""
    briefs: dict[str, Path] = {}
    for path in sorted(BRIEFS.glob("*.yaml")):
        brief = yaml.safe_load(path.read_text(encoding="utf-8"))
        if "script" in brief and brief["aspect"] != "16:9":
            briefs.setdefault(brief["preset"], path)
    return briefs


def _make(names: Sequence[str]) -> None:
    from app.cli.demo import PHOTOGRAPHS, SAMPLE_SCRIPT, SAMPLE_TITLE
    from app.database.session import migrate
    from tests.bench.pipeline import worker_pool

    migrate()
    with worker_pool() as pool:
        for name in names:
            if name == DEMO:
                film = _film(pool, PHOTOGRAPHS, script=SAMPLE_SCRIPT, title=SAMPLE_TITLE, preset_id="documentary")
                _write_sheet(film, DOCS / "demo.jpg")
            else:
                brief = yaml.safe_load(briefs_by_preset()[name].read_text(encoding="utf-8"))
                film = _film(pool, brief["pictures"], script=brief["script"], preset_id=name)
                _write_preview(film, DOCS / "previews" / f"{name}.webp")


def _film(pool: ProcessPoolExecutor, pictures: Sequence[str], **words: str) -> Path:
    from app.jobs import workspace
    from app.store.factory import storage
    from schemas.job import JobRequest
    from tests.bench.film import photographs
    from tests.bench.pipeline import make_film
    from tests.bench.rows import add_asset, insert_job

    media = tuple(add_asset((photographs() / picture).read_bytes(), picture) for picture in pictures)
    run_id = insert_job(JobRequest(media=media, aspect="9:16", quality="low", **words))
    make_film(run_id, pool)
    return storage().local(workspace.open_workspace(run_id).read("film.json")["film"])


def _frames(film: Path, times_s: Sequence[float], size: tuple[int, int]) -> list[Image.Image]:
    """Return the film's frames at ascending times; those after its end are left out."""
    from app.media.av_open import open_av

    wanted, frames = list(times_s), []
    with open_av(film) as file:
        for frame in file.decode(file.streams.video[0]):
            while wanted and frame.time + 1e-6 >= wanted[0]:
                frames.append(frame.to_image().resize(size, Image.Resampling.LANCZOS))
                wanted.pop(0)
    return frames


def _write_preview(film: Path, into: Path) -> None:
    first, *others = _frames(film, [k / PREVIEW_FPS for k in range(PREVIEW_S * PREVIEW_FPS)], PREVIEW_SIZE)
    into.parent.mkdir(exist_ok=True)
    options = {"duration": 1000 // PREVIEW_FPS, "loop": 0, "quality": PREVIEW_QUALITY, "method": 6}
    first.save(into, "WEBP", save_all=True, append_images=others, **options)


def _write_sheet(film: Path, into: Path) -> None:
    from app.media.av_open import open_av

    with open_av(film) as file:
        length_s = file.duration / 1_000_000
    count, (width, height) = SHEET_COLUMNS * SHEET_ROWS, SHEET_SIZE
    sheet = Image.new("RGB", (SHEET_COLUMNS * width, SHEET_ROWS * height))
    for index, frame in enumerate(_frames(film, [length_s * (k + 0.5) / count for k in range(count)], SHEET_SIZE)):
        sheet.paste(frame, (index % SHEET_COLUMNS * width, index // SHEET_COLUMNS * height))
    sheet.save(into, "JPEG", quality=SHEET_QUALITY, optimize=True)


if __name__ == "__main__":
    main()
