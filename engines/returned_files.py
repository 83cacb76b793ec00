"""The file of a returned clip as the film uses it: MP4 as it is, other containers and clips with bars encoded once."""

from __future__ import annotations

from pathlib import Path

from app.media.ffmpeg import command, run
from app.store.base import Storage
from app.store.cache import get_or_make
from engines.returned_clips import ReturnedClip
from schemas.contract import fingerprint

# Change this when the same clip would be encoded differently.
VERSION = 1
AS_IT_IS = ("mp4", "mov")
# Nearly lossless, because the film is encoded from it again.
ENCODE = ("-c:v", "libx264", "-preset", "veryfast", "-crf", "12", "-pix_fmt", "yuv420p", "-an")


def usable_file(key: str, path: Path, returned: ReturnedClip, store: Storage) -> str:
    """Return the storage key of the clip with the key ``key`` at ``path``: without bars, in a container for the film.

    Raises ``MediaError`` and ``StorageFull``.
    """
    if returned.crop is None and returned.container in AS_IT_IS:
        return key
    filters = []
    if returned.crop is not None:
        left, top, width, height = returned.crop
        filters = ["-vf", f"crop={width}:{height}:{left}:{top}"]

    def make(into: Path) -> None:
        run(command("prepare a returned clip", "-i", path, *filters, *ENCODE, into))

    identity = fingerprint("returned", VERSION, key, returned.container, returned.crop)
    return get_or_make(store, "take", identity, ".mp4", make)[0]
