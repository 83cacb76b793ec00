"""The ComfyUI engine against an emulator of both versions: real HTTP, real WebSockets."""

from __future__ import annotations

import os
import subprocess
import sys
import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime
from fractions import Fraction
from pathlib import Path

import av
import pytest
from PIL import Image

from app.core.config import Settings
from app.core.errors import ProviderBusy, ProviderRefused, SubmitUnknown, Unconfigured
from engines.adapters import comfyui
from engines.adapters.comfyui import prompt_id_of
from engines.base import HostedEngine, OrderProgress, Progress, Submission
from schemas.engine import Cost
from schemas.order import ClipOrder
from tests.emulators.base import DROP, Reply
from tests.emulators.comfyui import NEW, OLD, ComfyUI
from tests.waiting import wait_until

SENT = datetime(2026, 11, 1, tzinfo=UTC)
IMAGE = ClipOrder("wan22_image", "a harbour", "rain", 2, seed=7, resolution="480p", image="assets/a/first.png")
TEXT = ClipOrder("wan22_text", "a harbour at dawn", "", 2, seed=7, resolution="480p")
STILL = ClipOrder("still", seconds=1, resolution="480p", image="assets/a/first.png", fps=Fraction(12))


@pytest.fixture(params=[OLD, NEW])
def server(request: pytest.FixtureRequest) -> Iterator[ComfyUI]:
    with ComfyUI(work_s=0.0, version=request.param) as emulator:
        yield emulator


@pytest.fixture
def engine(server: ComfyUI) -> comfyui.ComfyUI:
    return comfyui.build(Settings(**server.settings()))


@pytest.fixture
def files(tmp_path: Path) -> dict[str, Path]:
    names = ("assets/a/first.png", "assets/a/last.png")
    for index, name in enumerate(names):
        Image.new("RGB", (90, 160), (200, 40 * index, 30)).save(tmp_path / Path(name).name)
    return {name: tmp_path / Path(name).name for name in names}


def ended(engine: comfyui.ComfyUI, submission: Submission) -> Progress:
    return until(
        engine, submission, lambda progress: progress.state not in (OrderProgress.WAITING, OrderProgress.RUNNING)
    )


def until(engine: comfyui.ComfyUI, submission: Submission, is_so: Callable[[Progress], bool]) -> Progress:
    seen: list[Progress] = []
    wait_until(lambda: seen.append(engine.poll(submission)) or is_so(seen[-1]), "the order gets there")
    return seen[-1]


def running(engine: comfyui.ComfyUI, submission: Submission) -> Progress:
    return until(engine, submission, lambda progress: progress.state is OrderProgress.RUNNING)


def sent(server: ComfyUI) -> dict:
    return server.calls_to("POST", "^/prompt")[-1].json


# -- configuration -----------------------------------------------------------------------------------------------------


def test_engine_is_hosted_free_of_charge_and_finds_orders(engine):
    assert isinstance(engine, HostedEngine)
    assert engine.finds_orders
    assert engine.capabilities.generates
    assert not engine.capabilities.costs_money
    assert engine.capabilities.media == ("image", "generated")
    assert all(model.prices == () for model in engine.capabilities.models)


def test_servers_of_ones_own_network_are_no_network_for_the_policy():
    for urls, is_local in [("http://127.0.0.1:8188", True), ("http://gpu:1,http://10.0.0.4", True)]:
        assert comfyui.build(Settings(comfyui_urls=urls)).capabilities.needs_network is not is_local
    assert comfyui.build(Settings(comfyui_urls="http://gpu, https://comfy.example.com")).capabilities.needs_network


@pytest.mark.parametrize("urls", ["", "  ", "gpu:8188", "ftp://gpu", "http://"])
def test_missing_or_wrong_urls_are_unconfigured(urls):
    with pytest.raises(Unconfigured, match="PYTOON_COMFYUI_URLS"):
        comfyui.build(Settings(comfyui_urls=urls))


def test_missing_directory_of_workflows_is_unconfigured(tmp_path):
    with pytest.raises(Unconfigured, match="PYTOON_COMFYUI_WORKFLOWS"):
        comfyui.build(Settings(comfyui_urls="http://gpu", comfyui_workflows=str(tmp_path / "none")))


