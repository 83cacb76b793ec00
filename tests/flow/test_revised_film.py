"""A film that was edited, with real workers: what was told before is what happens, and nothing else is made."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import requests

from app.core.config import settings
from app.jobs import events, recovery
from app.queue.embedded_broker import Broker
from app.store.keys import job_prefix
from schemas.job import State
from tests.flow.serving import filming
from tests.flow.test_whole_film import PHOTOS, Made, make, photo
from tests.waiting import REPLY_S, wait_until

Plain = dict[str, Any]
SCRIPT = (
    "Four friends walked into the hills before the sun was up. By noon they had found the old stone bridge. "
    "Nobody had crossed it for a hundred years."
)


@pytest.fixture(scope="module")
def server(broker: Broker) -> Iterator[str]:
    with filming() as address:
        yield address


@pytest.fixture(scope="module")
def first(server: str, tmp_path_factory: pytest.TempPathFactory) -> Made:
    files = [(name, photo(number, size)) for number, (name, size) in enumerate(PHOTOS)]
    return make(server, tmp_path_factory.mktemp("film"), files, script=SCRIPT)


@pytest.fixture
def where(server: str, first: Made) -> Iterator[str]:
    """The address of the film's revisions; afterwards the film is as it was."""
    job_id = first.job["job_id"]
    url = f"{server}/api/v2/jobs/{job_id}/revisions"
    yield url
    requests.post(f"{url}/1/rollback", timeout=60)


def sent(where: str, *changes: Plain, **more: Any) -> Plain:
    reply = requests.post(where, json={"changes": list(changes), **more}, timeout=60)
    assert reply.ok, reply.text
    body: Plain = reply.json()
    return body


def made_by(where: str, *changes: Plain) -> tuple[Plain, Plain]:
    """What was told of an edit, and the job when it was made."""
    told = sent(where, *changes)["preview"]
    return told, ended(where)


def ended(where: str) -> Plain:
    """The job when its newest run is done."""
    job: Plain = {}

    def has_ended() -> bool:
        job.update(requests.get(where.removesuffix("/revisions"), timeout=REPLY_S).json())
        return State(job["state"]).ended

    wait_until(has_ended, lambda: f"the end of {job}", pause_s=0.1)
    assert job["state"] == "DONE", job["error"]
    return dict(job)


def fresh(job: Plain, where: str) -> Plain:
    """The scenes whose picture, and whose part of the film, were not found but made."""
    graph = requests.get(f"{where}/{job['revision']}", timeout=REPLY_S).json()["scene_graph"]
    ids = [scene["id"] for scene in graph["scenes"]]
    places = set(range(len(ids))) - set(job["reused"].get("segment", ()))
    return {
        "scenes": [scene_id for scene_id in ids if scene_id not in job["reused"].get("scene", ())],
        "segments": [ids[place] for place in sorted(places)],
    }


def content(where: str, number: int, name: str) -> bytes:
    return requests.get(f"{where}/{number}/artefacts/{name}", timeout=60).content


@pytest.mark.parametrize(
    "changes",
    [
        [{"scene": 2, "caption": "A bridge that nobody remembers"}],
        [{"order": [3, 1, 2]}],
        [{"scene": 3, "transition": {"kind": "wipe_left", "duration_ms": 500}}],
        [{"scene": 1, "focus": {"x": 0.9, "y": 0.1}}],
        [{"remove": 2}, {"film": {"music": "none"}}],
        [{"insert": {"caption": "The end", "duration_ms": 1500, "media": {"kind": "colour"}}}],
    ],
    ids=lambda changes: next(name for name in changes[0]),
)
def test_what_was_told_of_an_edit_is_what_is_made(where: str, changes: list[Plain]) -> None:
    told, job = made_by(where, *changes)
    assert told["exact"]
    assert fresh(job, where) == {"scenes": told["scenes"], "segments": told["segments"]}
    timeline = requests.get(f"{where.removesuffix('/revisions')}/timeline", timeout=REPLY_S).json()
    assert timeline["scenes"][-1]["end_ms"] == told["length_ms"]


def test_a_new_line_is_spoken_and_all_others_are_kept(where: str) -> None:
    told, job = made_by(where, {"scene": 2, "voice_script": "By noon they had lost their way."})
    assert told["voice"] == [2] and not told["exact"]
    assert set(told["segments"]) >= set(fresh(job, where)["segments"]) >= {2}
    vtt = content(where, job["revision"], "captions.vtt").decode()
    assert "lost" in vtt.lower() and "stone" not in vtt.lower()


def test_a_film_one_goes_back_to_is_the_very_same_file(where: str, first: Made) -> None:
    _, job = made_by(where, {"scene": 2, "caption": "Something else"})
    assert content(where, job["revision"], "output.mp4") != first.film.read_bytes()
    back = requests.post(f"{where}/1/rollback", timeout=60).json()
    assert back["at_once"] and content(where, back["revision"], "output.mp4") == first.film.read_bytes()


def test_a_film_one_goes_back_to_is_published_by_recovery_where_the_server_could_not(where: str, first: Made) -> None:
    _, job = made_by(where, {"scene": 2, "caption": "Something else"})
    public = settings().home / job_prefix(job["job_id"])
    public.rename(away := public.with_name("away"))
    public.touch()  # no folder: nothing can be put into it
    assert requests.post(f"{where}/1/rollback", timeout=60).status_code == 500
    public.unlink()
    away.rename(public)
    assert (public / "output.mp4").read_bytes() != first.film.read_bytes()
    for _ in range(2):  # lost is what was silent in two looks
        recovery.recover_runs()
    assert [event.kind for event in events.list_events(job["job_id"])].count("run.sent_again") == 1
    back = ended(where)
    assert back["revision"] == job["revision"] + 1 and fresh(back, where) == {"scenes": [], "segments": []}
    assert (public / "output.mp4").read_bytes() == first.film.read_bytes()


def test_an_edit_that_is_taken_back_makes_nothing(where: str, first: Made) -> None:
    before = requests.get(f"{where}/1", timeout=REPLY_S).json()["scene_graph"]["scenes"][1]["caption"]
    made_by(where, {"scene": 2, "caption": "Something else"})
    told, job = made_by(where, {"scene": 2, "caption": before})
    assert not told["film"] and fresh(job, where) == {"scenes": [], "segments": []}
    assert content(where, job["revision"], "output.mp4") == first.film.read_bytes()
