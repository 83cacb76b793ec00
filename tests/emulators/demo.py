"""``make demo-engines``: a film in which every scene is made by another engine, against emulators of the providers.

No account and no network are needed. The film and its receipt are written to a directory, and a table is printed.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import requests

from app.core.config import PREFIX
from tests.emulators.base import Emulator
from tests.emulators.registry import emulator_classes
from tests.stacks import Stack, running_stack
from tests.waiting import REPLY_S

WORK_S = 3.0
COMPOSITION = """
from moviepy import ColorClip, CompositeVideoClip, TextClip


def compose(scene):
    ground = ColorClip((scene.width, scene.height), color=(20, 40, 60), duration=scene.seconds)
    band = ColorClip((scene.width, scene.height // 8), color=(240, 180, 40), duration=scene.seconds)
    moving = band.with_position(lambda t: ("center", int(scene.height * (0.2 + 0.5 * t / scene.seconds))))
    size = scene.height // 14
    title = TextClip(text="MoviePy", font_size=size, color="white", margin=(0, size // 3), duration=scene.seconds)
    return CompositeVideoClip([ground, moving, title.with_position("center")])
"""
# For each engine, what its scene shows and says.
SCENES: Sequence[tuple[str, str, str]] = (
    ("runway", "a red kite over a calm sea at dawn", "Runway films a kite above the morning sea."),
    ("luma", "a glass city in soft fog", "Luma builds a glass city in the fog."),
    ("fal", "a fox running through fresh snow", "Fal lets a fox run through fresh snow."),
    ("pika", "a paper boat on a rainy street", "Pika sends a paper boat down the street."),
    ("replicate", "a lighthouse in a storm at night", "Replicate lights a tower in the storm."),
    ("google", "a field of sunflowers in the wind", "Google moves a field of sunflowers."),
    ("comfyui", "a mountain lake under fast clouds", "ComfyUI works on your own graphics card."),
    ("http", "an old train crossing a viaduct", "A server of your own sends a train across a bridge."),
    ("stock", "ocean waves on a beach", "And a stock library has waves for every beach."),
    ("moviepy", "titles", "MoviePy runs your own code for a scene."),
    ("local", "", "The last scene needs no other machine at all."),
)


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="make demo-engines", description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("demo-engines"), help="the directory for film and receipt")
    parser.add_argument("--quality", default="draft")
    chosen = parser.parse_args(arguments)
    chosen.out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="pytoon-engines-") as folder, emulators() as providers:
        compositions = Path(folder, "compositions")
        compositions.mkdir()
        (compositions / "band.py").write_text(COMPOSITION)
        env = {**settings_of(providers), "PYTOON_MOVIEPY_DIRECTORY": str(compositions)}
        with running_stack(Path(folder, "home"), env) as stack:
            job = film(stack, chosen.quality)
            receipt = download(stack, job, chosen.out)
            show(job, receipt, providers)
    return 0 if job["state"] == "DONE" else 1


@contextmanager
def emulators() -> Iterator[list[Emulator]]:
    """One emulator of each provider: of Luma's two APIs the current one, and that of fal for Pika too."""
    with ExitStack() as stack:
        classes = [each for name, each in emulator_classes().items() if name not in ("LumaDreamMachine", "Pika")]
        yield [stack.enter_context(each(work_s=WORK_S)) for each in classes]


def settings_of(providers: Sequence[Emulator]) -> dict[str, str]:
    """The environment in which all engines use the emulators."""
    fields = {name: str(value) for each in providers for name, value in each.settings().items()}
    return {f"{PREFIX}{name.upper()}": value for name, value in fields.items() if name != "home"}


def film(stack: Stack, quality: str) -> dict[str, Any]:
    """Make the film; return the job at its end."""
    body = {"title": "Every engine", "scenes": [scene_of(*each) for each in SCENES], "quality": quality}
    reply = requests.post(f"{stack.url}/api/v2/jobs", json={**body, "budget_usd": 20}, timeout=REPLY_S)
    if reply.status_code != 202:
        sys.exit(reply.text)
    return stack.wait_for_end(reply.json()["job_id"])


def scene_of(engine: str, query: str, words: str) -> dict[str, Any]:
    kind = {"stock": "stock", "local": "colour"}.get(engine, "generated")
    media = {"kind": kind, "query": "" if engine in ("local", "moviepy") else query}
    return {"description": query, "voice_script": words, "caption": words, "media": media, "engine": engine}


def download(stack: Stack, job: dict[str, Any], out: Path) -> dict[str, Any]:
    """Write the artifacts of the job; return the receipt."""
    for artifact in job["artefacts"]:
        if artifact["name"] in ("output.mp4", "metadata.json", "thumbnail.jpg"):
            url = artifact["url"] if artifact["url"].startswith("http") else f"{stack.url}{artifact['url']}"
            (out / artifact["name"]).write_bytes(requests.get(url, timeout=REPLY_S).content)
    receipt = out / "metadata.json"
    return dict(json.loads(receipt.read_text())) if receipt.exists() else {}


def show(job: dict[str, Any], receipt: dict[str, Any], providers: Sequence[Emulator]) -> None:
    print(f"{job['state']} {job.get('error') or ''}")
    for scene in receipt.get("scenes", []):
        fallbacks = "; ".join(f"{each['engine']}: {each['reason']}" for each in scene["steps_down"])
        made_by = f"{scene['engine']:<10} {scene.get('model', ''):<44}"
        print(f"scene {scene['id']:>2}  {made_by} ${scene['cost_usd']:<8} {fallbacks}")
    print(f"money: {receipt.get('money')}")
    accepted = {each.name: len(each.jobs) for each in providers}
    print(f"accepted by the emulators: {accepted}")
    for warning in job["warnings"]:
        print(f"warning: {warning}")


if __name__ == "__main__":
    os.environ.setdefault("PYTOON_LOG_FORMAT", "json")
    sys.exit(main(sys.argv[1:]))
