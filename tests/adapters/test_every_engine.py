"""What every engine promises, whoever wrote it: found by its file, held to the same rules as its neighbours."""

from __future__ import annotations

import hashlib
import re
import subprocess
import sys
from dataclasses import fields, replace
from fractions import Fraction

import numpy as np
import pytest
from PIL import Image

from app.core.config import Settings
from app.core.errors import BadMedia, MediaError, ProviderRefused, Unconfigured
from app.core.plugins import scan
from app.media.ffmpeg import command, run
from app.store.backends.folder import Folder
from app.store.keys import KEY
from engines.base import Capabilities, Shot
from engines.registry import GROUP, PACKAGE, build_engines
from schemas.asset import Asset
from schemas.clip import CLIP_KINDS, ClipSchema
from schemas.preset import Preset
from schemas.scene_graph import MEDIA_KINDS, Media, Scene

NAMES = list(scan(PACKAGE, GROUP))
ROSTER = build_engines(Settings())
PRESENT = list(ROSTER.present)
# Those that need nobody else: they are filmed with here, the hosted ones against their emulators.
NEAR = [name for name in PRESENT if hasattr(ROSTER.present[name], "render")]
VERBS = ("estimate", "submit", "poll", "fetch", "cancel")


@pytest.fixture
def shots(tmp_path):
    """A shot for each kind of media."""
    (tmp_path / "store").mkdir()
    noise = np.random.default_rng(5).integers(0, 256, (80, 60, 3), dtype=np.uint8)
    Image.fromarray(noise).save(tmp_path / "it.png")
    run(command("test film", "-f", "lavfi", "-i", "testsrc2=size=64x48:rate=10:duration=1", tmp_path / "it.mp4"))

    def shot(kind):
        path = {"image": tmp_path / "it.png", "video": tmp_path / "it.mp4"}.get(kind)
        asset = path and Asset(
            "a1", kind, f"assets/a1/{path.name}", hashlib.sha256(path.read_bytes()).hexdigest(), 1, ""
        )
        scene = Scene(3, "A tree", media=Media(kind, asset="a1" if path else None), take=2)
        store = Folder(tmp_path / "store")
        return Shot(scene, asset, path, 108, 192, Fraction(30), 60, Preset("p", "P", "For tests"), 11, store)

    return shot


@pytest.fixture(
    params=[(name, kind) for name in NEAR for kind in ROSTER.present[name].capabilities.media], ids="-".join
)
def filmed(request, shots):
    name, kind = request.param
    shot = shots(kind)
    return ROSTER.present[name], shot, ROSTER.present[name].render(shot)


def test_there_is_always_one_that_needs_nothing():
    assert "local" in PRESENT


@pytest.mark.parametrize("name", NAMES)
def test_it_is_there_or_says_why_not(name):
    assert (name in ROSTER.present) != (name in ROSTER.missing)
    assert name in ROSTER.present or len(ROSTER.missing[name]) > 10


@pytest.mark.parametrize("name", NAMES)
def test_it_builds_or_is_not_configured_and_nothing_else(name):
    try:
        assert scan(PACKAGE, GROUP)[name]().build(Settings()).name == name
    except Unconfigured as error:
        assert "PYTOON_" in str(error)


@pytest.mark.parametrize("name", NAMES)
def test_its_name_can_be_written_in_a_request(name):
    assert re.fullmatch(r"[a-z][a-z0-9_]{0,63}", name)


@pytest.mark.parametrize("name", NAMES)
def test_finding_it_loads_nothing_heavy(name):
    heavy = "cv2 torch onnxruntime av flask"
    code = f"import sys, {PACKAGE}.{name}; print([m for m in '{heavy}'.split() if m in sys.modules])"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"


@pytest.mark.parametrize("name", PRESENT)
def test_it_says_what_it_can(name):
    can = ROSTER.present[name].capabilities
    assert isinstance(can, Capabilities)
    assert can.media
    assert set(can.media) <= set(MEDIA_KINDS)
    assert can.max_seconds is None or can.max_seconds > 0
    assert can.needs_network or not can.costs_money


@pytest.mark.parametrize("name", PRESENT)
def test_it_films_by_itself_or_has_all_the_verbs_of_a_hosted_one(name):
    engine = ROSTER.present[name]
    assert callable(getattr(engine, "render", None)) or all(callable(getattr(engine, verb, None)) for verb in VERBS)


def test_its_clip_is_of_the_scene_that_was_asked_for(filmed):
    engine, _, clip = filmed
    assert (clip.scene_id, clip.take, clip.seed, clip.engine) == (3, 2, 11, engine.name)
    assert clip.kind in CLIP_KINDS
    assert clip.steps_down == ()


def test_its_clip_survives_being_written_down(filmed):
    _, _, clip = filmed
    assert ClipSchema.read(ClipSchema.plain(clip)) == clip


def test_its_identity_is_a_hash_and_its_key_a_key(filmed):
    _, _, clip = filmed
    assert re.fullmatch("[0-9a-f]{64}", clip.identity)
    assert KEY.match(clip.key)


def test_a_still_is_a_plate_with_a_motion_inside_it(filmed):
    _, shot, clip = filmed
    if clip.kind != "still":
        assert clip.motion is None
        return
    plate = np.load(shot.store.local(clip.key), mmap_mode="r")
    rows, width = plate.shape
    height = rows * 2 // 3
    assert plate.dtype == np.uint8
    assert rows % 3 == 0
    assert height % 2 == width % 2 == 0
    for window in (clip.motion.start, clip.motion.end):
        tall = window.width * width * shot.height / shot.width / height
        assert window.width / 2 - 1e-6 <= window.x <= 1 - window.width / 2 + 1e-6
        assert tall / 2 - 1e-6 <= window.y <= 1 - tall / 2 + 1e-6


def test_a_film_says_how_much_it_can_give(filmed):
    _, _, clip = filmed
    assert clip.kind == "still" or clip.length_ms is None or clip.length_ms > 0


def test_asked_again_it_gives_the_same(filmed):
    engine, shot, clip = filmed
    assert engine.render(shot) == clip


def test_it_costs_nothing_when_it_says_so(filmed):
    engine, _, clip = filmed
    assert engine.capabilities.costs_money or clip.cost_usd == 0


@pytest.mark.parametrize("name", NEAR)
@pytest.mark.parametrize("kind", MEDIA_KINDS)
def test_what_it_cannot_make_it_refuses(name, kind, shots):
    engine = ROSTER.present[name]
    if kind not in engine.capabilities.media:
        with pytest.raises(ProviderRefused):
            engine.render(shots(kind))


@pytest.mark.parametrize("name", NEAR)
@pytest.mark.parametrize("kind", ["image", "video"])
def test_a_broken_file_is_named_as_one(name, kind, shots, tmp_path):
    engine = ROSTER.present[name]
    if kind in engine.capabilities.media:
        (tmp_path / "broken").write_bytes(b"\x89PNG broken")
        with pytest.raises((BadMedia, MediaError)):
            engine.render(replace(shots(kind), picture=tmp_path / "broken"))


def test_a_shot_tells_an_engine_nothing_of_jobs_and_queues():
    assert not {"job", "run_id", "task", "ledger"} & {field.name for field in fields(Shot)}
