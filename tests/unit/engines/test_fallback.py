"""While a picture can be made, a scene does not fail."""

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
from engines.base import Capabilities
from engines.fallback import PLAIN, EngineChain
from schemas.clip import TEMPLATE, Clip, Fallback


@dataclass
class Moody:
    """An engine that does as it is told: raises, or delivers."""

    name: str
    error: Exception | None = None
    capabilities: Capabilities = Capabilities(("generated", "image"))
    asked: int = 0

    def render(self, shot):
        self.asked += 1
        if self.error:
            raise self.error
        return Clip(shot.scene.id, "video", "clips/x.mp4", "f" * 64, self.name)


REASONS = [
    ProviderRefused("runway", "moderated"),
    Unconfigured("runway", "no key"),
    MediaError("probe", [], 1, "broken"),
    MediaStalled("probe", [], 9, "slow"),
    BadMedia("video", "no frame"),
]


@pytest.mark.parametrize("error", REASONS, ids=lambda e: type(e).__name__)
def test_the_next_engine_takes_over_and_the_step_is_noted(studio, error):
    chain = EngineChain((Moody("runway", error), Moody("luma")), Local())
    clip = chain.render(studio.shot())
    assert clip.engine == "luma"
    assert clip.steps_down == (Fallback("runway", str(error)),)


def test_the_first_engine_that_delivers_is_the_last_one_asked(studio):
    engines = (Moody("runway"), Moody("luma"))
    clip = EngineChain(engines, Local()).render(studio.shot())
    assert (clip.engine, clip.steps_down) == ("runway", ())
    assert [engine.asked for engine in engines] == [1, 0]


GO_UP = [
    ProviderBusy("runway", "429"),
    StorageFull("storage", 1, 2),
    StorageReadOnly("storage"),
    MediaKilled("encode", [], "SIGKILL", ""),
    ValueError("a bug"),
]


@pytest.mark.parametrize("error", GO_UP, ids=lambda e: type(e).__name__)
def test_what_another_engine_would_not_help_goes_up(studio, error):
    after = Moody("luma")
    with pytest.raises(type(error)):
        EngineChain((Moody("runway", error), after), Local()).render(studio.shot())
    assert after.asked == 0


def test_steps_of_before_come_first(studio):
    before = (Fallback("pika", "it is not configured"),)
    clip = EngineChain((Moody("runway", REASONS[0]), Moody("luma")), Local(), before).render(studio.shot())
    assert [step.engine for step in clip.steps_down] == ["pika", "runway"]


def test_when_all_refuse_the_own_picture_is_shown_whole_and_still(studio, quarters):
    shot = studio.shot(studio.saved(quarters(300, 200)), motion="push_in")
    clip = EngineChain((Moody("runway", REASONS[0]), Moody("luma", REASONS[1])), Local()).render(shot)
    assert (clip.engine, clip.kind, clip.motion.kind) == (PLAIN, "still", "still")
    assert [step.engine for step in clip.steps_down] == ["runway", "luma"]


def test_without_a_picture_a_ground_in_the_looks_colours_is_left(studio):
    shot = studio.shot()
    clip = EngineChain((Moody("runway", REASONS[0]),), Local()).render(shot)
    assert (clip.engine, clip.kind) == (TEMPLATE, "still")
    assert studio.store.has(clip.key)


def test_a_broken_picture_ends_on_the_template_with_every_step_noted(studio, quarters):
    path = studio.saved(quarters(300, 200))
    shot = studio.shot(path)
    path.write_bytes(path.read_bytes()[:60])
    clip = EngineChain((Local(),), Local()).render(shot)
    assert clip.engine == TEMPLATE
    assert [step.engine for step in clip.steps_down] == ["local", PLAIN]


def test_a_broken_film_ends_on_the_template(studio):
    path = studio.folder / "it.mp4"
    path.write_bytes(b"no film")
    clip = EngineChain((Local(),), Local()).render(studio.shot(path, kind="video"))
    assert clip.engine == TEMPLATE
    assert [step.engine for step in clip.steps_down] == ["local"]


def test_the_template_keeps_the_scenes_own_colours(studio):
    shot = studio.shot(colours=("#FF0000",))
    generated = replace(shot, scene=replace(shot.scene, media=replace(shot.scene.media, kind="generated")))
    clip = EngineChain((), Local()).render(generated)
    luma = np.load(studio.store.local(clip.key))[0, 0]
    assert abs(int(luma) - 63) <= 2


def test_a_chain_of_nobody_still_makes_a_picture(studio, quarters):
    assert EngineChain((), Local()).render(studio.shot(studio.saved(quarters(30, 20)))).engine == PLAIN


def test_when_not_even_a_ground_can_be_made_the_reason_goes_up(studio):
    with pytest.raises(MediaError, match="broken"):
        EngineChain((Moody("runway", REASONS[0]),), Moody("ground", REASONS[2])).render(studio.shot())


def test_a_chain_can_do_what_its_engines_can():
    assert EngineChain((Moody("runway"), Local()), Local()).capabilities.media == (
        "colour",
        "generated",
        "image",
        "video",
    )


def test_a_chain_of_chains_is_an_engine_too(studio):
    inner = EngineChain((Moody("runway", REASONS[0]), Moody("luma")), Local())
    clip = EngineChain((Moody("pika", REASONS[1]), inner), Local()).render(studio.shot())
    assert [step.engine for step in clip.steps_down] == ["pika", "runway"]
