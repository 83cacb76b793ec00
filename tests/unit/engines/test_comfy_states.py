"""The replies of ComfyUI about orders, in the forms of its versions and in wrong ones."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engines.base import OrderProgress
from engines.comfy.graph import weights
from engines.comfy.progress import Tally
from engines.comfy.states import failure, graph_in_queue, in_history, in_jobs, in_queue, refusal
from schemas.engine import Cost

ID = "0b0f3f9e-1a1b-5c5d-8e8f-000000000001"
FILE = {"filename": "clip_00001_.mp4", "subfolder": "pytoon", "type": "output"}


def history(outputs: object = None, status: object = None) -> dict:
    return {
        ID: {"prompt": [], "outputs": outputs or {}, "status": status or {"status_str": "success", "completed": True}}
    }


@pytest.mark.parametrize("kind", ["images", "gifs", "videos", "video"])
def test_file_of_the_output_node_is_the_clip_whatever_its_kind(kind):
    progress = in_history(history({"9": {"images": [{**FILE, "filename": "x.png"}]}, "5": {kind: [FILE]}}), ID, "5")
    assert progress is not None
    assert (progress.state, progress.data, progress.cost) == (OrderProgress.DONE, {"file": FILE}, Cost())


def test_preview_is_no_clip():
    progress = in_history(history({"5": {"images": [{**FILE, "type": "temp"}]}}), ID, "5")
    assert progress is not None
    assert (progress.state, progress.reason) == (
        OrderProgress.FAILED,
        "the server finished the workflow but names no file",
    )


def test_order_of_an_unknown_workflow_has_the_first_file():
    progress = in_history(history({"9": {"images": [FILE]}}), ID, "")
    assert progress is not None
    assert progress.data == {"file": FILE}


def test_order_that_is_not_in_the_history_has_no_end():
    assert in_history({}, ID, "5") is None
    assert in_history(history(), "another", "5") is None


def test_interrupted_order_is_cancelled_although_its_status_is_error():
    messages = [["execution_start", {}], ["execution_interrupted", {"node_id": "3"}]]
    progress = in_history(history(status={"status_str": "error", "completed": False, "messages": messages}), ID, "5")
    assert progress is not None
    assert progress.state is OrderProgress.CANCELLED


def test_error_without_an_event_is_a_failure():
    progress = in_history(history(status={"status_str": "error", "completed": False, "messages": []}), ID, "5")
    assert progress is not None
    assert (progress.state, progress.reason) == (OrderProgress.FAILED, "the server does not say why")


@pytest.mark.parametrize(
    ("kind", "message", "can_retry"),
    [
        ("torch.OutOfMemoryError", "Allocation on device", True),
        ("RuntimeError", "CUDA error: out of memory", True),
        ("RuntimeError", "shape mismatch", False),
    ],
)
def test_only_lack_of_memory_can_be_retried(kind, message, can_retry):
    error = {"node_id": "3", "node_type": "KSampler", "exception_type": kind, "exception_message": f"{message}\n"}
    progress = failure(error)
    assert (progress.reason, progress.can_retry) == (f"KSampler (node 3): {kind}: {message}", can_retry)


def test_waiting_orders_are_counted_by_their_numbers():
    queue = {"queue_running": [[1, "a", {}, {}, []]], "queue_pending": [[9, ID, {}], [-2, "front", {}], [3, "b", {}]]}
    progress = in_queue(queue, ID)
    assert progress is not None
    assert (progress.state, progress.share) == (OrderProgress.WAITING, pytest.approx(0.1 / 4))
    assert in_queue(queue, "c") is None


def test_graph_of_a_running_order_is_in_the_queue():
    queue = {"queue_running": [[1, ID, {"3": {}}, {}, []]]}
    assert graph_in_queue(queue, ID) == {"3": {}}
    assert graph_in_queue(queue, "another") == {}


@pytest.mark.parametrize(
    ("status", "state"),
    [
        ("pending", OrderProgress.WAITING),
        ("in_progress", OrderProgress.RUNNING),
        ("failed", OrderProgress.FAILED),
        ("cancelled", OrderProgress.CANCELLED),
        ("completed", OrderProgress.DONE),
    ],
)
def test_states_of_jobs_of_newer_servers(status, state):
    progress = in_jobs({"id": ID, "status": status, "outputs": {"5": {"images": [FILE]}}}, "5")
    assert progress is not None
    assert progress.state is state
    assert in_jobs({"status": "unheard of"}, "5") is None


def test_refusal_names_node_input_and_message():
    error = {"message": "Required input is missing", "details": "fps", "extra_info": {"input_name": "fps"}}
    body = {"error": {"message": "no"}, "node_errors": {"4": {"class_type": "CreateVideo", "errors": [error]}}}
    assert refusal(body) == "CreateVideo (node 4), fps: Required input is missing: fps"
    assert refusal({"error": {"message": "No prompt provided", "details": "x"}}) == "No prompt provided: x"
    assert refusal({"error": "words"}) == "words"
    assert refusal(None) == "the server refused the workflow"


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5) | st.just(ID),
    lambda parts: st.lists(parts, max_size=4) | st.dictionaries(st.sampled_from(sorted({
        ID, "queue_running", "queue_pending", "status", "status_str", "messages", "outputs", "images", "filename",
        "node_errors", "errors", "error", "extra_info", "execution_error", "nodes", "value", "max", "inputs", "steps",
    })), parts, max_size=5),
    max_leaves=25,
)  # fmt: skip


@given(JSON)
def test_any_json_is_read_without_an_error(body):
    for read in (in_queue, graph_in_queue):
        read(body, ID)
    in_history(body, ID, "5")
    in_jobs(body, "5")
    refusal(body)
    failure(body)


@given(st.dictionaries(st.text(max_size=3), JSON, max_size=3), JSON)
def test_share_is_between_0_and_1_whatever_the_events_say(graph, data):
    tally = Tally(weights(graph))
    for event in ("execution_cached", "executing", "progress", "progress_state", "other"):
        tally.read(event, data if isinstance(data, dict) else {})
        assert 0 <= tally.share <= 1
