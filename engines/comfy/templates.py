"""Files of workflows: a graph, the names of its inputs, and the model that it is.

``NAME.json`` has the sections ``workflow``, ``inputs`` and ``model``; or it is the graph as ComfyUI exports it, and
``NAME.inputs.json`` beside it has the other two.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from engines.comfy.graph import checked_graph, output_of
from engines.comfy.workflows import INPUTS, Slot, Workflow
from schemas.engine import EngineModel

SHIPPED = Path(__file__).parent / "workflows"
BESIDE = ".inputs.json"
NAME = re.compile(r"[a-z0-9][a-z0-9_.-]{0,63}")
SECTIONS = ("about", "workflow", "inputs", "model")
MODEL_FIELDS = ("seconds", "aspects", "resolutions", "prompt_limit", "fps", "frame_step", "size_step")
# ComfyUI limits neither; these are for its memory and for the encoders of the models.
PROMPT_LIMIT, MAX_IMAGE_BYTES = 2000, 50_000_000
MAX_FPS = 120


@dataclass(frozen=True, slots=True)
class Library:
    """The workflows by their names, and why each file that cannot be used is left out."""

    workflows: Mapping[str, Workflow] = field(default_factory=dict)
    problems: Mapping[str, str] = field(default_factory=dict)


def load_workflows(directories: Iterable[Path]) -> Library:
    """Read every workflow; one of an earlier directory replaces that of a later one with the same name."""
    workflows: dict[str, Workflow] = {}
    problems: dict[str, str] = {}
    for directory in directories:
        for path in sorted(directory.glob("*.json")):
            name = path.name.removesuffix(".json")
            if path.name.endswith(BESIDE) or name in workflows or name in problems:
                continue
            try:
                workflows[name] = read_workflow(path)
            except (ValueError, OSError) as error:
                problems[name] = str(error)
    return Library(workflows, problems)


def read_workflow(path: Path) -> Workflow:
    """Read the workflow in a file. Raises ``ValueError`` with the reason if it cannot be used."""
    name = path.name.removesuffix(".json")
    if not NAME.fullmatch(name):
        raise ValueError("its name must be lower-case letters, digits and _ . -")
    sections = _sections(path)
    unknown = sorted(set(sections) - set(SECTIONS))
    if unknown:
        raise ValueError(f"it has an unknown section {unknown[0]!r}; there are {', '.join(SECTIONS)}")
    graph = checked_graph(sections.get("workflow"))
    output = output_of(graph)
    inputs = _inputs(sections.get("inputs"), graph)
    if "filename_prefix" in graph[output]["inputs"]:
        inputs.setdefault("filename_prefix", (Slot(output, "filename_prefix"),))
    options = _options(sections.get("model", {}))
    if "frames" in inputs and not options.get("fps") and "fps" not in inputs:
        raise ValueError("it names frames, so it must name fps too, or have fps in its section model")
    model = _model(name, inputs, options)
    steps = options.get("frame_step", 1), options.get("size_step", 2)
    return Workflow(name, graph, inputs, model, output, options.get("fps"), *steps)


def _sections(path: Path) -> dict[str, Any]:
    beside = path.with_name(path.name.removesuffix(".json") + BESIDE)
    if beside.exists():
        return {**_json(beside), "workflow": _json(path)}
    sections = _json(path)
    if "workflow" not in sections or "class_type" in sections["workflow"]:
        checked_graph(sections)  # the graph's own problem is the better reason
        raise ValueError(f"its inputs have no names; add the file {beside.name}")
    return sections


def _json(path: Path) -> dict[str, Any]:
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise ValueError(f"{path.name} is not JSON: {error}") from error
    if not isinstance(value, dict):
        raise ValueError(f"{path.name} is not a JSON object")
    return value


def _inputs(section: Any, graph: Mapping[str, Any]) -> dict[str, tuple[Slot, ...]]:
    if not isinstance(section, dict):
        raise ValueError("it has no section inputs")
    inputs: dict[str, tuple[Slot, ...]] = {}
    for name, written in section.items():
        if name not in INPUTS:
            raise ValueError(f"it names an unknown input {name!r}; there are {', '.join(INPUTS)}")
        places = written if isinstance(written, list) else [written]
        slots = tuple(_slot(name, place, graph) for place in places)
        known = "frames" if name == "length" else name
        inputs[known] = inputs.get(known, ()) + slots
    return inputs


def _slot(name: str, place: Any, graph: Mapping[str, Any]) -> Slot:
    """Read ``"node.input"``; only the first point separates, because inputs such as ``format.codec`` have one too."""
    node, point, input_name = str(place).partition(".")
    if not isinstance(place, str) or not point or not input_name:
        raise ValueError(f'{name} must be "node.input", such as "6.text", not {place!r}')
    if node not in graph:
        raise ValueError(f"{name} is input {input_name!r} of node {node}, which it does not have")
    if input_name not in graph[node]["inputs"]:
        known = ", ".join(graph[node]["inputs"])
        raise ValueError(f"{name} is input {input_name!r} of node {node}, which has only {known or 'none'}")
    if isinstance(graph[node]["inputs"][input_name], list):
        raise ValueError(f"{name} is input {input_name!r} of node {node}, which is a link")
    return Slot(node, input_name)


def _options(section: Any) -> dict[str, Any]:
    if not isinstance(section, dict):
        raise ValueError("its section model is not an object")
    for name, value in section.items():
        if name not in MODEL_FIELDS:
            raise ValueError(f"its section model has an unknown field {name!r}; there are {', '.join(MODEL_FIELDS)}")
        if not CHECKS[name](value):
            raise ValueError(f"{name} in its section model cannot be {value!r}")
    return section


def _model(name: str, inputs: Mapping[str, tuple[Slot, ...]], options: Mapping[str, Any]) -> EngineModel:
    resolutions = options.get("resolutions", {})
    return EngineModel(
        id=name,
        name=name,
        from_text="image" not in inputs,
        from_image="image" in inputs,
        takes_last_image="last_image" in inputs,
        seconds=tuple(sorted(options.get("seconds", ()))),
        aspects=tuple(options.get("aspects", ())),
        resolutions=tuple(sorted(resolutions, key=resolutions.__getitem__)),
        shorter_side_px=tuple(sorted(resolutions.values())),
        prompt_limit=options.get("prompt_limit", PROMPT_LIMIT) if "prompt" in inputs else 0,
        takes_negative_prompt="negative_prompt" in inputs,
        takes_seed="seed" in inputs,
        max_image_bytes=MAX_IMAGE_BYTES,
    )


def _is_count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value > 0


def _is_fps(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 < value <= MAX_FPS


def _is_even(value: Any) -> bool:
    return _is_count(value) and value % 2 == 0


CHECKS = {
    "seconds": lambda value: isinstance(value, list) and bool(value) and all(map(_is_count, value)),
    "aspects": lambda value: isinstance(value, list) and all(re.fullmatch(r"[1-9]\d?:[1-9]\d?", str(x)) for x in value),
    "resolutions": lambda value: isinstance(value, dict) and all(map(_is_count, value.values())),
    "prompt_limit": _is_count,
    "fps": _is_fps,
    "frame_step": _is_count,
    "size_step": _is_even,
}
