"""The plan step matches the pictures of a film, and later those that a revision brings in."""

from __future__ import annotations

import io
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from app.jobs import workspace
from app.queue.embedded_broker import Broker
from schemas.job import JobRequest
from schemas.scene_graph import Media, SceneGraph
from tasks import planning
from tests.bench.rows import add_asset
from tests.stored_runs import stored_job, stored_run

pytestmark = pytest.mark.usefixtures("broker")


def picture(level: int, name: str) -> str:
    """Store a picture of random levels around ``level`` and return its asset id."""
    pixels = np.random.default_rng(level).integers(level - 40, level + 40, (120, 90), np.uint8)
    data = io.BytesIO()
    Image.fromarray(pixels).resize((360, 480)).save(data, "PNG")
    return add_asset(data.getvalue(), name)


def planned(request: JobRequest, graph: SceneGraph | None = None, number: int = 1) -> SceneGraph:
    run_id = stored_run(stored_job(request), number, graph)
    planning.plan(run_id)
    return workspace.open_workspace(run_id).graph


def request_with(*media: str, preset_id: str = "clean_bold") -> JobRequest:
    script = "The harbour wakes before the town does. The boats leave one by one in the morning light."
    return JobRequest(script=script, media=media, preset_id=preset_id, quality="draft")


@pytest.fixture(scope="module")
def dark_and_bright(broker: Broker) -> tuple[str, str]:
    return picture(90, "dark.png"), picture(180, "bright.png")


def exposures(graph: SceneGraph) -> list[float | None]:
    return [scene.media.exposure for scene in graph.scenes if scene.media.asset]


def test_dark_picture_is_brightened_and_bright_one_darkened(dark_and_bright: tuple[str, str]) -> None:
    dark, bright = exposures(planned(request_with(*dark_and_bright)))[:2]
    assert dark is not None and bright is not None and dark > 0.2 > -0.2 > bright


def test_new_picture_of_a_revision_is_matched_to_the_others(dark_and_bright: tuple[str, str]) -> None:
    request = request_with(*dark_and_bright)
    first = planned(request)
    new = replace(first.scenes[0], media=Media("image", dark_and_bright[1]))
    revised = planned(request, replace(first, scenes=(new, *first.scenes[1:])), number=2)
    assert revised.scenes[1:] == first.scenes[1:]
    assert revised.scenes[0].media.exposure is not None and revised.scenes[0].media.exposure < -0.1


def test_exposure_of_an_edit_stays(dark_and_bright: tuple[str, str]) -> None:
    request = request_with(*dark_and_bright)
    first = planned(request)
    edited = replace(first.scenes[0], media=replace(first.scenes[0].media, exposure=-2.0))
    assert planned(request, replace(first, scenes=(edited, *first.scenes[1:])), number=2).scenes[0] == edited


def test_revision_of_a_film_from_before_is_not_matched(dark_and_bright: tuple[str, str]) -> None:
    request = request_with(*dark_and_bright)
    first = planned(request)
    before = replace(
        first, scenes=tuple(replace(s, media=replace(s.media, exposure=None, contrast=None)) for s in first.scenes)
    )
    assert planned(request, before, number=2) == before
