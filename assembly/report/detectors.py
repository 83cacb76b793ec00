"""Stretches of a film where nothing is to be seen, nothing moves or nothing is to be heard, found in one pass."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import ffmpeg

from app.media.av_open import LIMITS
from app.media.ffmpeg import Command, run
from schemas.timing import Span

BLACK_S, FROZEN_S, SILENT_S = 0.3, 2.0, 2.0
# Of luma's range; of a frame's mean difference to the next; in dBFS.
BLACK_LEVEL, FROZEN_NOISE, SILENT_DB = 0.10, 0.0003, -55
# Nothing of this needs every picture, or clean edges of blocks: half of what decoding costs.
_ROUGHLY = {"threads": 1, "skip_frame": "noref", "skip_loop_filter": "all"}
_SECONDS = r"(-?\d+(?:\.\d+)?(?:e-?\d+)?)"
_BLACK = re.compile(rf"black_start:{_SECONDS} black_end:{_SECONDS}")


@dataclass(frozen=True, slots=True)
class Stretches:
    """``silent`` is ``None`` where there is no sound at all."""

    black: tuple[Span, ...]
    frozen: tuple[Span, ...]
    silent: tuple[Span, ...] | None


def detect_stretches(film: Path, length_ms: int, sound: bool) -> Stretches:
    """Looks through ``film`` once, to within the three pictures that may be left out. Raises ``MediaError``."""
    return parsed(run(looking(film, sound)), length_ms, sound)


def looking(film: Path, sound: bool) -> Command:
    read = ffmpeg.input(str(film.absolute()), **LIMITS, **_ROUGHLY)
    seen = read.video.filter("blackdetect", d=BLACK_S, pix_th=BLACK_LEVEL)
    outs = [seen.filter("freezedetect", n=FROZEN_NOISE, d=FROZEN_S)]
    if sound:
        outs.append(read.audio.filter("silencedetect", n=f"{SILENT_DB}dB", d=SILENT_S))
    args: list[str] = ffmpeg.get_args(ffmpeg.output(*outs, "-", f="null"))
    return Command("look through film", ("-nostats", *args))


def parsed(report: str, length_ms: int, sound: bool) -> Stretches:
    """What ffmpeg's detectors wrote; a stretch that never ended goes on to the film's end."""
    black = tuple(_span(start, end, length_ms) for start, end in _BLACK.findall(report))
    frozen = _open_ended(report, "freeze", length_ms)
    return Stretches(black, frozen, _open_ended(report, "silence", length_ms) if sound else None)


def _open_ended(report: str, what: str, length_ms: int) -> tuple[Span, ...]:
    starts = re.findall(rf"{what}_start: {_SECONDS}", report)
    ends = re.findall(rf"{what}_end: {_SECONDS}", report)
    ends += [str(length_ms / 1000)] * (len(starts) - len(ends))
    return tuple(_span(start, end, length_ms) for start, end in zip(starts, ends, strict=False))


def _span(start: str, end: str, length_ms: int) -> Span:
    first, last = (min(length_ms, max(0, round(float(v) * 1000))) for v in (start, end))
    return Span(min(first, last), last)