def test_invalid_workflow_of_the_operator_is_refused_with_its_reason(server, tmp_path):
    (tmp_path / "broken.json").write_text("{")
    engine = comfyui.build(Settings(**server.settings(), comfyui_workflows=str(tmp_path)))
    assert list(engine.problems) == ["broken"]
    assert "still" in [model.name for model in engine.capabilities.models]
    with pytest.raises(ProviderRefused, match=r"broken cannot be used: broken\.json is not JSON"):
        engine.submit(replace(TEXT, model="broken"), {}, "k")


def test_import_of_the_adapter_loads_no_websocket_client():
    code = "import sys, engines.adapters.comfyui; print('tornado' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "False\n"


# -- a whole order -----------------------------------------------------------------------------------------------------


def test_still_becomes_a_film_of_its_size_and_length(engine, server, files, tmp_path):
    submission = engine.submit(STILL, files, "key")
    progress = ended(engine, submission)
    assert (progress.state, progress.share, progress.cost) == (OrderProgress.DONE, 1.0, Cost())
    engine.fetch(replace(submission, data=progress.data), tmp_path / "clip.mp4")
    with av.open(tmp_path / "clip.mp4") as clip:
        stream = clip.streams.video[0]
        assert (stream.width, stream.height) == (360, 640)  # 480 x 854, made smaller by the emulator
        assert float(stream.duration * stream.time_base) == pytest.approx(1.0, abs=0.1)


@pytest.mark.parametrize("model", ["still", "pan", "wan22_text", "wan22_image", "ltxv_text", "ltxv_image"])
def test_server_accepts_every_workflow_that_is_part_of_the_package(model, engine, files):
    known = next(m for m in engine.capabilities.models if m.name == model)
    image = "assets/a/first.png" if known.from_image else None
    order = ClipOrder(model, "a harbour", "", (known.seconds or (1,))[0], "9:16", known.resolutions[0], image=image)
    assert ended(engine, engine.submit(order, files, "key")).state is OrderProgress.DONE


def test_order_is_a_graph_with_the_values_of_the_order(engine, server, files):
    submission = engine.submit(IMAGE, files, "key")
    body = sent(server)
    nodes = {node["class_type"]: node["inputs"] for node in body["prompt"].values()}
    texts = [node["inputs"]["text"] for node in body["prompt"].values() if node["class_type"] == "CLIPTextEncode"]
    assert set(body) == {"prompt", "prompt_id", "client_id"}
    assert body["prompt_id"] == body["client_id"] == submission.id
    assert texts == ["a harbour", "rain"]
    assert nodes["KSampler"]["seed"] == 7
    latent = nodes["Wan22ImageToVideoLatent"]
    assert (latent["width"], latent["height"], latent["length"]) == (480, 864, 49)
    assert nodes["CreateVideo"]["fps"] == 24
    assert nodes["SaveVideo"]["filename_prefix"] == f"pytoon/{submission.id}"
    assert nodes["SaveVideo"]["codec"] == nodes["SaveVideo"]["format.codec"] == "h264"
    assert nodes["LoadImage"]["image"].startswith("pytoon/")


def test_picture_is_uploaded_under_the_hash_of_its_content_and_once(engine, server, files):
    engine.submit(IMAGE, files, "one")
    engine.submit(IMAGE, files, "two")
    (name,) = server.uploads
    assert len(server.calls_to("POST", "/upload/image")) == 2
    assert b'name="overwrite"\r\n\r\nfalse' in server.calls_to("POST", "/upload/image")[0].body
    assert len(Path(name).stem) == 32


def test_file_that_the_server_has_renamed_is_used_under_its_new_name(engine, server, files):
    engine.submit(IMAGE, files, "one")
    (name,) = server.uploads
    server.uploads[name] = b"another picture that has the same name"
    engine.submit(IMAGE, files, "two")
    node = next(n for n in sent(server)["prompt"].values() if n["class_type"] == "LoadImage")
    assert node["inputs"]["image"] == f"{name.removesuffix('.png')} (1).png"


def test_id_of_an_order_is_a_canonical_uuid_that_follows_from_its_key(engine, server):
    ids = [engine.submit(TEXT, {}, key).id for key in ("one", "two")]
    assert ids == [prompt_id_of("one"), prompt_id_of("two")]
    assert all(str(uuid.UUID(text)) == text for text in ids)


def test_same_graph_again_is_served_from_the_cache_with_the_same_file(engine, server):
    first = engine.submit(TEXT, {}, "key")
    file = ended(engine, first).data["file"]
    server.queue.history.clear()
    second = ended(engine, engine.submit(TEXT, {}, "key"))
    assert second.data["file"] == file
    assert len(server.queue.files) == 1


