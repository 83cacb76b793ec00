"""A hosted engine of another package is not called: its scene falls back, with the reason on the clip."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest

from app.core.config import settings
from app.jobs.workspace import Workspace
from engines.base import HostedEngine
from engines.policy import Constraints, choose_engines
from engines.registry import GROUP, HOSTED, build_engines, offers
from schemas.clip import Fallback
from schemas.job import JobRequest, JobRequestSchema
from schemas.scene_graph import Media, Scene, SceneGraph, SceneGraphSchema
from tasks.rendering import chain_for
from tests.distributions import installed

CLOUD = """
from dataclasses import dataclass
from decimal import Decimal
from engines.base import Capabilities, Progress, Submission
from schemas.clip import Clip

@dataclass(frozen=True)
class Cloud:
    name: str = "cloud"
    capabilities: Capabilities = Capabilities(("image", "video", "colour"), needs_network=True)

    def estimate(self, shot): return Decimal("0.25")
    def submit(self, shot, key): return Submission(self.name, key, Decimal("0.25"))
    def poll(self, submission): return Progress(done=True)
    def fetch(self, submission, shot): return Clip(shot.scene.id, "video", "cache/a.mp4", "0" * 64, self.name)
    def cancel(self, submission): return True

def build(settings): return Cloud()
"""


@pytest.fixture
def cloud(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with installed(tmp_path, {"plugin_cloud": CLOUD}, {GROUP: {"cloud": "plugin_cloud"}}, monkeypatch):
        yield


def run_of(shots, **request: object) -> Workspace:
    """Return a run of one scene with a colour background."""
    scene = Scene(1, media=Media("colour"), duration_ms=2000)
    graph = SceneGraph(
        version=SceneGraphSchema.current, title="", language="en", preset_id="clean_bold", scenes=(scene,)
    )
    document = JobRequestSchema.plain(JobRequest(script="Hello.", **request))
    run = Workspace("run1", "job1", document, shots.store)
    run.write("scene_graph.json", SceneGraphSchema.plain(graph))
    return run


@pytest.mark.parametrize("policy", ["local_preferred", "api_only"])
def test_scene_that_prefers_a_hosted_engine_falls_back_with_the_reason(cloud: None, shots, policy: str) -> None:
    run = run_of(shots, engine_preference="cloud", engine_policy=policy)
    shot = shots.shot(preset=run.preset)
    clip = chain_for(run, shot).render(shot)
    assert clip.kind == "still"
    assert Fallback("cloud", HOSTED) in clip.steps_down
    assert shots.store.has(clip.key)


def test_policy_does_not_choose_a_hosted_engine(cloud: None, shots) -> None:
    run = run_of(shots)
    shot = shots.shot(preset=run.preset)
    chain = chain_for(run, shot)
    assert [engine.name for engine in chain.engines] == ["local"]
    clip = chain.render(shot)
    assert (clip.engine, clip.steps_down) == ("local", ())


def test_hosted_engine_is_listed_as_missing_with_the_reason(cloud: None) -> None:
    registry = build_engines(settings())
    assert registry.missing["cloud"] == "hosted engines are not supported by this version"
    choice = choose_engines(Scene(1, media=Media("colour"), engine="cloud"), Constraints(), offers(registry))
    assert choice.order == ("local",)
    assert choice.rejected == (Fallback("cloud", HOSTED),)


def test_adapter_of_this_test_implements_the_hosted_engine_protocol(cloud: None) -> None:
    assert isinstance(import_module("plugin_cloud").build(settings()), HostedEngine)
