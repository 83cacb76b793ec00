"""Detection of black, frozen and silent stretches of a film in one pass of ffmpeg."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import ffmpeg

from app.media.av_open import LIMITS
from app.media.ffmpeg import Command, run
from schemas.timing import Span

# Minimum lengths.
BLACK_S, FROZEN_S, SILENT_S = 0.3, 2.0, 2.0
# A share of luma's range; the mean difference between consecutive frames; dBFS.
BLACK_LEVEL, FROZEN_NOISE, SILENT_DB = 0.10, 0.0003, -55
# The detectors need neither every picture nor deblocking; skipping both halves the cost of decoding.
_FAST_DECODING = {"threads": 1, "skip_frame": "noref", "skip_loop_filter": "all"}
_SECONDS = r"(-?\d+(?:\.\d+)?(?:e-?\d+)?)"
_BLACK = re.compile(rf"black_start:{_SECONDS} black_end:{_SECONDS}")


@dataclass(frozen=True, slots=True)
class Stretches:
    """Black, frozen and silent stretches of a film; ``silent`` is ``None`` without an audio track."""

    black: tuple[Span, ...]
    frozen: tuple[Span, ...]
    silent: tuple[Span, ...] | None


def detect_stretches(film: Path, length_ms: int, sound: bool) -> Stretches:
    """Detect the stretches of ``film``; bounds are exact within the three pictures that may be skipped.

    Raises ``MediaError``.
    """
    return parse_report(run(detect_command(film, sound)), length_ms, sound)


def detect_command(film: Path, sound: bool) -> Command:
    """Return the command whose report contains the stretches; ``sound`` includes silence."""
    file = ffmpeg.input(str(film.absolute()), **LIMITS, **_FAST_DECODING)
    video = file.video.filter("blackdetect", d=BLACK_S, pix_th=BLACK_LEVEL)
    outputs = [video.filter("freezedetect", n=FROZEN_NOISE, d=FROZEN_S)]
    if sound:
        outputs.append(file.audio.filter("silencedetect", n=f"{SILENT_DB}dB", d=SILENT_S))
    args: list[str] = ffmpeg.get_args(ffmpeg.output(*outputs, "-", f="null"))
    return Command("detect stretches", ("-nostats", *args))


def parse_report(report: str, length_ms: int, sound: bool) -> Stretches:
    """Parse the report of ffmpeg's detectors; a stretch without an end continues to the end of the film."""
    black = tuple(_span(start, end, length_ms) for start, end in _BLACK.findall(report))
    frozen = _open_ended(report, "freeze", length_ms)
    return Stretches(black, frozen, _open_ended(report, "silence", length_ms) if sound else None)


def _open_ended(report: str, kind: str, length_ms: int) -> tuple[Span, ...]:
    starts = re.findall(rf"{kind}_start: {_SECONDS}", report)
    ends = re.findall(rf"{kind}_end: {_SECONDS}", report)
    ends += [str(length_ms / 1000)] * (len(starts) - len(ends))
    return tuple(_span(start, end, length_ms) for start, end in zip(starts, ends, strict=False))


def _span(start: str, end: str, length_ms: int) -> Span:
    first, last = (min(length_ms, max(0, round(float(v) * 1000))) for v in (start, end))
    return Span(min(first, last), last)
