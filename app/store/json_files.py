"""JSON documents in a storage."""

from __future__ import annotations

import json
from typing import Any

from app.store.base import Storage


def read_json(store: Storage, key: str) -> Any:
    return json.loads(store.local(key).read_text(encoding="utf-8"))


def write_json(store: Storage, key: str, plain: Any) -> None:
    with store.writing(key) as path:
        path.write_text(json.dumps(plain, ensure_ascii=False, indent=1), encoding="utf-8")
