"""The replies of a ComfyUI server about one order, as its progress."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from engines.base import OrderProgress, Progress
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
    lists = queue if isinstance(queue, dict) else {}
    if any(_id_of(item) == prompt_id for item in lists.get("queue_running") or ()):
        return Progress(OrderProgress.RUNNING, WAITING_SHARE)
    pending = sorted(filter(_id_of, lists.get("queue_pending") or ()), key=lambda item: float(item[0]))
    for before, item in enumerate(pending):
        if _id_of(item) == prompt_id:
            ahead = before + len(lists.get("queue_running") or ())
            return Progress(OrderProgress.WAITING, WAITING_SHARE / (ahead + 1))
    return None


def graph_in_queue(queue: Any, prompt_id: str) -> Mapping[str, Any]:
    """Return the graph of a running order; empty if the queue does not say it."""
    running = queue.get("queue_running") or () if isinstance(queue, dict) else ()
    item: Sequence[Any] = next((item for item in running if _id_of(item) == prompt_id), [])
    return item[2] if len(item) > 2 and isinstance(item[2], dict) else {}


def in_history(history: Any, prompt_id: str, output: str) -> Progress | None:
    """Return the end of an order that the reply to ``GET /history/{id}`` has; ``None`` if it is not there.

    ``output`` is the node that writes the clip; empty if it is not known.
    """
    entry = history.get(prompt_id) if isinstance(history, dict) else None
    if not isinstance(entry, dict):
        return None
    status = entry.get("status") or {}
    messages = dict(_messages(status))
    if "execution_interrupted" in messages:
        return Progress(OrderProgress.CANCELLED, cost=Cost(), reason="it was interrupted at the server")
    if "execution_error" in messages or status.get("status_str") == "error":
        return failure(messages.get("execution_error") or {})
    return _finished(entry.get("outputs") or {}, output)


def in_jobs(job: Any, output: str) -> Progress | None:
    """Return the progress that the reply to ``GET /api/jobs/{id}`` says; ``None`` if it is not readable."""
    state = JOB_STATES.get(str(job.get("status")) if isinstance(job, dict) else "")
    if state is OrderProgress.DONE:
        return _finished(job.get("outputs") or {}, output)
    if state is OrderProgress.FAILED:
        return failure(job.get("execution_error") or {})
    return Progress(state, cost=Cost() if state is OrderProgress.CANCELLED else None) if state else None


def lost(where: str) -> Progress:
    """The end of an order that the server at ``where`` knows no longer: it keeps queue and history in memory."""
    reason = f"the server at {where} no longer knows the order; it was restarted, or the order was deleted there"
    return Progress(OrderProgress.FAILED, cost=Cost(), reason=reason, can_retry=True)


def failure(error: Mapping[str, Any]) -> Progress:
    """The failure of a node, as the event ``execution_error`` describes it; lack of memory may be temporary."""
    message = " ".join(str(error.get("exception_message") or "the server does not say why").split())
    kind = str(error.get("exception_type") or "")
    where = f"{error['node_type']} (node {error.get('node_id')}): " if error.get("node_type") else ""
    has_no_memory = any(words in f"{kind} {message}".lower() for words in OUT_OF_MEMORY)
    reason = f"{where}{kind + ': ' if kind else ''}{message}"[:300]
    return Progress(OrderProgress.FAILED, cost=Cost(), reason=reason, can_retry=has_no_memory)


def refusal(body: Any) -> str:
    """Return why a server refused a graph, by node and input, from the body of its reply."""
    nodes = body.get("node_errors") if isinstance(body, dict) else None
    reasons = list(_node_errors(nodes)) if isinstance(nodes, dict) else []
    if reasons:
        return "; ".join(reasons[:3])[:300]
    error = body.get("error") if isinstance(body, dict) else None
    if isinstance(error, dict):
        return ": ".join(str(error[name]) for name in ("message", "details") if error.get(name))[:300]
    return str(error or "the server refused the workflow")[:300]


def _finished(outputs: Mapping[str, Any], output: str) -> Progress:
    """The end of an order with a file; a cached node has the file of the run before."""
    shown = [outputs.get(output)] if output else list(outputs.values())
    file = next(filter(None, map(_file, shown)), None)
    if file is None:
        reason = "the server finished the workflow but names no file"
        return Progress(OrderProgress.FAILED, cost=Cost(), reason=reason)
    return Progress(OrderProgress.DONE, 1.0, cost=Cost(), data={"file": file})


def _file(shown: Any) -> dict[str, str] | None:
    lists = (shown.get(kind) for kind in FILE_KINDS) if isinstance(shown, dict) else ()
    for files in lists:
        for file in files if isinstance(files, list) else ():
            if isinstance(file, dict) and file.get("filename") and file.get("type", "output") == "output":
                return {name: str(file.get(name) or "") for name in ("filename", "subfolder")} | {"type": "output"}
    return None


def _id_of(item: Any) -> str | None:
    is_item = isinstance(item, list | tuple) and len(item) > 1
    return str(item[1]) if is_item else None


def _messages(status: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for message in status.get("messages") or ():
        if isinstance(message, list | tuple) and len(message) == 2:
            yield str(message[0]), message[1]


def _node_errors(nodes: Mapping[str, Any]) -> Iterator[str]:
    for node_id, node in nodes.items():
        for error in node.get("errors") or ():
            name = (error.get("extra_info") or {}).get("input_name")
            where = f"{node.get('class_type')} (node {node_id})" + (f", {name}" if name else "")
            yield f"{where}: " + ": ".join(str(error[key]) for key in ("message", "details") if error.get(key))
