"""The loudness of a file by EBU R 128, measured by ffmpeg."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from pathlib import Path

from app.core.errors import MediaError
from app.media.av_open import av_input
from app.media.ffmpeg import Command, command, run

FLOOR_LUFS = -70.0  # the absolute gate; ffmpeg prints it when no block passed
_NUMBER = r"(-?(?:\d+(?:\.\d+)?|inf|nan))"
_INTEGRATED = re.compile(rf"^\s*I:\s+{_NUMBER} LUFS", re.MULTILINE)
_RANGE = re.compile(rf"^\s*LRA:\s+{_NUMBER} LU\b", re.MULTILINE)
_PEAK = re.compile(rf"^\s*Peak:\s+{_NUMBER} dBFS", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Loudness:
    """Integrated loudness in LUFS, true peak in dBTP, loudness range in LU; ``None`` if undefined, as for silence."""

    integrated_lufs: float | None
    true_peak_db: float | None
    range_lu: float | None


SILENT = Loudness(None, None, None)


def measure(path: Path) -> Loudness:
    """Return the loudness of the first audio stream of ``path``; all ``None`` for silence.

    Audio shorter than 400 ms (one block of EBU R 128) has a peak but no loudness. Raises ``MediaError`` if there is no
    audio stream or it cannot be decoded.
    """
    return run_and_measure(measure_command(path))


def run_and_measure(command: Command) -> Loudness:
    """Run a command with the filter ``ebur128`` and return its result; raises ``MediaError``, also without a result."""
    report = run(command)
    if "Summary:" not in report or "Output file is empty" in report:
        raise MediaError(command.purpose, list(command.args), 0, "no audio can be decoded")
    return parse_report(report)


def measure_command(path: Path) -> Command:
    """Return the command whose report ``parse_report`` reads."""
    meter = ("-map", "0:a:0", "-vn", "-af", "ebur128=peak=true:framelog=quiet", "-f", "null", "-")
    return command("measure loudness", *av_input(path), *meter)


def parse_report(report: str) -> Loudness:
    """Return the last summary in ffmpeg's report; there may be several meters, and progress lines have numbers too."""
    summary = report[report.rfind("Summary:") :]
    integrated = _number(_INTEGRATED, summary)
    if integrated is None or integrated <= FLOOR_LUFS:
        return Loudness(None, _number(_PEAK, summary), None)
    return Loudness(integrated, _number(_PEAK, summary), _number(_RANGE, summary))


def _number(pattern: re.Pattern[str], summary: str) -> float | None:
    match = pattern.search(summary)
    value = float(match[1]) if match else math.nan
    return value if math.isfinite(value) else None
