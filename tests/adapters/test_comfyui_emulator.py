"""What the emulator of ComfyUI does like a real server, beyond what the engine needs."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator

import pytest
import requests
from PIL import Image
from tornado.websocket import websocket_connect

from tests.emulators.comfyui import NEW, OLD, ComfyUI
from tests.waiting import wait_until

ID = "0b0f3f9e-1a1b-5c5d-8e8f-000000000001"


def graph(width: int = 64, file_format: str = "mp4") -> dict:
    codec = {"codec": "h264", "format.codec": "h264"}
    return {
        "1": {"class_type": "EmptyImage", "inputs": {"width": width, "height": 64, "batch_size": 8, "color": 0}},
        "2": {"class_type": "CreateVideo", "inputs": {"images": ["1", 0], "fps": 24}},
        "3": {
            "class_type": "SaveVideo",
            "inputs": {"video": ["2", 0], "filename_prefix": "x", "format": file_format, **codec},
        },
    }


@pytest.fixture(params=[OLD, NEW])
def server(request: pytest.FixtureRequest) -> Iterator[ComfyUI]:
    with ComfyUI(work_s=0.0, version=request.param) as emulator:
        yield emulator


def post(server: ComfyUI, path: str, body: object) -> requests.Response:
    return requests.post(f"{server.url}{path}", json=body, timeout=10)


def get(server: ComfyUI, path: str, **options: object) -> requests.Response:
    return requests.get(f"{server.url}{path}", timeout=10, **options)


def end(server: ComfyUI, prompt: dict, prompt_id: str = ID) -> dict:
    """Place an order and return its entry in the history."""
    assert post(server, "/prompt", {"prompt": prompt, "prompt_id": prompt_id}).status_code == 200
    return wait_until(lambda: get(server, f"/history/{prompt_id}").json().get(prompt_id), "the order ends")


def test_all_routes_exist_under_api_too(server):
    for path in ("/prompt", "/queue", f"/history/{ID}", "/system_stats", "/object_info/LoadImage"):
        assert get(server, path).json() == get(server, f"/api{path}").json()


def test_only_a_newer_server_has_jobs_and_requires_canonical_ids(server):
    statuses = [get(server, f"/api/jobs/{ID}").headers["Content-Type"]]
    assert ("json" in statuses[0]) is server.is_new
    reply = post(server, "/prompt", {"prompt": graph(), "prompt_id": ID.upper()})
    assert reply.status_code == (400 if server.is_new else 200)
    assert not server.is_new or reply.json()["error"]["type"] == "invalid_prompt_id"


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        ({}, "no_prompt"),
        ({"prompt": {"1": {"inputs": {}}}}, "invalid_prompt"),
        ({"prompt": {"1": {"class_type": "Nothing", "inputs": {}}}}, "invalid_prompt"),
        ({"prompt": {"1": graph()["1"]}}, "prompt_no_outputs"),
        ({"prompt": graph(width=0)}, "prompt_outputs_failed_validation"),
    ],
)
def test_invalid_orders_are_refused_by_their_kind(body, kind, server):
    reply = post(server, "/prompt", body)
    assert (reply.status_code, reply.json()["error"]["type"]) == (400, kind)


def test_body_that_is_not_json_is_an_internal_error(server):
    reply = requests.post(f"{server.url}/prompt", data=b"{", timeout=10)
    assert (reply.status_code, reply.headers["Content-Type"]) == (500, "text/plain; charset=utf-8")


def test_format_and_odd_size_fail_when_the_order_runs(server):
    for prompt, kind in ((graph(file_format="mkv"), "ValueError"), (graph(width=63), "RuntimeError")):
        events = dict(end(server, prompt)["status"]["messages"])
        assert events["execution_error"]["exception_type"] == kind
        server.restart()


def test_identical_graph_is_cached_and_writes_no_file(server):
    first = end(server, graph())
    second = end(server, graph(), ID.replace("1a1b", "2a2b"))
    events = dict(second["status"]["messages"])
    assert events["execution_cached"]["nodes"] == ["1", "2", "3"]
    assert second["outputs"] == first["outputs"]
    assert len(server.queue.files) == 1


def test_view_sends_ranges_and_refuses_paths_outside(server):
    (file,) = end(server, graph())["outputs"]["3"]["images"]
    whole = get(server, "/view", params=file)
    part = get(server, "/view", params=file, headers={"Range": "bytes=4-7"})
    assert (whole.status_code, whole.headers["Accept-Ranges"]) == (200, "bytes")
    assert (part.status_code, part.content, part.headers["ETag"]) == (206, b"ftyp", whole.headers["ETag"])
    assert get(server, "/view", params={"filename": "../x"}).status_code == 400
    assert get(server, "/view", params={"filename": "x", "subfolder": "../.."}).status_code == 403
    assert get(server, "/view", params={"filename": "absent.mp4"}).status_code == 404


def test_upload_of_other_bytes_under_a_name_is_numbered(server, tmp_path):
    names = []
    for colour in ("red", "blue", "red"):
        Image.new("RGB", (4, 4), colour).save(tmp_path / "a.png")
        files = {"image": ("a.png", (tmp_path / "a.png").read_bytes())}
        names.append(requests.post(f"{server.url}/upload/image", files=files, timeout=10).json()["name"])
    assert names == ["a.png", "a (1).png", "a.png"]
    assert requests.post(f"{server.url}/upload/image", data={"type": "input"}, timeout=10).status_code == 400


def test_restart_forgets_orders_and_keeps_files(server):
    (file,) = end(server, graph())["outputs"]["3"]["images"]
    server.restart()
    assert get(server, f"/history/{ID}").json() == {}
    assert get(server, "/view", params=file).status_code == 200


def test_interrupt_of_another_order_has_no_effect(server):
    server.hold()
    post(server, "/prompt", {"prompt": graph(), "prompt_id": ID})
    wait_until(lambda: get(server, "/queue").json()["queue_running"], "the order runs")
    post(server, "/interrupt", {"prompt_id": "another"})
    assert not server.queue.interrupted
    post(server, "/interrupt", {})
    entry = wait_until(lambda: get(server, f"/history/{ID}").json().get(ID), "the order ends")
    assert entry["status"]["status_str"] == "error"
    assert "execution_interrupted" in dict(entry["status"]["messages"])


def test_events_come_in_the_documented_order_and_only_to_the_client_of_the_order(server):
    def order() -> None:
        post(server, "/prompt", {"prompt": graph(), "prompt_id": ID, "client_id": "mine"})

    mine, others = asyncio.run(_events(server, order))
    assert mine[:2] == ["status", "status"]
    assert [event for event in mine if event not in ("progress_state",)][2:] == [
        "execution_start",
        "execution_cached",
        "executing",
        "executing",
        "executing",
        "executed",
        "execution_success",
        "status",
        "executing",
    ]
    assert set(others) == {"status"}


async def _events(server: ComfyUI, order: object) -> tuple[list[str], list[str]]:
    mine, others = [
        await websocket_connect(f"ws://127.0.0.1:{server.port}/ws?clientId={client}") for client in ("mine", "others")
    ]
    await asyncio.to_thread(wait_until, lambda: len(server.queue.sockets) == 2, "both are connected")
    await asyncio.to_thread(order)
    events: list[dict] = []
    while not events or events[-1] != {"type": "executing", "data": {"node": None, "prompt_id": ID}}:
        events.append(json.loads(await mine.read_message()))
    seen = [json.loads(await others.read_message())["type"] for _ in range(3)]
    for connection in (mine, others):
        connection.close()
    return [event["type"] for event in events], seen
