"""Client of a Pytoon server's HTTP API, used by the command line."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path, PurePosixPath
from typing import IO, Any, cast
from urllib.parse import quote

import requests
from requests_toolbelt import MultipartEncoder, MultipartEncoderMonitor

from app.core.errors import BadMedia, PytoonError, Refused, Unavailable
from schemas.job import ENDED, State

CONNECT_S, ANSWER_S, UPLOAD_S = 5, 60, 900
CHUNK_BYTES = 1 << 20
PATIENCE_S = 30.0

Plain = dict[str, Any]
# Called with the bytes sent so far and the bytes of the whole form.
Report = Callable[[int, int], None]


class Client:
    """``url`` is the server's. Every call raises ``Unavailable`` when nothing answers there, ``Refused`` on a no."""

    def __init__(self, url: str) -> None:
        self.url = url.rstrip("/")
        self._has_answered = False

    def upload(self, path: Path, report: Report | None = None) -> str:
        """The asset id of a file that is now on the server; ``report`` is called with bytes sent and bytes in all.

        Raises ``BadMedia`` when the file becomes shorter while it is sent.
        """
        with path.open("rb") as file:
            body = upload_form("file", path.name, file, path.stat().st_size, report)
            headers = {"Content-Type": body.content_type}
            reply = self._ask(
                "POST", "/api/v1/assets/upload", data=body, headers=headers, timeout=(CONNECT_S, UPLOAD_S)
            )
        return str(reply.json()["asset_id"])

    def submit(self, request: Plain) -> Plain:
        """The receipt of a new job. It is sent again when the line breaks, and still is one job."""
        headers = {"Idempotency-Key": uuid.uuid4().hex}
        return self._patiently("POST", "/api/v2/jobs", json=request, headers=headers)

    def job(self, job_id: str) -> Plain:
        return self._patiently("GET", _path(job_id))

    def cancel(self, job_id: str) -> Plain:
        return self._patiently("POST", f"{_path(job_id)}/cancel")

    def resume(self, job_id: str) -> Plain:
        """The receipt of the new run."""
        return self._patiently("POST", f"{_path(job_id)}/resume")

    def approve(self, job_id: str) -> Plain:
        return self._patiently("POST", f"{_path(job_id)}/approve")

    def reject(self, job_id: str, reason: str) -> Plain:
        return self._patiently("POST", f"{_path(job_id)}/reject", json={"reason": reason})

    def events(self, job_id: str, after: int = 0) -> Plain:
        return self._patiently("GET", f"{_path(job_id)}/events", params={"after": after})

    def is_ready(self) -> bool:
        """True when the server answers and all it needs is there."""
        try:
            self._ask("GET", "/health")
        except PytoonError:
            return False
        return True

    def watch(self, job_id: str, every_s: float = 0.5) -> Iterator[Plain]:
        """The job as it stands, again and again until it has ended, or waits for a person."""
        while True:
            job = self.job(job_id)
            yield job
            if job["state"] in (*ENDED, State.AWAITING_REVIEW):
                return
            time.sleep(every_s)

    def fetch(self, artefact: Plain, folder: Path) -> Path:
        """The file of an artefact under its name in ``folder``; there whole or not at all."""
        target = folder / _inside(artefact["name"])
        target.parent.mkdir(parents=True, exist_ok=True)
        draft = target.with_name(f".{target.name}.part")
        try:
            with self._ask("GET", artefact["url"], stream=True) as reply, draft.open("wb") as file:
                for chunk in reply.iter_content(CHUNK_BYTES):
                    file.write(chunk)
            draft.replace(target)
        except requests.RequestException as error:
            raise Unavailable(self.url, f"the line broke while {artefact['name']} was fetched") from error
        finally:
            draft.unlink(missing_ok=True)
        return target

    def _patiently(self, method: str, path: str, **more: Any) -> Plain:
        """A server that has answered before and is away now may be starting again: ask for a while."""
        deadline = time.monotonic() + (PATIENCE_S if self._has_answered else 0)
        while True:
            try:
                return cast(Plain, self._ask(method, path, **more).json())
            except Unavailable:
                if time.monotonic() >= deadline:
                    raise
                time.sleep(0.5)

    def _ask(self, method: str, path: str, **more: Any) -> requests.Response:
        wait_s = more.pop("timeout", (CONNECT_S, ANSWER_S))
        address = path if path.startswith("http") else self.url + path
        try:
            reply = requests.request(method, address, timeout=wait_s, **more)
        except (requests.ConnectionError, requests.Timeout) as error:
            raise Unavailable(self.url, "no Pytoon server answers there; start one with `pytoon serve`") from error
        except (requests.RequestException, ValueError) as error:
            raise Refused(
                0, f"{self.url} is not the address of a server", "Give one such as --url http://host:8080"
            ) from error
        self._has_answered = True
        if reply.status_code >= 400:
            raise _refusal(reply)
        return reply


def _path(job_id: str) -> str:
    return f"/api/v2/jobs/{quote(job_id, safe='')}"


def _refusal(reply: requests.Response) -> PytoonError:
    try:
        error = reply.json()["error"]
        message, advice = str(error["message"]), str(error.get("advice", ""))
    except (ValueError, KeyError, TypeError):
        return Refused(reply.status_code, f"{reply.url} answered {reply.status_code}", "Is this a Pytoon server?")
    return Refused(reply.status_code, message, advice)


def _inside(name: str) -> PurePosixPath:
    """A server's name for a file, if it stays in the folder; raises ``Refused``."""
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts or not path.parts or "\\" in name or "\0" in name:
        raise Refused(0, f"the server names a file {name!r}, which leads elsewhere", "Do not trust this server.")
    return path


class FileBody:
    """The first ``size`` bytes of ``file``; ``len`` is how many of them are left, as requests-toolbelt asks for it.

    A file that grows or shrinks while it is sent would make the announced length wrong. What is appended is not sent.
    Raises ``BadMedia`` when the file has become shorter.
    """

    def __init__(self, file: IO[bytes], size: int, name: str) -> None:
        self._file, self._name = file, name
        self.len = size

    def read(self, size: int = -1) -> bytes:
        part = self._file.read(self.len if size < 0 else min(size, self.len))
        if self.len and size and not part:
            raise BadMedia("file", f"{self._name} became shorter while it was sent")
        self.len -= len(part)
        return part


def upload_form(
    field: str, name: str, file: IO[bytes], size: int, report: Report | None = None
) -> MultipartEncoderMonitor:
    """A form with one file part called ``field``; ``report`` is called after each part that was read for sending."""
    encoder = MultipartEncoder([(field, (name, FileBody(file, size, name), "application/octet-stream"))])
    return MultipartEncoderMonitor(
        encoder, (lambda monitor: report(monitor.bytes_read, monitor.len)) if report else None
    )
