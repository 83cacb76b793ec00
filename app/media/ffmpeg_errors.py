"""Why an ffmpeg ended as it did."""

from __future__ import annotations

import re
import signal

from app.core.errors import MediaError, MediaKilled, PytoonError
from app.store.disk_errors import trouble_of_ffmpeg

# Asked to end, ffmpeg tidies up, says by which signal, and ends with a code of its own.
RECEIVED_SIGNAL = re.compile(r"Exiting normally, received signal (\d+)")
# With these a process ends itself: no outsider's doing, and the next one would do the same.
CRASH_SIGNALS = {
    *(signal.SIGSEGV, signal.SIGABRT, signal.SIGBUS, signal.SIGFPE, signal.SIGILL, signal.SIGSYS, signal.SIGTRAP),
}


def failure(what: str, argv: list[str], code: int, last_lines: str) -> PytoonError:
    """Why a process ended as it did, by its exit code (below 0: a signal) and its last words."""
    if trouble := trouble_of_ffmpeg(code, last_lines):
        return trouble
    if by := killed_by(code, last_lines):
        return MediaKilled(what, argv, by, last_lines)
    return MediaError(what, argv, code, last_lines)


def killed_by(code: int, last_lines: str) -> str | None:
    """The name of the signal by which an outsider ended a process; ``None`` when it ended by itself."""
    asked = RECEIVED_SIGNAL.search(last_lines)
    number = int(asked[1]) if asked else -code
    if number not in set(signal.Signals) or number in CRASH_SIGNALS:
        return None
    return signal.Signals(number).name
