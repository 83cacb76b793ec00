"""Look up assets by id, or by a reference to a file in the upload area."""

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

from app.assets.intake import asset_by_sha256, asset_of_row, display_name, receive, store_asset
from app.core.config import settings
from app.core.errors import BadRequest, NotFound
from app.database.models import AssetRow
from app.database.session import transaction
from app.media.probe.inspection import Limits, inspect
from schemas.asset import ASSET_ID, Asset

URI_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+:")


def get_asset(asset_id: str) -> Asset:
    """Return one asset. Raises ``NotFound``."""
    return get_assets([asset_id])[0]


def get_assets(asset_ids: Sequence[str]) -> tuple[Asset, ...]:
    """Return the assets in the order of ``asset_ids``, which may repeat. Raises ``NotFound``."""
    with transaction() as session:
        rows = session.scalars(select(AssetRow).where(AssetRow.id.in_(set(asset_ids))))
        by_id = {row.id: asset_of_row(row) for row in rows}
    for asset_id in asset_ids:
        if asset_id not in by_id:
            raise NotFound("asset", asset_id)
    return tuple(by_id[asset_id] for asset_id in asset_ids)


def resolve(reference: str, field: str) -> Asset:
    """Return the asset for an asset id, or for a path or ``file://`` URI of a file in the upload area.

    The upload area is the directory ``uploads`` of the home and the directories in ``PYTOON_MEDIA_ROOTS``; a relative
    path is relative to ``uploads``. A file that is an asset with the same name already is not stored again. Raises
    ``BadRequest``.
    """
    if ASSET_ID.fullmatch(reference):
        try:
            return get_asset(reference)
        except NotFound as error:
            raise BadRequest(field, str(error)) from error
    path = _real_path(_path_of(reference, field), field)
    with _open_regular_file(path, field) as stream, receive(stream, field) as file:
        name = display_name(path.name)
        existing = asset_by_sha256(file.sha256, name)
        return existing or store_asset(file, name, inspect(file.path, field, Limits.from_settings(settings())))


def _path_of(reference: str, field: str) -> Path:
    """Return the path that a reference names. Raises ``BadRequest`` for other URIs and for ``..``."""
    text = reference
    if URI_SCHEME.match(reference):
        parts = urlsplit(reference)
        if parts.scheme in ("http", "https"):
            raise BadRequest(field, "files are not fetched from the web; upload the file")
        if parts.scheme != "file" or parts.netloc not in ("", "localhost"):
            raise BadRequest(field, "neither an asset id nor a file in the upload area")
        text = unquote(parts.path)
    path = Path(text)
    if not text or "\0" in text or ".." in path.parts:
        raise BadRequest(field, "neither an asset id nor a file in the upload area")
    return path


def _real_path(path: Path, field: str) -> Path:
    """Return the path with all symbolic links resolved. Raises ``BadRequest`` when it is not in the upload area.

    The error for a path outside does not tell whether the file exists.
    """
    uploads = settings().home.absolute() / "uploads"
    media_roots = [Path(root).expanduser() for root in settings().media_roots.split(os.pathsep) if root]
    try:
        real_path = (uploads / path).resolve(strict=True)
        roots = [root.resolve() for root in (uploads, *media_roots)]
    except (OSError, RuntimeError, ValueError) as error:
        raise BadRequest(field, "there is no such file in the upload area") from error
    if not any(real_path.is_relative_to(root) for root in roots):
        raise BadRequest(field, "there is no such file in the upload area")
    return real_path


@contextmanager
def _open_regular_file(path: Path, field: str) -> Iterator[IO[bytes]]:
    try:
        # O_NOFOLLOW: a symbolic link may have replaced the file since. O_NONBLOCK: opening a pipe would block.
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError as error:
        raise BadRequest(field, "the file in the upload area cannot be read") from error
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise BadRequest(field, "not a regular file")
    with os.fdopen(descriptor, "rb") as file:
        yield file
