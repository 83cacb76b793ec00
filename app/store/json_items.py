"""JSON files as text: a list has one item a line, so that one item can be read without parsing the others."""

from __future__ import annotations

import json
from itertools import islice
from pathlib import Path
from typing import Any


def json_text(plain: Any) -> str:
    """Indented JSON; of a list each item is one line."""
    if isinstance(plain, list) and plain:
        return "[\n" + ",\n".join(json.dumps(item, ensure_ascii=False) for item in plain) + "\n]"
    return json.dumps(plain, ensure_ascii=False, indent=1)


def read_item(path: Path, index: int) -> Any:
    """Item ``index`` (from 0) of a JSON file that holds a list. Raises ``IndexError``.

    A list that is not written one item a line, as earlier versions did, is parsed as a whole.
    """
    with path.open("rb") as file:
        line = next(islice(file, index + 1, None), b"]")
    if line.startswith((b" ", b"]")):
        return json.loads(path.read_text(encoding="utf-8"))[index]
    return json.loads(line.rstrip(b",\n"))
