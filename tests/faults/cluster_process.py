"""The entry point of the processes of a cluster: ``python -m tests.faults.cluster_process gpu``."""

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
        import_module("tests.faults.recording_tasks")
    process_main.main(kind)


if __name__ == "__main__":
    main(sys.argv[1])
