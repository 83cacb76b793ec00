"""Joined segments are the segments, frame by frame."""

from fractions import Fraction

import av
import numpy as np
import pytest

from app.core.errors import MediaError
from app.media.ffmpeg import command, run
from app.store.backends.folder import Folder
from assembly.encode.compose import compose
from assembly.encode.join import join
from schemas.segment import ClipRange, Encoding
from tests.media import material

# With B-frames, whose decoding order is another than their showing order.
MEDIUM = Encoding("medium", 23, 250)
RATES = [Fraction(30), Fraction(25), Fraction(24), Fraction(60), Fraction(30000, 1001), Fraction(24000, 1001)]


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    made = Folder(tmp_path_factory.mktemp("store"))
    for seed in range(3):
        material.noisy(made, f"{seed}.npy", seed)
    return made


def part(store, name, seed, frames, fps=Fraction(30), encoding=MEDIUM):
    clip = material.still(f"{seed}.npy", moving=True)
    path = store.root / f"{name}.mp4"
    compose(material.segment(ClipRange(clip, 0, frames, frames), frames, fps, encoding=encoding), store, path)
    return path, frames


def sound(store, seconds, name="sound.m4a"):
    path = store.root / name
    args = ("-f", "lavfi", "-i", f"sine=440:d={seconds}:r=48000", "-c:a", "aac", "-b:a", "96k")
    run(command("make sound", "-v", "error", *args, path))
    return path


def packets(path, kind="video"):
    with av.open(str(path)) as file:
        stream = getattr(file.streams, kind)[0]
        return [(p.pts, p.dts, p.duration) for p in file.demux(stream) if p.size], stream.time_base


@pytest.mark.parametrize("fps", RATES)
def test_decoded_frames_are_those_of_the_segments(store, fps):
    parts = [part(store, f"p{seed}", seed, frames, fps) for seed, frames in enumerate((31, 1, 17))]
    into = store.root / "film.mp4"
    join(parts, fps, into)
    wanted = [frame for path, _ in parts for frame in material.decoded(path)]
    shown = material.decoded(into)
    assert len(shown) == 49
    assert all(np.array_equal(a, b) for a, b in zip(shown, wanted, strict=True))


@pytest.mark.parametrize("fps", RATES)
def test_every_frame_lies_on_its_own_tick(store, fps):
    parts = [part(store, f"p{seed}", seed, frames, fps) for seed, frames in enumerate((31, 9))]
    into = store.root / "film.mp4"
    join(parts, fps, into)
    found, unit = packets(into)
    decoding = [dts for _, dts, _ in found]
    assert decoding == sorted(set(decoding))
    assert all(dts <= pts for pts, dts, _ in found)
    assert sorted(pts * unit * fps for pts, _, _ in found) == list(range(40))


def test_the_file_can_be_played_before_it_is_whole(store):
    into = store.root / "film.mp4"
    join([part(store, "p0", 0, 20)], Fraction(30), into)
    data = into.read_bytes()
    assert 0 < data.index(b"moov") < data.index(b"mdat")


def test_picture_and_sound_are_equally_long(store):
    parts = [part(store, f"p{seed}", seed, 30) for seed in range(2)]
    into = store.root / "film.mp4"
    join(parts, Fraction(30), into, sound(store, 2.0))
    with av.open(str(into)) as file:
        video, audio = file.streams.video[0], file.streams.audio[0]
        lengths = [float(stream.duration * stream.time_base) for stream in (video, audio)]
        starts = [float((stream.start_time or 0) * stream.time_base) for stream in (video, audio)]
    assert lengths[0] == pytest.approx(2.0)
    assert lengths[1] == pytest.approx(2.0, abs=1 / 30)
    assert starts == pytest.approx([0, 0], abs=1e-6)


def test_sound_that_is_longer_stops_with_the_picture(store):
    into = store.root / "film.mp4"
    join([part(store, "p0", 0, 30)], Fraction(30), into, sound(store, 3.0, "long.m4a"))
    with av.open(str(into)) as file:
        audio = file.streams.audio[0]
        assert float(audio.duration * audio.time_base) == pytest.approx(1.0, abs=1 / 30)


def test_sound_is_copied_not_encoded_again(store):
    heard = sound(store, 1.0)
    into = store.root / "film.mp4"
    join([part(store, "p0", 0, 30)], Fraction(30), into, heard)
    with av.open(str(into)) as a, av.open(str(heard)) as b:
        ours = [bytes(p) for p in a.demux(audio=0) if p.size]
        theirs = [bytes(p) for p in b.demux(audio=0) if p.size]
    assert ours == theirs[: len(ours)]
    assert len(theirs) - len(ours) <= 1


def test_sound_keeps_its_place(store):
    """The encoder's lead-in is skipped as before: a click stays where it was."""
    click = store.root / "click.m4a"
    source = "aevalsrc='if(between(t,0.5,0.51),0.9,0)':d=1:s=48000"
    run(command("make click", "-v", "error", "-f", "lavfi", "-i", source, "-c:a", "aac", "-b:a", "128k", click))
    into = store.root / "film.mp4"
    join([part(store, "p0", 0, 30)], Fraction(30), into, click)
    raw = store.root / "heard.f32"
    run(command("decode", "-v", "error", "-i", into, "-vn", "-f", "f32le", "-ar", "48000", "-ac", "1", raw))
    heard = np.abs(np.fromfile(raw, np.float32))
    assert int(np.argmax(heard > 0.3)) / 48000 == pytest.approx(0.5, abs=0.003)


def test_a_part_with_other_frames_than_planned_is_refused(store):
    path, _ = part(store, "p0", 0, 20)
    with pytest.raises(MediaError, match="20 frames instead of 21"):
        join([(path, 21)], Fraction(30), store.root / "film.mp4")


def test_a_part_with_other_settings_is_refused(store):
    parts = [part(store, "p0", 0, 10), part(store, "p1", 1, 10, encoding=Encoding("ultrafast", 30, 60))]
    with pytest.raises(MediaError, match="other settings"):
        join(parts, Fraction(30), store.root / "film.mp4")


def test_nothing_to_join_is_refused(store):
    with pytest.raises(MediaError, match="nothing"):
        join([], Fraction(30), store.root / "film.mp4")


def test_a_broken_part_is_refused(store):
    path = store.root / "broken.mp4"
    path.write_bytes(part(store, "p0", 0, 10)[0].read_bytes()[:500])
    with pytest.raises(MediaError):
        join([(path, 10)], Fraction(30), store.root / "film.mp4")


def test_many_parts_need_no_more_memory(store):
    import tracemalloc

    one = part(store, "p0", 0, 30)
    peaks = []
    for count in (5, 60):
        tracemalloc.start()
        join([one] * count, Fraction(30), store.root / "film.mp4")
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < peaks[0] + 100_000
    assert len(packets(store.root / "film.mp4")[0]) == 1800
