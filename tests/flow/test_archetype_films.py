"""Films of archetypes, by a whole stack against emulators: where the product is, what is ordered, and what is seen."""

from __future__ import annotations

import io
import json
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
import requests
from PIL import Image, ImageDraw

from app.media.av_open import open_av
from app.media.ffmpeg import command, run
from tests.emulators.demo import settings_of
from tests.emulators.pexels import Pexels
from tests.emulators.runway import Runway
from tests.stacks import Stack, running_stack
from tests.waiting import REPLY_S

RED, WHITE = (200, 20, 40), (250, 250, 250)
# Red minus green and blue.
RED_ENOUGH = 90
Pixels = npt.NDArray[np.int16]


@lru_cache
def grey_film(width: int, height: int, seconds: float = 2.0, fps: int = 24, **_: object) -> bytes:
    """Return a film that moves and has only middle greys: the product is the only red, and its shadow is dark."""
    pattern = f"testsrc2=size={width}x{height}:rate={fps}:duration={seconds}"
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "film.mp4")
        encode = ("-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-movflags", "+faststart")
        run(command("make a film", "-f", "lavfi", "-i", pattern, "-vf", "hue=s=0,eq=contrast=0.3", *encode, path))
        return path.read_bytes()


@pytest.fixture(scope="module")
def runway() -> Iterator[Runway]:
    with Runway(work_s=0.3) as emulator:
        emulator.film = grey_film
        yield emulator


