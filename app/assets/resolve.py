"""Assets by id, or by a reference to a file in the upload area."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO
from urllib.parse import unquote, urlsplit

from sqlalchemy import select

from app.assets.intake import asset_of_row, asset_with, plain_name, received, store_asset
from app.core.config import settings
from app.core.errors import BadRequest, NotFound
from app.database.models import AssetRow
from app.database.session import transaction
from app.media.probe.inspection import Limits, inspect
from schemas.asset import ASSET_ID, Asset

SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+:")


def asset(asset_id: str) -> Asset:
    """Raises ``NotFound``."""
    (found,) = assets([asset_id])
    return found


def assets(asset_ids: Sequence[str]) -> tuple[Asset, ...]:
    """The assets in the order of their ids; one may be named twice. Raises ``NotFound``."""
    with transaction() as session:
        rows = session.scalars(select(AssetRow).where(AssetRow.id.in_(set(asset_ids))))
        found = {row.id: asset_of_row(row) for row in rows}
    for asset_id in asset_ids:
        if asset_id not in found:
            raise NotFound("asset", asset_id)
    return tuple(found[asset_id] for asset_id in asset_ids)


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
    with _opened(path, field) as stream, received(stream, field) as file:
        known = asset_with(file.sha256)
        return known or store_asset(file, plain_name(path.name), inspect(file.path, field, Limits.of(settings())))


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
