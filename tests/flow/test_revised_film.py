"""Edits and rollbacks of a film with real workers: exactly what the preview names is made again."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import requests

from app.core.config import settings
from app.jobs import events, recovery
from app.store.keys import job_prefix
from schemas.job import State
from tests.flow.test_whole_film import PHOTOS, Film, make_film, photo
from tests.waiting import REPLY_S, wait_until

Plain = dict[str, Any]
SCRIPT = (
    "Four friends walked into the hills before the sun was up. By noon they had found the old stone bridge. "
    "Nobody had crossed it for a hundred years."
)


@pytest.fixture(scope="module")
def first(server: str, tmp_path_factory: pytest.TempPathFactory) -> Film:
    files = [(name, photo(number, size)) for number, (name, size) in enumerate(PHOTOS)]
    return make_film(server, tmp_path_factory.mktemp("film"), files, script=SCRIPT)


@pytest.fixture
def revisions_url(server: str, first: Film) -> Iterator[str]:
    """The URL of the film's revisions; the film is rolled back after the test."""
    job_id = first.job["job_id"]
    url = f"{server}/api/v2/jobs/{job_id}/revisions"
    yield url
    requests.post(f"{url}/1/rollback", timeout=60)


def post_edit(revisions_url: str, *changes: Plain, **more: Any) -> Plain:
    reply = requests.post(revisions_url, json={"changes": list(changes), **more}, timeout=60)
    assert reply.ok, reply.text
    body: Plain = reply.json()
    return body


def edit_film(revisions_url: str, *changes: Plain) -> tuple[Plain, Plain]:
    """The preview of an edit, and the job when the edit is done."""
    preview = post_edit(revisions_url, *changes)["preview"]
    return preview, ended(revisions_url)


def ended(revisions_url: str) -> Plain:
    """The job when its newest run is done."""
    job: Plain = {}

    def has_ended() -> bool:
        job.update(requests.get(revisions_url.removesuffix("/revisions"), timeout=REPLY_S).json())
        return State(job["state"]).ended

    wait_until(has_ended, lambda: f"the end of {job}", pause_s=0.1)
    assert job["state"] == "DONE", job["error"]
    return dict(job)


def made_again(job: Plain, revisions_url: str) -> Plain:
    """The ids of the scenes that were rendered, and of those whose segments were encoded, in the job's newest run."""
    graph = requests.get(f"{revisions_url}/{job['revision']}", timeout=REPLY_S).json()["scene_graph"]
    ids = [scene["id"] for scene in graph["scenes"]]
    indices = set(range(len(ids))) - set(job["reused"].get("segment", ()))
    return {
        "scenes": [scene_id for scene_id in ids if scene_id not in job["reused"].get("scene", ())],
        "segments": [ids[index] for index in sorted(indices)],
    }


def content(revisions_url: str, number: int, name: str) -> bytes:
    return requests.get(f"{revisions_url}/{number}/artefacts/{name}", timeout=60).content


@pytest.mark.parametrize(
    "changes",
    [
        [{"scene": 2, "caption": "A bridge that nobody remembers"}],
        [{"order": [3, 1, 2]}],
        [{"scene": 3, "transition": {"kind": "wipe_left", "duration_ms": 500}}],
        [{"scene": 1, "focus": {"x": 0.9, "y": 0.1}}],
        [{"remove": 2}, {"film": {"music": "none"}}],
        [{"insert": {"caption": "Later", "duration_ms": 1500, "media": {"kind": "colour"}}, "after": 1}],
    ],
    ids=lambda changes: next(name for name in changes[0]),
)
def test_preview_of_an_edit_names_exactly_what_is_made_again(revisions_url: str, changes: list[Plain]) -> None:
    preview, job = edit_film(revisions_url, *changes)
    assert preview["exact"]
    assert made_again(job, revisions_url) == {"scenes": preview["scenes"], "segments": preview["segments"]}
    timeline = requests.get(f"{revisions_url.removesuffix('/revisions')}/timeline", timeout=REPLY_S).json()
    assert timeline["scenes"][-1]["end_ms"] == preview["length_ms"]


def test_only_a_new_line_is_spoken(revisions_url: str) -> None:
    preview, job = edit_film(revisions_url, {"scene": 2, "voice_script": "By noon they had lost their way."})
    assert preview["voice"] == [2] and not preview["exact"]
    assert set(preview["segments"]) >= set(made_again(job, revisions_url)["segments"]) >= {2}
    vtt = content(revisions_url, job["revision"], "captions.vtt").decode()
    assert "lost" in vtt.lower() and "stone" not in vtt.lower()


def test_rollback_restores_the_identical_file(revisions_url: str, first: Film) -> None:
    _, job = edit_film(revisions_url, {"scene": 2, "caption": "Something else"})
    assert content(revisions_url, job["revision"], "output.mp4") != first.path.read_bytes()
    rollback = requests.post(f"{revisions_url}/1/rollback", timeout=60).json()
    assert rollback["at_once"] and content(revisions_url, rollback["revision"], "output.mp4") == first.path.read_bytes()


def test_recovery_publishes_a_rollback_that_the_server_could_not_publish(revisions_url: str, first: Film) -> None:
    _, job = edit_film(revisions_url, {"scene": 2, "caption": "Something else"})
    public = settings().home / job_prefix(job["job_id"])
    public.rename(moved := public.with_name("away"))
    public.touch()  # a file instead of the directory: nothing can be written into it
    assert requests.post(f"{revisions_url}/1/rollback", timeout=60).status_code == 500
    public.unlink()
    moved.rename(public)
    assert (public / "output.mp4").read_bytes() != first.path.read_bytes()
    for _ in range(2):  # a run is lost when two passes in a row find it without a worker
        recovery.recover_runs()
    assert [event.kind for event in events.list_events(job["job_id"])].count("run.sent_again") == 1
    rollback = ended(revisions_url)
    assert rollback["revision"] == job["revision"] + 1
    assert made_again(rollback, revisions_url) == {"scenes": [], "segments": []}
    assert (public / "output.mp4").read_bytes() == first.path.read_bytes()


def test_reverting_an_edit_makes_nothing_again(revisions_url: str, first: Film) -> None:
    before = requests.get(f"{revisions_url}/1", timeout=REPLY_S).json()["scene_graph"]["scenes"][1]["caption"]
    edit_film(revisions_url, {"scene": 2, "caption": "Something else"})
    preview, job = edit_film(revisions_url, {"scene": 2, "caption": before})
    assert not preview["film"] and made_again(job, revisions_url) == {"scenes": [], "segments": []}
    assert content(revisions_url, job["revision"], "output.mp4") == first.path.read_bytes()
