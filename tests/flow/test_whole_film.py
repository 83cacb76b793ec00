"""From an HTTP request to a finished film, with a real server, broker, workers and ffmpeg."""

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
from app.store.factory import storage
from app.store.json_files import read_json
from app.store.keys import run_key
from assembly.picture.emoji_pictures import EmojiPictures
from assembly.text.ass_document import ass_document
from schemas.job import State
from schemas.omissions import omissions_in
from schemas.segment import SegmentSchema
from schemas.timeline import Timeline, TimelineSchema
from schemas.timing import frames_of
from tests.waiting import REPLY_S, wait_until

SCRIPT = (
    "Four friends walked into the hills before the sun was up. By noon they had found the old stone bridge. "
    "Nobody had crossed it for a hundred years. They sat down, shared their bread, and listened to the river."
)


def photo(number: int, size: tuple[int, int]) -> bytes:
    """A JPEG with detail everywhere, so that motion and cuts change pixels."""
    rng = np.random.default_rng(number)
    coarse = rng.integers(40, 216, (9, 16, 3), dtype=np.uint8)
    image = Image.fromarray(coarse).resize(size, Image.Resampling.BICUBIC)
    draw = ImageDraw.Draw(image)
    for _ in range(40):
        x, y, r = (int(v) for v in (rng.integers(size[0]), rng.integers(size[1]), rng.integers(8, 90)))
        draw.ellipse((x - r, y - r, x + r, y + r), fill=tuple(int(c) for c in rng.integers(0, 255, 3)))
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=90)
    return buffer.getvalue()


@dataclass(frozen=True)
class Film:
    """A finished job: its last view, the states that were observed, and the directory of its artifacts."""

    job: dict[str, Any]
    states: list[str]
    directory: Path

    @property
    def timeline(self) -> Timeline:
        return TimelineSchema.read(json.loads((self.directory / "timeline.json").read_text()))

    @property
    def path(self) -> Path:
        return self.directory / "output.mp4"

    def read(self, name: str) -> Any:
        return read_json(storage(), run_key(self.job["run_id"], name))


def make_film(
    server: str, directory: Path, files: list[tuple[str, bytes]], song: bytes | None = None, **request: Any
) -> Film:
    """Submit a job, wait until it is done and download its artifacts."""
    parts = [("media", (name, data)) for name, data in files]
    parts += [("music", ("song.wav", song))] if song else []
    parts.append(("request", (None, json.dumps({"quality": "draft", "seed": 7, **request}), "application/json")))
    reply = requests.post(f"{server}/api/v2/jobs", files=parts, timeout=60)
    assert reply.status_code == 202, reply.text
    url, states = f"{server}/api/v2/jobs/{reply.json()['job_id']}", []
    job: dict[str, Any] = {}

    def has_ended() -> bool:
        job.update(requests.get(url, timeout=REPLY_S).json())
        if not states or states[-1] != job["state"]:
            states.append(job["state"])
        return State(job["state"]).ended

    wait_until(has_ended, lambda: f"the end of {job}", pause_s=0.1)
    assert job["state"] == "DONE", job["error"]
    for artifact in job["artefacts"]:
        path = directory / artifact["name"]
        path.parent.mkdir(parents=True, exist_ok=True)
        address = artifact["url"] if artifact["url"].startswith("http") else server + artifact["url"]
        path.write_bytes(requests.get(address, timeout=60).content)
        assert path.stat().st_size == artifact["bytes"]
    return Film(job, states, directory)


PHOTOS = [("a.jpg", (1600, 1200)), ("b.jpg", (900, 1600)), ("c.jpg", (2400, 900))]


@pytest.fixture(scope="module")
def files() -> list[tuple[str, bytes]]:
    return [(name, photo(number, size)) for number, (name, size) in enumerate(PHOTOS)]


@pytest.fixture(scope="module")
def film(server: str, files: list[tuple[str, bytes]], tmp_path_factory: pytest.TempPathFactory) -> Film:
    return make_film(server, tmp_path_factory.mktemp("film"), files, script=SCRIPT)


@pytest.fixture(scope="module")
def film_without_captions(
    server: str, files: list[tuple[str, bytes]], tmp_path_factory: pytest.TempPathFactory
) -> Film:
    """The same film without captions."""
    return make_film(server, tmp_path_factory.mktemp("bare"), files, script=SCRIPT, captions=False)


def luma(path: Path) -> Iterator[np.ndarray[Any, Any]]:
    with av.open(str(path)) as container:
        for frame in container.decode(video=0):
            yield frame.to_ndarray(format="gray")


