"""JSON documents in a storage."""

from __future__ import annotations

import json
from typing import Any

from app.store.base import Storage
from app.store.json_items import json_text
from app.store.references import identities_in


def read_json(store: Storage, key: str) -> Any:
    """Raises ``NotFound``."""
    return json.loads(store.local(key).read_text(encoding="utf-8"))


def write_json(store: Storage, key: str, plain: Any) -> None:
    """Writes the document, and records first which files it needs, so that none is evicted while it exists."""
    store.refer(key, identities_in(plain))
    with store.writing(key) as path:
        path.write_text(json_text(plain), encoding="utf-8")
