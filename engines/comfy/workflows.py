"""A workflow as a template: its named inputs receive the values of an order."""

from __future__ import annotations

import copy
import math
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from engines.comfy.graph import Graph, with_both_codecs, without
from schemas.engine import EngineModel
from schemas.order import ClipOrder

# The names that inputs of a workflow can have; "length" is another name of "frames".
INPUTS = (
    "prompt",
    "negative_prompt",
    "seed",
    "width",
    "height",
    "frames",
    "length",
    "fps",
    "seconds",
    "image",
    "last_image",
    "filename_prefix",
)


@dataclass(frozen=True, slots=True)
class Slot:
    """One input of one node."""

    node: str
    input: str


@dataclass(frozen=True, slots=True)
class Workflow:
    """A graph whose named ``inputs`` receive the values of an order; ``output`` is the node that writes the clip.

    ``fps`` is the frame rate of the model, ``None`` for that of the film. The number of frames is a multiple of
    ``frame_step``, plus one if it is not 1, as video models need it (121 = 30 · 4 + 1). Width and height are multiples
    of ``size_step``, which is even.
    """

    name: str
    graph: Graph
    inputs: Mapping[str, tuple[Slot, ...]]
    model: EngineModel
    output: str
    fps: float | None = None
    frame_step: int = 1
    size_step: int = 2


def filled(workflow: Workflow, order: ClipOrder, uploads: Mapping[str, str], prefix: str) -> Graph:
    """Return the graph of an order: ``uploads`` are the names of its pictures on the server, by their keys.

    ``prefix`` begins the name of the clip's file on the server. Without a last picture, the nodes for it are left out;
    without a negative prompt, that of the workflow stays.
    """
    graph = copy.deepcopy(workflow.graph)
    values = _values(workflow, order, uploads, prefix)
    for name, slots in workflow.inputs.items():
        for slot in slots:
            if name == "last_image" and not values[name]:
                graph = without(graph, slot.node)
            elif values[name] is not None:
                graph[slot.node]["inputs"][slot.input] = values[name]
    return with_both_codecs(graph)


def size_of(workflow: Workflow, order: ClipOrder) -> tuple[int, int]:
    """Return width and height of the clip: those of the order's resolution, or of the film if the model has none."""
    sides = dict(zip(workflow.model.resolutions, workflow.model.shorter_side_px, strict=True))
    if order.resolution not in sides:
        return _stepped(order.width, workflow), _stepped(order.height, workflow)
    across, down = (int(part) for part in order.aspect.split(":"))
    scale = Fraction(sides[order.resolution], min(across, down))
    return _stepped(across * scale, workflow), _stepped(down * scale, workflow)


def frames_of(workflow: Workflow, order: ClipOrder) -> int:
    """Return the number of frames: the fewest that the model can make which last as long as the order."""
    wanted = math.ceil(order.seconds * fps_of(workflow, order))
    if workflow.frame_step == 1:
        return wanted
    return workflow.frame_step * math.ceil((wanted - 1) / workflow.frame_step) + 1


def fps_of(workflow: Workflow, order: ClipOrder) -> float | int:
    """Return the frame rate of the clip."""
    fps = Fraction(workflow.fps) if workflow.fps else order.fps
    return fps.numerator if fps.denominator == 1 else round(float(fps), 3)


def _values(workflow: Workflow, order: ClipOrder, uploads: Mapping[str, str], prefix: str) -> dict[str, Any]:
    width, height = size_of(workflow, order)
    return {
        "prompt": order.prompt,
        "negative_prompt": order.negative_prompt or None,
        "seed": order.seed,
        "width": width,
        "height": height,
        "frames": frames_of(workflow, order),
        "fps": fps_of(workflow, order),
        "seconds": order.seconds,
        "image": uploads.get(order.image or ""),
        "last_image": uploads.get(order.last_image or ""),
        "filename_prefix": prefix,
    }


def _stepped(side: int | Fraction, workflow: Workflow) -> int:
    return max(1, round(Fraction(side) / workflow.size_step)) * workflow.size_step
