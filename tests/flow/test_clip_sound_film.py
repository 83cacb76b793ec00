"""A film with the own sound of a clip, from an HTTP request to the finished file, and its edits."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
import requests

from app.media.ffmpeg import command, run
from app.media.loudness import measure
from audio.levels import RATE, envelope
from tests.flow.test_revised_film import edit_film, made_again
from tests.flow.test_whole_film import PHOTOS, Film, luma, make_film, photo
from tests.waiting import REPLY_S

SCRIPT = "The church bell rings each second. Then the village is quiet again."


@pytest.fixture(scope="module")
def bell(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """Ten seconds that flash and sound for 100 ms at 0.5 s, 1.5 s and so on."""
    path = tmp_path_factory.mktemp("bell") / "bell.mp4"
    on = "lt(mod(t+0.5,1),0.1)"
    flashes = f"color=c=black:s=270x480:r=30,drawbox=c=white:t=fill:enable='{on}'"
    tones = f"aevalsrc='0.1*sin(2*PI*880*t)*{on}':s=44100"
    sources = ("-f", "lavfi", "-i", flashes, "-f", "lavfi", "-i", tones, "-t", 10)
    coded = ("-c:v", "libx264", "-pix_fmt", "yuv420p", "-c:a", "aac", path)
    run(command("make a clip", "-v", "error", *sources, *coded))
    return path.read_bytes()


@pytest.fixture(scope="module")
def film(server: str, bell: bytes, tmp_path_factory: pytest.TempPathFactory) -> Film:
    files = [("bell.mp4", bell), ("b.jpg", photo(1, PHOTOS[1][1]))]
    silent = {"voice": {"provider": "none"}, "music": "none", "captions": False}
    return make_film(server, tmp_path_factory.mktemp("film"), files, script=SCRIPT, **silent)


def sound_of(path: Path) -> np.ndarray[Any, Any]:
    with av.open(str(path)) as container:
        return np.concatenate([frame.to_ndarray() for frame in container.decode(audio=0)], axis=1)[0]


def starts_s(levels: np.ndarray[Any, Any], step_s: float) -> np.ndarray[Any, Any]:
    loud = levels > (levels.max() + levels.min()) / 2
    return np.flatnonzero(np.diff(loud.astype(int), prepend=0) == 1) * step_s


def test_sound_and_flashes_of_the_clip_are_in_step(film: Film) -> None:
    fps, end = film.timeline.fps, film.timeline.scenes[0].end_frame
    light = np.array([frame[frame.shape[0] // 3 : -frame.shape[0] // 3].mean() for frame in luma(film.path)])[: end - 9]
    flashes = starts_s(light, float(1 / fps))
    tones = starts_s(envelope(sound_of(film.path)[: round((end - 9) / fps * RATE)], RATE), 0.005)
    assert len(flashes) >= 2
    assert tones == pytest.approx(flashes, abs=0.02)


def test_film_with_clip_sound_has_its_loudness_and_its_track(film: Film) -> None:
    assert measure(film.path).integrated_lufs == pytest.approx(-14, abs=0.3)
    assert [(item.kind, item.ducked) for item in film.timeline.tracks.audio] == [("clip", True)]
    assert '"Clip sound"' in (film.directory / "timeline.otio").read_text()
    assert film.read("left/metadata.json")["clip_sound"] == [
        {"scene": film.timeline.scenes[0].scene_id, "file": "bell.mp4", "mode": "duck", "reason": ""}
    ]


def test_muting_a_clip_makes_only_the_sound_again(server: str, film: Film) -> None:
    url = f"{server}/api/v2/jobs/{film.job['job_id']}/revisions"
    scene = film.timeline.scenes[0].scene_id
    preview, job = edit_film(url, {"scene": scene, "media": {"sound": "mute"}})
    assert (preview["scenes"], preview["segments"], preview["mix"], preview["exact"]) == ([], [], True, True)
    assert made_again(job, url) == {"scenes": [], "segments": []}
    receipt = requests.get(f"{url}/{job['revision']}/artefacts/metadata.json", timeout=REPLY_S).json()
    assert [(sound["mode"], sound["reason"]) for sound in receipt["clip_sound"]] == [
        ("mute", "media.sound of the scene is mute")
    ]
    again, _ = edit_film(url, {"scene": scene, "media": {"sound": None}})
    assert (again["mix"], again["film"]) == (False, False)


def test_dropped_sound_is_a_warning_of_the_job_and_of_the_receipt(server: str, bell: bytes, tmp_path: Path) -> None:
    reply = requests.post(f"{server}/api/v1/assets/upload", files={"file": ("bell.mp4", bell)}, timeout=60)
    media = {"kind": "video", "asset": reply.json()["assets"][0]["asset_id"], "start_ms": 8000}
    film = make_film(server, tmp_path, [], scenes=[{"duration_ms": 3000, "media": media}], music="none")
    expected = "not in the film: the sound of bell.mp4 (scene 1): the picture is slowed to 0.67 of its speed"
    dropped, black, silent = film.job["warnings"]
    assert dropped.startswith(expected)
    # The clip is dark between its flashes, and without its sound nothing is heard.
    assert black.startswith("Scene 1 (bell.mp4) is black from ")
    assert silent.startswith("Nothing is heard in the whole film.")
    receipt = film.read("left/metadata.json")
    assert receipt["warnings"] == film.job["warnings"]
    assert receipt["clip_sound"][0]["mode"] == "dropped"
    assert [fault["code"] for fault in receipt["faults"]] == ["black", "silent"]
    assert not sound_of(film.path).any()
