"""Quality of the delivered film: frames, black, frozen and silent stretches, loudness, captions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, is_dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

from av.error import FFmpegError

from app.core.errors import MediaError
from app.media import loudness
from app.media.av_open import declared_length_s, open_av
from app.store.artifact_files import indented_json
from app.store.base import Storage
from app.store.cache import get_or_make
from app.store.json_files import read_json
from assembly.encode.film import JoinedFilm
from assembly.report.detectors import detect_stretches
from assembly.report.safe_zone import SafeZoneResult, check_captions
from schemas.segment import Segment
from schemas.timeline import Timeline
from schemas.timing import Span


@dataclass(frozen=True, slots=True)
class Quality:
    """Measurements of a film; spans are ``[start, end)`` in ms. ``None`` means not measured (no sound, no captions)."""

    duration_ms: int
    frames: int
    frames_planned: int
    fps: Fraction
    width: int
    height: int
    video_codec: str
    bytes: int
    black: tuple[Span, ...]
    frozen: tuple[Span, ...]
    silent: tuple[Span, ...] | None = None
    audio_codec: str | None = None
    integrated_lufs: float | None = None
    true_peak_db: float | None = None
    loudness_range_lu: float | None = None
    audio_longer_ms: int | None = None
    captions: SafeZoneResult | None = None

    def as_dict(self) -> dict[str, Any]:
        """Return JSON-ready data without the values that were not measured."""
        return {name: _json_value(value) for name, value in _measured_fields(self).items()}


@dataclass(frozen=True, slots=True)
class _FilmFacts:
    frames: int
    fps: Fraction
    size: tuple[int, int]
    codec: str
    length_s: Fraction
    audio_codec: str | None
    audio_s: Fraction | None


def measure_film(film: JoinedFilm, timeline: Timeline, segments: Sequence[Segment], store: Storage) -> dict[str, Any]:
    """Return the quality of a film as JSON-ready data; the result is cached by the film's identity."""

    def make(into: Path) -> None:
        quality = measure(store.local(film.film), timeline, segments)
        into.write_text(indented_json(quality.as_dict()), encoding="utf-8")

    key, _ = get_or_make(store, "measured", film.identity, ".json", make)
    measured: dict[str, Any] = read_json(store, key)
    return measured


def measure(film: Path, timeline: Timeline, segments: Sequence[Segment]) -> Quality:
    """Measure ``film``; captions are checked as ``segments`` draw them. Raises ``MediaError``."""
    facts = _film_facts(film)
    duration_ms = round(facts.length_s * 1000)
    stretches = detect_stretches(film, duration_ms, facts.audio_s is not None)
    levels = loudness.measure(film) if facts.audio_s is not None else loudness.SILENT
    audio_longer_ms = None if facts.audio_s is None else round((facts.audio_s - facts.length_s) * 1000)
    return Quality(
        duration_ms=duration_ms,
        frames=facts.frames,
        frames_planned=timeline.total_frames,
        fps=facts.fps,
        width=facts.size[0],
        height=facts.size[1],
        video_codec=facts.codec,
        bytes=film.stat().st_size,
        black=stretches.black,
        frozen=stretches.frozen,
        silent=stretches.silent,
        audio_codec=facts.audio_codec,
        integrated_lufs=levels.integrated_lufs,
        true_peak_db=levels.true_peak_db,
        loudness_range_lu=levels.range_lu,
        audio_longer_ms=audio_longer_ms,
        captions=check_captions(segments),
    )


def _film_facts(film: Path) -> _FilmFacts:
    """Return the film's properties; frames and length are counted from its packets, not read from the header."""
    try:
        with open_av(film) as file:
            video = file.streams.video[0]
            audio = next(iter(file.streams.audio), None)
            frames, end_s = 0, Fraction(0)
            for packet in file.demux(video):
                if packet.size and packet.pts is not None and packet.time_base is not None:
                    frames += 1
                    end_s = max(end_s, (packet.pts + (packet.duration or 0)) * packet.time_base)
            return _FilmFacts(
                frames,
                Fraction(video.average_rate or 0),
                (video.width, video.height),
                video.codec_context.name,
                end_s,
                audio.codec_context.name if audio else None,
                declared_length_s(audio) if audio else None,
            )
    except (FFmpegError, IndexError) as error:
        raise MediaError("measure film", [film.name], 0, str(error)) from error


def _json_value(value: Any) -> Any:
    if isinstance(value, Span):
        return [value.start_ms, value.end_ms]
    if isinstance(value, Fraction):
        return f"{value.numerator}/{value.denominator}"
    if is_dataclass(value):
        return {name: _json_value(inner) for name, inner in _measured_fields(value).items()}
    if isinstance(value, tuple):
        return [_json_value(inner) for inner in value]
    return value


def _measured_fields(value: Any) -> dict[str, Any]:
    values = {field.name: getattr(value, field.name) for field in fields(value)}
    return {name: inner for name, inner in values.items() if inner is not None}
