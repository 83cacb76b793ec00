"""From a request over HTTP to a film that plays: real server, real broker, real workers, real ffmpeg."""

from __future__ import annotations

import io
import json
import wave
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
import requests
from PIL import Image, ImageDraw

from app.media import loudness
from app.queue.embedded_broker import Broker
from app.store.factory import storage
from app.store.json_files import read_json
from app.store.keys import run_key
from schemas.job import State
from schemas.timeline import Timeline, TimelineSchema
from schemas.timing import frames_of
from tests.flow.serving import filming
from tests.waiting import REPLY_S, wait_until

SCRIPT = (
    "Four friends walked into the hills before the sun was up. By noon they had found the old stone bridge. "
    "Nobody had crossed it for a hundred years. They sat down, shared their bread, and listened to the river."
)


@pytest.fixture(scope="module")
def server(broker: Broker) -> Iterator[str]:
    with filming() as address:
        yield address


def photo(number: int, size: tuple[int, int]) -> bytes:
    """A picture with something to see everywhere, so that motion and cuts are real."""
    rng = np.random.default_rng(number)
    coarse = rng.integers(40, 216, (9, 16, 3), dtype=np.uint8)
    image = Image.fromarray(coarse).resize(size, Image.Resampling.BICUBIC)
    draw = ImageDraw.Draw(image)
    for _ in range(40):
        x, y, r = (int(v) for v in (rng.integers(size[0]), rng.integers(size[1]), rng.integers(8, 90)))
        draw.ellipse((x - r, y - r, x + r, y + r), fill=tuple(int(c) for c in rng.integers(0, 255, 3)))
    out = io.BytesIO()
    image.save(out, "JPEG", quality=90)
    return out.getvalue()


@dataclass(frozen=True)
class Made:
    """A finished job: its last view, the states seen on the way, and where its files are."""

    job: dict[str, Any]
    seen: list[str]
    folder: Path

    @property
    def timeline(self) -> Timeline:
        return TimelineSchema.read(json.loads((self.folder / "timeline.json").read_text()))

    @property
    def film(self) -> Path:
        return self.folder / "output.mp4"

    def read(self, name: str) -> Any:
        return read_json(storage(), run_key(self.job["run_id"], name))


def make(server: str, folder: Path, files: list[tuple[str, bytes]], song: bytes | None = None, **request: Any) -> Made:
    parts = [("media", (name, data)) for name, data in files]
    parts += [("music", ("song.wav", song))] if song else []
    parts.append(("request", (None, json.dumps({"quality": "draft", "seed": 7, **request}), "application/json")))
    reply = requests.post(f"{server}/api/v2/jobs", files=parts, timeout=60)
    assert reply.status_code == 202, reply.text
    url, seen = f"{server}/api/v2/jobs/{reply.json()['job_id']}", []
    job: dict[str, Any] = {}

    def has_ended() -> bool:
        job.update(requests.get(url, timeout=REPLY_S).json())
        if not seen or seen[-1] != job["state"]:
            seen.append(job["state"])
        return State(job["state"]).ended

    wait_until(has_ended, lambda: f"the end of {job}", pause_s=0.1)
    assert job["state"] == "DONE", job["error"]
    for artefact in job["artefacts"]:
        path = folder / artefact["name"]
        path.parent.mkdir(parents=True, exist_ok=True)
        address = artefact["url"] if artefact["url"].startswith("http") else server + artefact["url"]
        path.write_bytes(requests.get(address, timeout=60).content)
        assert path.stat().st_size == artefact["bytes"]
    return Made(job, seen, folder)


PHOTOS = [("a.jpg", (1600, 1200)), ("b.jpg", (900, 1600)), ("c.jpg", (2400, 900))]


@pytest.fixture(scope="module")
def files() -> list[tuple[str, bytes]]:
    return [(name, photo(number, size)) for number, (name, size) in enumerate(PHOTOS)]


@pytest.fixture(scope="module")
def made(server: str, files: list[tuple[str, bytes]], tmp_path_factory: pytest.TempPathFactory) -> Made:
    return make(server, tmp_path_factory.mktemp("film"), files, script=SCRIPT)


@pytest.fixture(scope="module")
def bare(server: str, files: list[tuple[str, bytes]], tmp_path_factory: pytest.TempPathFactory) -> Made:
    """The same film without captions."""
    return make(server, tmp_path_factory.mktemp("bare"), files, script=SCRIPT, captions=False)


