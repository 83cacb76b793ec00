"""The file of a returned clip as the film uses it: an MP4 as it is, other containers and clips with bars encoded."""

from __future__ import annotations

import shutil
from pathlib import Path

from app.media.ffmpeg import command, run
from app.store.base import Storage
from app.store.cache import get_or_make
from app.store.scratch import scratch
from engines.animations import Video, animation_as_video
from engines.hosted.returned_clips import ReturnedClip
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
    if returned.container == "webp":
        return _of_animation(key, path, returned, store)
    filters: list[str] = []
    if returned.crop is not None:
        left, top, width, height = returned.crop
        filters = ["-vf", f"crop={width}:{height}:{left}:{top}"]

    def make(into: Path) -> None:
        run(command("prepare a returned clip", "-i", path, *filters, *ENCODE, into))

    identity = fingerprint("returned", VERSION, key, returned.container, returned.crop)
    return get_or_make(store, "take", identity, ".mp4", make)[0]


def _of_animation(key: str, path: Path, returned: ReturnedClip, store: Storage) -> str:
    """Return the storage key of an animated WebP as a video, because ffmpeg does not read it."""
    with scratch() as folder:
        animation = folder / "clip.webp"  # its suffix says what it is
        shutil.copyfile(path, animation)
        video = Video(returned.width, returned.height, returned.fps, returned.length_ms, alpha=False)
        return animation_as_video(animation, fingerprint("returned", key), video, store)
