"""Run the benchmark: ``python -m tests.bench [--short] [--strict] [--only SECTION]``.

It prints a table and writes ``results.json`` beside this file. Every figure is a ratio within one run or a property of
the output, so that figures of different machines can be compared. Run it on an otherwise idle machine.
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
from tests.bench.figures import Figure, SectionError, table

DIRECTORY = Path(__file__).parent


def main() -> int:
    options = _arguments()
    console = Console()
    figures: list[Figure] = []
    errors: list[SectionError] = []
    for section in options.only or sections.NAMES:
        console.print(f"[dim]measuring {section} …")
        try:
            figures += sections.measure_section(section, options.short)
        except Exception as error:  # noqa: BLE001 - a failed section is reported; the other sections still run
            errors.append(SectionError(section, f"{type(error).__name__}: {error}"))
    console.print(table(figures, errors))
    (DIRECTORY / "results.json").write_text(json.dumps(_results(figures, errors, options.short), indent=1) + "\n")
    missed = [figure for figure in figures if figure.held is False]
    return 1 if options.strict and (missed or errors) else 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="bench", description="Measure cost, quality and queue.")
    parser.add_argument("--short", action="store_true", help="small films; three minutes instead of fifteen")
    parser.add_argument("--strict", action="store_true", help="exit with 1 when a figure misses its bound")
    parser.add_argument("--only", action="append", choices=sections.NAMES, help="measure this section (repeatable)")
    return parser.parse_args()


def _results(figures: list[Figure], errors: list[SectionError], short: bool) -> dict[str, Any]:
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
        "broken": [{"section": error.section, "reason": error.reason} for error in errors],
    }


if __name__ == "__main__":
    sys.exit(main())
