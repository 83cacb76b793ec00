"""Fuzz the reader of texts: ``python -m tests.fuzz.fuzz_text --seconds N``.

An input that fails is saved in ``--failures``, and the exit code is 1.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable
from pathlib import Path

from hypothesis import HealthCheck, Phase, Verbosity, given, seed, settings
from hypothesis.strategies import SearchStrategy

from tests.fuzz.text_cases import check_time, check_words, repeated_texts, written_texts

TARGETS: tuple[tuple[str, SearchStrategy[str], Callable[[str], object], int], ...] = (
    ("words", written_texts(), check_words, 400),
    ("time", repeated_texts(), check_time, 4),
)


class Failed(Exception):
    """An input for which what must be true is not."""

    def __init__(self, text: str, reason: str) -> None:
        super().__init__(text, reason)
        self.text, self.reason = text, reason


def run(strategy: SearchStrategy[str], check: Callable[[str], object], examples: int, number: int) -> None:
    """Check ``examples`` inputs made from the seed ``number``. Raises ``Failed`` with the smallest one that fails."""
    last = ""

    @seed(number)
    @settings(
        max_examples=examples,
        deadline=None,
        database=None,
        verbosity=Verbosity.quiet,
        suppress_health_check=list(HealthCheck),
        phases=(Phase.generate, Phase.shrink) if examples > 10 else (Phase.generate,),
    )
    @given(strategy)
    def holds(text: str) -> None:
        nonlocal last
        last = text
        check(text)

    try:
        holds()
    except Exception as error:
        raise Failed(last, f"{type(error).__name__}: {error}") from error


def fuzz(seconds: float, first_seed: int) -> int:
    """Check inputs for about ``seconds``; return how many rounds there were. Raises ``Failed``."""
    end, rounds = time.monotonic() + seconds, 0
    while time.monotonic() < end:
        for _, strategy, check, examples in TARGETS:
            run(strategy, check, examples, first_seed + rounds)
        rounds += 1
    return rounds


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    parser.add_argument("--failures", type=Path, default=Path("fuzz-failures"))
    options = parser.parse_args(arguments)
    try:
        rounds = fuzz(options.seconds, options.seed)
    except Failed as failure:
        options.failures.mkdir(parents=True, exist_ok=True)
        path = options.failures / f"text-{options.seed}.txt"
        path.write_text(failure.text, encoding="utf-8", errors="surrogatepass")
        print(f"{failure.reason}\nsaved as {path}")
        return 1
    print(f"text: {rounds} rounds from seed {options.seed}, no failure")
    return 0


if __name__ == "__main__":
    sys.exit(main())