def test_equal_orders_of_two_keys_have_two_files(engine, server):
    files = [ended(engine, engine.submit(TEXT, {}, key)).data["file"]["filename"] for key in ("one", "two")]
    assert len(set(files)) == 2


def test_order_without_its_picture_is_refused_before_it_is_sent(engine, server):
    with pytest.raises(ProviderRefused, match="needs a picture"):
        engine.submit(replace(IMAGE, image=None), {}, "key")
    assert not server.calls_to("POST", "^/prompt")


# -- states and progress -----------------------------------------------------------------------------------------------


def test_order_waits_behind_others_with_a_share_that_grows(engine, server):
    server.hold()
    first, second, third = (engine.submit(TEXT, {}, key) for key in ("one", "two", "three"))
    running(engine, first)
    shares = [engine.poll(third).share, engine.poll(second).share, engine.poll(first).share]
    assert [engine.poll(order).state for order in (second, third)] == [OrderProgress.WAITING] * 2
    assert shares == sorted(shares)
    assert shares[0] > 0
    assert len(set(shares)) == 3


def test_poll_of_a_running_order_is_one_request(engine, server):
    server.hold()
    submission = engine.submit(TEXT, {}, "key")
    running(engine, submission)
    before = len([call for call in server.calls if call.path != "/ws"])
    engine.poll(submission)
    assert len([call for call in server.calls if call.path != "/ws"]) == before + 1


def test_events_give_the_share_of_a_running_order(engine, server):
    server.hold()
    submission = engine.submit(TEXT, {}, "key")
    job = server.jobs[submission.id]
    running(engine, submission)
    wait_until(lambda: submission.id in server.queue.sockets, "the engine listens")
    wait_until(lambda: job.facts.get("node") == "8", "the sampler runs")
    server.report(job, 5, 20)
    quarter = until(engine, submission, lambda progress: progress.share > 0.2).share
    server.report(job, 15, 20)
    later = until(engine, submission, lambda progress: progress.share > quarter).share
    assert 0.2 < quarter < later < 1
    server.finish(job)
    assert ended(engine, submission).state is OrderProgress.DONE
    wait_until(lambda: submission.id not in server.queue.sockets, "the engine listens no longer")


def test_order_ends_without_events(engine, server):
    server.upgrade = lambda handler, call: False
    server.hold()
    submission = engine.submit(TEXT, {}, "key")
    assert running(engine, submission).share == pytest.approx(0.1)
    server.finish(server.jobs[submission.id])
    assert ended(engine, submission).state is OrderProgress.DONE


def test_order_that_a_restarted_server_forgot_is_lost_and_can_be_placed_again(engine, server):
    server.hold()
    submission = engine.submit(TEXT, {}, "key")
    running(engine, submission)
    server.restart()
    progress = engine.poll(submission)
    assert (progress.state, progress.can_retry, progress.cost) == (OrderProgress.FAILED, True, Cost())
    assert "no longer knows the order" in progress.reason
    server.work_s = 0.0
    assert ended(engine, engine.submit(TEXT, {}, "key")).state is OrderProgress.DONE


def test_order_of_a_server_that_does_not_answer_is_busy_and_not_failed(engine, server):
    submission = engine.submit(TEXT, {}, "key")
    server.fail("GET", "^/queue", DROP, times=2)
    with pytest.raises(ProviderBusy):
        engine.poll(submission)
    with pytest.raises(ProviderBusy):
        engine.find(TEXT, "key", SENT)
    assert ended(engine, submission).state is OrderProgress.DONE


def test_failure_of_a_node_names_node_and_message(engine, server):
    server.hold()
    submission = engine.submit(TEXT, {}, "key")
    server.finish(server.jobs[submission.id], "mat1 and mat2 shapes cannot be multiplied")
    progress = ended(engine, submission)
    assert (progress.state, progress.can_retry) == (OrderProgress.FAILED, False)
    assert progress.reason == "KSampler (node 8): RuntimeError: mat1 and mat2 shapes cannot be multiplied"


def test_lack_of_memory_can_be_retried(engine, server):
    server.hold()
    submission = engine.submit(TEXT, {}, "key")
    server.finish(server.jobs[submission.id], "Allocation on device 0 would exceed allowed memory.")
    progress = ended(engine, submission)
    assert (progress.state, progress.can_retry) == (OrderProgress.FAILED, True)
    assert "OutOfMemoryError" in progress.reason


