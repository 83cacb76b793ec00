"""``python -m tests.bench [--short] [--strict] [--only SECTION]``: measures, prints a table, writes results.json here.

Every figure is a ratio of one run or a property of what was made, so that it says the same on any machine. Run it on a
machine that does nothing else.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
import time
from pathlib import Path
from typing import Any

from rich.console import Console

from tests.bench import sections
from tests.bench.figures import Broken, Figure, table

HERE = Path(__file__).parent


def main() -> int:
    chosen = _arguments()
    console = Console()
    figures, broken = [], []
    for section in chosen.only or sections.NAMES:
        console.print(f"[dim]measuring {section} …")
        try:
            figures += sections.measured(section, chosen.short)
        except Exception as error:  # noqa: BLE001 - one section that breaks is shown, the others are still measured
            broken.append(Broken(section, f"{type(error).__name__}: {error}"))
    console.print(table(figures, broken))
    (HERE / "results.json").write_text(json.dumps(_results(figures, broken, chosen.short), indent=1) + "\n")
    missed = [figure for figure in figures if figure.held is False]
    return 1 if chosen.strict and (missed or broken) else 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="bench", description="Measure cost, quality and queue.")
    parser.add_argument("--short", action="store_true", help="small films; three minutes instead of fifteen")
    parser.add_argument("--strict", action="store_true", help="fail when a figure is not held")
    parser.add_argument("--only", action="append", choices=sections.NAMES, help="measure this section (repeatable)")
    return parser.parse_args()


def _results(figures: list[Figure], broken: list[Broken], short: bool) -> dict[str, Any]:
    return {
        "at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "short": short,
        "machine": {
            "cores": os.cpu_count(),
            "load": round(os.getloadavg()[0], 2),
            "system": platform.platform(),
            "python": platform.python_version(),
        },
        "figures": [figure.as_dict() for figure in figures],
        "broken": [{"section": section.section, "reason": section.reason} for section in broken],
    }


if __name__ == "__main__":
    sys.exit(main())