def luma(film: Path) -> Iterator[np.ndarray[Any, Any]]:
    with av.open(str(film)) as container:
        for frame in container.decode(video=0):
            yield frame.to_ndarray(format="gray")


def test_the_states_go_forward_to_done(made: Made) -> None:
    order = [state.value for state in State]
    assert made.seen[-1] == "DONE"
    assert [order.index(state) for state in made.seen] == sorted(order.index(state) for state in made.seen)
    assert "RENDERING_SCENES" in made.seen


def test_a_job_leaves_everything_it_promises(made: Made) -> None:
    names = {artefact["name"] for artefact in made.job["artefacts"]}
    promised = {"output.mp4", "thumbnail.jpg", "scene_graph.json", "timeline.json", "captions.srt", "captions.vtt"}
    promised |= {"voiceover.mp3", "metadata.json", "timeline.otio"}
    promised |= {f"scenes/scene_{scene.scene_id}.mp4" for scene in made.timeline.scenes}
    assert promised <= names


def test_the_film_has_exactly_the_frames_of_the_timeline(made: Made) -> None:
    timeline = made.timeline
    assert timeline.final
    assert sum(1 for _ in luma(made.film)) == timeline.total_frames
    with av.open(str(made.film)) as container:
        video = container.streams.video[0]
        assert (video.width, video.height) == (timeline.width, timeline.height) == (540, 960)
        assert video.average_rate == timeline.fps == Fraction(30)
        assert video.codec_context.name == "h264"
        assert video.codec_context.pix_fmt == "yuv420p"


def test_sound_and_picture_are_equally_long_within_one_frame(made: Made) -> None:
    with av.open(str(made.film)) as container:
        video, audio = container.streams.video[0], container.streams.audio[0]
        picture = Fraction(video.duration) * video.time_base
        samples = sum(frame.samples for frame in container.decode(audio))
        sound = Fraction(audio.duration) * audio.time_base
        assert audio.rate == 48_000
        assert abs(picture - sound) <= Fraction(1, 30)
        assert abs(picture - Fraction(samples, audio.rate)) <= Fraction(1, 20)


def test_the_loudness_is_minus_fourteen(made: Made) -> None:
    heard = loudness.measure(made.film)
    assert heard.integrated_lufs is not None
    assert heard.true_peak_db is not None
    assert abs(heard.integrated_lufs + 14) <= 0.3
    assert heard.true_peak_db <= -1.0


def test_a_loudness_that_is_not_reached_is_in_the_warnings_of_the_job_and_of_the_receipt(
    server: str, files: list[tuple[str, bytes]], tmp_path: Path
) -> None:
    scene = {"id": 1, "duration_ms": 3000, "caption": "Rain"}
    rain = make(server, tmp_path, files[:1], strikes(4), scenes=[scene], voice={"provider": "none"})
    heard = loudness.measure(rain.film)
    assert heard.integrated_lufs is not None
    assert heard.integrated_lufs < -14.3
    told = [text for text in rain.job["warnings"] if f"{heard.integrated_lufs:.1f} LUFS" in text]
    assert len(told) == 1
    assert told[0] in json.loads((tmp_path / "metadata.json").read_text())["warnings"]


def test_a_loudness_that_is_reached_needs_no_warning(made: Made) -> None:
    assert not [text for text in made.job["warnings"] if "LUFS" in text]


def strikes(seconds: int) -> bytes:
    """A WAV file of hard strikes over a soft tone: peaks more than 20 dB above the mean level."""
    t = np.arange(seconds * 48_000) / 48_000
    hit = 0.9 * np.exp(-(t % 0.25) * 800) * np.sin(2 * np.pi * 1500 * t)
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setparams((1, 2, 48_000, 0, "NONE", ""))
        file.writeframes(((hit + 0.005 * np.sin(2 * np.pi * 220 * t)) * 32_000).astype("<i2").tobytes())
    return out.getvalue()


def test_every_caption_is_there_at_its_time_and_only_then(made: Made, bare: Made) -> None:
    timeline = made.timeline
    cues = timeline.tracks.captions
    assert cues
    shown = np.zeros(timeline.total_frames, bool)
    for cue in cues:
        shown[frames_of(cue.start_ms) : frames_of(cue.end_ms)] = True
    differs = [
        int((np.abs(a.astype(int) - b.astype(int)) > 60).sum())
        for a, b in zip(luma(made.film), luma(bare.film), strict=True)
    ]
    for number, (caption, pixels) in enumerate(zip(shown, differs, strict=True)):
        assert (pixels > 150) == caption, f"frame {number}: {pixels} pixels differ, caption shown: {caption}"


