"""The sections of the benchmark, each measured in a fresh process and a fresh home: nothing is warm from another."""

from __future__ import annotations

import importlib
import os
import shutil
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

from tests.bench.figures import Figure

WORK = Path(__file__).parent / "work"
NAMES = ("jitter", "stills", "clips", "memory", "sound", "queue")


def measured(section: str, short: bool) -> list[Figure]:
    """The figures of a section; whatever it raises."""
    home = WORK / section
    shutil.rmtree(home, ignore_errors=True)
    home.mkdir(parents=True)
    try:
        with ProcessPoolExecutor(1, get_context("spawn"), initializer=_live_in, initargs=(str(home),)) as pool:
            return pool.submit(_measure, section, short).result()
    finally:
        shutil.rmtree(home, ignore_errors=True)


def _live_in(home: str) -> None:
    """Before anything of the house is imported: settings are read once."""
    os.environ["PYTOON_HOME"] = home


def _measure(section: str, short: bool) -> list[Figure]:
    figures: list[Figure] = importlib.import_module(f"tests.bench.{section}").measure(short)
    return figures
