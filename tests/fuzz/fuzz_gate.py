"""Damage valid files at random and look into them: ``python -m tests.fuzz.fuzz_gate --seconds 60 --seed 7``.

A finding is a file that ends the child that reads it, raises an error that is not meant for the user, exceeds the
limits, or is accepted and then not shown. It is written to a folder, whose path is printed; the exit code is 1.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
import time
from pathlib import Path

from app.core.config import Settings
from app.core.errors import BadMedia
from app.media.probe.facts import Limits
from app.media.probe.sandbox import Budget, look
from engines.stills.pictures import open_picture
from tests.fuzz.gate_samples import samples

LIMITS = Limits(max_bytes=8 << 20, max_pixels=4_000_000, max_ms=60_000)
EXTREMES = (b"\x00", b"\xff", b"\x00" * 4, b"\xff" * 4, b"\x7f\xff\xff\xff", b"\x80\x00\x00\x00", b"\x00\x00\x00\x01")


def damaged(data: bytes, others: list[bytes], rng: random.Random) -> bytes:
    """Return ``data`` after one to eight changes."""
    for _ in range(rng.randint(1, 8)):
        data = changed(data, rng.choice(others), rng) or data
    return data


def changed(data: bytes, other: bytes, rng: random.Random) -> bytes:
    # The structure of most files is near their beginning.
    at = int(len(data) * rng.random() ** 2)
    length = int(rng.random() ** 3 * 64) + 1
    change = rng.choice(("byte", "extreme", "cut", "remove", "repeat", "insert", "zeros", "splice"))
    if change == "byte":
        return data[:at] + bytes([rng.randrange(256)]) + data[at + 1 :]
    if change == "extreme":
        value = rng.choice(EXTREMES)
        return data[:at] + value + data[at + len(value) :]
    if change == "cut":
        return data[: max(16, len(data) - length * 8)]
    if change == "splice":
        begin = rng.randrange(max(1, len(other)))
        return data[:at] + other[begin : begin + length * 16] + data[at:]
    middle = {
        "remove": b"",
        "repeat": data[at : at + length] * 3,
        "insert": rng.randbytes(length),
        "zeros": bytes(length),
    }
    return data[:at] + middle[change] + data[at + (0 if change == "insert" else length) :]


def finding(path: Path, budget: Budget) -> str | None:
    """Return what is wrong with the treatment of a file."""
    outcome = look(path, "file", LIMITS, budget)
    if outcome.answer is None:
        return f"the child ended by signal {outcome.ended_by} after {outcome.cpu_s:.1f} s of CPU"
    if "failed" in outcome.answer:
        return str(outcome.answer["failed"])
    if "memory" in outcome.answer:
        return "it takes too much memory"
    if outcome.answer.get("facts", {}).get("kind") == "image":
        try:
            open_picture(path, lambda size: size)
        except BadMedia as error:
            return f"accepted, but not shown: {error} ({error.__cause__!r})"
    return None


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1 << 32))
    arguments = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="pytoon-fuzz-gate-"))
    print(f"seed {arguments.seed}, findings in {folder}")
    return fuzz(folder, random.Random(arguments.seed), arguments.seconds)


def fuzz(folder: Path, rng: random.Random, seconds: float) -> int:
    """Look into damaged files for some seconds; return 1 if there is a finding."""
    made = samples(folder)
    others, chosen = list(made.values()), Settings()
    budget = Budget(chosen.probe_cpu_s, chosen.probe_s, chosen.probe_mb)
    count, found, end = 0, 0, time.monotonic() + seconds
    path = folder / "file"
    while time.monotonic() < end:
        name = rng.choice(list(made))
        path.write_bytes(damaged(made[name], others, rng))
        count += 1
        if what := finding(path, budget):
            found += 1
            kept = path.rename(folder / f"finding-{found}-{name}")
            print(f"{kept}: {what}")
    print(f"{count} files, {found} findings")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
