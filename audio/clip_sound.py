"""The own sound of video clips in film time: at one level, lowered under the voice, in step with the picture."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from app.core.errors import MediaError, MediaKilled, MediaStalled
from app.media.av_open import av_input
from app.media.ffmpeg import Command, command, run
from app.media.loudness import measure
from app.store.base import Storage
from app.store.json_files import read_json, write_json
from app.store.keys import cache_key
from app.store.scratch import scratch
from audio.clip_levels import UNDER_VOICE_DB, fade, lowering_db, pooled_lufs
from audio.ducking import Span, speech_spans
from audio.levels import RATE, REFERENCE_LUFS, Samples, loudness, soft_clip
from audio.voice_track import film_sample_count
from audio.wav import read_wav
from schemas.contract import fingerprint
from schemas.timeline import AudioItem, Timeline

RECIPE = 1  # version of the way a clip track is made; part of its cache key
MAX_GAIN_DB = 20.0  # more would raise the noise of a quiet room to the level of speech
ATEMPO_LEAD = 1024  # samples by which atempo at 48 kHz is early: half its window, measured with clicks
SHORT_MS = 1000
SPARE_S = 0.25  # read more than is played, because atempo works in windows
_CHUNK_SAMPLES = RATE * 10


@dataclass(frozen=True, slots=True)
class ClipTrack:
    """``key`` is a stereo 16-bit WAV at 48 kHz as long as the film, ``None`` if no clip is heard.

    ``unreadable`` are the ids of the scenes whose sound cannot be decoded.
    """

    key: str | None
    unreadable: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class _Piece:
    """The decoded sound of one item: a stereo WAV; ``lufs`` is ``None`` for silence."""

    item: AudioItem
    path: Path
    lufs: float | None


def clip_track(timeline: Timeline, voice_key: str | None, store: Storage) -> ClipTrack:
    """Return the sum of the timeline's clips, those that are ``ducked`` lowered under the narration ``voice_key``.

    Each file has one gain, so that it keeps its own dynamics. Memory does not depend on the length of the files.
    """
    items = tuple(item for item in timeline.tracks.audio if item.kind == "clip" and item.key)
    if not items:
        return ClipTrack(None)
    under = voice_key if any(item.ducked for item in items) else None
    sample_count = film_sample_count(timeline)
    identity = fingerprint("clip track", RECIPE, sample_count, [_identity_values(item) for item in items], under)
    key, facts_key = (cache_key("clips", identity, suffix) for suffix in (".wav", ".json"))
    if facts := _stored_facts(key, facts_key, store):
        return _result(key, items, facts)
    spans = speech_spans(read_wav(store.local(under))[0]) if under else []
    with scratch() as folder:
        pieces, unreadable = _decode(items, folder, store)
        if pieces:
            with store.writing(key) as path:
                _write_track(pieces, spans, sample_count, path)
    made = {"heard": bool(pieces), "unreadable": unreadable}
    write_json(store, facts_key, made)
    return _result(key, items, made)


def _result(key: str, items: Sequence[AudioItem], facts: Mapping[str, Any]) -> ClipTrack:
    """Return the track of stored facts; ``unreadable`` there are indices of items, because scene ids may change."""
    return ClipTrack(
        key if facts["heard"] else None, tuple(items[index].scene_id or 0 for index in facts["unreadable"])
    )


def _identity_values(item: AudioItem) -> dict[str, object]:
    return {name: value for name, value in asdict(item).items() if name not in ("scene_id", "effect")}


def _stored_facts(key: str, facts_key: str, store: Storage) -> Mapping[str, Any] | None:
    if not store.claim([facts_key]):
        return None
    facts: Mapping[str, Any] = read_json(store, facts_key)
    return facts if not facts["heard"] or store.claim([key]) else None


# -- decoding --------------------------------------------------------------------------------------------------------


def _decode(items: Sequence[AudioItem], folder: Path, store: Storage) -> tuple[list[_Piece], list[int]]:
    """Return the audible pieces, and the indices of the items whose sound cannot be decoded."""
    pieces: list[_Piece] = []
    unreadable: list[int] = []
    for number, item in enumerate(items):
        assert item.key is not None
        path = folder / f"clip{number}.wav"
        try:
            run(decode_command(store.local(item.key), item, path))
            pieces.append(_Piece(item, path, _lufs(path, item)))
        except (MediaKilled, MediaStalled):  # the process was killed or stalled; the file may be good
            raise
        except MediaError:
            unreadable.append(number)
    return [piece for piece in pieces if piece.lufs is not None], unreadable


def _lufs(path: Path, item: AudioItem) -> float | None:
    """Return the loudness of a piece; ffmpeg has none for less than 400 ms."""
    is_short = item.end_ms - item.start_ms < SHORT_MS
    return loudness(read_wav(path)[0]) if is_short else measure(path).integrated_lufs


def decode_command(path: Path, item: AudioItem, into: Path) -> Command:
    """Return the command that writes the sound that belongs to the pictures of ``item``, of exactly its length.

    Time 0 is the start of the file, as for the pictures: sound that begins later or has gaps is padded.
    """
    length_s = (item.end_ms - item.start_ms) / 1000
    filters = [f"aresample={RATE}:async=1:first_pts=0"]
    if item.speed != 1:
        filters += [f"atempo={item.speed:.6f}", f"adelay={ATEMPO_LEAD}S:all=1"]
    samples = round(length_s * RATE)
    filters += [f"apad=whole_len={samples}", f"atrim=end_sample={samples}"]
    part = ("-ss", f"{item.in_ms / 1000:.3f}", "-t", f"{length_s * item.speed + SPARE_S:.3f}")
    stream = ("-map", "0:a:0", "-vn", "-sn", "-dn", "-af", ",".join(filters))
    sound = ("-ac", 2, "-ar", RATE, "-c:a", "pcm_f32le", "-f", "wav", into)
    return command("read the sound of a clip", *part, *av_input(path), *stream, *sound)


# -- levels ----------------------------------------------------------------------------------------------------------


def _gains_db(pieces: Sequence[_Piece]) -> dict[str | None, float]:
    """Return the gain of each file by its key: it brings the parts that are used to the reference loudness."""
    parts: dict[str | None, list[tuple[float, int]]] = defaultdict(list)
    for piece in pieces:
        if piece.lufs is not None:
            parts[piece.item.key].append((piece.lufs, piece.item.end_ms - piece.item.start_ms))
    return {key: min(MAX_GAIN_DB, REFERENCE_LUFS - pooled_lufs(levels)) for key, levels in parts.items()}


# -- track -----------------------------------------------------------------------------------------------------------


def _write_track(pieces: Sequence[_Piece], spans: Sequence[Span], sample_count: int, into: Path) -> None:
    """Write the sum of all pieces, a chunk of the film at a time."""
    import soundfile

    gains_db = _gains_db(pieces)
    with soundfile.SoundFile(into, "w", RATE, 2, "PCM_16", format="WAV") as file:
        for first in range(0, sample_count, _CHUNK_SAMPLES):
            chunk = np.zeros((min(_CHUNK_SAMPLES, sample_count - first), 2), np.float32)
            for piece in pieces:
                _add(chunk, first, piece, gains_db[piece.item.key], spans)
            file.write(soft_clip(chunk))


def _add(chunk: Samples, first: int, piece: _Piece, gain_db: float, spans: Sequence[Span]) -> None:
    """Add what a piece sounds like in the samples of the film from ``first`` on, with its level and its fades."""
    import soundfile

    item = piece.item
    start = round(item.start_ms * RATE / 1000)
    total = round(item.end_ms * RATE / 1000) - start
    begin, end = max(start, first), min(start + total, first + len(chunk))
    if begin >= end:
        return
    with soundfile.SoundFile(piece.path) as file:
        file.seek(begin - start)
        part = file.read(end - begin, dtype="float32", always_2d=True)
    positions = np.arange(begin - start, begin - start + len(part))
    level_db = np.full(len(part), gain_db + item.gain_db)
    if item.ducked:
        level_db += lowering_db(spans, (start + positions) / RATE, item.gain_db - UNDER_VOICE_DB)
    gain = 10 ** (level_db / 20) * fade(positions, total, item)
    chunk[begin - first : begin - first + len(part)] += part * gain[:, None].astype(np.float32)
