"""The progress of running orders, by the events that a ComfyUI server sends over a WebSocket.

The WebSocket client is that of Tornado, which Flower depends on. Without it there is no progress within an order.
"""

from __future__ import annotations

import asyncio
import json
import os
import threading
from collections.abc import Mapping
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any
from urllib.parse import urlencode

from engines.comfy.client import Server
from engines.comfy.graph import weights
from engines.comfy.json_values import as_list, as_number, as_object

CONNECT_S = 5.0
# A connection over which nothing comes for so long is closed; the next poll opens another.
QUIET_S = 120.0
# Previews come over the same connection.
MAX_MESSAGE_BYTES = 64 << 20
ENDS = ("execution_success", "execution_error", "execution_interrupted")


@dataclass
class Tally:
    """How far each node of a graph is, 0 … 1, by the events about its order; ``weights`` are their shares of work."""

    weights: Mapping[str, float]
    done: dict[str, float] = field(default_factory=dict)
    running: str | None = None

    @property
    def share(self) -> float:
        """How much of the work is done, 0 … 1."""
        total = sum(self.weights.values())
        return min(1.0, sum(self.weights.get(node, 0.0) * part for node, part in self.done.items()) / (total or 1.0))

    def read(self, event: str, data: Mapping[str, Any]) -> None:
        """Take an event into account; one of another kind changes nothing."""
        if event == "execution_cached":
            self.done |= dict.fromkeys(map(str, as_list(data.get("nodes"))), 1.0)
        elif event == "executing":
            self._start(data.get("node"))
        elif event == "progress":
            self._advance(str(data.get("node") or self.running), data)
        elif event == "progress_state":
            for node, state in as_object(data.get("nodes")).items():
                self._advance(str(node), as_object(state))

    def _start(self, node: Any) -> None:
        """Nodes run one after the other: the one before has ended."""
        if self.running is not None:
            self.done[self.running] = 1.0
        self.running = None if node is None else str(node)

    def _advance(self, node: str, state: Mapping[str, Any]) -> None:
        most = as_number(state.get("max")) or 1.0
        part = 1.0 if state.get("state") == "finished" else as_number(state.get("value")) / most
        self.done[node] = max(min(1.0, part), self.done.get(node, 0.0))


@dataclass
class _Order:
    share: float | None = None
    listening: Future[None] | None = None


class Listener:
    """Listens to the events of running orders in a background thread, which ends with the process.

    There is one connection for each order, because a server sends events only to the client that placed it, and the
    process that polls may be another one.
    """

    def __init__(self) -> None:
        self._orders: dict[str, _Order] = {}
        self._lock = threading.Lock()
        self._process = 0

    def share(self, server: Server, prompt_id: str, graph: Mapping[str, Any]) -> float | None:
        """Return the latest share of an order, ``None`` if none is known yet, and listen to its events from now on.

        It never waits for the server.
        """
        with self._lock:
            # A process that was forked has the objects of its parent, but not its threads.
            if self._process != os.getpid():
                self._process, self._orders = os.getpid(), {}
            if prompt_id not in self._orders:
                order = self._orders[prompt_id] = _Order()
                listening = self._listen(server, prompt_id, order, Tally(weights(graph)))
                order.listening = asyncio.run_coroutine_threadsafe(listening, _loop(os.getpid()))
            return self._orders[prompt_id].share

    def forget(self, prompt_id: str) -> None:
        """Listen to an order no longer, because it has ended."""
        with self._lock:
            order = self._orders.pop(prompt_id, None)
        if order and order.listening:
            order.listening.cancel()

    async def _listen(self, server: Server, prompt_id: str, order: _Order, tally: Tally) -> None:
        """Read the events of one order until it ends; a failure is no error, because polls do not depend on them."""
        has_ended = False
        try:
            async with asyncio.timeout(CONNECT_S):
                connection = await _connect(server, prompt_id)
            try:
                has_ended = await _read(connection, prompt_id, order, tally)
            finally:
                connection.close()
        except Exception:  # noqa: BLE001, S110 - a refused connection, a proxy without WebSockets, an unreadable event
            pass
        finally:
            if not has_ended:  # the next poll connects again
                with self._lock:
                    if self._orders.get(prompt_id) is order:
                        del self._orders[prompt_id]


@lru_cache(maxsize=1)
def _loop(process: int) -> asyncio.AbstractEventLoop:
    """The event loop of this process, in a thread of its own that is started at the first order."""
    loop = asyncio.new_event_loop()
    threading.Thread(target=loop.run_forever, name=f"comfyui-progress-{process}", daemon=True).start()
    return loop


async def _read(connection: Any, prompt_id: str, order: _Order, tally: Tally) -> bool:
    """Read events; return whether the order has ended, ``False`` if the connection has."""
    while True:
        async with asyncio.timeout(QUIET_S):
            message = await connection.read_message()
        if message is None:
            return False
        event, data = _event(message)
        if data.get("prompt_id", prompt_id) != prompt_id:
            continue
        tally.read(event, data)
        order.share = 1.0 if event in ENDS else max(tally.share, order.share or 0.0)
        if event in ENDS:
            return True


async def _connect(server: Server, client_id: str) -> Any:
    from tornado.httpclient import HTTPRequest
    from tornado.websocket import websocket_connect

    url = f"ws{server.address.removeprefix('http')}/ws?{urlencode({'clientId': client_id})}"
    request = HTTPRequest(url, headers=server.headers)
    return await websocket_connect(request, max_message_size=MAX_MESSAGE_BYTES)


def _event(message: str | bytes) -> tuple[str, Mapping[str, Any]]:
    """Return kind and data of an event; empty for previews, which are binary."""
    with suppress(ValueError, AttributeError):
        event = json.loads(message) if isinstance(message, str) else {}
        return str(event.get("type", "")), as_object(event.get("data"))
    return "", {}