# -- refusals and unknown outcomes -------------------------------------------------------------------------------------


def test_invalid_input_is_refused_with_node_input_and_message(engine, server, files):
    server.files["UNETLoader.unet_name"] = ["another.safetensors"]
    with pytest.raises(ProviderRefused, match=r"UNETLoader \(node 1\), unet_name: Value not in list"):
        engine.submit(TEXT, {}, "key")
    with pytest.raises(ProviderRefused, match=r"RepeatImageBatch.*, amount: Value 6000 bigger than max of 4096"):
        engine.submit(replace(STILL, seconds=500), files, "key")


def test_refusal_of_a_proxy_has_its_words(engine, server):
    server.fail("POST", "^/prompt", Reply(400, b"bad header", {"Content-Type": "text/plain"}))
    with pytest.raises(ProviderRefused, match="400 bad header"):
        engine.submit(TEXT, {}, "key")


def test_missing_nodes_are_refused_by_name(engine, server):
    server.nodes.discard("Wan22ImageToVideoLatent")
    with pytest.raises(ProviderRefused, match="has no node Wan22ImageToVideoLatent"):
        engine.submit(TEXT, {}, "key")


def test_lost_reply_is_unknown_and_the_order_is_found(engine, server):
    server.fail("POST", "^/prompt", DROP, after=True)
    with pytest.raises(SubmitUnknown):
        engine.submit(TEXT, {}, "key")
    found = engine.find(TEXT, "key", SENT)
    assert ended(engine, found).state is OrderProgress.DONE
    assert engine.find(TEXT, "key", SENT) == found
    assert engine.find(TEXT, "another key", SENT) is None


@pytest.mark.parametrize("reply", [Reply(200, b"<html>"), Reply(200, {}), Reply(500, b"500 Internal Server Error")])
def test_reply_to_an_order_that_cannot_be_read_is_unknown(reply, engine, server):
    server.fail("POST", "^/prompt", reply)
    with pytest.raises(SubmitUnknown):
        engine.submit(TEXT, {}, "key")


def test_order_that_waits_is_found(engine, server):
    server.throttled = True
    submission = engine.submit(TEXT, {}, "key")
    assert engine.find(TEXT, "key", SENT) == submission
    assert engine.find(replace(TEXT, model="gone"), "key", SENT).id == submission.id


def test_clip_that_is_gone_is_busy(engine, server, tmp_path):
    submission = engine.submit(TEXT, {}, "key")
    progress = ended(engine, submission)
    server.queue.files.clear()
    with pytest.raises(ProviderBusy, match="404"):
        engine.fetch(replace(submission, data=progress.data), tmp_path / "clip.mp4")


def test_user_and_password_of_a_url_are_sent_and_never_shown(server):
    url = server.url.replace("http://", "http://anna:s3cret-word@")
    engine = comfyui.build(Settings(comfyui_urls=url))
    submission = engine.submit(TEXT, {}, "key")
    assert server.calls[-1].headers["Authorization"] == "Basic YW5uYTpzM2NyZXQtd29yZA=="
    assert "s3cret" not in repr(submission)
    server.fail("GET", "^/queue", Reply(401, {"error": "wrong: YW5uYTpzM2NyZXQtd29yZA=="}))
    with pytest.raises(ProviderRefused) as error:
        engine.poll(submission)
    assert "YW5uYTpzM2NyZXQtd29yZA" not in str(error.value)


# -- cancel ------------------------------------------------------------------------------------------------------------


def test_order_that_waits_is_cancelled_at_once(engine, server):
    server.hold()
    first, second = (engine.submit(TEXT, {}, key) for key in ("one", "two"))
    running(engine, first)
    cancellation = engine.cancel(second)
    assert (cancellation.cancelled, cancellation.charged) == (True, Cost())
    assert not server.queue.pending
    assert engine.poll(first).state is OrderProgress.RUNNING


def test_running_order_is_interrupted_and_ends_as_cancelled(engine, server):
    server.hold()
    submission = engine.submit(TEXT, {}, "key")
    running(engine, submission)
    assert not engine.cancel(submission).cancelled
    progress = ended(engine, submission)
    assert (progress.state, progress.cost) == (OrderProgress.CANCELLED, Cost())
    expected = "/api/jobs/.*/cancel" if server.is_new else "^/interrupt"
    assert server.calls_to("POST", expected)
    assert all(call.json == {"prompt_id": submission.id} for call in server.calls_to("POST", "^/interrupt"))


