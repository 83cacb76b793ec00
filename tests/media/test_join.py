"""Joined films contain the frames of their segments, and the audio."""

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

# With B-frames, whose decoding order differs from their presentation order.
MEDIUM = Encoding("medium", 23, 250)
RATES = [Fraction(30), Fraction(25), Fraction(24), Fraction(60), Fraction(30000, 1001), Fraction(24000, 1001)]


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    folder = Folder(tmp_path_factory.mktemp("store"))
    for seed in range(3):
        material.store_noisy_plate(folder, f"{seed}.npy", seed)
    return folder


def encoded_part(store, name, seed, frames, fps=Fraction(30), encoding=MEDIUM):
    clip = material.still(f"{seed}.npy", moving=True)
    path = store.root / f"{name}.mp4"
    compose(material.segment(ClipRange(clip, 0, frames, frames), frames, fps, encoding=encoding), store, path)
    return path, frames


def encoded_audio(store, seconds, name="sound.m4a"):
    path = store.root / name
    args = ("-f", "lavfi", "-i", f"sine=440:d={seconds}:r=48000", "-c:a", "aac", "-b:a", "96k")
    run(command("make sound", "-v", "error", *args, path))
    return path


def packets_of(path, kind="video"):
    with av.open(str(path)) as file:
        stream = getattr(file.streams, kind)[0]
        return [(p.pts, p.dts, p.duration) for p in file.demux(stream) if p.size], stream.time_base


@pytest.mark.parametrize("fps", RATES)
def test_decoded_frames_equal_those_of_the_segments(store, fps):
    parts = [encoded_part(store, f"p{seed}", seed, frames, fps) for seed, frames in enumerate((31, 1, 17))]
    into = store.root / "film.mp4"
    join(parts, fps, into)
    expected = [frame for path, _ in parts for frame in material.decode_frames(path)]
    decoded = material.decode_frames(into)
    assert len(decoded) == 49
    assert all(np.array_equal(a, b) for a, b in zip(decoded, expected, strict=True))


@pytest.mark.parametrize("fps", RATES)
def test_every_frame_has_its_own_timestamp(store, fps):
    parts = [encoded_part(store, f"p{seed}", seed, frames, fps) for seed, frames in enumerate((31, 9))]
    into = store.root / "film.mp4"
    join(parts, fps, into)
    packets, unit = packets_of(into)
    decoding = [dts for _, dts, _ in packets]
    assert decoding == sorted(set(decoding))
    assert all(dts <= pts for pts, dts, _ in packets)
    assert sorted(pts * unit * fps for pts, _, _ in packets) == list(range(40))


def test_index_precedes_the_media_data(store):
    into = store.root / "film.mp4"
    join([encoded_part(store, "p0", 0, 20)], Fraction(30), into)
    data = into.read_bytes()
    assert 0 < data.index(b"moov") < data.index(b"mdat")


def test_video_and_audio_have_equal_length(store):
    parts = [encoded_part(store, f"p{seed}", seed, 30) for seed in range(2)]
    into = store.root / "film.mp4"
    join(parts, Fraction(30), into, encoded_audio(store, 2.0))
    with av.open(str(into)) as file:
        video, audio = file.streams.video[0], file.streams.audio[0]
        lengths = [float(stream.duration * stream.time_base) for stream in (video, audio)]
        starts = [float((stream.start_time or 0) * stream.time_base) for stream in (video, audio)]
    assert lengths[0] == pytest.approx(2.0)
    assert lengths[1] == pytest.approx(2.0, abs=1 / 30)
    assert starts == pytest.approx([0, 0], abs=1e-6)


def test_longer_audio_ends_with_the_video(store):
    into = store.root / "film.mp4"
    join([encoded_part(store, "p0", 0, 30)], Fraction(30), into, encoded_audio(store, 3.0, "long.m4a"))
    with av.open(str(into)) as file:
        audio = file.streams.audio[0]
        assert float(audio.duration * audio.time_base) == pytest.approx(1.0, abs=1 / 30)


def test_audio_is_copied_without_encoding(store):
    audio = encoded_audio(store, 1.0)
    into = store.root / "film.mp4"
    join([encoded_part(store, "p0", 0, 30)], Fraction(30), into, audio)
    with av.open(str(into)) as a, av.open(str(audio)) as b:
        joined_packets = [bytes(p) for p in a.demux(audio=0) if p.size]
        source_packets = [bytes(p) for p in b.demux(audio=0) if p.size]
    assert joined_packets == source_packets[: len(joined_packets)]
    assert len(source_packets) - len(joined_packets) <= 1


def test_audio_keeps_its_position(store):
    """The encoder's priming samples are skipped as in the source: a click keeps its time."""
    click = store.root / "click.m4a"
    source = "aevalsrc='if(between(t,0.5,0.51),0.9,0)':d=1:s=48000"
    run(command("make click", "-v", "error", "-f", "lavfi", "-i", source, "-c:a", "aac", "-b:a", "128k", click))
    into = store.root / "film.mp4"
    join([encoded_part(store, "p0", 0, 30)], Fraction(30), into, click)
    raw = store.root / "heard.f32"
    run(command("decode", "-v", "error", "-i", into, "-vn", "-f", "f32le", "-ar", "48000", "-ac", "1", raw))
    audio = np.abs(np.fromfile(raw, np.float32))
    assert int(np.argmax(audio > 0.3)) / 48000 == pytest.approx(0.5, abs=0.003)


def test_part_with_another_number_of_frames_is_rejected(store):
    path, _ = encoded_part(store, "p0", 0, 20)
    with pytest.raises(MediaError, match="20 frames instead of 21"):
        join([(path, 21)], Fraction(30), store.root / "film.mp4")


def test_part_with_other_settings_is_rejected(store):
    parts = [encoded_part(store, "p0", 0, 10), encoded_part(store, "p1", 1, 10, encoding=Encoding("ultrafast", 30, 60))]
    with pytest.raises(MediaError, match="other settings"):
        join(parts, Fraction(30), store.root / "film.mp4")


def test_empty_list_of_parts_is_rejected(store):
    with pytest.raises(MediaError, match="nothing"):
        join([], Fraction(30), store.root / "film.mp4")


def test_broken_part_is_rejected(store):
    path = store.root / "broken.mp4"
    path.write_bytes(encoded_part(store, "p0", 0, 10)[0].read_bytes()[:500])
    with pytest.raises(MediaError):
        join([(path, 10)], Fraction(30), store.root / "film.mp4")


def test_memory_does_not_grow_with_the_number_of_parts(store):
    import tracemalloc

    single = encoded_part(store, "p0", 0, 30)
    peaks = []
    for count in (5, 60):
        tracemalloc.start()
        join([single] * count, Fraction(30), store.root / "film.mp4")
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < peaks[0] + 100_000
    assert len(packets_of(store.root / "film.mp4")[0]) == 1800
