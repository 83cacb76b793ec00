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


# -- engines that count as fallbacks later ---------------------------------------------------------------------------


def test_engine_asked_for_after_the_one_that_renders_is_no_fallback(shots):
    later = ((1, Fallback("pika", "it is not configured")),)
    clip = EngineChain((FakeEngine("runway"), FakeEngine("luma")), Local(), later=later).render(shots.shot())
    assert (clip.engine, clip.steps_down) == ("runway", ())


def test_it_counts_when_the_engines_before_it_have_failed(shots):
    later = ((1, Fallback("pika", "it is not configured")),)
    engines = (FakeEngine("runway", ERRORS[0]), FakeEngine("luma"))
    clip = EngineChain(engines, Local(), later=later).render(shots.shot())
    assert [step.engine for step in clip.steps_down] == ["runway", "pika"]


@pytest.mark.parametrize("count", [1, 2, 7])
def test_it_counts_for_a_template(shots, count):
    later = ((count, Fallback("pika", "it is not configured")),)
    clip = EngineChain((FakeEngine("runway", ERRORS[0]),), Local(), later=later).render(shots.shot())
    assert (clip.engine, [step.engine for step in clip.steps_down]) == (TEMPLATE, ["runway", "pika"])


# -- archetypes ------------------------------------------------------------------------------------------------------


@dataclass
class Recorder:
    """The local engine, which keeps the shots that it renders and fails for the first ``failures`` of them."""

    failures: int = 0
    name: str = "local"
    capabilities: Capabilities = Local.capabilities

    def __post_init__(self):
        self.shots = []

    def render(self, shot):
        self.shots.append(shot)
        if len(self.shots) <= self.failures:
            raise MediaError("plate", [], 1, f"failure {len(self.shots)}")
        return Local().render(shot)


def of_archetype(shot, archetype, kind=None, **media):
    media = replace(shot.scene.media, kind=kind or shot.scene.media.kind, **media)
    return replace(shot, scene=replace(shot.scene, archetype=archetype, media=media))


def rendered(shot, failures, *engines):
    """Return the clip, the names of the fallbacks and the shots of the last resort."""
    local = Recorder(failures)
    clip = EngineChain(engines, local).render(shot)
    return clip.engine, [step.engine for step in clip.steps_down], local.shots


@pytest.fixture
def hero(shots, quadrants):
    return of_archetype(shots.shot(shots.save_image(quadrants(300, 200)), fit="pad", motion="push_in"), "product_hero")


def test_hero_that_no_generator_animates_is_moved_then_still_then_a_template(hero):
    runway = FakeEngine("runway", ERRORS[0])
    assert rendered(hero, 0, runway)[:2] == ("moved_still", ["runway"])
    assert rendered(hero, 1, runway)[:2] == (PLAIN, ["runway", "moved_still"])
    assert rendered(hero, 2, runway)[:2] == (TEMPLATE, ["runway", "moved_still", PLAIN])


def test_moved_hero_is_the_shot_as_it_is_and_the_still_one_does_not_move(hero):
    _, _, (moved, still) = rendered(hero, 1, FakeEngine("runway", ERRORS[0]))
    assert moved == hero
    assert (still.scene.style.motion, still.scene.media.fit, still.asset) == ("still", "pad", hero.asset)


def test_hero_is_moved_once_if_the_local_engine_is_one_of_the_chain(hero):
    local = Recorder(1)
    clip = EngineChain((FakeEngine("runway", ERRORS[0]), local), local).render(hero)
    assert (clip.engine, [step.engine for step in clip.steps_down]) == (PLAIN, ["runway", "local"])


def test_still_of_other_scenes_is_not_moved_after_their_engines(shots, quadrants):
    shot = shots.shot(shots.save_image(quadrants(30, 20)))
    assert rendered(shot, 0, FakeEngine("runway", ERRORS[0]))[0] == PLAIN


@pytest.fixture
def ground(shots):
    return of_archetype(shots.shot(), "overlay", "generated", query="a table", colours=("#204060", "#80A0C0"))


def test_background_of_a_product_becomes_colours_then_one_colour_then_a_template(ground):
    runway = FakeEngine("runway", ERRORS[0])
    assert rendered(ground, 0, runway)[:2] == ("colours", ["runway"])
    assert rendered(ground, 1, runway)[:2] == (PLAIN, ["runway", "colours"])
    assert rendered(ground, 2, runway)[:2] == (TEMPLATE, ["runway", "colours", PLAIN])


def test_colours_behind_a_product_are_those_of_the_scene_and_the_plain_one_does_not_move(ground):
    _, _, (colours, plain) = rendered(ground, 1)
    assert (colours.scene.media.kind, colours.scene.media.colours) == ("colour", ("#204060", "#80A0C0"))
    assert (plain.scene.media.colours, plain.scene.style.motion) == (("#204060",), "still")


def test_no_engine_gets_a_file_for_the_background_of_a_product(ground):
    engine = Recorder(9)
    _, _, last_resort = rendered(ground, 2, engine)
    assert all(shot.asset is None and shot.picture is None and not shot.more for shot in [*engine.shots, *last_resort])


def test_meme_that_is_not_generated_has_its_words_on_colours_then_on_a_template(shots):
    meme = of_archetype(shots.shot(), "meme_text", "generated")
    runway = FakeEngine("runway", ERRORS[0])
    assert rendered(meme, 0, runway)[:2] == ("colours", ["runway"])
    assert rendered(meme, 1, runway)[:2] == (TEMPLATE, ["runway", "colours"])


def test_background_in_colours_has_no_simpler_one(shots):
    ground = of_archetype(shots.shot(colours=("#204060",)), "overlay")
    assert rendered(ground, 0)[0] == PLAIN


@pytest.mark.parametrize(("deaths", "engine"), [(2, PLAIN), (4, TEMPLATE)])
def test_hero_that_kills_its_workers_is_not_moved_again(hero, deaths, engine):
    chain = EngineChain((FakeEngine("runway"), Local()), Local()).reduced_after_deaths(deaths)
    assert chain.render(hero).engine == engine


def test_background_that_kills_its_workers_becomes_colours(ground):
    clip = EngineChain((FakeEngine("runway"),), Local()).reduced_after_deaths(2).render(ground)
    assert (clip.engine, [step.engine for step in clip.steps_down]) == ("colours", ["runway"])
