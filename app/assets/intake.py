"""Files users gave: taken in through one gate, kept under names of ours, found again by id."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import stat
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, fields
from pathlib import Path
from typing import IO
from urllib.parse import unquote, urlsplit

from sqlalchemy import select

from app.core.config import MiB, settings
from app.core.errors import BadRequest, NotFound, TooLarge
from app.database.models import AssetRow
from app.database.session import transaction
from app.media.probe.inspection import Facts, Limits, inspect
from app.store.disk_errors import storage_errors
from app.store.factory import storage
from app.store.keys import asset_key
from schemas.asset import ASSET_ID, Asset, new_asset_id

CHUNK_BYTES = MiB
SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+:")


@dataclass(frozen=True, slots=True)
class Received:
    """A file that has arrived in full and has not been looked at."""

    path: Path
    sha256: str
    bytes: int


# -- in --------------------------------------------------------------------------------------------------------------


def ingest(stream: IO[bytes], name: str, field: str) -> Asset:
    """Takes a file in; ``name`` is the user's own for it, ``field`` names it in errors.

    Each call gives a new id; the same bytes are kept once. Raises ``TooLarge``, ``BadMedia``, ``StorageFull`` or
    ``StorageReadOnly``, and then nothing is left behind.
    """
    with _received(stream, field) as file:
        return _kept(file, _plain_name(name), inspect(file.path, field, Limits.of(settings())))


def forget(asset_id: str) -> None:
    """Removes an asset; one that is not there is no error."""
    with transaction() as session:
        row = session.get(AssetRow, asset_id)
        if row is None:
            return
        session.delete(row)
        key = row.key
    storage().delete([key])


@contextmanager
def _received(stream: IO[bytes], field: str) -> Iterator[Received]:
    folder = settings().home.absolute() / "incoming"
    with storage_errors():
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=folder, delete=False) as file:
            path = Path(file.name)
            try:
                sha256, size = _poured(stream, file, field)
                file.flush()
                yield Received(path, sha256, size)
            finally:
                path.unlink(missing_ok=True)


def _poured(stream: IO[bytes], into: IO[bytes], field: str) -> tuple[str, int]:
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


def _kept(file: Received, name: str, facts: Facts) -> Asset:
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
    return _asset(row)


def _store(file: Received, key: str) -> None:
    known = _known(file.sha256)
    if known:
        storage().copy(known.key, key)
        return
    with storage().writing(key) as path:
        shutil.move(file.path, path)


def _known(sha256: str) -> Asset | None:
    """An asset with the same bytes whose file exists."""
    with transaction() as session:
        rows = session.scalars(select(AssetRow).where(AssetRow.sha256 == sha256).order_by(AssetRow.created_at))
        same = [_asset(row) for row in rows]
    return next((each for each in same if storage().has(each.key)), None)


def _plain_name(name: str) -> str:
    """A name for people to read: without folders of any system and signs that cannot be seen."""
    last = re.split(r"[/\\]", name)[-1]
    return "".join(sign for sign in last if sign.isprintable()).strip()[:255]


# -- out -------------------------------------------------------------------------------------------------------------


def asset(asset_id: str) -> Asset:
    """Raises ``NotFound``."""
    (found,) = assets([asset_id])
    return found


def assets(asset_ids: Sequence[str]) -> tuple[Asset, ...]:
    """The assets in the order of their ids; one may be named twice. Raises ``NotFound``."""
    with transaction() as session:
        rows = session.scalars(select(AssetRow).where(AssetRow.id.in_(set(asset_ids))))
        found = {row.id: _asset(row) for row in rows}
    for asset_id in asset_ids:
        if asset_id not in found:
            raise NotFound("asset", asset_id)
    return tuple(found[asset_id] for asset_id in asset_ids)


def _asset(row: AssetRow) -> Asset:
    return Asset(**{field.name: getattr(row, field.name) for field in fields(Asset)})


# -- by reference ----------------------------------------------------------------------------------------------------


def resolve(reference: str, field: str) -> Asset:
    """The asset a caller means: an asset id, or a path or ``file://`` URI of a file in the upload area.

    The upload area is the folder ``uploads`` of the home and what the operator adds in ``PYTOON_MEDIA_ROOTS``; a
    relative path is one in ``uploads``. A file is taken in once, however often it is named. Raises ``BadRequest``.
    """
    if ASSET_ID.fullmatch(reference):
        try:
            return asset(reference)
        except NotFound as error:
            raise BadRequest(field, str(error)) from error
    path = _in_upload_area(_path_in(reference, field), field)
    with _opened(path, field) as stream, _received(stream, field) as file:
        known = _known(file.sha256)
        return known or _kept(file, _plain_name(path.name), inspect(file.path, field, Limits.of(settings())))


def _path_in(reference: str, field: str) -> Path:
    text = reference
    if SCHEME.match(reference):
        parts = urlsplit(reference)
        if parts.scheme in ("http", "https"):
            raise BadRequest(field, "fetching from the web is not enabled here; upload the file")
        if parts.scheme != "file" or parts.netloc not in ("", "localhost"):
            raise BadRequest(field, "neither an asset id nor a file of the upload area")
        text = unquote(parts.path)
    path = Path(text)
    if not text or "\0" in text or ".." in path.parts:
        raise BadRequest(field, "neither an asset id nor a file of the upload area")
    return path


def _in_upload_area(path: Path, field: str) -> Path:
    """The real path, every link followed. What is outside is refused alike whether it exists or not."""
    uploads = settings().home.absolute() / "uploads"
    added = [Path(root).expanduser() for root in settings().media_roots.split(os.pathsep) if root]
    try:
        real = (uploads / path).resolve(strict=True)
        roots = [root.resolve() for root in (uploads, *added)]
    except (OSError, RuntimeError, ValueError) as error:
        raise BadRequest(field, "there is no such file in the upload area") from error
    if not any(real.is_relative_to(root) for root in roots):
        raise BadRequest(field, "there is no such file in the upload area")
    return real


@contextmanager
def _opened(path: Path, field: str) -> Iterator[IO[bytes]]:
    try:
        # Not through a link that was put there just now, and not waiting for the other end of a pipe.
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError as error:
        raise BadRequest(field, "this file of the upload area cannot be read") from error
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise BadRequest(field, "this is not a file")
    with os.fdopen(descriptor, "rb") as file:
        yield file
