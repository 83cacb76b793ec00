"""The film: segments joined by packet copy, with its sound track."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from app.store.base import Storage
from app.store.cache import get_or_make
from assembly.encode.join import join
from schemas.contract import fingerprint
from schemas.segment import Segment


@dataclass(frozen=True, slots=True)
class JoinedFilm:
    """``film.json``: the storage keys of the film, of its segments' files in order, and of its sound.

    It lists every file that the film consists of, so that retention keeps them as long as the film. ``warnings``
    for the user are about the sound mix and the text.
    """

    film: str
    identity: str
    segments: Sequence[str]
    mix: str
    warnings: Sequence[str] = ()


def join_film(
    segments: Sequence[Segment], segment_keys: Sequence[str], mix_key: str, fps: Fraction, store: Storage
) -> tuple[JoinedFilm, bool]:
    """Join the segments' files and the sound by packet copy; return the film and whether it already existed."""

    def make(into: Path) -> None:
        parts = [(store.local(key), segment.frames) for key, segment in zip(segment_keys, segments, strict=True)]
        join(parts, fps, into, store.local(mix_key))

    identity = fingerprint("film", segment_keys, mix_key)
    key, existed = get_or_make(store, "film", identity, ".mp4", make)
    return JoinedFilm(key, identity, segment_keys, mix_key), existed
