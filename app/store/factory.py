"""The storage of this process: the backend that the settings name, with rows in the database."""

from __future__ import annotations

from functools import lru_cache
from typing import cast

from app.core.config import Settings, settings
from app.core.errors import Unconfigured
from app.core.plugins import scan
from app.store.base import Storage
from app.store.recorded import Recorded

# A backend is a module with ``build(settings) -> Storage``: a file in the package, or an entry point of the group.
PACKAGE, GROUP = "app.store.backends", "pytoon.storage"


@lru_cache(maxsize=1)
def storage() -> Recorded:
    """Raises ``Unconfigured`` when there is no backend of the name in the settings."""
    return Recorded(backend(settings()))


def backend(chosen: Settings) -> Storage:
    adapters = scan(PACKAGE, GROUP)
    if chosen.storage not in adapters:
        raise Unconfigured("storage", f"PYTOON_STORAGE={chosen.storage} is none of {', '.join(adapters)}")
    return cast(Storage, adapters[chosen.storage]().build(chosen))
