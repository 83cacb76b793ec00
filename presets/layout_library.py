"""The library of layouts: one YAML file each in ``presets/layouts``."""

from __future__ import annotations

from functools import lru_cache

from presets.yaml_files import parse, yaml_files
from schemas.layout import Layout, LayoutSchema

PACKAGE = "presets.layouts"


def layouts() -> dict[str, Layout]:
    """Return all layouts by id, sorted by it. Raises ``BadFile`` if a file is bad."""
    return dict(_layouts())


def layout(layout_id: str) -> Layout:
    """Return the layout ``layout_id``; raises ``KeyError``."""
    return _layouts()[layout_id]


@lru_cache(maxsize=1)
def _layouts() -> dict[str, Layout]:
    parsed = (parse(file.name, file.read_bytes(), LayoutSchema) for file in yaml_files(PACKAGE))
    return {each.id: each for each in parsed}
