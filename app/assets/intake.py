"""Intake of user files: each file is inspected, stored under its own key and recorded as an asset."""

from __future__ import annotations

import hashlib
import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, fields
from pathlib import Path
from typing import IO

from sqlalchemy import select

from app.core.config import MiB, settings
from app.core.errors import TooLarge
from app.database.models import AssetRow
from app.database.session import transaction
from app.media.probe.inspection import Limits, MediaFacts, inspect
from app.store.disk_errors import storage_errors
from app.store.factory import storage
from app.store.keys import asset_key
from schemas.asset import Asset, new_asset_id

CHUNK_BYTES = MiB


@dataclass(frozen=True, slots=True)
class ReceivedFile:
    """A file that is received completely and not inspected yet."""

    path: Path
    sha256: str
    bytes: int


def store_upload(stream: IO[bytes], name: str, field: str) -> Asset:
    """Store a file as a new asset; ``name`` is the user's name for it, ``field`` names it in errors.

    Each call returns a new id; the same bytes are stored once. Raises ``TooLarge``, ``BadMedia``, ``StorageFull`` or
    ``StorageReadOnly``; then no file and no row remain.
    """
    with receive(stream, field) as file:
        return store_asset(file, display_name(name), inspect(file.path, field, Limits.from_settings(settings())))


def delete_asset(asset_id: str) -> None:
    """Delete an asset and its file. An asset that does not exist is no error."""
    with transaction() as session:
        row = session.get(AssetRow, asset_id)
        if row is None:
            return
        session.delete(row)
        key = row.key
    storage().delete([key])


@contextmanager
def receive(stream: IO[bytes], field: str) -> Iterator[ReceivedFile]:
    """Write a stream to a temporary file, which is deleted at the end of the block unless it was moved."""
    folder = settings().home.absolute() / "incoming"
    with storage_errors():
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=folder, delete=False) as file:
            path = Path(file.name)
            try:
                sha256, size = _copy(stream, file, field)
                file.flush()
                yield ReceivedFile(path, sha256, size)
            finally:
                path.unlink(missing_ok=True)


def _copy(stream: IO[bytes], target: IO[bytes], field: str) -> tuple[str, int]:
    """Copy a stream; return its SHA-256 and its size. Raises ``TooLarge`` as soon as the limit is exceeded."""
    limit_mb = settings().max_upload_mb
    digest, size = hashlib.sha256(), 0
    while chunk := stream.read(CHUNK_BYTES):
        size += len(chunk)
        if size > limit_mb * MiB:
            raise TooLarge(field, f"{limit_mb} MB")
        digest.update(chunk)
        target.write(chunk)
    return digest.hexdigest(), size


def store_asset(file: ReceivedFile, name: str, facts: MediaFacts) -> Asset:
    """Store an inspected file and its row."""
    asset_id = new_asset_id()
    key = asset_key(asset_id, facts.suffix)
    row = AssetRow(
        id=asset_id,
        kind=facts.kind,
        key=key,
        sha256=file.sha256,
        bytes=file.bytes,
        content_type=facts.content_type,
        name=name,
        width=facts.width,
        height=facts.height,
        length_ms=facts.length_ms,
        alpha=facts.alpha,
        sound=facts.sound,
        description=facts.description,
    )
    _store_file(file, key)
    try:
        with transaction() as session:
            session.add(row)
    except BaseException:
        storage().delete([key])
        raise
    return asset_of_row(row)


def _store_file(file: ReceivedFile, key: str) -> None:
    existing = asset_by_sha256(file.sha256)
    if existing:
        storage().copy(existing.key, key)
        return
    with storage().writing(key) as path:
        shutil.move(file.path, path)


def asset_by_sha256(sha256: str, name: str | None = None) -> Asset | None:
    """Return the oldest asset with this content, and with this name if one is given, whose file exists."""
    with transaction() as session:
        rows = session.scalars(select(AssetRow).where(AssetRow.sha256 == sha256).order_by(AssetRow.created_at))
        candidates = [asset_of_row(row) for row in rows]
    named = (asset for asset in candidates if name is None or asset.name == name)
    return next((asset for asset in named if storage().has(asset.key)), None)


def display_name(name: str) -> str:
    """Return a file name for display: without POSIX or Windows directories and unprintable characters."""
    base_name = re.split(r"[/\\]", name)[-1]
    return "".join(char for char in base_name if char.isprintable()).strip()[:255]


def asset_of_row(row: AssetRow) -> Asset:
    return Asset(**{field.name: getattr(row, field.name) for field in fields(Asset)})
