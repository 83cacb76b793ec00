"""The results of searches, kept for a day in files that all workers with the same home share.

Providers require it: Pixabay asks to keep results for 24 hours.
"""

from __future__ import annotations

import json
import os
import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from app.core.log import logger
from engines.stock_footage.video import StockVideo, plain_video, read_video
from schemas.contract import fingerprint

# Increment this when a document has other fields.
CACHE_VERSION = 1
KEPT_S = 24 * 3600
MAX_ENTRIES = 2000
log = logger(__name__)


class SearchCache:
    """JSON documents in ``directory``, which other users can access as far as the umask ``mask`` allows.

    A document that is damaged, expired or cannot be written is as good as none: the search is made again.
    """

    def __init__(
        self,
        directory: Path,
        mask: int = 0o077,
        max_entries: int = MAX_ENTRIES,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._directory = directory
        self._mask = mask
        self._max_entries = max_entries
        self._clock = clock

    def get(self, library: str, request: Mapping[str, object]) -> tuple[StockVideo, ...] | None:
        """Return the result of a search at the URL ``library``; ``None`` if it is not kept."""
        try:
            document = json.loads(self._path(library, request).read_text(encoding="utf-8"))
            if not 0 <= self._clock() - float(document["at"]) < KEPT_S:
                return None
            return tuple(read_video(plain) for plain in document["videos"])
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def put(self, library: str, request: Mapping[str, object], videos: Sequence[StockVideo]) -> None:
        """Keep the result of a search, and delete what has expired."""
        now = self._clock()
        document = {"at": now, "videos": [plain_video(video) for video in videos]}
        try:
            self._directory.mkdir(mode=0o777 & ~self._mask, parents=True, exist_ok=True)
            self._write(self._path(library, request), json.dumps(document), now)
            self._delete_old(now)
        except OSError as error:
            log.warning("the results of a search are not kept", cause=type(error).__name__)

    def _path(self, library: str, request: Mapping[str, object]) -> Path:
        identity = fingerprint("stock", CACHE_VERSION, library, {name: request[name] for name in sorted(request)})
        return self._directory / f"{identity}.json"

    def _write(self, path: Path, text: str, now: float) -> None:
        draft = path.with_name(f".{uuid.uuid4().hex}.json")
        try:
            descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666 & ~self._mask)
            with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                file.write(text)
            os.utime(draft, (now, now))
            draft.replace(path)
        finally:
            draft.unlink(missing_ok=True)

    def _delete_old(self, now: float) -> None:
        """Delete expired documents, and the oldest ones beyond the limit; another worker may do so at the same time."""
        by_age = sorted(_ages(self._directory), reverse=True)
        for position, (at, path) in enumerate(by_age):
            if at < now - KEPT_S or position >= self._max_entries:
                path.unlink(missing_ok=True)


def _ages(directory: Path) -> list[tuple[float, Path]]:
    ages = []
    for path in directory.glob("*.json"):
        with suppress(FileNotFoundError):
            ages.append((path.stat().st_mtime, path))
    return ages
