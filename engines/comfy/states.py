"""The replies of a ComfyUI server about one order, as its progress."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from engines.base import OrderProgress, Progress
from engines.comfy.json_values import as_list, as_number, as_object
from schemas.engine import Cost

# While an order waits, its share rises to this as those before it end; the rest is its own work.
WAITING_SHARE = 0.1
JOB_STATES = {
    "pending": OrderProgress.WAITING,
    "in_progress": OrderProgress.RUNNING,
    "completed": OrderProgress.DONE,
    "failed": OrderProgress.FAILED,
    "cancelled": OrderProgress.CANCELLED,
}
# Node outputs of files, by their kinds; ComfyUI lists its own videos as images, VideoHelperSuite as gifs.
FILE_KINDS = ("images", "gifs", "videos", "video")
OUT_OF_MEMORY = ("outofmemory", "out of memory", "allocation on device")


def in_queue(queue: Any, prompt_id: str) -> Progress | None:
    """Return the progress of an order that the reply to ``GET /queue`` lists; ``None`` if it is not there."""
    running, pending = (_items(queue, name) for name in ("queue_running", "queue_pending"))
    if any(_id_of(item) == prompt_id for item in running):
        return Progress(OrderProgress.RUNNING, WAITING_SHARE)
    for before, item in enumerate(sorted(pending, key=_number_of)):
        if _id_of(item) == prompt_id:
            return Progress(OrderProgress.WAITING, WAITING_SHARE / (before + len(running) + 1))
    return None


def graph_in_queue(queue: Any, prompt_id: str) -> Mapping[str, Any]:
    """Return the graph of a running order; empty if the queue does not say it."""
    item = next((item for item in _items(queue, "queue_running") if _id_of(item) == prompt_id), [])
    return as_object(item[2]) if len(item) > 2 else {}


def in_history(history: Any, prompt_id: str, output: str) -> Progress | None:
    """Return the end of an order that the reply to ``GET /history/{id}`` has; ``None`` if it is not there.

    ``output`` is the node that writes the clip; empty if it is not known.
    """
    entry = as_object(as_object(history).get(prompt_id))
    if not entry:
        return None
    status = as_object(entry.get("status"))
    messages = dict(_messages(status))
    if "execution_interrupted" in messages:
        return Progress(OrderProgress.CANCELLED, cost=Cost(), reason="it was interrupted at the server")
    if "execution_error" in messages or status.get("status_str") == "error":
        return failure(messages.get("execution_error"))
    return _finished(entry.get("outputs"), output)


def in_jobs(job: Any, output: str) -> Progress | None:
    """Return the progress that the reply to ``GET /api/jobs/{id}`` says; ``None`` if it is not readable."""
    state = JOB_STATES.get(str(as_object(job).get("status")))
    if state is OrderProgress.DONE:
        return _finished(job.get("outputs"), output)
    if state is OrderProgress.FAILED:
        return failure(job.get("execution_error"))
    return Progress(state, cost=Cost() if state is OrderProgress.CANCELLED else None) if state else None


def lost(where: str) -> Progress:
    """The end of an order that the server at ``where`` knows no longer: it keeps queue and history in memory."""
    reason = f"the server at {where} no longer knows the order; it was restarted, or the order was deleted there"
    return Progress(OrderProgress.FAILED, cost=Cost(), reason=reason, can_retry=True)


def failure(event: Any) -> Progress:
    """The failure of a node, as the event ``execution_error`` describes it; lack of memory may be temporary."""
    error = as_object(event)
    message = " ".join(str(error.get("exception_message") or "the server does not say why").split())
    kind = str(error.get("exception_type") or "")
    where = f"{error['node_type']} (node {error.get('node_id')}): " if error.get("node_type") else ""
    has_no_memory = any(words in f"{kind} {message}".lower() for words in OUT_OF_MEMORY)
    reason = f"{where}{kind + ': ' if kind else ''}{message}"[:300]
    return Progress(OrderProgress.FAILED, cost=Cost(), reason=reason, can_retry=has_no_memory)


def refusal(body: Any) -> str:
    """Return why a server refused a graph, by node and input, from the body of its reply."""
    reasons = list(_node_errors(as_object(as_object(body).get("node_errors"))))
    if reasons:
        return "; ".join(reasons[:3])[:300]
    error = as_object(body).get("error")
    words = _words(error) if isinstance(error, dict) else str(error or "")
    return words[:300] or "the server refused the workflow"


def _finished(listed: Any, output: str) -> Progress:
    """The end of an order with a file; a cached node has the file of the run before."""
    outputs = as_object(listed)
    shown = [outputs.get(output)] if output else list(outputs.values())
    file = next(filter(None, map(_file, shown)), None)
    if file is None:
        reason = "the server finished the workflow but names no file"
        return Progress(OrderProgress.FAILED, cost=Cost(), reason=reason)
    return Progress(OrderProgress.DONE, 1.0, cost=Cost(), data={"file": file})


def _file(shown: Any) -> dict[str, str] | None:
    for kind in FILE_KINDS:
        for file in map(as_object, as_list(as_object(shown).get(kind))):
            if file.get("filename") and file.get("type", "output") == "output":
                return {name: str(file.get(name) or "") for name in ("filename", "subfolder")} | {"type": "output"}
    return None


def _items(queue: Any, name: str) -> list[list[Any]]:
    """The orders of a list of the queue, each with its number and its id."""
    return [item for item in as_list(as_object(queue).get(name)) if isinstance(item, list) and len(item) > 1]


def _id_of(item: list[Any]) -> str:
    return str(item[1])


def _number_of(item: list[Any]) -> float:
    return as_number(item[0])


def _messages(status: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for message in as_list(status.get("messages")):
        if isinstance(message, list) and len(message) == 2:
            yield str(message[0]), message[1]


def _node_errors(nodes: Mapping[str, Any]) -> Iterator[str]:
    for node_id, node in ((node_id, as_object(node)) for node_id, node in nodes.items()):
        for error in map(as_object, as_list(node.get("errors"))):
            name = as_object(error.get("extra_info")).get("input_name")
            where = f"{node.get('class_type')} (node {node_id})" + (f", {name}" if name else "")
            yield f"{where}: {_words(error)}"


def _words(error: Mapping[str, Any]) -> str:
    return ": ".join(str(error[name]) for name in ("message", "details") if error.get(name))
