"""The engine for compositions, with the real MoviePy."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import psutil
import pytest
from PIL import Image

from app.core.config import Settings
from app.core.errors import BadMedia, ProviderRefused, Unconfigured
from app.store.backends.folder import Folder
from engines.adapters.moviepy import Moviepy, build, identity_of
from engines.base import Engine, Shot
from engines.compositions.process import Limits
from engines.compositions.source import find_compositions
from schemas.asset import Asset
from schemas.clip import ClipSchema
from schemas.preset import Preset
from schemas.scene_graph import Media, Scene, rendered_part
from tests.distributions import installed
from tests.waiting import wait_until

LIMITS = Limits(20, 30.0, 512)
COLOUR = "from moviepy import ColorClip\ndef compose(scene):\n    return {}\n"
PLAIN = COLOUR.format("ColorClip((scene.width, scene.height), color=(200, 30, 30))")
TITLE = """
from moviepy import ColorClip, CompositeVideoClip, TextClip

def compose(scene):
    ground = ColorClip((scene.width, scene.height), color=(0, 0, 0), duration=scene.seconds)
    title = TextClip(text=scene.caption, font_size=40, color=scene.colours[0], duration=scene.seconds)
    return CompositeVideoClip([ground, title.with_position("center")])
"""
# Tells by its colour whether a condition holds: green if it does, else red.
IS = """
import os, sys
from pathlib import Path
from moviepy import ColorClip

def compose(scene):
    return ColorClip((scene.width, scene.height), color=(0, 200, 0) if {condition} else (200, 0, 0))
