"""Rules for every engine, including those of other installed packages."""

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
from engines.base import Shot
from engines.registry import GROUP, PACKAGE, build_engines
from schemas.asset import Asset
from schemas.clip import CLIP_KINDS, ClipSchema
from schemas.engine import Capabilities
from schemas.preset import Preset
from schemas.scene_graph import MEDIA_KINDS, Media, Scene

NAMES = list(scan(PACKAGE, GROUP))
REGISTRY = build_engines(Settings())
PRESENT = list(REGISTRY.present)
# Engines that render on this machine. Hosted engines have their own suite, with emulators of their providers.
LOCAL = [name for name in PRESENT if hasattr(REGISTRY.present[name], "render")]
HOSTED_METHODS = ("submit", "find", "poll", "fetch", "cancel")


@pytest.fixture
def shots(tmp_path):
    """A function that returns a shot of a kind of media."""
    (tmp_path / "store").mkdir()
    noise = np.random.default_rng(5).integers(0, 256, (80, 60, 3), dtype=np.uint8)
    Image.fromarray(noise).save(tmp_path / "image.png")
    run(command("make a video", "-f", "lavfi", "-i", "testsrc2=size=64x48:rate=10:duration=1", tmp_path / "video.mp4"))

    def shot(kind):
        path = {"image": tmp_path / "image.png", "video": tmp_path / "video.mp4"}.get(kind)
        asset = path and Asset(
            "a1", kind, f"assets/a1/{path.name}", hashlib.sha256(path.read_bytes()).hexdigest(), 1, ""
        )
        scene = Scene(3, "A tree", media=Media(kind, asset="a1" if path else None), take=2)
        store = Folder(tmp_path / "store")
        return Shot(scene, asset, path, 108, 192, Fraction(30), 60, Preset("p", "P", "For tests"), 11, store)

    return shot


@pytest.fixture(
    params=[(name, kind) for name in LOCAL for kind in REGISTRY.present[name].capabilities.media], ids="-".join
)
def rendered(request, shots):
    name, kind = request.param
    shot = shots(kind)
    return REGISTRY.present[name], shot, REGISTRY.present[name].render(shot)


def test_local_is_always_present():
    assert "local" in PRESENT


@pytest.mark.parametrize("name", NAMES)
def test_engine_is_present_or_missing_with_a_reason(name):
    assert (name in REGISTRY.present) != (name in REGISTRY.missing)
    assert name in REGISTRY.present or len(REGISTRY.missing[name]) > 10


@pytest.mark.parametrize("name", NAMES)
def test_build_returns_the_engine_or_raises_unconfigured(name):
    try:
        assert scan(PACKAGE, GROUP)[name]().build(Settings()).name == name
    except Unconfigured as error:
        assert "PYTOON_" in str(error)


@pytest.mark.parametrize("name", NAMES)
def test_name_is_valid_in_a_request(name):
    assert re.fullmatch(r"[a-z][a-z0-9_]{0,63}", name)


@pytest.mark.parametrize("name", NAMES)
def test_import_loads_no_heavy_library(name):
    heavy = "cv2 torch onnxruntime av numpy flask"
    code = f"import sys, {PACKAGE}.{name}; print([m for m in '{heavy}'.split() if m in sys.modules])"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"


@pytest.mark.parametrize("name", PRESENT)
def test_capabilities_are_consistent(name):
    capabilities = REGISTRY.present[name].capabilities
    assert isinstance(capabilities, Capabilities)
    assert capabilities.media
    assert set(capabilities.media) <= set(MEDIA_KINDS)
    assert capabilities.max_seconds is None or capabilities.max_seconds > 0
    assert capabilities.needs_network or not capabilities.costs_money


@pytest.mark.parametrize("name", PRESENT)
def test_engine_renders_or_has_all_methods_of_a_hosted_engine(name):
    engine = REGISTRY.present[name]
    assert callable(getattr(engine, "render", None)) or all(
        callable(getattr(engine, method, None)) for method in HOSTED_METHODS
    )


def test_clip_belongs_to_the_scene_of_the_shot(rendered):
    engine, _, clip = rendered
    assert (clip.scene_id, clip.take, clip.seed, clip.engine) == (3, 2, 11, engine.name)
    assert clip.kind in CLIP_KINDS
    assert clip.steps_down == ()


def test_clip_survives_its_contract(rendered):
    _, _, clip = rendered
    assert ClipSchema.read(ClipSchema.plain(clip)) == clip


def test_identity_is_a_hash_and_key_is_a_storage_key(rendered):
    _, _, clip = rendered
    assert re.fullmatch("[0-9a-f]{64}", clip.identity)
    assert KEY.match(clip.key)


def test_motion_of_a_still_stays_inside_its_plate(rendered):
    _, shot, clip = rendered
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
        window_height = window.width * width * shot.height / shot.width / height
        assert window.width / 2 - 1e-6 <= window.x <= 1 - window.width / 2 + 1e-6
        assert window_height / 2 - 1e-6 <= window.y <= 1 - window_height / 2 + 1e-6


def test_length_of_a_video_is_positive_or_unknown(rendered):
    _, _, clip = rendered
    assert clip.kind == "still" or clip.length_ms is None or clip.length_ms > 0


def test_equal_shots_give_equal_clips(rendered):
    engine, shot, clip = rendered
    assert engine.render(shot) == clip


def test_engine_that_costs_no_money_has_clips_without_cost(rendered):
    engine, _, clip = rendered
    assert engine.capabilities.costs_money or clip.cost_usd == 0


@pytest.mark.parametrize("name", LOCAL)
@pytest.mark.parametrize("kind", MEDIA_KINDS)
def test_unsupported_media_is_refused(name, kind, shots):
    engine = REGISTRY.present[name]
    if kind not in engine.capabilities.media:
        with pytest.raises(ProviderRefused):
            engine.render(shots(kind))


@pytest.mark.parametrize("name", LOCAL)
@pytest.mark.parametrize("kind", ["image", "video"])
def test_damaged_file_raises_a_media_error(name, kind, shots, tmp_path):
    engine = REGISTRY.present[name]
    if kind in engine.capabilities.media:
        (tmp_path / "broken").write_bytes(b"\x89PNG broken")
        with pytest.raises((BadMedia, MediaError)):
            engine.render(replace(shots(kind), picture=tmp_path / "broken"))


def test_shot_has_no_fields_of_jobs_and_queues():
    assert not {"job", "run_id", "task", "ledger"} & {field.name for field in fields(Shot)}
