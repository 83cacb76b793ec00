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

from app.core.config import settings
from app.core.errors import BadMedia, PytoonError, Refused, Unavailable
from schemas.job import ENDED, State

CONNECT_S, ANSWER_S, UPLOAD_S = 5, 60, 900
CHUNK_BYTES = 1 << 20
RETRY_S = 30.0
NOT_FOUND = 404

Plain = dict[str, Any]
# Called with the bytes sent so far and the bytes of the whole form.
Report = Callable[[int, int], None]


class Client:
    """A client of the server at ``url``.

    ``api_key`` is that of ``PYTOON_API_KEY`` by default. Every call raises ``Unavailable`` when no server answers, and
    ``Refused`` for an error response.
    """

    def __init__(self, url: str, api_key: str | None = None) -> None:
        self.url = url.rstrip("/")
        self._api_key = settings().api_key if api_key is None else api_key
        self._has_answered = False

    def upload(self, path: Path, report: Report | None = None) -> Plain:
        """Upload a file; return its asset. ``report`` is called with the bytes sent and the bytes in all.

        Raises ``BadMedia`` when the file becomes shorter during the upload.
        """
        with path.open("rb") as file:
            body = upload_form("file", path.name, file, path.stat().st_size, report)
            headers = {"Content-Type": body.content_type}
            reply = self._ask(
                "POST", "/api/v1/assets/upload", data=body, headers=headers, timeout=(CONNECT_S, UPLOAD_S)
            )
        return cast(Plain, reply.json())

    def upload_limits(self) -> Plain:
        """Return the limits for uploads; empty if the server is of a version that does not tell them."""
        try:
            return self._ask_again("GET", "/api/v1/assets/limits")
        except Refused as error:
            if error.http_status == NOT_FOUND:
                return {}
            raise

    def submit(self, request: Plain) -> Plain:
        """Submit a job; return the reply. An idempotency key makes it safe to send again after a broken connection."""
        headers = {"Idempotency-Key": uuid.uuid4().hex}
        return self._ask_again("POST", "/api/v2/jobs", json=request, headers=headers)

    def estimate(self, request: Plain) -> Plain:
        """Return what a job with this request would cost; nothing is stored."""
        return self._ask_again("POST", "/api/v2/estimate", json=request)

    def job(self, job_id: str) -> Plain:
        return self._ask_again("GET", _path(job_id))

    def cancel(self, job_id: str) -> Plain:
        return self._ask_again("POST", f"{_path(job_id)}/cancel")

    def resume(self, job_id: str) -> Plain:
        """Resume a failed job; return the reply with the new run."""
        return self._ask_again("POST", f"{_path(job_id)}/resume")

    def approve(self, job_id: str) -> Plain:
        return self._ask_again("POST", f"{_path(job_id)}/approve")

    def reject(self, job_id: str, reason: str) -> Plain:
        return self._ask_again("POST", f"{_path(job_id)}/reject", json={"reason": reason})

    def events(self, job_id: str, after: int = 0) -> Plain:
        return self._ask_again("GET", f"{_path(job_id)}/events", params={"after": after})

    def is_ready(self) -> bool:
        """Whether the server and all services that it needs answer."""
        try:
            self._ask("GET", "/health")
        except PytoonError:
            return False
        return True

    def watch(self, job_id: str, every_s: float = 0.5) -> Iterator[Plain]:
        """Yield the job every ``every_s`` until it has ended or waits for review."""
        while True:
            job = self.job(job_id)
            yield job
            if job["state"] in (*ENDED, State.AWAITING_REVIEW):
                return
            time.sleep(every_s)

    def fetch(self, artifact: Plain, folder: Path) -> Path:
        """Download an artifact under its name into ``folder``; the file is complete or does not exist."""
        target = folder / _safe_path(artifact["name"])
        target.parent.mkdir(parents=True, exist_ok=True)
        draft = target.with_name(f".{target.name}.part")
        try:
            with self._ask("GET", artifact["url"], stream=True) as reply, draft.open("wb") as file:
                for chunk in reply.iter_content(CHUNK_BYTES):
                    file.write(chunk)
            draft.replace(target)
        except requests.RequestException as error:
            raise Unavailable(self.url, f"the connection broke while {artifact['name']} was downloaded") from error
        finally:
            draft.unlink(missing_ok=True)
        return target

    def _ask_again(self, method: str, path: str, **options: Any) -> Plain:
        """As ``_ask``, but a server that has answered before may be restarting: try again for ``RETRY_S``."""
        deadline = time.monotonic() + (RETRY_S if self._has_answered else 0)
        while True:
            try:
                return cast(Plain, self._ask(method, path, **options).json())
            except Unavailable:
                if time.monotonic() >= deadline:
                    raise
                time.sleep(0.5)

    def _ask(self, method: str, path: str, **options: Any) -> requests.Response:
        wait_s = options.pop("timeout", (CONNECT_S, ANSWER_S))
        address = path if path.startswith("http") else self.url + path
        if self._api_key:
            options["headers"] = {**options.get("headers", {}), "X-API-Key": self._api_key}
        try:
            reply = requests.request(method, address, timeout=wait_s, **options)
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


def _safe_path(name: str) -> PurePosixPath:
    """A file name from a server as a relative path; raises ``Refused`` when it leads out of the directory."""
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts or not path.parts or "\\" in name or "\0" in name:
        raise Refused(0, f"the server names a file {name!r}, which leads elsewhere", "Do not trust this server.")
    return path


class FileBody:
    """The first ``size`` bytes of ``file``; ``len`` is the count of those left, as requests-toolbelt expects.

    The length of the upload is announced in advance: bytes that are appended to the file meanwhile are not sent.
    ``read`` raises ``BadMedia`` when the file has become shorter.
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
    """A multipart form with one file part called ``field``; ``report`` is called as it is read for sending.

    The file is read while it is sent, so that a large one need not fit into memory.
    """
    encoder = MultipartEncoder([(field, (name, FileBody(file, size, name), "application/octet-stream"))])
    return MultipartEncoderMonitor(
        encoder, (lambda monitor: report(monitor.bytes_read, monitor.len)) if report else None
    )
