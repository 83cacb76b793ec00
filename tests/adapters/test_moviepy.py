"""The engine for compositions, with the real MoviePy: the clip and the choice of the composition."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from fractions import Fraction

import numpy as np
import pytest
from PIL import Image

from app.core.config import Settings
from app.core.errors import BadMedia, ProviderRefused, Unconfigured
from app.store.backends.folder import Folder
from engines.adapters.moviepy import Moviepy, build, identity_of
from engines.base import Engine
from engines.compositions.source import find_compositions
from schemas.asset import Asset
from schemas.clip import ClipSchema
from schemas.scene_graph import Media, Scene, rendered_part
from tests.compositions import COLOUR, IS, PLAIN, TITLE, directory_in, frames_of, is_green, renderer, shot_of
from tests.distributions import installed


@pytest.fixture
def directory(tmp_path):
    return directory_in(tmp_path)


@pytest.fixture
def render(tmp_path):
    return renderer(tmp_path)


# -- configuration ---------------------------------------------------------------------------------------------------


def test_engine_without_a_directory_is_not_configured():
    with pytest.raises(Unconfigured, match="PYTOON_MOVIEPY_DIRECTORY"):
        build(Settings())


def test_engine_of_an_empty_directory_is_not_configured(directory):
    (directory / "_shared.py").write_text("")
    with pytest.raises(Unconfigured, match="PYTOON_MOVIEPY_DIRECTORY"):
        build(Settings(moviepy_directory=str(directory)))


def test_engine_of_a_directory_with_a_composition_is_local(directory):
    (directory / "title.py").write_text(PLAIN)
    engine = build(Settings(moviepy_directory=str(directory)))
    assert isinstance(engine, Engine)
    assert (engine.name, engine.capabilities.media) == ("moviepy", ("generated", "image"))
    assert not (engine.capabilities.needs_network or engine.capabilities.costs_money or engine.capabilities.generates)


def test_engine_without_the_package_names_the_extra(directory, tmp_path):
    (directory / "title.py").write_text(PLAIN)
    code = (
        "import sys; from importlib.machinery import PathFinder\n"
        "class Hidden:\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        "        return None if name == 'moviepy' else PathFinder.find_spec(name, path, target)\n"
        "sys.meta_path = [f for f in sys.meta_path if f is not PathFinder] + [Hidden()]\n"
        "from app.core.config import Settings; from engines.registry import build_engines\n"
        f"print(build_engines(Settings(moviepy_directory={str(directory)!r})).missing['moviepy'])"
    )
    process = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "pytoon-studio[moviepy]" in process.stdout


# -- the clip --------------------------------------------------------------------------------------------------------


def test_clip_shows_the_composition_in_the_colours_of_the_preset(render, tmp_path):
    clip = render(TITLE)
    pictures = frames_of(clip, tmp_path)
    assert len(pictures) == 10
    assert pictures[0].shape == (192, 108, 3)
    middle, edge = pictures[5][66:126], pictures[5][:40]
    assert edge.max() < 40
    yellow = (middle[..., 0] > 150) & (middle[..., 1] > 140) & (middle[..., 2] < 110)
    assert yellow.sum() > 50


def test_clip_describes_the_video(render):
    clip = render(PLAIN)
    assert (clip.scene_id, clip.kind, clip.engine, clip.take, clip.seed) == (3, "video", "moviepy", 2, 11)
    assert (clip.length_ms, clip.fit, clip.ground, clip.start_ms, clip.cost_usd) == (1000, "crop", "#FFEE00", 0, 0)
    assert clip.key == f"cache/composition/{clip.identity[:2]}/{clip.identity}.mp4"
    assert ClipSchema.read(ClipSchema.plain(clip)) == clip


def test_colours_are_kept(render, tmp_path):
    picture = frames_of(render(PLAIN), tmp_path)[0]
    assert np.abs(picture.mean(axis=(0, 1)) - (200, 30, 30)).max() < 4


def test_composition_receives_the_scene(render, tmp_path):
    condition = (
        "(scene.text, scene.caption, scene.narration, scene.seed) == ('A title', 'Hello', 'Say it', 11) and "
        "(scene.width, scene.height, scene.fps, scene.seconds) == (108, 192, 10.0, 1.0) and "
        "scene.colours == ('#FFEE00', '#102030') and scene.pictures == ()"
    )
    shot = shot_of(tmp_path, scene={"voice_script": "Say it"})
    assert is_green(render(IS.format(condition=condition), shot=shot), tmp_path)


def test_composition_receives_the_pictures_as_paths(render, tmp_path):
    Image.new("RGB", (108, 192), (0, 200, 0)).save(tmp_path / "green.png")
    asset = Asset("a1", "image", "assets/a1/green.png", hashlib.sha256(b"green").hexdigest(), 1, "")
    scene = {"media": Media("image", asset="a1", query="title")}
    shot = shot_of(tmp_path, asset=asset, picture=tmp_path / "green.png", scene=scene)
    code = "from moviepy import ImageClip\ndef compose(scene):\n    return ImageClip(str(scene.pictures[0]))\n"
    assert is_green(render(code, shot=shot), tmp_path)


def test_missing_picture_is_bad_media(render, tmp_path):
    asset = Asset("a1", "image", "assets/a1/green.png", "0" * 64, 1, "")
    with pytest.raises(BadMedia):
        render(PLAIN, shot=shot_of(tmp_path, asset=asset, scene={"media": Media("image", asset="a1")}))


def test_longer_clip_is_cut_and_shorter_one_keeps_its_length(render, tmp_path):
    long, short = (COLOUR.format(f"ColorClip((108, 192), color=(9, 9, 9), duration={s})") for s in (60, 0.5))
    assert render(long).length_ms == 1000
    assert render(short).length_ms == 500


def test_what_a_composition_prints_is_not_in_the_clip(render, tmp_path):
    code = PLAIN.replace("    return", "    print('x' * 100_000); import os; os.write(1, b'y' * 1000)\n    return")
    assert len(frames_of(render(code), tmp_path)) == 10


def test_composition_imports_modules_beside_it(render, directory, tmp_path):
    (directory / "_shared.py").write_text("GREEN = (0, 200, 0)\n")
    code = "from _shared import GREEN\n" + COLOUR.format("ColorClip((108, 192), color=GREEN)")
    assert is_green(render(code), tmp_path)


# -- the choice ------------------------------------------------------------------------------------------------------


def named(directory, tmp_path, *names, **scene):
    for name in names:
        (directory / f"{name}.py").write_text(PLAIN)
    return Moviepy(str(directory)).composition_of(shot_of(tmp_path, scene=scene)).name


@pytest.mark.parametrize("engine", ["moviepy", None])
def test_query_names_the_composition(directory, tmp_path, engine):
    assert named(directory, tmp_path, "title", "map", media=Media("generated", query="map"), engine=engine) == "map"


def test_only_composition_needs_no_name(directory, tmp_path):
    assert named(directory, tmp_path, "map", media=Media("generated", query="A harbour at night")) == "map"


def test_one_of_several_compositions_must_be_named(directory, tmp_path):
    with pytest.raises(ProviderRefused, match="none of map, title"):
        named(directory, tmp_path, "title", "map", media=Media("generated", query="A harbour"))


@pytest.mark.parametrize("scene", [{"engine": None, "media": Media("generated", query="x")}, {"engine": "runway"}])
def test_scene_that_does_not_name_the_engine_is_refused(directory, tmp_path, scene):
    with pytest.raises(ProviderRefused, match="does not name"):
        named(directory, tmp_path, "title", **scene)


@pytest.mark.parametrize("kind", ["video", "stock", "colour"])
def test_other_media_are_refused(directory, tmp_path, kind):
    with pytest.raises(ProviderRefused, match=f"from {kind}"):
        named(directory, tmp_path, "title", media=Media(kind, query="title"))


def test_entry_point_of_a_package_is_a_composition(tmp_path, monkeypatch):
    (tmp_path / "site").mkdir()
    (tmp_path / "store").mkdir()
    groups = {"pytoon.moviepy": {"banner": "pack_of_titles", "strip": "pack_of_titles:strip"}}
    code = IS.format(condition="True") + "\nstrip = compose\n"
    with installed(tmp_path / "site", {"pack_of_titles": code}, groups, monkeypatch):
        assert list(find_compositions("")) == ["banner", "strip"]
        for name in ("banner", "strip"):
            shot = shot_of(tmp_path, scene={"media": Media("generated", query=name)})
            assert is_green(build(Settings()).render(shot), tmp_path)


# -- the cache -------------------------------------------------------------------------------------------------------


def test_equal_shots_are_made_once(render, tmp_path):
    first = render(PLAIN)
    at = Folder(tmp_path / "store").local(first.key).stat().st_mtime_ns
    assert render(PLAIN) == first
    assert Folder(tmp_path / "store").local(first.key).stat().st_mtime_ns == at


def test_identity_depends_on_the_code_and_the_scene(directory, tmp_path):
    def identity(**changes):
        return identity_of(find_compositions(str(directory))["title"], shot_of(tmp_path, **changes))

    (directory / "title.py").write_text(PLAIN)
    first = identity()
    assert identity(scene={"id": 9, "take": 7}) == first
    others = {identity(scene={"caption": "Bye"}), identity(scene={"voice_script": "Say"}), identity(frames=11)}
    others |= {identity(seed=12), identity(fps=Fraction(25)), identity(width=110)}
    (directory / "_shared.py").write_text("")
    others.add(identity())
    (directory / "title.py").write_text(PLAIN + "\n")
    assert len(others | {first, identity()}) == 9


def test_words_of_a_scene_are_part_of_its_picture_only_for_this_engine():
    assert "caption" in rendered_part(Scene(1, engine="moviepy"))
    assert "caption" not in rendered_part(Scene(1, engine="local"))
