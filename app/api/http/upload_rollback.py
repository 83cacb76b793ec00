"""Rollback of uploads: assets stored by a request that fails are deleted."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from werkzeug.datastructures import FileStorage

from app.assets import intake
from schemas.asset import Asset


class UploadRollback:
    """The assets stored by one request."""

    def __init__(self) -> None:
        self._ids: list[str] = []

    def store(self, part: FileStorage, field: str) -> Asset:
        """Store the file of a form part as an asset; ``field`` names it in errors."""
        asset = intake.store_upload(part.stream, part.filename or "", field)
        self._ids.append(asset.id)
        return asset

    def delete_all(self) -> None:
        """Delete every asset stored so far."""
        while self._ids:
            intake.delete_asset(self._ids.pop())


@contextmanager
def upload_rollback() -> Iterator[UploadRollback]:
    """Delete the assets stored inside the block if it raises."""
    uploads = UploadRollback()
    try:
        yield uploads
    except BaseException:
        uploads.delete_all()
        raise
