"""Where nothing is to be seen, nothing moves or nothing is to be heard is found in films as they are encoded."""

import pytest

from assembly.report.detectors import detect_stretches
from tests.media import material

# Pictures that are left out may be the first or the last of a stretch.
ROUGHLY_MS = 134
MOVING = "testsrc2=s=108x192:r=30"
# Grain that is never the same, as a camera has it.
GRAIN = "noise=alls=12:allf=t"


def film(tmp_path, *parts, preset="medium", options=()):
    """Parts one after the other: ``(graph, seconds)``."""
    chains = [f"{graph},format=yuv420p,trim=duration={seconds},setpts=PTS-STARTPTS" for graph, seconds in parts]
    named = [f"{chain}[p{place}]" for place, chain in enumerate(chains)]
    joined = "".join(f"[p{place}]" for place in range(len(parts)))
    graph = ";".join([*named, f"{joined}concat=n={len(parts)}"])
    seconds = sum(seconds for _, seconds in parts)
    return material.made(tmp_path / "f.mp4", graph, *options, "-preset", preset, seconds=seconds), round(seconds * 1000)


def near(spans, *wanted):
    assert len(spans) == len(wanted)
    for span, (start_ms, end_ms) in zip(spans, wanted, strict=True):
        assert abs(span.start_ms - start_ms) <= ROUGHLY_MS
        assert abs(span.end_ms - end_ms) <= ROUGHLY_MS
    return True


@pytest.mark.parametrize("preset", ["ultrafast", "veryfast", "medium", "slow"])
def test_black_between_pictures_is_found(tmp_path, preset):
    black = ("color=c=black:s=108x192:r=30", 0.7)
    path, length_ms = film(tmp_path, (MOVING, 1.5), black, (MOVING, 1.5), preset=preset)
    assert near(detect_stretches(path, length_ms, False).black, (1500, 2200))


def test_a_short_flash_of_black_is_no_stretch(tmp_path):
    path, length_ms = film(tmp_path, (MOVING, 1), ("color=c=black:s=108x192:r=30", 0.1), (MOVING, 1))
    assert detect_stretches(path, length_ms, False).black == ()


@pytest.mark.parametrize("preset", ["ultrafast", "veryfast", "medium", "slow"])
def test_a_picture_that_stands_still_is_found(tmp_path, preset):
    still = (f"{MOVING},select=eq(n\\,40),loop=-1:1,setpts=N/30/TB", 4)
    path, length_ms = film(tmp_path, (MOVING, 1), still, (MOVING, 1), preset=preset)
    found = detect_stretches(path, length_ms, False).frozen
    assert len(found) == 1
    # The encoder refines the first pictures of what stands still, and may the last ones.
    assert 900 <= found[0].start_ms <= 1900
    assert 4800 <= found[0].end_ms <= 5000 + ROUGHLY_MS


@pytest.mark.parametrize("moving", [MOVING, f"color=c=gray:s=108x192:r=30,{GRAIN}"])
def test_what_moves_does_not_stand_still(tmp_path, moving):
    path, length_ms = film(tmp_path, (moving, 5))
    assert detect_stretches(path, length_ms, False).frozen == ()


def test_a_slow_camera_does_not_stand_still(tmp_path):
    slow = "mandelbrot=s=432x768:r=30:maxiter=64,select=eq(n\\,0),loop=-1:1,setpts=N/30/TB"
    path, length_ms = film(tmp_path, (f"{slow},crop=w=324:h=576:x='t*8':y='t*4',scale=108:192", 5))
    assert detect_stretches(path, length_ms, False).frozen == ()


def test_silence_is_heard_while_pictures_are_left_out(tmp_path):
    path, length_ms = film(
        tmp_path,
        (MOVING, 5),
        options=("-f", "lavfi", "-i", "sine=f=440:d=2,apad=whole_dur=5", "-map", "0:v", "-map", "1:a", "-c:a", "aac"),
    )
    assert near(detect_stretches(path, length_ms, True).silent, (2000, 5000))
