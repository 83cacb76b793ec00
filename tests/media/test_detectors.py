"""Detection of black, frozen and silent stretches in encoded films."""

import pytest

from assembly.report.detectors import detect_stretches
from tests.media import material

# The first or last pictures of a stretch may be skipped by the decoder.
TOLERANCE_MS = 134
MOVING = "testsrc2=s=108x192:r=30"
# Random grain that differs in every frame, like a camera's.
GRAIN = "noise=alls=12:allf=t"


def encoded_film(tmp_path, *parts, preset="medium", options=()):
    """Encode parts ``(graph, seconds)`` one after the other; return the path and the length in ms."""
    chains = [f"{graph},format=yuv420p,trim=duration={seconds},setpts=PTS-STARTPTS" for graph, seconds in parts]
    labelled = [f"{chain}[p{index}]" for index, chain in enumerate(chains)]
    joined = "".join(f"[p{index}]" for index in range(len(parts)))
    graph = ";".join([*labelled, f"{joined}concat=n={len(parts)}"])
    seconds = sum(seconds for _, seconds in parts)
    return material.make_video(tmp_path / "f.mp4", graph, *options, "-preset", preset, seconds=seconds), round(
        seconds * 1000
    )


def is_near(spans, *expected):
    assert len(spans) == len(expected)
    for span, (start_ms, end_ms) in zip(spans, expected, strict=True):
        assert abs(span.start_ms - start_ms) <= TOLERANCE_MS
        assert abs(span.end_ms - end_ms) <= TOLERANCE_MS
    return True


@pytest.mark.parametrize("preset", ["ultrafast", "veryfast", "medium", "slow"])
def test_black_between_moving_pictures_is_detected(tmp_path, preset):
    black = ("color=c=black:s=108x192:r=30", 0.7)
    path, length_ms = encoded_film(tmp_path, (MOVING, 1.5), black, (MOVING, 1.5), preset=preset)
    assert is_near(detect_stretches(path, length_ms, False).black, (1500, 2200))


def test_short_black_flash_is_not_a_stretch(tmp_path):
    path, length_ms = encoded_film(tmp_path, (MOVING, 1), ("color=c=black:s=108x192:r=30", 0.1), (MOVING, 1))
    assert detect_stretches(path, length_ms, False).black == ()


@pytest.mark.parametrize("preset", ["ultrafast", "veryfast", "medium", "slow"])
def test_frozen_picture_is_detected(tmp_path, preset):
    still = (f"{MOVING},select=eq(n\\,40),loop=-1:1,setpts=N/30/TB", 4)
    path, length_ms = encoded_film(tmp_path, (MOVING, 1), still, (MOVING, 1), preset=preset)
    frozen = detect_stretches(path, length_ms, False).frozen
    assert len(frozen) == 1
    # The encoder refines the first pictures of a still, and possibly the last ones.
    assert 900 <= frozen[0].start_ms <= 1900
    assert 4800 <= frozen[0].end_ms <= 5000 + TOLERANCE_MS


@pytest.mark.parametrize("moving", [MOVING, f"color=c=gray:s=108x192:r=30,{GRAIN}"])
def test_moving_pictures_are_not_frozen(tmp_path, moving):
    path, length_ms = encoded_film(tmp_path, (moving, 5))
    assert detect_stretches(path, length_ms, False).frozen == ()


def test_slow_camera_is_not_frozen(tmp_path):
    slow = "mandelbrot=s=432x768:r=30:maxiter=64,select=eq(n\\,0),loop=-1:1,setpts=N/30/TB"
    path, length_ms = encoded_film(tmp_path, (f"{slow},crop=w=324:h=576:x='t*8':y='t*4',scale=108:192", 5))
    assert detect_stretches(path, length_ms, False).frozen == ()


def test_silence_is_detected_while_pictures_are_skipped(tmp_path):
    path, length_ms = encoded_film(
        tmp_path,
        (MOVING, 5),
        options=("-f", "lavfi", "-i", "sine=f=440:d=2,apad=whole_dur=5", "-map", "0:v", "-map", "1:a", "-c:a", "aac"),
    )
    assert is_near(detect_stretches(path, length_ms, True).silent, (2000, 5000))