def test_order_that_has_ended_or_is_unknown_can_be_cancelled(engine, server):
    submission = engine.submit(TEXT, {}, "key")
    ended(engine, submission)
    assert engine.cancel(submission).cancelled
    assert engine.cancel(replace(submission, id=prompt_id_of("never sent"))).cancelled


# -- several servers ---------------------------------------------------------------------------------------------------


@pytest.fixture
def pair() -> Iterator[tuple[ComfyUI, ComfyUI]]:
    with ExitStack() as stack:
        yield stack.enter_context(ComfyUI(work_s=0.0)), stack.enter_context(ComfyUI(work_s=0.0, version=OLD))


def both(*servers: ComfyUI) -> comfyui.ComfyUI:
    return comfyui.build(Settings(comfyui_urls=", ".join(server.url for server in servers)))


def test_order_goes_to_the_server_with_the_shortest_queue(pair):
    for server in pair:
        server.hold()
    engine = both(*pair)
    submissions = [engine.submit(TEXT, {}, key) for key in ("one", "two", "three")]
    assert [submission.data["server"] for submission in submissions] == [pair[0].url, pair[1].url, pair[0].url]
    assert [running(engine, submission).state for submission in submissions[:2]] == [OrderProgress.RUNNING] * 2


def test_order_goes_to_the_server_that_has_its_nodes(pair):
    pair[0].nodes.discard("KSampler")
    assert both(*pair).submit(TEXT, {}, "key").data["server"] == pair[1].url


def test_nodes_of_a_server_are_read_once_in_a_minute(pair):
    engine = both(*pair)
    for key in ("one", "two"):
        engine.submit(TEXT, {}, key)
    assert [len(server.calls_to("GET", "/object_info")) for server in pair] == [1, 1]


def test_server_that_does_not_answer_is_left_out_and_all_of_them_are_busy(pair):
    gone = "http://127.0.0.1:1"
    engine = comfyui.build(Settings(comfyui_urls=f"{gone},{pair[0].url}"))
    assert engine.submit(TEXT, {}, "key").data["server"] == pair[0].url
    pair[0].nodes.discard("KSampler")
    engine = comfyui.build(Settings(comfyui_urls=f"{gone},{pair[0].url}"))
    with pytest.raises(ProviderBusy, match="cannot be reached"):
        engine.submit(TEXT, {}, "another")


def test_order_is_found_at_any_server_and_polled_at_its_own(pair):
    submission = both(*reversed(pair)).submit(TEXT, {}, "key")
    engine = both(*pair)
    assert engine.find(TEXT, "key", SENT) == submission
    without_it = both(pair[0])
    assert ended(without_it, submission).state is OrderProgress.DONE


def test_order_is_not_said_to_be_missing_while_a_server_does_not_answer(pair):
    engine = comfyui.build(Settings(comfyui_urls=f"{pair[0].url},http://127.0.0.1:1"))
    with pytest.raises(ProviderBusy):
        engine.find(TEXT, "key", SENT)


# -- the command -------------------------------------------------------------------------------------------------------


def command(server: ComfyUI, *arguments: str | Path, **settings: str) -> subprocess.CompletedProcess[str]:
    environ = {**os.environ, "PYTOON_COMFYUI_URLS": server.url, **settings}
    argv = [sys.executable, "-m", "engines.comfy", *arguments]
    return subprocess.run(argv, capture_output=True, text=True, env=environ, check=False)


def test_command_checks_every_workflow(server, tmp_path):
    (tmp_path / "broken.json").write_text("{")
    server.nodes.discard("KSampler")
    result = command(server, PYTOON_COMFYUI_WORKFLOWS=str(tmp_path))
    assert result.returncode == 1
    assert "broken: broken.json is not JSON" in result.stdout
    assert "\nstill: ok\n" in result.stdout
    assert f"wan22_text: {server.url} has no node KSampler" in result.stdout


def test_command_makes_a_clip_and_says_why_it_cannot(server, files, tmp_path):
    out = tmp_path / "clip.mp4"
    result = command(server, "still", "--image", files["assets/a/first.png"], "--seconds", "1", "--out", out)
    assert (result.returncode, out.stat().st_size > 0) == (0, True)
    result = command(server, "nothing", "a prompt")
    assert (result.returncode, "it has no workflow nothing" in result.stdout) == (1, True)
