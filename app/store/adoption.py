"""Files without a row: an earlier version wrote them, or the database was lost. They get one, once.

A document among them is read for its references, so that what a kept run needs is not evicted after an upgrade. This is
the only place where retention opens a file.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from app.core.config import MiB
from app.core.errors import NotFound
from app.store import file_rows
from app.store.base import Storage, StoredFile
from app.store.json_files import read_json
from app.store.keys import identity_of
from app.store.references import identities_in, is_document

# Pytoon writes no JSON document that is larger.
MAX_DOCUMENT_BYTES = 64 * MiB
BATCH = 500


def adopt(store: Storage, files: Sequence[StoredFile]) -> None:
    """Writes a row for each file, as used now, and the references of each document; existing rows stay as they are."""
    for start in range(0, len(files), BATCH):
        batch = files[start : start + BATCH]
        references = {file.key: _references(store, file) for file in batch if is_document(file.key)}
        rows = [_row(file, unreadable=references.get(file.key, frozenset()) is None) for file in batch]
        file_rows.add_missing(rows, [(key, identities or ()) for key, identities in references.items()])


def _row(file: StoredFile, unreadable: bool) -> dict[str, Any]:
    # The prefix keeps the backend's names for contents apart from ours.
    content = f"found-{file.content}" if file.content else file_rows.new_content()
    identity = identity_of(file.key)
    return {"key": file.key, "bytes": file.bytes, "content": content, "identity": identity, "unreadable": unreadable}


def _references(store: Storage, file: StoredFile) -> frozenset[str] | None:
    """``None`` for a document that cannot be read."""
    if file.bytes > MAX_DOCUMENT_BYTES:
        return None
    try:
        return identities_in(read_json(store, file.key))
    except NotFound:  # deleted meanwhile
        return frozenset()
    except (OSError, ValueError, RecursionError):
        return None