def test_states_progress_to_done(film: Film) -> None:
    order = [state.value for state in State]
    assert film.states[-1] == "DONE"
    assert [order.index(state) for state in film.states] == sorted(order.index(state) for state in film.states)
    assert "RENDERING_SCENES" in film.states


def test_job_has_all_artifacts(film: Film) -> None:
    names = {artifact["name"] for artifact in film.job["artefacts"]}
    expected = {"output.mp4", "thumbnail.jpg", "scene_graph.json", "timeline.json", "captions.srt", "captions.vtt"}
    expected |= {"voiceover.mp3", "metadata.json", "timeline.otio"}
    expected |= {f"scenes/scene_{scene.scene_id}.mp4" for scene in film.timeline.scenes}
    assert expected <= names


def test_film_has_exactly_the_frames_of_the_timeline(film: Film) -> None:
    timeline = film.timeline
    assert timeline.final
    assert sum(1 for _ in luma(film.path)) == timeline.total_frames
    with av.open(str(film.path)) as container:
        video = container.streams.video[0]
        assert (video.width, video.height) == (timeline.width, timeline.height) == (540, 960)
        assert video.average_rate == timeline.fps == Fraction(30)
        assert video.codec_context.name == "h264"
        assert video.codec_context.pix_fmt == "yuv420p"


def test_sound_and_picture_have_the_same_length_within_one_frame(film: Film) -> None:
    with av.open(str(film.path)) as container:
        video, audio = container.streams.video[0], container.streams.audio[0]
        picture = Fraction(video.duration) * video.time_base
        samples = sum(frame.samples for frame in container.decode(audio))
        sound = Fraction(audio.duration) * audio.time_base
        assert audio.rate == 48_000
        assert abs(picture - sound) <= Fraction(1, 30)
        assert abs(picture - Fraction(samples, audio.rate)) <= Fraction(1, 20)


def test_loudness_is_minus_14_lufs(film: Film) -> None:
    measured = loudness.measure(film.path)
    assert measured.integrated_lufs is not None
    assert measured.true_peak_db is not None
    assert abs(measured.integrated_lufs + 14) <= 0.3
    assert measured.true_peak_db <= -1.0


def test_missed_loudness_is_a_warning_of_the_job_and_of_the_receipt(
    server: str, files: list[tuple[str, bytes]], tmp_path: Path
) -> None:
    scene = {"id": 1, "duration_ms": 3000, "caption": "Rain"}
    rain = make_film(server, tmp_path, files[:1], loud_clicks(4), scenes=[scene], voice={"provider": "none"})
    measured = loudness.measure(rain.path)
    assert measured.integrated_lufs is not None
    assert measured.integrated_lufs < -14.3
    warnings = [text for text in rain.job["warnings"] if f"{measured.integrated_lufs:.1f} LUFS" in text]
    assert len(warnings) == 1
    assert warnings[0] in json.loads((tmp_path / "metadata.json").read_text())["warnings"]


def test_reached_loudness_gives_no_warning(film: Film) -> None:
    assert not [text for text in film.job["warnings"] if "LUFS" in text]


def loud_clicks(seconds: int) -> bytes:
    """A WAV file of clicks over a quiet tone, with peaks more than 20 dB above the mean level."""
    t = np.arange(seconds * 48_000) / 48_000
    clicks = 0.9 * np.exp(-(t % 0.25) * 800) * np.sin(2 * np.pi * 1500 * t)
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as file:
        file.setparams((1, 2, 48_000, 0, "NONE", ""))
        file.writeframes(((clicks + 0.005 * np.sin(2 * np.pi * 220 * t)) * 32_000).astype("<i2").tobytes())
    return buffer.getvalue()


def test_captions_are_visible_exactly_at_their_times(film: Film, film_without_captions: Film) -> None:
    timeline = film.timeline
    # Without captions the headline of the first scene may be in their place.
    first = timeline.scenes[1].start_frame
    cues = [cue for cue in timeline.tracks.captions if frames_of(cue.start_ms) >= first]
    assert cues
    has_caption = np.zeros(timeline.total_frames, bool)
    for cue in cues:
        has_caption[frames_of(cue.start_ms) : frames_of(cue.end_ms)] = True
    changed_pixels = [
        int((np.abs(a.astype(int) - b.astype(int)) > 60).sum())
        for a, b in zip(luma(film.path), luma(film_without_captions.path), strict=True)
    ]
    for number, (caption, pixels) in [*enumerate(zip(has_caption, changed_pixels, strict=True))][first:]:
        assert (pixels > 150) == caption, f"frame {number}: {pixels} pixels differ, caption shown: {caption}"


