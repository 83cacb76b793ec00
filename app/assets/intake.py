"""Intake of user files: inspected, stored under a key of its own, recorded as an asset."""

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
class Received:
    """A file that has arrived in full and has not been looked at."""

    path: Path
    sha256: str
    bytes: int


def ingest(stream: IO[bytes], name: str, field: str) -> Asset:
    """Takes a file in; ``name`` is the user's own for it, ``field`` names it in errors.

    Each call gives a new id; the same bytes are kept once. Raises ``TooLarge``, ``BadMedia``, ``StorageFull`` or
    ``StorageReadOnly``, and then nothing is left behind.
    """
    with received(stream, field) as file:
        return store_asset(file, plain_name(name), inspect(file.path, field, Limits.of(settings())))


def delete_asset(asset_id: str) -> None:
    """Removes an asset; one that is not there is no error."""
    with transaction() as session:
        row = session.get(AssetRow, asset_id)
        if row is None:
            return
        session.delete(row)
        key = row.key
    storage().delete([key])


@contextmanager
def received(stream: IO[bytes], field: str) -> Iterator[Received]:
    folder = settings().home.absolute() / "incoming"
    with storage_errors():
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=folder, delete=False) as file:
            path = Path(file.name)
            try:
                sha256, size = _copied(stream, file, field)
                file.flush()
                yield Received(path, sha256, size)
            finally:
                path.unlink(missing_ok=True)


def _copied(stream: IO[bytes], into: IO[bytes], field: str) -> tuple[str, int]:
    """SHA-256 and size; stops at the limit, however much more would come."""
    limit_mb = settings().max_upload_mb
    digest, size = hashlib.sha256(), 0
    while chunk := stream.read(CHUNK_BYTES):
        size += len(chunk)
        if size > limit_mb * MiB:
            raise TooLarge(field, f"{limit_mb} MB")
        digest.update(chunk)
        into.write(chunk)
    return digest.hexdigest(), size


def store_asset(file: Received, name: str, facts: MediaFacts) -> Asset:
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
    )
    _store(file, key)
    try:
        with transaction() as session:
            session.add(row)
    except BaseException:
        storage().delete([key])
        raise
    return asset_of_row(row)


def _store(file: Received, key: str) -> None:
    known = asset_with(file.sha256)
    if known:
        storage().copy(known.key, key)
        return
    with storage().writing(key) as path:
        shutil.move(file.path, path)


def asset_with(sha256: str) -> Asset | None:
    """An asset with the same bytes whose file exists."""
    with transaction() as session:
        rows = session.scalars(select(AssetRow).where(AssetRow.sha256 == sha256).order_by(AssetRow.created_at))
        same = [asset_of_row(row) for row in rows]
    return next((each for each in same if storage().has(each.key)), None)


def plain_name(name: str) -> str:
    """A name for people to read: without folders of any system and signs that cannot be seen."""
    last = re.split(r"[/\\]", name)[-1]
    return "".join(sign for sign in last if sign.isprintable()).strip()[:255]


def asset_of_row(row: AssetRow) -> Asset:
    return Asset(**{field.name: getattr(row, field.name) for field in fields(Asset)})
