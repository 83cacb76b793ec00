"""The storage of this process: the backend that the settings name, with rows in the database."""

from __future__ import annotations

from functools import lru_cache
from typing import cast

from app.core.config import Settings, settings
from app.core.errors import UnusableAdapter
from app.core.plugins import adapter, protocol_error
from app.store.base import Storage
from app.store.recorded import Recorded

# A backend is a module with ``build(settings) -> Storage``: a file in the package, or an entry point of the group.
PACKAGE, GROUP = "app.store.backends", "pytoon.storage"
METHODS = ("local", "has", "writing", "copy", "delete", "list")


@lru_cache(maxsize=1)
def storage() -> Recorded:
    """Raises ``UnusableAdapter`` when the settings name no backend, or one that cannot be imported or built."""
    return Recorded(backend(settings()))


def backend(chosen: Settings) -> Storage:
    """The backend alone, without rows. Raises as ``storage``."""
    try:
        return adapter(PACKAGE, GROUP, chosen.storage, chosen, _storage)
    except UnusableAdapter as error:
        raise UnusableAdapter(f"PYTOON_STORAGE={chosen.storage}", str(error.reason)) from error


def _storage(name: str, built: object) -> Storage:
    if not all(callable(getattr(built, method, None)) for method in METHODS):
        raise protocol_error("a Storage", name, built)
    return cast(Storage, built)
