"""What a retention pass did."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Removed:
    """``files`` keys were deleted; ``bytes`` are free, because no copy is left."""

    files: int
    bytes: int


@dataclass(frozen=True, slots=True)
class Report:
    """What a pass did, or would do if ``dry_run``. Copies of one content count once.

    ``cache_bytes`` and ``revisions_bytes`` are what the two limits apply to, as they are afterwards; ``needed_bytes``
    of the cache may not be evicted. ``removed`` is by kind, ``broken`` are the documents that could not be read.
    """

    dry_run: bool
    before_bytes: int
    after_bytes: int
    cache_bytes: int
    needed_bytes: int
    revisions_bytes: int
    removed: dict[str, Removed]
    broken: tuple[str, ...]

    def as_dict(self) -> dict[str, Any]:
        return {**asdict(self), "broken": list(self.broken)}