def test_caption_words_have_the_times_of_the_voice(film: Film) -> None:
    timeline = film.timeline
    lines = {line["scene_id"]: line for line in film.read("speech.json")["lines"]}
    starts = {item.scene_id: item.start_ms for item in timeline.tracks.audio if item.kind == "voice"}
    caption_words = [word for cue in timeline.tracks.captions for line in cue.lines for word in line]
    spoken_words = [
        (word["text"], word["start_ms"] + starts[scene.scene_id])
        for scene in timeline.scenes
        if scene.scene_id in lines
        for word in lines[scene.scene_id]["words"]
    ]
    assert [word.text for word in caption_words] == [text for text, _ in spoken_words] == SCRIPT.split()
    for word, (text, start_ms) in zip(caption_words, spoken_words, strict=True):
        assert abs(word.start_ms - start_ms) <= 40, text


def test_voice_lines_do_not_overlap_and_end_within_the_film(film: Film) -> None:
    timeline = film.timeline
    voices = sorted((item for item in timeline.tracks.audio if item.kind == "voice"), key=lambda item: item.start_ms)
    assert all(line.end_ms <= following.start_ms for line, following in pairwise(voices))
    assert voices[-1].end_ms <= timeline.length_ms


def test_receipt_has_measurements_engines_costs_and_timings(film: Film) -> None:
    receipt = json.loads((film.directory / "metadata.json").read_text())
    quality = receipt["quality"]
    assert quality["frames"] == film.timeline.total_frames
    assert abs(quality["integrated_lufs"] + 14) <= 0.3
    assert {scene["engine"] for scene in receipt["scenes"]} == {"local"}
    assert receipt["money"]["spent_usd"] == 0
    assert {"plan", "scene", "voice", "segment", "mux"} <= set(receipt["timings_ms"])


def test_mp4_index_precedes_the_media_data(film: Film) -> None:
    data = film.path.read_bytes()
    assert 0 < data.find(b"moov") < data.find(b"mdat")


def test_same_request_gives_the_identical_film(
    server: str, film: Film, files: list[tuple[str, bytes]], tmp_path: Path
) -> None:
    again = make_film(server, tmp_path, files, script=SCRIPT)
    assert again.path.read_bytes() == film.path.read_bytes()
    # Images that are uploaded again are new assets, so their scenes are rendered again; all other results are reused.
    reused = again.job["reused"]
    assert reused["segment"] == list(range(len(again.read("segments.json"))))
    assert reused["voice"] is reused["mux"] is True
    finished = [event["data"] for event in events(server, again) if event["kind"] == "step.finished"]
    assert {facts["step"] for facts in finished if facts.get("reused")} == {"voice", "segment", "mux"}


def events(server: str, film: Film) -> list[dict[str, Any]]:
    reply = requests.get(f"{server}/api/v2/jobs/{film.job['job_id']}/events", timeout=REPLY_S)
    job_events: list[dict[str, Any]] = reply.json()["events"]
    return job_events


def test_film_without_media_and_voice(server: str, tmp_path: Path) -> None:
    silent_film = make_film(
        server, tmp_path, [], script="Less is more.\nMore or less.", voice={"provider": "none"}, aspect="1:1"
    )
    assert silent_film.timeline.tracks.captions
    assert not (silent_film.directory / "voiceover.mp3").exists()
    assert sum(1 for _ in luma(silent_film.path)) == silent_film.timeline.total_frames


def test_emoji_are_pictures_in_the_film_and_those_without_a_picture_are_named_in_a_warning(
    server: str, tmp_path: Path
) -> None:
    unknown = "\U0001f6d9"
    script = f"Rockets 🚀🚀 go up. Then they come {unknown} down."
    film = make_film(server, tmp_path, [("a.jpg", photo(1, (640, 480)))], script=script)
    omitted = f"not in the film: the emoji {unknown}: the emoji font does not have them"
    receipt = json.loads((film.directory / "metadata.json").read_text())
    assert omissions_in(film.job["warnings"]) == omissions_in(receipt["warnings"]) == [omitted]
    assert "🚀" in (film.directory / "captions.srt").read_text("utf-8")
    placed = [
        one.sequence
        for plain in film.read("segments.json")
        for segment in [SegmentSchema.read(plain)]
        for index in range(segment.frames)
        for one in EmojiPictures(ass_document(segment), segment).placed(index)
    ]
    assert set(placed) == {"🚀"} and len(placed) % 2 == 0


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
def test_any_script_becomes_a_film_with_its_captions(server: str, tmp_path: Path, script: str) -> None:
    film = make_film(server, tmp_path, [("a.jpg", photo(1, (640, 480)))], script=script)
    captions = "".join(cue.text for cue in film.timeline.tracks.captions)
    assert [c for c in captions if c.isalnum()] == [c for c in script if c.isalnum()]
    assert sum(1 for _ in luma(film.path)) == film.timeline.total_frames
