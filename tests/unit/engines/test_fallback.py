"""The fallback chain: a scene does not fail as long as any picture can be rendered."""

from dataclasses import dataclass, replace

import numpy as np
import pytest

from app.core.errors import (
    BadMedia,
    MediaError,
    MediaKilled,
    MediaStalled,
    ProviderBusy,
    ProviderRefused,
    StorageFull,
    StorageReadOnly,
    Unconfigured,
)
from engines.adapters.local import Local
from engines.fallback import PLAIN, EngineChain
from schemas.clip import TEMPLATE, Clip, Fallback
from schemas.engine import Capabilities


@dataclass
class FakeEngine:
    """An engine that raises ``error``, or returns a clip if there is none."""

    name: str
    error: Exception | None = None
    capabilities: Capabilities = Capabilities(("generated", "image"))
    calls: int = 0

    def render(self, shot):
        self.calls += 1
        if self.error:
            raise self.error
        return Clip(shot.scene.id, "video", "clips/x.mp4", "f" * 64, self.name)


ERRORS = [
    ProviderRefused("runway", "moderated"),
    Unconfigured("runway", "no key"),
    MediaError("probe", [], 1, "broken"),
    MediaStalled("probe", [], 9, "slow"),
    BadMedia("video", "no frame"),
]


@pytest.mark.parametrize("error", ERRORS, ids=lambda e: type(e).__name__)
def test_next_engine_renders_and_the_fallback_is_recorded(shots, error):
    chain = EngineChain((FakeEngine("runway", error), FakeEngine("luma")), Local())
    clip = chain.render(shots.shot())
    assert clip.engine == "luma"
    assert clip.steps_down == (Fallback("runway", str(error)),)


def test_engines_after_the_first_success_are_not_called(shots):
    engines = (FakeEngine("runway"), FakeEngine("luma"))
    clip = EngineChain(engines, Local()).render(shots.shot())
    assert (clip.engine, clip.steps_down) == ("runway", ())
    assert [engine.calls for engine in engines] == [1, 0]


RAISED_ERRORS = [
    ProviderBusy("runway", "429"),
    StorageFull("storage", 1, 2),
    StorageReadOnly("storage"),
    MediaKilled("encode", [], "SIGKILL", ""),
    ValueError("a bug"),
]


@pytest.mark.parametrize("error", RAISED_ERRORS, ids=lambda e: type(e).__name__)
def test_other_errors_are_raised_without_fallback(shots, error):
    next_engine = FakeEngine("luma")
    with pytest.raises(type(error)):
        EngineChain((FakeEngine("runway", error), next_engine), Local()).render(shots.shot())
    assert next_engine.calls == 0


def test_earlier_fallbacks_come_first(shots):
    earlier = (Fallback("pika", "it is not configured"),)
    clip = EngineChain((FakeEngine("runway", ERRORS[0]), FakeEngine("luma")), Local(), earlier).render(shots.shot())
    assert [step.engine for step in clip.steps_down] == ["pika", "runway"]


def test_after_all_engines_the_own_picture_is_shown_whole_and_still(shots, quadrants):
    shot = shots.shot(shots.save_image(quadrants(300, 200)), motion="push_in")
    clip = EngineChain((FakeEngine("runway", ERRORS[0]), FakeEngine("luma", ERRORS[1])), Local()).render(shot)
    assert (clip.engine, clip.kind, clip.motion.kind) == (PLAIN, "still", "still")
    assert [step.engine for step in clip.steps_down] == ["runway", "luma"]


def test_without_a_picture_the_last_fallback_is_a_background(shots):
    shot = shots.shot()
    clip = EngineChain((FakeEngine("runway", ERRORS[0]),), Local()).render(shot)
    assert (clip.engine, clip.kind) == (TEMPLATE, "still")
    assert shots.store.has(clip.key)


def test_broken_picture_falls_back_to_the_template_with_every_step_recorded(shots, quadrants):
    path = shots.save_image(quadrants(300, 200))
    shot = shots.shot(path)
    path.write_bytes(path.read_bytes()[:60])
    clip = EngineChain((Local(),), Local()).render(shot)
    assert clip.engine == TEMPLATE
    assert [step.engine for step in clip.steps_down] == ["local", PLAIN]


def test_broken_video_falls_back_to_the_template(shots):
    path = shots.directory / "it.mp4"
    path.write_bytes(b"not a video")
    clip = EngineChain((Local(),), Local()).render(shots.shot(path, kind="video"))
    assert clip.engine == TEMPLATE
    assert [step.engine for step in clip.steps_down] == ["local"]


def test_template_has_the_colours_of_the_scene(shots):
    shot = shots.shot(colours=("#FF0000",))
    generated = replace(shot, scene=replace(shot.scene, media=replace(shot.scene.media, kind="generated")))
    clip = EngineChain((), Local()).render(generated)
    luma = np.load(shots.store.local(clip.key))[0, 0]
    assert abs(int(luma) - 63) <= 2


def test_chain_without_engines_renders_the_own_picture(shots, quadrants):
    assert EngineChain((), Local()).render(shots.shot(shots.save_image(quadrants(30, 20)))).engine == PLAIN


def test_last_error_is_raised_if_every_step_fails(shots):
    with pytest.raises(MediaError, match="broken"):
        EngineChain((FakeEngine("runway", ERRORS[0]),), FakeEngine("last_resort", ERRORS[2])).render(shots.shot())


def test_capabilities_of_a_chain_are_those_of_its_engines():
    assert EngineChain((FakeEngine("runway"), Local()), Local()).capabilities.media == (
        "colour",
        "generated",
        "image",
        "video",
    )


def test_chain_may_contain_a_chain(shots):
    inner = EngineChain((FakeEngine("runway", ERRORS[0]), FakeEngine("luma")), Local())
    clip = EngineChain((FakeEngine("pika", ERRORS[1]), inner), Local()).render(shots.shot())
    assert [step.engine for step in clip.steps_down] == ["pika", "runway"]