@pytest.fixture(scope="module")
def stack(runway: Runway, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    with Pexels(work_s=0.3) as pexels:
        env = settings_of([runway, pexels])
        with running_stack(tmp_path_factory.mktemp("archetypes") / "home", env) as stack:
            yield stack


@pytest.fixture(scope="module")
def product(stack: Stack) -> str:
    """The asset id of a red bottle with a white label, cut out."""
    image = Image.new("RGBA", (300, 800))
    draw = ImageDraw.Draw(image)
    draw.rounded_rectangle((20, 20, 280, 780), 60, fill=(*RED, 255))
    draw.rectangle((20, 350, 280, 500), fill=(*WHITE, 255))
    data = io.BytesIO()
    image.save(data, "PNG")
    files = {"file": ("bottle.png", data.getvalue())}
    reply = requests.post(f"{stack.url}/api/v1/assets/upload", files=files, timeout=REPLY_S)
    return str(reply.json()["asset_id"])


@pytest.fixture(autouse=True)
def without_calls(runway: Runway) -> None:
    runway.calls.clear()


def scene(archetype: str, words: str, **fields: Any) -> dict[str, Any]:
    return {"archetype": archetype, "caption": words, "duration_ms": 1500, **fields}


class Film:
    """A finished film: the job, its receipt and its frames."""

    def __init__(self, stack: Stack, scenes: Sequence[Mapping[str, Any]], folder: Path, **request: Any) -> None:
        body = {"title": "Film", "scenes": list(scenes), "quality": "draft", "preset_id": "clean_bold", **request}
        body |= {"voice": {"provider": "none"}, "music": "none"}
        reply = requests.post(f"{stack.url}/api/v2/jobs", json=body, timeout=REPLY_S)
        assert reply.status_code == 202, reply.text
        self.job = stack.wait_for_end(reply.json()["job_id"])
        assert self.job["state"] == "DONE", self.job["error"]
        urls = {artifact["name"]: f"{stack.url}{artifact['url']}" for artifact in self.job["artefacts"]}
        self.receipt = json.loads(requests.get(urls["metadata.json"], timeout=REPLY_S).text)
        self.timeline = json.loads(requests.get(urls["timeline.json"], timeout=REPLY_S).text)
        self.path = folder / "output.mp4"
        self.path.write_bytes(requests.get(urls["output.mp4"], timeout=REPLY_S).content)

    @property
    def engines(self) -> list[str]:
        return [scene["engine"] for scene in self.receipt["scenes"]]

    @property
    def fallbacks(self) -> list[list[str]]:
        return [[step["engine"] for step in scene["steps_down"]] for scene in self.receipt["scenes"]]

    def frame(self, scene: int) -> Pixels:
        """A frame near the end of a scene, counted from 0."""
        timed = self.timeline["scenes"][scene]
        number = timed["end_frame"] - 12
        with open_av(self.path) as film:
            frames = film.decode(film.streams.video[0])
            return next(f.to_ndarray(format="rgb24") for index, f in enumerate(frames) if index == number).astype(
                np.int16
            )


def red_part(frame: Pixels) -> tuple[float, float, float, float]:
    """Return left, top, right and bottom of what is red in a frame, in shares of it."""
    is_red = (frame[..., 0] - frame[..., 1] > RED_ENOUGH) & (frame[..., 0] - frame[..., 2] > RED_ENOUGH)
    rows, columns = np.flatnonzero(is_red.any(axis=1)), np.flatnonzero(is_red.any(axis=0))
    height, width = is_red.shape
    return columns[0] / width, rows[0] / height, (columns[-1] + 1) / width, (rows[-1] + 1) / height


def shadow_of(frame: Pixels) -> float:
    """Return how much darker the frame is just below what is red than at its edge."""
    height, width, _ = frame.shape
    left, _, right, bottom = red_part(frame)
    below = frame[round(bottom * height) + 3, round((0.7 * left + 0.3 * right) * width) : round(right * width)].mean()
    return float(frame[round(bottom * height) + 3, round(0.95 * width) :].mean() - below)


def test_brand_safe_film_orders_backgrounds_without_a_picture_and_shows_the_whole_product(
    stack: Stack, product: str, runway: Runway, tmp_path: Path
) -> None:
    scenes = [
        scene("product_hero", "The whole bottle.", media={"asset": product}),
        scene("overlay", "On a table.", media={"asset": product, "query": "a wooden table"}),
        scene("meme_text", "When the bottle is empty"),
    ]
    film = Film(stack, scenes, tmp_path, budget_usd=9)
    assert film.engines == ["local", "runway", "runway"]
    assert film.fallbacks == [[], [], []] and film.job["warnings"] == []
    orders = [call.json for call in runway.calls_to("POST", "text_to_video|image_to_video")]
    assert len(orders) == 2
    assert all("promptImage" not in order for order in orders)
    assert any(order["promptText"].startswith("A wooden table. An empty background") for order in orders)
    for number in (0, 1):
        left, top, right, bottom = red_part(film.frame(number))
        # Of a bottle of 300 × 800 pixels, 260 × 760 are red, inside the safe zone and above the captions.
        assert 0.07 <= left < right <= 0.93 and 0.12 <= top < bottom <= 0.6
        assert (right - left) * 9 / ((bottom - top) * 16) == pytest.approx(260 / 760, rel=0.06)
    assert shadow_of(film.frame(1)) > 15


def test_hero_that_is_not_brand_safe_is_animated_and_its_product_stays_unchanged(
    stack: Stack, product: str, runway: Runway, tmp_path: Path
) -> None:
    hero = scene("product_hero", "The bottle turns.", media={"asset": product}, engine="runway")
    film = Film(stack, [hero], tmp_path, brand_safe=False, budget_usd=9)
    (order,) = [call.json for call in runway.calls_to("POST", "image_to_video")]
    assert "The product in the picture stays unchanged" in order["promptText"] and order["promptImage"]
    assert (film.engines, film.fallbacks) == (["runway"], [[]])


def test_scenes_that_no_provider_makes_become_simpler_and_the_product_stays(
    stack: Stack, product: str, runway: Runway, tmp_path: Path
) -> None:
    scenes = [
        scene("product_hero", "The bottle.", media={"asset": product}, description="forbidden", engine="runway"),
        scene(
            "overlay", "Here.", media={"asset": product, "query": "forbidden", "colours": ["#204060"]}, engine="runway"
        ),
        scene("meme_text", "Me", description="forbidden", engine="runway"),
    ]
    film = Film(stack, scenes, tmp_path, brand_safe=False, budget_usd=9)
    assert film.engines[0] == "local" and film.engines[2] == "colours"
    assert film.engines[1] in ("colours", "stock")
    assert all(names[0] == "runway" for names in film.fallbacks)
    assert [scene["state"] for scene in film.job["progress"]["scenes"]] == ["FALLBACK"] * 3
    for number in (0, 1):
        left, top, right, bottom = red_part(film.frame(number))
        assert 0.07 <= left < right <= 0.93 and 0.12 <= top < bottom <= 0.6


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"archetype": "product_hero"}, "scenes.0.archetype"),
        ({"archetype": "meme_text", "caption": "Me", "media": {"asset": "PRODUCT"}}, "scenes.0.media.asset"),
    ],
)
def test_scene_that_lacks_what_its_archetype_needs_is_refused(
    stack: Stack, product: str, fields: dict[str, Any], field: str
) -> None:
    plain = json.loads(json.dumps(fields).replace("PRODUCT", product))
    reply = requests.post(f"{stack.url}/api/v2/jobs", json={"scenes": [plain]}, timeout=REPLY_S)
    assert reply.status_code == 422 and field in reply.text


def test_request_without_a_picture_for_its_archetype_is_refused(stack: Stack) -> None:
    body = {"script": "One bottle.", "archetype": "overlay"}
    reply = requests.post(f"{stack.url}/api/v2/jobs", json=body, timeout=REPLY_S)
    assert reply.status_code == 422 and "a picture of the product" in reply.text
