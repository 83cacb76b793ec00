"""Limits of CPU, time, memory and file size that a process sets for itself, and that the kernel enforces."""

from __future__ import annotations

import resource
import signal
import sys
from pathlib import Path

from app.core.config import MiB


def limit_process(cpu_s: int, wall_s: float, mb: int, file_bytes: int = 0) -> None:
    """Let the kernel end this process after ``cpu_s`` (SIGXCPU) or ``wall_s`` (SIGALRM), and refuse it what is more.

    More is ``mb`` of memory beyond the address space that the libraries imported until now reserve, and files that are
    larger than ``file_bytes``. Programs that it starts inherit all but ``wall_s``. macOS does not enforce the limit of
    memory.
    """
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (file_bytes, file_bytes))
    resource.setrlimit(resource.RLIMIT_CPU, (cpu_s, cpu_s + 1))
    if sys.platform == "linux":
        size = _reserved_bytes() + mb * MiB
        resource.setrlimit(resource.RLIMIT_AS, (size, size))
    signal.setitimer(signal.ITIMER_REAL, wall_s)  # without a handler, SIGALRM ends the process


def _reserved_bytes() -> int:
    return int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