"""


@pytest.fixture
def directory(tmp_path):
    (tmp_path / "compositions").mkdir()
    return tmp_path / "compositions"


@pytest.fixture
def render(directory, tmp_path):
    """A function that writes a composition and renders a scene with it; the limits are short."""
    (tmp_path / "store").mkdir()

    def render_with(code, limits=LIMITS, shot=None):
        (directory / "title.py").write_text(code)
        return Moviepy(str(directory), limits).render(shot or shot_of(tmp_path))

    return render_with


def shot_of(tmp_path, frames=10, **changes):
    store = Folder(tmp_path / "store")
    scene = Scene(3, "A title", media=Media("generated", query="title"), caption="Hello", engine="moviepy", take=2)
    preset = Preset("p", "P", "For tests", palette=("#FFEE00", "#102030"))
    shot = Shot(scene, None, None, 108, 192, Fraction(10), frames, preset, 11, store)
    return replace(shot, **{**changes, "scene": replace(scene, **changes.get("scene", {}))})


def frames_of(clip, tmp_path):
    with av.open(str(Folder(tmp_path / "store").local(clip.key))) as container:
        return [frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)]


def is_green(clip, tmp_path):
    red, green, _ = frames_of(clip, tmp_path)[0].mean(axis=(0, 1))
    return green > red


def refusal(render, code, limits=LIMITS, **options):
    with pytest.raises(ProviderRefused) as caught:
        render(code, limits, **options)
    return str(caught.value)


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


# -- failures and limits ---------------------------------------------------------------------------------------------


def test_exception_is_told_with_composition_line_and_reason(render):
    code = "def compose(scene):\n    value = 1\n    return value / 0\n"
    assert refusal(render, code) == "moviepy: composition title, line 3: ZeroDivisionError: division by zero"


def test_exception_at_a_later_frame_is_told(render):
    code = (
        "from moviepy import VideoClip\nimport numpy as np\n"
        "def picture(t):\n    assert t < 0.5, 'too late'\n    return np.zeros((192, 108, 3), np.uint8)\n"
        "def compose(scene):\n    clip = VideoClip(picture, duration=1)\n    clip.size = (108, 192)\n    return clip\n"
    )
    assert refusal(render, code) == "moviepy: composition title, line 4: AssertionError: too late"


def test_syntax_error_has_its_line(render):
    assert "composition title, line 2: SyntaxError" in refusal(render, "\ndef compose(scene) return 1\n")


def test_missing_module_is_told(render):
    assert "line 1: ModuleNotFoundError: No module named 'no_such_module'" in refusal(render, "import no_such_module\n")


def test_error_has_no_path(render, directory):
    message = refusal(render, "def compose(scene):\n    open('/srv/private/data.csv')\n")
    assert "data.csv" in message
    assert "/srv" not in message
    assert str(directory) not in message


def test_exit_of_a_composition_is_an_error(render):
    assert "line 2: SystemExit: 0" in refusal(render, "def compose(scene):\n    raise SystemExit(0)\n")


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        (COLOUR.format("ColorClip((100, 100), color=(0, 0, 0))"), "100 x 100 pixels; the film has 108 x 192"),
        (COLOUR.format("42"), "type int, which is not a video clip"),
        ("compose = None\n", "does not define compose"),
        ("", "does not define compose"),
    ],
)
def test_result_that_is_no_clip_of_the_film_is_refused(render, code, reason):
    assert reason in refusal(render, code)


def test_composition_that_computes_for_ever_is_ended(render):
    code = "def compose(scene):\n    while True:\n        pass\n"
    assert "more than 1 s of CPU" in refusal(render, code, Limits(1, 30.0, 512))


def test_composition_that_waits_for_ever_is_ended(render):
    code = "import time\ndef compose(scene):\n    time.sleep(10_000)\n"
    assert "more than 0.5 s" in refusal(render, code, Limits(20, 0.5, 512))


def test_composition_that_needs_too_much_memory_is_refused(render):
    code = "import numpy as np\ndef compose(scene):\n    return np.ones((1 << 30,), np.uint8)\n"
    assert refusal(render, code, Limits(20, 30.0, 200)).endswith("line 3: it needs more than 200 MB of memory")


def test_composition_that_ends_the_process_is_refused(render):
    code = "import os\ndef compose(scene):\n    os._exit(0)\n"
    assert "ended without a frame" in refusal(render, code)
    assert "status 3" in refusal(render, code.replace("0)", "3)"))


def test_failed_composition_leaves_no_file(render, tmp_path):
    refusal(render, "def compose(scene):\n    raise ValueError\n")
    assert [path for path in (tmp_path / "store").rglob("*") if path.is_file()] == []


# -- the sandbox -----------------------------------------------------------------------------------------------------


def test_environment_has_no_secrets(render, tmp_path, monkeypatch):
    monkeypatch.setenv("PYTOON_RUNWAY_API_KEY", "a-secret")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "a-secret")
    condition = "'a-secret' not in str(os.environ) and not [name for name in os.environ if name.startswith('PYTOON')]"
    assert is_green(render(IS.format(condition=condition)), tmp_path)


def test_home_is_a_private_directory_that_is_deleted(render, tmp_path):
    where = "Path.home() == Path(os.environ['TMPDIR']) == Path.cwd()"
    is_private = "Path.home().stat().st_mode & 0o077 == 0"
    keep = f"Path({str(tmp_path / 'home')!r}).write_text(str(Path.home()))"
    assert is_green(render(IS.format(condition=f"{where} and {is_private} and {keep}")), tmp_path)
    assert not Path((tmp_path / "home").read_text()).exists()


def test_standard_input_is_empty(render, tmp_path):
    assert is_green(render(IS.format(condition="sys.stdin.read() == ''")), tmp_path)


def test_processes_of_a_composition_end_with_it(render, tmp_path):
    start = "import subprocess; child = subprocess.Popen(['sleep', '1000'])"
    note = f"open({str(tmp_path / 'pid')!r}, 'w').write(str(child.pid))"
    render(PLAIN.replace("    return", f"    {start}; {note}\n    return"))
    pid = int((tmp_path / "pid").read_text())
    wait_until(lambda: has_ended(pid), "the end of the process", ignoring=(psutil.NoSuchProcess,))


def has_ended(pid):
    return not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
