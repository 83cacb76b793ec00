"""Films with stock footage credit it: in the receipt, in ``credits.txt`` and, if asked to, over the last scene."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import requests

from tests.emulators.demo import settings_of
from tests.emulators.pexels import Pexels
from tests.stacks import Stack, running_stack
from tests.waiting import REPLY_S

WAVES, STREET = "ocean waves", "city night traffic"


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    with Pexels() as pexels, running_stack(tmp_path_factory.mktemp("credits") / "home", settings_of([pexels])) as stack:
        yield stack


@pytest.fixture(scope="module")
def film(stack: Stack) -> dict[str, Any]:
    """A finished film of two stock videos that shows its credits."""
    return finished(stack, stock(WAVES), stock(STREET), credits=True)


def stock(query: str) -> dict[str, Any]:
    media = {"kind": "stock", "query": query}
    return {"description": query, "caption": query, "media": media, "engine": "stock", "duration_ms": 2000}


def finished(stack: Stack, *scenes: dict[str, Any], **request: Any) -> dict[str, Any]:
    body = {"title": "Stock", "scenes": list(scenes), "quality": "draft", "voice": {"provider": "none"}, **request}
    reply = requests.post(f"{stack.url}/api/v2/jobs", json={"music": "none", **body}, timeout=REPLY_S)
    assert reply.status_code == 202, reply.text
    job = stack.wait_for_end(reply.json()["job_id"])
    assert job["state"] == "DONE", job
    return job


def artifact(stack: Stack, job: dict[str, Any], name: str) -> requests.Response:
    (url,) = [each["url"] for each in job["artefacts"] if each["name"] == name]
    return requests.get(url if url.startswith("http") else f"{stack.url}{url}", timeout=REPLY_S)


def names(job: dict[str, Any]) -> set[str]:
    return {each["name"] for each in job["artefacts"]}


def shown(stack: Stack, job: dict[str, Any]) -> bool:
    return bool(artifact(stack, job, "scene_graph.json").json().get("credits"))


def encoded(stack: Stack, job: dict[str, Any], edit: dict[str, Any]) -> list[int]:
    """Return the scenes whose segments an edit would encode again."""
    body = {"changes": [edit], "dry_run": True}
    reply = requests.post(f"{stack.url}/api/v2/jobs/{job['job_id']}/revisions", json=body, timeout=REPLY_S)
    assert reply.status_code == 200, reply.text
    return list(reply.json()["preview"]["segments"])


def test_receipt_credits_each_stock_video(stack: Stack, film: dict[str, Any]) -> None:
    credits = artifact(stack, film, "metadata.json").json()["credits"]
    assert [(each["scenes"], each["text"]) for each in credits] == [
        ([1], "Video by Ana Lopez on Pexels"),
        ([2], "Video by Dana Novak on Pexels"),
    ]
    assert credits[0]["page_url"] == "https://www.pexels.com/video/1002/"
    assert credits[0]["licence"].startswith("Pexels License")


def test_credits_file_has_a_line_for_each_video(stack: Stack, film: dict[str, Any]) -> None:
    reply = artifact(stack, film, "credits.txt")
    reply.encoding = "utf-8"
    assert reply.headers["Content-Type"].startswith("text/plain")
    first, second = reply.text.splitlines()
    assert first.startswith("Video by Ana Lopez on Pexels: https://www.pexels.com/video/1002/ (Pexels License, ")
    assert second.startswith("Video by Dana Novak on Pexels: https://www.pexels.com/video/10")
    assert film["warnings"] == []


def test_only_the_last_segment_has_the_credits(stack: Stack, film: dict[str, Any]) -> None:
    assert encoded(stack, film, {"film": {"credits": False}}) == [2]
    assert encoded(stack, film, {"film": {"title": "Waves"}}) == []


def test_revision_keeps_the_credits(stack: Stack, film: dict[str, Any]) -> None:
    edit = {"changes": [{"scene": 1, "caption": "Waves all day"}]}
    reply = requests.post(f"{stack.url}/api/v2/jobs/{film['job_id']}/revisions", json=edit, timeout=REPLY_S)
    assert reply.status_code == 202, reply.text
    revised = stack.wait_for_end(film["job_id"])
    assert shown(stack, revised)
    assert len(artifact(stack, revised, "metadata.json").json()["credits"]) == 2
    assert "credits.txt" in names(revised)


def test_film_that_does_not_ask_for_credits_has_them_in_its_file_only(stack: Stack, film: dict[str, Any]) -> None:
    job = finished(stack, stock(WAVES), stock(STREET))
    assert not shown(stack, job) and job["warnings"] == []
    assert "credits.txt" in names(job)
    # Its first segment is that of the other film.
    assert encoded(stack, job, {"film": {"credits": True}}) == [2]


def test_film_without_stock_footage_has_nothing_to_credit(stack: Stack) -> None:
    job = finished(stack, {"caption": "Hello there", "duration_ms": 2000}, credits=True)
    assert "credits.txt" not in names(job) and job["warnings"] == []
    assert artifact(stack, job, "metadata.json").json()["credits"] == []
    assert encoded(stack, job, {"film": {"credits": False}}) == []
