"""Errors for failed ffmpeg processes."""

from __future__ import annotations

import re
import signal

from app.core.errors import MediaError, MediaKilled, PytoonError
from app.store.disk_errors import trouble_of_ffmpeg

# After SIGTERM or SIGINT ffmpeg closes its files, prints the signal and exits with an exit code of its own.
RECEIVED_SIGNAL = re.compile(r"Exiting normally, received signal (\d+)")
# Signals that a process causes itself; another attempt would fail in the same way.
CRASH_SIGNALS = {
    *(signal.SIGSEGV, signal.SIGABRT, signal.SIGBUS, signal.SIGFPE, signal.SIGILL, signal.SIGSYS, signal.SIGTRAP),
}


def failure(purpose: str, argv: list[str], code: int, last_lines: str) -> PytoonError:
    """Return the error for a process, by its exit code (negative: a signal) and the last lines of its report."""
    if trouble := trouble_of_ffmpeg(code, last_lines):
        return trouble
    if signal_name := killed_by(code, last_lines):
        return MediaKilled(purpose, argv, signal_name, last_lines)
    return MediaError(purpose, argv, code, last_lines)


def killed_by(code: int, last_lines: str) -> str | None:
    """Return the name of the signal that another process sent; ``None`` if the process failed by itself."""
    received = RECEIVED_SIGNAL.search(last_lines)
    number = int(received[1]) if received else -code
    if number not in set(signal.Signals) or number in CRASH_SIGNALS:
        return None
    return signal.Signals(number).name
