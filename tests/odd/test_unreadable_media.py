"""Files that the renderer cannot read: their scene is made in a simpler way, and a warning names them."""

from __future__ import annotations

from dataclasses import replace

import av
import numpy as np
import pytest
from PIL import Image

from app.core.errors import BadMedia, MediaError, MediaKilled, UnreadableFile, stage_failure
from app.media.ffmpeg import command, run
from assembly.encode.compose import draw_frames
from assembly.picture.footage import check_clip
from assembly.picture.normalise import Frame
from engines.adapters.local import Local
from engines.fallback import PLAIN, EngineChain
from presets.layout_library import layouts
from schemas.clip import TEMPLATE
from schemas.omissions import OMITTED, omission
from schemas.segment import ClipRange
from tests.media import material
from tests.unit.engines.conftest import ShotFactory, asset_of, quadrant_image


@pytest.fixture
def shots(tmp_path) -> ShotFactory:
    return ShotFactory(tmp_path)


def local_chain(**options) -> EngineChain:
    return EngineChain((Local(),), Local(), **options)


def test_broken_picture_is_named_with_the_reason(shots) -> None:
    path = shots.save_image(quadrant_image(300, 200), "My holiday.png")
    shot = shots.shot(path)
    path.write_bytes(path.read_bytes()[:60])
    clip = local_chain().render(shot)
    assert clip.engine == TEMPLATE
    assert len(clip.warnings) == 1
    assert clip.warnings[0].startswith(omission("My holiday.png", ""))


def test_broken_video_is_named(shots) -> None:
    path = shots.directory / "clip.mp4"
    path.write_bytes(b"not a video")
    clip = local_chain().render(shots.shot(path, kind="video"))
    assert (clip.engine, len(clip.warnings)) == (TEMPLATE, 1)
    assert clip.warnings[0].startswith(f"{OMITTED}clip.mp4: ")


def test_picture_that_is_shown_in_a_simpler_way_gives_no_warning(shots) -> None:
    shot = shots.shot(shots.save_image(quadrant_image(300, 200)))
    clip = EngineChain((), Local()).render(shot)
    assert (clip.engine, clip.warnings) == (PLAIN, ())


def test_file_that_is_no_longer_stored_is_named(shots) -> None:
    shot = replace(shots.shot(shots.save_image(quadrant_image(30, 20), "gone.png")), picture=None)
    clip = local_chain().render(shot)
    assert clip.engine == TEMPLATE
    assert clip.warnings == (omission("gone.png", "a file of its scene is no longer stored"),)
    assert shot.is_missing_files


def test_pictures_that_a_broken_layout_leaves_out_are_named(shots) -> None:
    first, second = (shots.save_image(quadrant_image(300, 200), name) for name in ("one.png", "two.png"))
    layout = next(layout for layout in layouts().values() if layout.pictures == 2)
    shot = shots.shot(first)
    more = ((replace(asset_of(second, "image"), id="a2"), second),)
    scene = replace(shot.scene, layout=layout.id, pictures=(shot.scene.media,))
    second.write_bytes(b"not an image")
    clip = local_chain().render(replace(shot, layout=layout, more=more, scene=scene))
    assert clip.engine == PLAIN
    assert [warning.split(":")[1].strip() for warning in clip.warnings] == ["two.png"]


def test_video_of_a_scene_with_a_layout_for_images_is_shown_alone(shots) -> None:
    path = material.make_numbered_video(shots.directory / "clip.mp4", [0, 100, 200, 300])
    layout = next(layout for layout in layouts().values() if layout.pictures == 1 and not layout.is_plain)
    shot = shots.shot(path, kind="video")
    clip = local_chain().render(replace(shot, layout=layout, scene=replace(shot.scene, layout=layout.id)))
    assert (clip.engine, clip.kind, clip.warnings) == (PLAIN, "video", ())


def test_clip_that_the_renderer_of_segments_cannot_read_is_replaced(shots) -> None:
    path = material.make_numbered_video(shots.directory / "clip.mp4", [0, 100, 200, 300])

    def refuse_videos(clip) -> None:
        if clip.kind == "video":
            raise MediaError("read video", [], 0, "none of its frames can be decoded")

    clip = local_chain(check=refuse_videos).render(shots.shot(path, kind="video"))
    assert clip.engine == TEMPLATE
    assert clip.warnings == (omission("clip.mp4", "it cannot be decoded"),)


