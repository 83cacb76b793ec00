"""Encoded segments, read from the cache by their identity or encoded."""

from __future__ import annotations

from collections.abc import Sequence

from app.media.ffmpeg import version
from app.store.base import Storage
from app.store.cache import get_or_make
from app.store.keys import cache_key
from assembly.encode.compose import compose
from assembly.text import emoji
from assembly.text.fonts import fonts
from schemas.contract import fingerprint
from schemas.segment import Segment


def encode_segment(segment: Segment, store: Storage) -> tuple[str, bool]:
    """Return the storage key of a segment's file, and whether it already existed."""
    return get_or_make(store, "segment", _identity(segment), ".mp4", lambda into: compose(segment, store, into))


def encoded_segments(segments: Sequence[Segment], store: Storage) -> list[str]:
    """Return the storage keys of all segments' files, claimed in one call; a missing file is encoded again."""
    keys = [cache_key("segment", _identity(segment), ".mp4") for segment in segments]
    claimed = store.claim(keys)
    pairs = zip(keys, segments, strict=True)
    return [key if key in claimed else encode_segment(segment, store)[0] for key, segment in pairs]


def _identity(segment: Segment) -> str:
    facts = (segment.identity, fonts().fingerprint, version())
    return fingerprint(*facts, emoji.drawing_identity()) if segment.has_emoji else fingerprint(*facts)
