"""Installation of packages for tests: modules on disk, with the ``dist-info`` folder that pip would write."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest

import app.inputs.registry as inputs
import audio.alignment as aligners
import audio.registry as voices
import engines.registry as engines
from app.core.plugins import scan

METADATA = "Metadata-Version: 2.1\nName: other_package\nVersion: 1.0\n"


@contextmanager
def installed(
    folder: Path, modules: Mapping[str, str], groups: Mapping[str, Mapping[str, str]], patch: pytest.MonkeyPatch
) -> Iterator[None]:
    """Install a distribution in ``folder`` for the duration of the block.

    ``modules`` are source texts by module name; ``groups`` are, by group, module names by entry point name.
    """
    for name, text in modules.items():
        (folder / f"{name}.py").write_text(text)
    info = folder / "other_package-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(METADATA)
    lines = (
        f"[{group}]\n" + "".join(f"{name} = {module}\n" for name, module in points.items())
        for group, points in groups.items()
    )
    (info / "entry_points.txt").write_text("\n".join(lines))
    patch.syspath_prepend(str(folder))
    forget_adapters()
    try:
        yield
    finally:
        forget_adapters()
        for name in modules:
            sys.modules.pop(name, None)


def forget_adapters() -> None:
    """Clear the caches of adapters, so that they are built again from the packages installed now."""
    for cached in (scan, engines.build_engines, voices.build_voices, aligners.build_aligners, inputs.build_inputs):
        cached.cache_clear()
