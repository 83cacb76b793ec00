"""The validation of ``POST /prompt`` by the ComfyUI emulator, with the errors of ComfyUI."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from tests.emulators.comfyui_nodes import OUTPUT_NODES, ancestors_first, is_link

TYPES = {"INT": int, "FLOAT": (int, float), "STRING": str, "BOOLEAN": bool}
CANONICAL_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def error(kind: str, message: str, details: str = "", **extra: Any) -> dict[str, Any]:
    return {"type": kind, "message": message, "details": details, "extra_info": extra}


def validate(body: Any, nodes: dict[str, Any], pictures: Any, needs_uuid: bool) -> dict[str, Any] | None:
    """The body of the 400 for an order; ``None`` if the order is valid."""
    if not isinstance(body, dict) or not isinstance(body.get("prompt"), dict):
        return _refused(error("no_prompt", "No prompt provided", "No prompt provided"))
    prompt_id = body.get("prompt_id")
    if needs_uuid and prompt_id is not None and not CANONICAL_UUID.fullmatch(str(prompt_id)):
        return _refused(error("invalid_prompt_id", "prompt_id must be a canonical lower-case UUID", str(prompt_id)))
    graph = body["prompt"]
    for node_id, node in graph.items():
        if "class_type" not in node:
            return _refused(
                error("invalid_prompt", "Cannot execute because a node is missing the class_type property.")
            )
        if node["class_type"] not in nodes:
            message = f"Cannot execute because node {node['class_type']} does not exist."
            return _refused(error("invalid_prompt", message, f"Node ID '#{node_id}'"))
    outputs = [node_id for node_id, node in graph.items() if node["class_type"] in OUTPUT_NODES]
    if not outputs:
        return _refused(error("prompt_no_outputs", "Prompt has no outputs"))
    return _validated_outputs(graph, outputs, nodes, pictures)


def _validated_outputs(graph: Any, outputs: list[str], nodes: Any, pictures: Any) -> dict[str, Any] | None:
    failed: dict[str, Any] = {}
    for output in outputs:
        for node_id in ancestors_first(graph, output):
            node = graph[node_id]
            errors = list(_node_errors(node, nodes[node["class_type"]], pictures))
            if errors:
                failed[node_id] = {"errors": errors, "dependent_outputs": [output], "class_type": node["class_type"]}
    if not failed:
        return None
    return {
        **_refused(error("prompt_outputs_failed_validation", "Prompt outputs failed validation")),
        "node_errors": failed,
    }


def _node_errors(node: Any, spec: dict[str, Any], pictures: Any) -> Iterator[dict[str, Any]]:
    for name, (kind, options) in spec.items():
        if name not in node["inputs"]:
            yield error("required_input_missing", "Required input is missing", name, input_name=name)
            continue
        value = node["inputs"][name]
        if is_link(value) or kind in ("*", "COMBO"):
            continue
        if node["class_type"] == "LoadImage":
            if value not in pictures:
                details = f"{name} - Invalid image file: {value}"
                yield error("custom_validation_failed", "Custom validation failed for node", details, input_name=name)
        elif isinstance(kind, list):
            if value not in kind:
                yield error(
                    "value_not_in_list", "Value not in list", f"{name}: '{value}' not in {kind}", input_name=name
                )
        elif not isinstance(value, TYPES[kind]):
            yield error(
                "invalid_input_type", f"Failed to convert an input value to a {kind} value", name, input_name=name
            )
        elif "max" in options and value > options["max"]:
            message = f"Value {value} bigger than max of {options['max']}"
            yield error("value_bigger_than_max", message, name, input_name=name)
        elif "min" in options and value < options["min"]:
            message = f"Value {value} smaller than min of {options['min']}"
            yield error("value_smaller_than_min", message, name, input_name=name)


def _refused(reason: dict[str, Any]) -> dict[str, Any]:
    return {"error": reason, "node_errors": {}}
