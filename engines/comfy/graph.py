"""Graphs in ComfyUI's API format: ``{node id: {"class_type": …, "inputs": {name: value or link}}}``.

A link is ``[node id, output index]``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from graphlib import CycleError, TopologicalSorter
from typing import Any

from engines.comfy.json_values import as_number, as_object

Graph = dict[str, dict[str, Any]]

# The nodes that write the clip.
VIDEO_OUTPUTS = ("SaveVideo", "SaveWEBM", "SaveAnimatedWEBP", "SaveAnimatedPNG", "VHS_VideoCombine")


def is_link(value: Any) -> bool:
    """Whether the value of an input is a link to another node."""
    return (
        isinstance(value, list)
        and len(value) == 2
        and isinstance(value[0], str)
        and isinstance(value[1], int)
        and not isinstance(value[1], bool)
    )


def links(node: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield each input of a node that is a link, with the id of the node that it links to."""
    return ((name, value[0]) for name, value in node["inputs"].items() if is_link(value))


def checked_graph(graph: Any) -> Graph:
    """Return a graph. Raises ``ValueError`` unless its nodes are well formed, its links resolve and it has no cycle."""
    if not isinstance(graph, dict) or not graph:
        raise ValueError("it is not a workflow in the API format: an object of nodes")
    if isinstance(graph.get("nodes"), list):
        raise ValueError("it is in the format of the editor; save it with Export (API)")
    for node_id, node in graph.items():
        _check_node(node_id, node)
    for node_id, node in graph.items():
        for name, source in links(node):
            if source not in graph:
                raise ValueError(f"input {name!r} of node {node_id} links to node {source}, which it does not have")
    _check_order(graph)
    return graph


def output_of(graph: Graph) -> str:
    """Return the id of the one node that writes the clip. Raises ``ValueError`` if there is none, or several."""
    outputs = [node_id for node_id, node in graph.items() if node["class_type"] in VIDEO_OUTPUTS]
    if len(outputs) != 1:
        count = f"has {len(outputs)} nodes" if outputs else "has no node"
        raise ValueError(f"it {count} that write a clip; exactly one of {', '.join(VIDEO_OUTPUTS)} is needed")
    return outputs[0]


def classes(graph: Graph) -> frozenset[str]:
    """The classes of the nodes of a graph, which a server must have."""
    return frozenset(node["class_type"] for node in graph.values())


def without(graph: Graph, node_id: str) -> Graph:
    """Return the graph without a node, without the links to it, and without nodes that only pass its output on."""
    rest = {name: node for name, node in graph.items() if name != node_id}
    passing = [name for name, node in rest.items() if {source for _, source in links(node)} == {node_id}]
    rest = {name: {**node, "inputs": _inputs_without(node, node_id)} for name, node in rest.items()}
    for name in passing:
        rest = without(rest, name)
    return rest


def with_both_codecs(graph: Graph) -> Graph:
    """Return the graph with the codec of ``SaveVideo`` under both names, ``codec`` and ``format.codec``.

    ComfyUI 0.3 requires the first one, later versions the second; each ignores the other.
    """
    return {
        name: {**node, "inputs": _both_codecs(node["inputs"])} if node["class_type"] == "SaveVideo" else node
        for name, node in graph.items()
    }


def weights(graph: Mapping[str, Any]) -> dict[str, float]:
    """The share of the work of each node: a sampler counts as its number of steps, any other node as one."""
    return {name: _steps(node) for name, node in graph.items()}


def _check_node(node_id: str, node: Any) -> None:
    if not isinstance(node, dict) or not isinstance(node.get("class_type"), str):
        raise ValueError(f"node {node_id} has no class_type; it is not in the API format")
    if not isinstance(node.get("inputs"), dict):
        raise ValueError(f"node {node_id} ({node['class_type']}) has no inputs")


def _check_order(graph: Graph) -> None:
    try:
        TopologicalSorter({name: {source for _, source in links(node)} for name, node in graph.items()}).prepare()
    except CycleError as error:
        raise ValueError(f"its nodes {', '.join(error.args[1])} link to each other in a circle") from error


def _inputs_without(node: Mapping[str, Any], node_id: str) -> dict[str, Any]:
    return {name: value for name, value in node["inputs"].items() if not (is_link(value) and value[0] == node_id)}


def _both_codecs(inputs: Mapping[str, Any]) -> dict[str, Any]:
    codec = inputs.get("codec", inputs.get("format.codec", "auto"))
    return {"codec": codec, "format.codec": codec, **inputs}


def _steps(node: Any) -> float:
    return max(1.0, as_number(as_object(as_object(node).get("inputs")).get("steps")))
