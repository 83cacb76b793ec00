"""How loud a file is, by EBU R128, as ffmpeg measures it."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from pathlib import Path

from app.core.errors import MediaError
from app.media.av_open import av_input
from app.media.ffmpeg import Command, command, run

FLOOR_LUFS = -70.0  # the absolute gate: what ffmpeg prints when nothing passed it
_NUMBER = r"(-?(?:\d+(?:\.\d+)?|inf|nan))"
_INTEGRATED = re.compile(rf"^\s*I:\s+{_NUMBER} LUFS", re.MULTILINE)
_RANGE = re.compile(rf"^\s*LRA:\s+{_NUMBER} LU\b", re.MULTILINE)
_PEAK = re.compile(rf"^\s*Peak:\s+{_NUMBER} dBFS", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Loudness:
    """Integrated loudness in LUFS, true peak in dBTP, loudness range in LU; ``None`` where silence has none."""

    integrated_lufs: float | None
    true_peak_db: float | None
    range_lu: float | None


SILENT = Loudness(None, None, None)


def measure(path: Path) -> Loudness:
    """Loudness of the first sound track of ``path``; all ``None`` for silence.

    What is shorter than 400 ms (one block of EBU R128) has a peak but no loudness. Raises ``MediaError`` when there is
    no sound track or it cannot be decoded.
    """
    return reported(measure_command(path))


def reported(todo: Command) -> Loudness:
    """Runs a command with the filter ``ebur128`` in it. Raises ``MediaError``, also when there is no summary."""
    report = run(todo)
    if "Summary:" not in report or "Output file is empty" in report:
        raise MediaError(todo.purpose, list(todo.args), 0, "no sound of it can be decoded")
    return parse_report(report)


def measure_command(path: Path) -> Command:
    """The run of ffmpeg whose report ``parsed`` reads."""
    meter = ("-map", "0:a:0", "-vn", "-af", "ebur128=peak=true:framelog=quiet", "-f", "null", "-")
    return command("measure loudness", *av_input(path), *meter)


def parse_report(report: str) -> Loudness:
    """The last summary in ffmpeg's report: a chain may hold several meters, and progress lines hold numbers too."""
    summary = report[report.rfind("Summary:") :]
    integrated = _number(_INTEGRATED, summary)
    if integrated is None or integrated <= FLOOR_LUFS:
        return Loudness(None, _number(_PEAK, summary), None)
    return Loudness(integrated, _number(_PEAK, summary), _number(_RANGE, summary))


def _number(pattern: re.Pattern[str], summary: str) -> float | None:
    found = pattern.search(summary)
    value = float(found[1]) if found else math.nan
    return value if math.isfinite(value) else None
