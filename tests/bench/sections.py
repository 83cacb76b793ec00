"""The sections of the benchmark. Each is measured in a new process with an empty home, so that no cache is warm."""

from __future__ import annotations

import importlib
import os
import shutil
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

from tests.bench.figures import Figure

WORK = Path(__file__).parent / "work"
NAMES = ("jitter", "stills", "clips", "transitions", "memory", "sound", "queue", "server", "film")


def measure_section(section: str, short: bool) -> list[Figure]:
    """The figures of a section; raises what its ``measure`` raises."""
    home = WORK / section
    shutil.rmtree(home, ignore_errors=True)
    home.mkdir(parents=True)
    try:
        with ProcessPoolExecutor(1, get_context("spawn"), initializer=set_home, initargs=(str(home),)) as pool:
            return pool.submit(_measure, section, short).result()
    finally:
        shutil.rmtree(home, ignore_errors=True)


def set_home(home: str) -> None:
    """Set ``PYTOON_HOME`` before any module of ``app`` is imported: a process reads the settings once."""
    os.environ["PYTOON_HOME"] = home


def _measure(section: str, short: bool) -> list[Figure]:
    figures: list[Figure] = importlib.import_module(f"tests.bench.{section}").measure(short)
    return figures
