"""Uploads onto a disk that is full, read-only or limited: the reason is said, nothing is left, and the service goes on.

The server has a file system of its own, which is mounted in its own namespace and needs no other rights.
"""

from __future__ import annotations

import io
import random
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
import requests
from PIL import Image

from tests.flow.serving import image_bytes
from tests.waiting import REPLY_S, wait_until
from tests.web_server import WebServer, web_server

MB = 1 << 20
DISK_MB = 40
MOUNT = f'mount -t tmpfs -o size={DISK_MB}m tmpfs "$0" && exec "$@"'
NAMESPACE = ("unshare", "--user", "--map-root-user", "--mount")


def can_mount() -> bool:
    argv = [*NAMESPACE, "sh", "-c", MOUNT, "/mnt", "true"]
    return subprocess.run(argv, capture_output=True, check=False).returncode == 0


CAN_MOUNT = can_mount()
needs_mounts = pytest.mark.skipif(not CAN_MOUNT, reason="this machine lets no user mount a file system")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WebServer]:
    home = tmp_path_factory.mktemp("home")
    launcher = [*NAMESPACE, "sh", "-c", MOUNT, str(home)] if CAN_MOUNT else []
    with web_server(home, launcher=launcher, PYTOON_MIN_FREE_MB="0") as server:
        assert upload(server, image_bytes()).status_code == 201
        yield server


def inside(server: WebServer) -> Path:
    """The home as the server sees it."""
    return Path(f"/proc/{server.process.pid}/root{server.home}")


def noise(side: int) -> bytes:
    """A picture that does not become smaller: about 3 bytes for each pixel."""
    buffer = io.BytesIO()
    Image.frombytes("RGB", (side, side), random.Random(side).randbytes(3 * side * side)).save(buffer, "PNG")
    return buffer.getvalue()


def upload(server: WebServer, data: bytes) -> requests.Response:
    files = {"file": ("a.png", data)}
    return requests.post(f"{server.url}/api/v1/assets/upload", files=files, timeout=REPLY_S)


def fill(server: WebServer, free_bytes: int) -> None:
    """Leave so many bytes free on the disk of the server."""
    filler = inside(server) / "filler"
    filler.unlink(missing_ok=True)
    size = max(0, psutil.disk_usage(str(inside(server))).free - free_bytes)
    with filler.open("wb") as file:
        file.write(bytes(size))


def stored(server: WebServer) -> list[Path]:
    """The files of uploads, whole or not."""
    return [path for name in ("assets", "incoming") for path in (inside(server) / name).rglob("*") if path.is_file()]


def deleted_but_open(server: WebServer) -> list[str]:
    processes = [psutil.Process(server.process.pid), *psutil.Process(server.process.pid).children()]
    links = [link for process in processes for link in Path(f"/proc/{process.pid}/fd").iterdir()]
    return [target for link in links if str(server.home) in (target := str(link.readlink())) and "deleted" in target]


def check_refusal(server: WebServer, response: requests.Response, code: str) -> dict[str, Any]:
    """The refusal is plain, and nothing of the upload is left."""
    assert response.status_code == 507, response.text
    error: dict[str, Any] = response.json()["error"]
    assert error["code"] == code
    assert str(server.home) not in response.text
    wait_until(lambda: not deleted_but_open(server), lambda: f"closed files: {deleted_but_open(server)}")
    assert requests.get(f"{server.url}/health/live", timeout=REPLY_S).ok
    return error


@needs_mounts
def test_an_upload_that_fills_the_disk_at_any_moment_leaves_nothing(server: WebServer) -> None:
    before, data = stored(server), noise(1000)
    statuses = []
    # The bytes of a file are on the disk up to three times: as the body, as a part, as the asset.
    for free_bytes in [len(data) * quarters // 4 for quarters in range(0, 16)]:
        fill(server, free_bytes)
        response = upload(server, data)
        statuses.append(response.status_code)
        if response.status_code != 201:
            assert check_refusal(server, response, "storage_full")["message"].startswith("storage has ")
            assert stored(server) == before
    fill(server, 0)
    job = requests.post(f"{server.url}/api/v2/jobs", json={"script": "Bread takes time."}, timeout=REPLY_S)
    check_refusal(server, job, "storage_full")
    assert statuses == sorted(statuses, reverse=True) and statuses[-1] == 201
    (inside(server) / "filler").unlink()
    assert not [line for line in server.log if line["level"] == "error"]


@needs_mounts
@pytest.mark.parametrize("folder", ["incoming", "assets"])
def test_an_upload_into_a_read_only_folder_says_so(server: WebServer, folder: str) -> None:
    before, place = stored(server), server.home / folder
    enter = ["nsenter", "-t", str(server.process.pid), "-U", "-m", "--preserve-credentials"]
    mount = ["sh", "-c", 'mount --bind "$0" "$0" && mount -o remount,bind,ro "$0"', str(place)]
    subprocess.run([*enter, *mount], check=True)
    check_refusal(server, upload(server, noise(600)), "storage_read_only")
    assert stored(server) == before
    subprocess.run([*enter, "umount", str(place)], check=True)
    assert upload(server, noise(600)).status_code == 201


def worker(server: WebServer) -> psutil.Process:
    (process,) = psutil.Process(server.process.pid).children()
    return process


def test_an_upload_larger_than_files_may_be_says_so(server: WebServer) -> None:
    before, usual = stored(server), worker(server).rlimit(psutil.RLIMIT_FSIZE)
    worker(server).rlimit(psutil.RLIMIT_FSIZE, (2 * MB, usual[1]))
    response = upload(server, noise(1000))
    assert upload(server, noise(500)).status_code == 201
    worker(server).rlimit(psutil.RLIMIT_FSIZE, usual)
    check_refusal(server, response, "file_size_limit")
    assert len(stored(server)) == len(before) + 1
    assert upload(server, noise(1000)).status_code == 201


def test_uploads_of_more_files_than_may_be_open_are_refused_for_now(server: WebServer) -> None:
    before, usual = stored(server), worker(server).rlimit(psutil.RLIMIT_NOFILE)
    # Files of more than half a megabyte are on the disk while the form is read.
    files = [("file", (f"{number}.png", bytes(600_000))) for number in range(12)]
    worker(server).rlimit(psutil.RLIMIT_NOFILE, (worker(server).num_fds() + 8, usual[1]))
    response = requests.post(f"{server.url}/api/v1/assets/upload", files=files, timeout=REPLY_S)
    worker(server).rlimit(psutil.RLIMIT_NOFILE, usual)
    assert (response.status_code, response.json()["error"]["code"]) == (503, "overloaded"), response.text
    assert "Retry-After" in response.headers and stored(server) == before
    assert upload(server, image_bytes()).status_code == 201