def test_check_of_a_readable_clip_passes(shots) -> None:
    path = material.make_numbered_video(shots.directory / "store" / "clip.mp4", [0, 100, 200, 300])
    check_clip(material.video(path.name), shots.store, Frame(108, 192, shots.shot().fps))


@pytest.mark.parametrize("codec", ["libx264", "mpeg4", "mjpeg"])
def test_clip_that_is_damaged_on_the_way_keeps_its_last_good_picture_and_is_named(shots, codec) -> None:
    path = shots.store.path_of("assets/a1/clip.mp4")
    path.parent.mkdir(parents=True)
    graph = "color=red:s=108x192:r=30:d=1[a];color=blue:s=108x192:r=30:d=1[b];[a][b]concat=n=2"
    run(command("make", "-v", "error", "-f", "lavfi", "-i", graph, "-c:v", codec, "-g", 15, path))
    blank_packets(path, from_ms=1000)
    shot = shots.shot(path, kind="video")
    clip = local_chain(check=lambda clip: check_clip(clip, shot.store, Frame(108, 192, shot.fps))).render(shot)
    assert (clip.kind, len(clip.warnings)) == ("video", 1)
    assert clip.warnings[0].startswith(f"{OMITTED}clip.mp4 at 1.0 s: the file is damaged there")
    for first in (0, 40):
        segment = material.segment(ClipRange(clip, first, 20, 60), 20)
        luma = [float(frame[96, 54]) for frame in draw_frames(segment, list(range(20)), shots.store)]
        assert max(luma) - min(luma) <= 3
        assert luma[0] > 60


def blank_packets(path, from_ms: int) -> None:
    """Overwrite the packets of a video from a moment on with ones."""
    with av.open(str(path)) as file:
        places = [(p.pos, p.size) for p in file.demux(video=0) if p.size and p.pts * p.time_base * 1000 >= from_ms]
    data = bytearray(path.read_bytes())
    for at, size in places:
        data[at : at + size] = b"\xff" * size
    path.write_bytes(data)


def test_animation_with_a_damaged_frame_is_named(shots) -> None:
    path = shots.directory / "a.png"
    frames = [Image.new("RGB", (108, 192), colour) for colour in ("red", "green", "blue")]
    frames[0].save(path, save_all=True, append_images=frames[1:], duration=400)
    data = path.read_bytes()
    last = data.rindex(b"fdAT")
    path.write_bytes(data[: last + 8] + bytes(20) + data[last + 28 :])
    shot = shots.shot(path, kind="video")
    shot = replace(shot, asset=replace(shot.asset, content_type="image/png", length_ms=1200))
    (warning,) = local_chain().render(shot).warnings
    assert warning.startswith(f"{OMITTED}a.png at 0.8 s: the file is damaged there")


def test_killed_process_is_no_reason_to_leave_a_file_out(shots) -> None:
    def killed(clip) -> None:
        raise MediaKilled("read video", [], "SIGKILL", "")

    with pytest.raises(MediaKilled):
        local_chain(check=killed).render(shots.shot(shots.save_image(quadrant_image(30, 20))))


def test_failure_of_a_segment_names_scene_and_file() -> None:
    failed = stage_failure(UnreadableFile(3, "holiday.mov", "it is no longer stored"), "segment").as_dict()
    assert (failed["stage"], failed["scene_id"]) == ("segment", 3)
    assert failed["message"] == "scene 3: holiday.mov cannot be read: it is no longer stored"
    assert "last lines" not in failed["advice"]


def test_reason_of_a_warning_does_not_name_a_field(shots) -> None:
    broken = BadMedia("picture", "the image is incomplete")

    class Broken(Local):
        def render(self, shot):
            if shot.asset:
                raise broken
            return super().render(shot)

    shot = shots.shot(shots.save_image(Image.fromarray(np.zeros((20, 30, 3), np.uint8)), "a.png"))
    clip = EngineChain((Broken(),), Broken()).render(shot)
    assert clip.warnings == (omission("a.png", "the image is incomplete"),)
