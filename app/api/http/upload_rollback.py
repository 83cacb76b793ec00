"""Files that come with a request: kept when it ends well, given back when it does not."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from werkzeug.datastructures import FileStorage

from app.assets import intake
from schemas.asset import Asset


class UploadRollback:
    """Files taken in for one request."""

    def __init__(self) -> None:
        self._ids: list[str] = []

    def take(self, part: FileStorage, field: str) -> Asset:
        """Stores the file of a part; ``field`` names it in errors."""
        found = intake.ingest(part.stream, part.filename or "", field)
        self._ids.append(found.id)
        return found

    def give_back(self) -> None:
        while self._ids:
            intake.delete_asset(self._ids.pop())


@contextmanager
def upload_rollback() -> Iterator[UploadRollback]:
    """What is taken in inside the block is given back unless it ends well."""
    taken = UploadRollback()
    try:
        yield taken
    except BaseException:
        taken.give_back()
        raise
