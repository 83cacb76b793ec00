"""Run schemathesis against the real web server: ``python -m tests.flow.fuzz_api --seed 1 --seconds 60``.

It needs schemathesis (``pip install schemathesis``). The tests do not depend on it, because its own dependencies
are many. The server has no workers: new jobs stay queued. Some finished films are stored before.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import requests

from app.cli.process_main import GUNICORN
from app.core.config import settings
from app.queue.embedded_broker import Broker
from tests.databases import DATABASES
from tests.faults.brokers import free_port
from tests.flow.stored_films import stored_film
from tests.servers import postgres_database
from tests.waiting import HANGS_AFTER_S, REPLY_S, wait_until

CONFIG = Path(__file__).with_name("schemathesis.toml")
REQUEST_TIMEOUT_S = 60
FILMS = 8
FILES = ("output.mp4", "captions.vtt", "scene_graph.json", "thumbnail.jpg")
# The share of requests with a path of a stored film.
KNOWN_SHARE = 0.8


def main() -> int:
    """Return the exit status of schemathesis: 0 if no check has failed."""
    options = _options()
    with ExitStack() as stack:
        home = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="pytoon-fuzz-")))
        if options.database == "postgresql":
            url = stack.enter_context(postgres_database())
            os.environ["PYTOON_DATABASE_URL"] = url.render_as_string(hide_password=False)
        address = stack.enter_context(_server(home))
        config = home / "schemathesis.toml"
        config.write_text(CONFIG.read_text() + _known_ids(address))
        return _schemathesis(address, config, options.seed, options.seconds, options.more)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--seconds", type=int, default=60, help="how long it repeats its tests")
    parser.add_argument("--database", choices=DATABASES, default="sqlite")
    parser.add_argument("more", nargs="*", help="options of schemathesis, after --")
    return parser.parse_args()


@contextmanager
def _server(home: Path) -> Iterator[str]:
    """A broker and the web server of a new home; yields its URL."""
    port = free_port()
    os.environ |= {"PYTOON_HOME": str(home), "PYTOON_PORT": str(port), "PYTOON_MIN_FREE_MB": "50"}
    settings.cache_clear()
    broker = Broker(settings())
    broker.start()
    with (home / "web.log").open("wb") as log:
        process = subprocess.Popen([sys.executable, "-m", *GUNICORN], stdout=log, stderr=log)
    url = f"http://127.0.0.1:{port}"
    try:
        wait_until(
            lambda: requests.get(f"{url}/health/live", timeout=REPLY_S).ok,
            lambda: (home / "web.log").read_text()[-3000:],
            ignoring=(requests.ConnectionError,),
        )
        yield url
    finally:
        process.terminate()
        process.wait(HANGS_AFTER_S)
        broker.stop()


def _known_ids(address: str) -> str:
    """Store films; return the configuration that makes most requests name one of them, its revision and its files."""
    films = [stored_film(address) for _ in range(FILMS)]
    values = {"job_id": [film["job_id"] for film in films], "number": [1, 2], "name": list(FILES)}
    lines = [f"[dictionaries.{name}]\nvalues = {json.dumps(known)}\n" for name, known in values.items()]
    bindings = [f'"path.{name}" = {{ dictionary = "{name}", probability = {KNOWN_SHARE} }}\n' for name in values]
    return "\n".join(["", *lines, "[parameters]", *bindings])


def _schemathesis(address: str, config: Path, seed: int, seconds: int, more: list[str]) -> int:
    argv = [str(Path(sys.executable).with_name("schemathesis")), "--config-file", str(config), "run"]
    # A job has its scene graph and its timeline once it is planned; until then they are not found.
    argv += ["--exclude-checks", "ensure_resource_availability"]
    argv += [f"{address}/api/openapi.json", "--seed", str(seed), "--max-time", str(seconds), "--checks", "all"]
    argv += ["--request-timeout", str(REQUEST_TIMEOUT_S), "--max-response-time", str(REQUEST_TIMEOUT_S)]
    argv += ["--continue-on-failure", *more]
    return subprocess.run(argv, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
