"""Run the emulator of a provider by hand: ``python -m tests.emulators runway --port 8101``."""

from __future__ import annotations

import argparse
import sys

from app.core.config import PREFIX
from tests.emulators.registry import emulator_classes


def main(arguments: list[str]) -> int:
    known = {each.name: each for each in emulator_classes().values()}
    parser = argparse.ArgumentParser(prog="python -m tests.emulators", description=__doc__)
    parser.add_argument("name", choices=sorted(known), help="the provider")
    parser.add_argument("--port", type=int, default=0, help="the port; a free one if it is left out")
    parser.add_argument("--work-s", type=float, default=5.0, help="seconds for which an order takes")
    chosen = parser.parse_args(arguments)
    emulator = known[chosen.name](port=chosen.port, work_s=chosen.work_s)
    print(f"{chosen.name} is emulated at {emulator.url}. Start Pytoon with these settings:", flush=True)
    for field, value in emulator.settings().items():
        print(f"export {PREFIX}{field.upper()}={value}", flush=True)
    try:
        emulator.serve_forever()
    except KeyboardInterrupt:
        return 0
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
