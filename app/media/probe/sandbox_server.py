"""The process that looks into users' files: for each file it starts a child with limits of CPU, time and memory.

``python -m app.media.probe.sandbox_server FD`` receives, over the socket ``FD``, one connection for each file. The
libraries are imported once and the process has one thread, so that a child is a fork of a few milliseconds. It ends
when the other end of the socket is closed.
"""

from __future__ import annotations

import gc
import json
import os
import resource
import signal
import socket
import sys
import traceback
from dataclasses import asdict
from pathlib import Path
from typing import Any, NoReturn

from app.core.errors import BadMedia
from app.core.parent_death import end_with_parent
from app.core.process_limits import limit_process
from app.media.probe.facts import Limits
from app.media.probe.reading import prepare, read_facts

MAX_ANSWER_BYTES = 65_536


def serve(control: socket.socket) -> None:
    """Start a child for each received connection until the control socket is closed."""
    prepare()
    gc.freeze()  # a collection in a child would copy the pages of all objects
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # the kernel removes ended children
    while True:
        message, descriptors, _, _ = socket.recv_fds(control, 1, 1)
        if not message:
            return
        for descriptor in descriptors:
            with socket.socket(fileno=descriptor) as connection:
                if os.fork() == 0:
                    control.close()
                    _watch(connection)


def _watch(connection: socket.socket) -> NoReturn:
    """Read a request, answer it in a child with limits, and send the answer with the child's exit status and usage."""
    try:
        end_with_parent()
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        request = json.loads(connection.makefile().readline())
        read_end, write_end = os.pipe()
        child = os.fork()
        if child == 0:
            end_with_parent()
            connection.close()
            _answer(request, write_end)
        os.close(write_end)
        with os.fdopen(read_end, "rb") as pipe:
            answer = pipe.read(MAX_ANSWER_BYTES).decode()
        _, status, usage = os.wait4(child, 0)
        ended_by = os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0
        used = {"cpu_s": usage.ru_utime + usage.ru_stime, "rss_kb": usage.ru_maxrss}
        connection.sendall(json.dumps({"answer": answer, "ended_by": ended_by, **used}).encode())
    finally:
        os._exit(0)


def _answer(request: dict[str, Any], pipe: int) -> NoReturn:
    try:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 2)  # decoders print about damaged files
        limit_process(request["cpu_s"], request["wall_s"], request["mb"])
        answer = _facts_or_refusal(Path(request["path"]), request["field"], Limits(**request["limits"]))
        if "facts" not in answer and _programs_cpu_s() >= request["cpu_s"]:
            os.kill(os.getpid(), signal.SIGXCPU)
        os.write(pipe, json.dumps(answer).encode()[:MAX_ANSWER_BYTES])
    finally:
        os._exit(0)


def _programs_cpu_s() -> float:
    """Return the CPU time of ended programs. ffmpeg has the limits of this process; it ends in its own way at them."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def _facts_or_refusal(path: Path, field: str, limits: Limits) -> dict[str, Any]:
    try:
        return {"facts": asdict(read_facts(path, field, limits))}
    except BadMedia as error:
        return {"memory": True} if _lacked_memory(error) else {"refused": list(error.args[1:])}
    except Exception as error:  # noqa: BLE001 - a decoder may raise anything; the caller logs it
        if _lacked_memory(error):
            return {"memory": True}
        return {"failed": traceback.format_exc(limit=-8)[-4000:]}


def _lacked_memory(error: BaseException | None) -> bool:
    while error is not None:
        if isinstance(error, MemoryError) or "memory" in str(error).lower():
            return True
        error = error.__cause__ or error.__context__
    return False


if __name__ == "__main__":
    with socket.socket(fileno=int(sys.argv[1])) as control_socket:
        serve(control_socket)
