"""Writing the artifacts of a run into storage."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.store.base import Storage
from app.store.keys import artifact_key


@dataclass(frozen=True, slots=True)
class ArtifactFiles:
    """The artifacts of a run. Each method writes one and returns its name."""

    run_id: str
    store: Storage

    def copy(self, key: str, name: str) -> str:
        """Copy a stored file."""
        self.store.copy(key, artifact_key(self.run_id, name))
        return name

    def write(self, name: str, make: Callable[[Path], None]) -> str:
        """Write the file that ``make`` makes at the path it is given."""
        with self.store.writing(artifact_key(self.run_id, name)) as path:
            make(path)
        return name

    def write_text(self, name: str, text: str) -> str:
        return self.write(name, lambda path: _write_text(path, text))

    def write_json(self, name: str, data: Mapping[str, Any]) -> str:
        return self.write_text(name, indented_json(data))


def indented_json(data: Mapping[str, Any]) -> str:
    """JSON for people to read."""
    return json.dumps(data, ensure_ascii=False, indent=1)


def _write_text(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8")
