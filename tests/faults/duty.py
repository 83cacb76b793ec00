"""A process of the house whose workers have the studio that makes nothing: ``python -m tests.faults.duty gpu``."""

from __future__ import annotations

import sys
from importlib import import_module

from app.cli import process_main
from app.database.session import migrate


def main(kind: str) -> None:
    if kind == "tables":
        migrate()
        return
    if kind != "web":
        import_module("tests.faults.studio")
    process_main.main(kind)


if __name__ == "__main__":
    main(sys.argv[1])
