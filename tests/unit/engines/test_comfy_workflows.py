"""Workflow templates: reading, validation, and the graph of an order."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engines.comfy.graph import VIDEO_OUTPUTS, classes, output_of, with_both_codecs, without
from engines.comfy.progress import Tally
from engines.comfy.servers import is_local
from engines.comfy.templates import MODEL_FIELDS, SHIPPED, load_workflows, read_workflow
from engines.comfy.workflows import INPUTS as INPUT_NAMES
from engines.comfy.workflows import filled, frames_of, size_of
from schemas.order import ClipOrder
from tests.emulators.comfyui_nodes import NODES

LIBRARY = load_workflows([SHIPPED])
MODEL_FREE = ("still", "pan")
ORDER = ClipOrder("x", "a cat", "fog", 3, seed=5, image="a.png", width=1080, height=1920, fps=Fraction(30000, 1001))


def graph(**changes: dict) -> dict:
    nodes = {
        "1": {"class_type": "LoadImage", "inputs": {"image": "a.png"}, "_meta": {"title": "Load"}},
        "2": {"class_type": "ImageScale", "inputs": {"image": ["1", 0], "width": 720, "height": 1280}},
        "3": {"class_type": "RepeatImageBatch", "inputs": {"image": ["2", 0], "amount": 48}},
        "4": {"class_type": "CreateVideo", "inputs": {"images": ["3", 0], "fps": 24}},
        "5": {"class_type": "SaveVideo", "inputs": {"video": ["4", 0], "filename_prefix": "x", "format": "mp4"}},
    }
    return {**nodes, **changes}


INPUTS = {"image": "1.image", "width": "2.width", "height": "2.height", "frames": "3.amount", "fps": "4.fps"}


@pytest.fixture
def write(tmp_path):
    """A function that writes a workflow and returns its path."""

    def written(name: str = "mine", **sections: object) -> Path:
        path = tmp_path / f"{name}.json"
        path.write_text(json.dumps({"workflow": graph(), "inputs": INPUTS, **sections}))
        return path

    return written


# -- those of the package ----------------------------------------------------------------------------------------------


def test_every_workflow_of_the_package_is_valid():
    assert LIBRARY.problems == {}
    assert sorted(LIBRARY.workflows) == ["ltxv_image", "ltxv_text", "pan", "still", "wan22_image", "wan22_text"]


@pytest.mark.parametrize("name", LIBRARY.workflows)
def test_workflow_of_the_package_makes_one_mp4_and_has_a_model_for_it(name):
    workflow = LIBRARY.workflows[name]
    save = workflow.graph[workflow.output]
    assert save["class_type"] == "SaveVideo"
    assert (save["inputs"]["format"], save["inputs"]["codec"], save["inputs"]["format.codec"]) == (
        "mp4",
        "h264",
        "h264",
    )
    assert workflow.model.name == workflow.model.id == name
    assert workflow.model.from_image is not workflow.model.from_text
    assert workflow.model.from_image is (name in MODEL_FREE or name.endswith("_image"))
    assert "filename_prefix" in workflow.inputs
    assert not workflow.model.prices


@pytest.mark.parametrize("name", LIBRARY.workflows)
def test_nodes_of_a_workflow_have_all_required_inputs(name):
    for node in LIBRARY.workflows[name].graph.values():
        assert set(NODES[node["class_type"]]) <= set(node["inputs"])


@pytest.mark.parametrize("name", MODEL_FREE)
def test_workflow_without_a_model_loads_none(name):
    assert not [kind for kind in classes(LIBRARY.workflows[name].graph) if kind.endswith(("Loader", "LoaderSimple"))]


def test_pan_shows_48_crops_in_order():
    nodes = LIBRARY.workflows["pan"].graph

    def offsets(node_id: str) -> list[int]:
        given = nodes[node_id]["inputs"]
        if nodes[node_id]["class_type"] == "ImageCrop":
            return [given["x"]]
        return offsets(given["image1"][0]) + offsets(given["image2"][0])

    assert offsets(nodes["video"]["inputs"]["images"][0]) == list(range(0, 96, 2))


# -- the graph of an order ---------------------------------------------------------------------------------------------


def test_values_of_the_order_replace_those_of_the_named_inputs(write):
    workflow = read_workflow(write())
    nodes = filled(workflow, ORDER, {"a.png": "pytoon/b.png"}, "pytoon/id")
    assert nodes["1"]["inputs"] == {"image": "pytoon/b.png"}
    assert nodes["2"]["inputs"] == {"image": ["1", 0], "width": 1080, "height": 1920}
    assert nodes["3"]["inputs"]["amount"] == 90
    assert nodes["4"]["inputs"]["fps"] == 29.97
    assert nodes["5"]["inputs"]["filename_prefix"] == "pytoon/id"
    assert workflow.graph["2"]["inputs"]["width"] == 720


def test_one_value_goes_to_several_inputs(write):
    workflow = read_workflow(write(inputs={**INPUTS, "seconds": ["2.width", "2.height"]}))
    assert len(workflow.inputs["seconds"]) == 2


def test_without_a_negative_prompt_that_of_the_workflow_stays():
    workflow = LIBRARY.workflows["wan22_text"]
    (slot,) = workflow.inputs["negative_prompt"]
    texts = [
        filled(workflow, replace(ORDER, negative_prompt=text), {}, "p")[slot.node]["inputs"]["text"]
        for text in ("", "fog")
    ]
    assert texts == [workflow.graph[slot.node]["inputs"]["text"], "fog"]


def test_without_a_last_picture_its_nodes_are_left_out(write):
    nodes = graph()
    nodes["6"] = {"class_type": "LoadImage", "inputs": {"image": "z.png"}}
    nodes["7"] = {"class_type": "ImageScale", "inputs": {"image": ["6", 0], "width": 8, "height": 8}}
    nodes["4"]["inputs"]["end"] = ["7", 0]
    workflow = read_workflow(write(workflow=nodes, inputs={**INPUTS, "last_image": "6.image"}))
    assert workflow.model.takes_last_image
    without_last = filled(workflow, ORDER, {"a.png": "a"}, "p")
    assert set(without_last) == {"1", "2", "3", "4", "5"}
    assert set(without_last["4"]["inputs"]) == {"images", "fps"}
    last = filled(workflow, replace(ORDER, last_image="z.png"), {"a.png": "a", "z.png": "pytoon/z"}, "p")
    assert last["6"]["inputs"]["image"] == "pytoon/z"
    assert last["4"]["inputs"]["end"] == ["7", 0]


def test_codec_is_under_both_names():
    for given_name in ("codec", "format.codec"):
        inputs = {"video": ["4", 0], "format": "mp4", given_name: "h264"}
        (node,) = with_both_codecs({"5": {"class_type": "SaveVideo", "inputs": inputs}}).values()
        assert node["inputs"]["codec"] == node["inputs"]["format.codec"] == "h264"


def test_removed_node_takes_with_it_what_only_passes_it_on():
    assert set(without(graph(), "1")) == set()
    assert without(
        graph(x={"class_type": "A", "inputs": {"a": ["1", 0], "b": ["y", 0]}}, y={"class_type": "B", "inputs": {}}), "1"
    ) == {
        "x": {"class_type": "A", "inputs": {"b": ["y", 0]}},
        "y": {"class_type": "B", "inputs": {}},
    }


@given(
    st.sampled_from(sorted(LIBRARY.workflows)),
    st.integers(2, 4000),
    st.integers(2, 4000),
    st.sampled_from(["9:16", "16:9", "1:1", "4:5", "21:9"]),
)
def test_width_and_height_are_even(name, width, height, aspect):
    workflow = LIBRARY.workflows[name]
    for resolution in ("", *workflow.model.resolutions):
        order = replace(ORDER, width=width, height=height, aspect=aspect, resolution=resolution)
        assert all(side % workflow.size_step == 0 and side >= 2 for side in size_of(workflow, order))
        assert workflow.size_step % 2 == 0


@given(st.sampled_from(sorted(LIBRARY.workflows)), st.integers(1, 60))
def test_frames_are_the_fewest_of_the_model_that_last_long_enough(name, seconds):
    workflow = LIBRARY.workflows[name]
    order = replace(ORDER, seconds=seconds)
    frames, step = frames_of(workflow, order), workflow.frame_step
    wanted = seconds * (Fraction(workflow.fps) if workflow.fps else order.fps)
    assert wanted <= frames < wanted + step
    assert step == 1 or frames % step == 1


# -- files of the operator ---------------------------------------------------------------------------------------------


def test_exported_graph_has_its_inputs_in_a_file_beside_it(tmp_path):
    (tmp_path / "mine.json").write_text(json.dumps(graph()))
    (tmp_path / "mine.inputs.json").write_text(json.dumps({"inputs": INPUTS, "model": {"seconds": [3]}}))
    library = load_workflows([tmp_path, SHIPPED])
    assert library.problems == {}
    assert next(iter(library.workflows)) == "mine"
    assert library.workflows["mine"].model.seconds == (3,)


def test_workflow_of_the_operator_replaces_that_of_the_package(write, tmp_path):
    write("still", model={"seconds": [9]})
    assert load_workflows([tmp_path, SHIPPED]).workflows["still"].model.seconds == (9,)


def test_invalid_file_does_not_affect_the_others(write, tmp_path):
    write("good")
    (tmp_path / "bad.json").write_text("[")
    library = load_workflows([tmp_path])
    assert list(library.workflows) == ["good"]
    assert list(library.problems) == ["bad"]


def test_model_has_the_facts_of_the_section_and_of_the_inputs(write):
    section = {"seconds": [4, 2], "aspects": ["9:16"], "resolutions": {"720p": 720, "480p": 480}, "prompt_limit": 9}
    model = read_workflow(write(model=section)).model
    assert (model.seconds, model.aspects) == ((2, 4), ("9:16",))
    assert (model.resolutions, model.shorter_side_px) == (("480p", "720p"), (480, 720))
    assert (model.prompt_limit, model.takes_seed, model.from_text) == (0, False, False)


SAVE = {"class_type": "SaveVideo", "inputs": {"video": ["4", 0], "filename_prefix": "y"}}
LOOP = {"class_type": "ImageScale", "inputs": {"image": ["3", 0], "width": 2, "height": 2}}


@pytest.mark.parametrize(
    ("sections", "reason"),
    [
        ({"workflow": {}}, "not a workflow in the API format"),
        ({"workflow": {"nodes": [], "links": []}}, r"Export \(API\)"),
        ({"workflow": {"1": {"inputs": {}}}}, "node 1 has no class_type"),
        ({"workflow": graph(**{"1": {"class_type": "LoadImage"}})}, r"node 1 \(LoadImage\) has no inputs"),
        (
            {"workflow": graph(**{"3": {**LOOP, "inputs": {"image": ["9", 0]}}})},
            "links to node 9, which it does not have",
        ),
        ({"workflow": graph(**{"2": LOOP})}, "in a circle"),
        ({"workflow": {"1": graph()["1"]}}, "has no node that write a clip"),
        ({"workflow": graph(**{"6": SAVE})}, "has 2 nodes that write a clip"),
        ({"inputs": None}, "no section inputs"),
        ({"inputs": {"promt": "1.image"}}, "unknown input 'promt'"),
        ({"inputs": {"image": "image"}}, 'must be "node.input"'),
        ({"inputs": {"image": 1}}, 'must be "node.input"'),
        ({"inputs": {"image": "9.image"}}, "of node 9, which it does not have"),
        ({"inputs": {"image": "1.picture"}}, "which has only image"),
        ({"inputs": {"image": "2.image"}}, "which is a link"),
        ({"inputs": {"frames": "3.amount"}}, "must name fps too"),
        ({"model": []}, "model is not an object"),
        ({"model": {"price": 1}}, "unknown field 'price'"),
        ({"model": {"seconds": [0]}}, "seconds in its section model"),
        ({"model": {"aspects": ["tall"]}}, "aspects in its section model"),
        ({"model": {"resolutions": {"720p": "720"}}}, "resolutions in its section model"),
        ({"model": {"fps": 500}}, "fps in its section model"),
        ({"model": {"size_step": 5}}, "size_step in its section model"),
        ({"models": {}}, "unknown section 'models'"),
    ],
    ids=str,
)
def test_invalid_file_has_a_reason(sections, reason, write):
    with pytest.raises(ValueError, match=reason):
        read_workflow(write(**sections))


def test_graph_whose_inputs_have_no_names_says_which_file_to_add(tmp_path):
    (tmp_path / "mine.json").write_text(json.dumps(graph()))
    with pytest.raises(ValueError, match=r"add the file mine\.inputs\.json"):
        read_workflow(tmp_path / "mine.json")


def test_name_of_a_file_must_be_one_that_a_request_can_give(write):
    with pytest.raises(ValueError, match="lower-case"):
        read_workflow(write("My Flow"))


@pytest.mark.parametrize("kind", VIDEO_OUTPUTS)
def test_every_kind_of_clip_is_an_output(kind):
    assert (
        output_of({"a": {"class_type": kind, "inputs": {}}, "b": {"class_type": "PreviewImage", "inputs": {}}}) == "a"
    )


# -- the page ----------------------------------------------------------------------------------------------------------

PAGE = Path(__file__).parents[3] / "docs" / "add-comfyui-workflow.md"


def test_example_of_the_page_is_a_valid_workflow(tmp_path):
    exported, inputs = re.findall(r"```json\n(.+?)```", PAGE.read_text(), re.DOTALL)
    (tmp_path / "zoom.json").write_text(exported)
    (tmp_path / "zoom.inputs.json").write_text(inputs)
    library = load_workflows([tmp_path])
    assert library.problems == {}
    assert library.workflows["zoom"].model.seconds == (2, 4)


def test_page_describes_every_input_every_field_and_every_workflow():
    text = PAGE.read_text()
    assert [
        name for name in (*INPUT_NAMES, *MODEL_FIELDS, *LIBRARY.workflows, *VIDEO_OUTPUTS) if f"`{name}`" not in text
    ] == []


# -- progress and servers ----------------------------------------------------------------------------------------------


def test_share_weighs_a_sampler_by_its_steps():
    tally = Tally({"load": 1, "sample": 8, "save": 1})
    tally.read("execution_cached", {"nodes": ["load"]})
    assert tally.share == pytest.approx(0.1)
    tally.read("executing", {"node": "sample"})
    tally.read("progress", {"node": "sample", "value": 4, "max": 8})
    assert tally.share == pytest.approx(0.5)
    tally.read("executing", {"node": "save"})
    assert tally.share == pytest.approx(0.9)
    states = {"save": {"value": 1, "max": 2, "state": "running"}, "sample": {"value": 0, "max": 8, "state": "finished"}}
    tally.read("progress_state", {"nodes": states})
    assert tally.share == pytest.approx(0.95)
    tally.read("executing", {"node": None})
    tally.read("crystools.monitor", {"gpu": 1})
    assert tally.share == pytest.approx(1.0)


@pytest.mark.parametrize("host", ["localhost", "gpu", "10.1.2.3", "192.168.1.2", "::1", "box.local", "gpu.internal"])
def test_private_hosts_are_local(host):
    assert is_local(host)


@pytest.mark.parametrize("host", ["comfy.example.com", "8.8.8.8", "2606:4700::1111"])
def test_public_hosts_are_not_local(host):
    assert not is_local(host)