def test_the_words_on_screen_have_the_times_of_the_voice(made: Made) -> None:
    timeline = made.timeline
    lines = {line["scene_id"]: line for line in made.read("speech.json")["lines"]}
    starts = {item.scene_id: item.start_ms for item in timeline.tracks.audio if item.kind == "voice"}
    shown = [word for cue in timeline.tracks.captions for line in cue.lines for word in line]
    heard = [
        (word["text"], word["start_ms"] + starts[scene.scene_id])
        for scene in timeline.scenes
        if scene.scene_id in lines
        for word in lines[scene.scene_id]["words"]
    ]
    assert [word.text for word in shown] == [text for text, _ in heard] == SCRIPT.split()
    for word, (text, start_ms) in zip(shown, heard, strict=True):
        assert abs(word.start_ms - start_ms) <= 40, text


def test_no_voice_line_is_cut_or_laid_over_another(made: Made) -> None:
    timeline = made.timeline
    voices = sorted((item for item in timeline.tracks.audio if item.kind == "voice"), key=lambda item: item.start_ms)
    assert all(first.end_ms <= then.start_ms for first, then in pairwise(voices))
    assert voices[-1].end_ms <= timeline.length_ms


def test_the_receipt_says_what_was_measured(made: Made) -> None:
    receipt = json.loads((made.folder / "metadata.json").read_text())
    quality = receipt["quality"]
    assert quality["frames"] == made.timeline.total_frames
    assert abs(quality["integrated_lufs"] + 14) <= 0.3
    assert {scene["engine"] for scene in receipt["scenes"]} == {"local"}
    assert receipt["money"]["spent_usd"] == 0
    assert {"plan", "scene", "voice", "segment", "mux"} <= set(receipt["timings_ms"])


def test_the_film_starts_to_play_before_it_is_all_there(made: Made) -> None:
    head = made.film.read_bytes()
    assert 0 < head.find(b"moov") < head.find(b"mdat")


def test_the_same_request_gives_the_same_film(
    server: str, made: Made, files: list[tuple[str, bytes]], tmp_path: Path
) -> None:
    again = make(server, tmp_path, files, script=SCRIPT)
    assert again.film.read_bytes() == made.film.read_bytes()
    # Pictures that are uploaded again are other assets, so their scenes count as other shots; all else is found.
    reused = again.job["reused"]
    assert reused["segment"] == list(range(len(again.read("segments.json"))))
    assert reused["voice"] is reused["mux"] is True
    finished = [event["data"] for event in events(server, again) if event["kind"] == "step.finished"]
    assert {each["step"] for each in finished if each.get("reused")} == {"voice", "segment", "mux"}


def events(server: str, made: Made) -> list[dict[str, Any]]:
    reply = requests.get(f"{server}/api/v2/jobs/{made.job['job_id']}/events", timeout=REPLY_S)
    found: list[dict[str, Any]] = reply.json()["events"]
    return found


def test_a_film_of_words_alone_needs_no_picture_and_no_voice(server: str, tmp_path: Path) -> None:
    alone = make(server, tmp_path, [], script="Less is more.\nMore or less.", voice={"provider": "none"}, aspect="1:1")
    assert alone.timeline.tracks.captions
    assert not (alone.folder / "voiceover.mp3").exists()
    assert sum(1 for _ in luma(alone.film)) == alone.timeline.total_frames


@pytest.mark.parametrize(
    "script",
    [
        "مرحبا بالعالم. هذا فيلم قصير.",
        "你好世界。这是一部短片。",
        "Rockets 🚀 go up 🎉 and come down.",
        r"{\b1}bold\N or not: 100% ]in[;movie=x,'quoted' \h %{n}",
    ],
    ids=["arabic", "chinese", "emoji", "control"],
)
def test_any_text_becomes_a_right_film(server: str, tmp_path: Path, script: str) -> None:
    film = make(server, tmp_path, [("a.jpg", photo(1, (640, 480)))], script=script)
    said = "".join(cue.text for cue in film.timeline.tracks.captions)
    assert [c for c in said if c.isalnum()] == [c for c in script if c.isalnum()]
    assert sum(1 for _ in luma(film.film)) == film.timeline.total_frames
