"""Punch-ins in running footage: what is seen changes, and time continues."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from app.media.ffmpeg import command, run
from assembly.picture import i420
from assembly.picture.footage import open_footage
from assembly.picture.normalise import Frame
from assembly.picture.source import probe_source
from schemas.clip import CameraShot, Motion, Window, window_of_video
from schemas.segment import ClipRange
from tests.media import material

FPS = Fraction(30)
EVEN = [round(n * 1000 / 30) for n in range(50)]
# Black at the left, white at the right. The source "gradients" of ffmpeg is black now and then on a loaded machine.
GRADIENT = "nullsrc=s={}x{}:r=30,format=yuv420p,geq=lum='16+219*X/(W-1)':cb=128:cr=128"


def shots(wide: Window, *closer: tuple[int, Window]) -> tuple[CameraShot, ...]:
    return tuple(CameraShot(f, Motion("still", w, w)) for f, w in ((0, wide), *closer))


def selection(cut: int, window: Window, *, first: int = 0, frames: int = 20, of: int = 20, hold: int = 0, **clip):
    facts = material.video("x", **clip)
    wide = window_of_video(facts, 108 / 192)
    return ClipRange(facts, first, frames, of, hold_frames=hold, shots=shots(wide, (cut, window)))


def frames_of(path: Path, part: ClipRange, cube: Path | None = None) -> list[np.ndarray]:
    result = []
    with open_footage(path, part, Frame(108, 192, FPS), cube) as footage:
        for index in range(part.first, part.first + part.frames):
            out = i420.empty(108, 192)
            footage.frame(index, out)
            result.append(out)
    return result


def numbered(tmp_path: Path, size: tuple[int, int]) -> Path:
    return material.make_numbered_video(tmp_path / "a.mp4", EVEN, size=size)


# Of the film's size, decoded in this process; twice as large, and of another shape, converted by ffmpeg.
SIZES = [(108, 192), (216, 384), (384, 216)]
CENTRE = Window(0.5, 0.5, 0.75)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("fit", ["crop", "blur", "pad"])
def test_time_continues_over_a_cut(tmp_path, size, fit) -> None:
    path = numbered(tmp_path, size)
    width = 0.75 * window_of_video(material.video("x", fit=fit, aspect=size[0] / size[1]), 108 / 192).width
    part = selection(8, Window(0.5, 0.5, width), fit=fit, aspect=size[0] / size[1])
    assert [material.number_in(frame[60:132]) for frame in frames_of(path, part)] == list(range(20))


@pytest.mark.parametrize("size", SIZES[:2])
@pytest.mark.parametrize("first", [3, 8, 11])
def test_range_that_starts_later_shows_the_same_frames(tmp_path, size, first) -> None:
    path = numbered(tmp_path, size)
    whole = frames_of(path, selection(8, CENTRE, aspect=9 / 16))
    later = frames_of(path, selection(8, CENTRE, first=first, frames=20 - first, aspect=9 / 16))
    assert all(np.array_equal(a, b) for a, b in zip(whole[first:], later, strict=True))


def gradient(tmp_path: Path, width: int, height: int) -> Path:
    path = tmp_path / "g.mp4"
    graph = GRADIENT.format(width, height)
    tags = ("-colorspace", "bt709", "-color_range", "tv")
    run(command("make", "-v", "error", "-f", "lavfi", "-i", graph, "-t", 1, "-crf", 4, *tags, path))
    return path


@pytest.mark.parametrize("size", SIZES[:2])
def test_closer_view_shows_its_window(tmp_path, size) -> None:
    path = gradient(tmp_path, *size)
    window = Window(0.7, 0.5, 0.6)
    shown = frames_of(path, selection(10, window, aspect=9 / 16))
    wide, close = (i420.planes(shown[index])[0].astype(int) for index in (9, 10))
    # The window reaches from 0.4 to 1 of the width.
    assert abs(int(close[96, 2]) - int(wide[96, round(0.4 * 108) + 1])) <= 6
    assert abs(int(close[96, 105]) - int(wide[96, 106])) <= 6
    assert abs(int(close[96, 54]) - int(wide[96, round(0.7 * 108)])) <= 6
    assert np.array_equal(shown[9], frames_of(path, ClipRange(material.video("x"), 0, 20, 20))[9])


def test_both_ways_of_reading_show_the_same_view(tmp_path) -> None:
    path = gradient(tmp_path, 108, 192)
    part = selection(10, Window(0.6, 0.4, 0.7), aspect=9 / 16)
    cube = tmp_path / "neutral.cube"
    points = [f"{r} {g} {b}" for b in (0, 1) for g in (0, 1) for r in (0, 1)]
    cube.write_text("LUT_3D_SIZE 2\n" + "\n".join(points) + "\n")
    direct, piped = frames_of(path, part), frames_of(path, part, cube)
    for a, b in zip(direct, piped, strict=True):
        assert np.abs(a[:192].astype(int) - b[:192].astype(int)).max() <= 6


@pytest.mark.parametrize("size", SIZES[:2])
@pytest.mark.parametrize("first", [0, 13])
def test_view_changes_while_the_last_frame_is_held(tmp_path, size, first) -> None:
    path = numbered(tmp_path, size)
    part = selection(15, CENTRE, first=first, frames=20 - first, hold=10, aspect=9 / 16)
    shown = frames_of(path, part)
    assert [material.number_in(frame) for frame in shown] == [*range(10), *[9] * 10][first:]
    moving = frames_of(gradient(tmp_path, *size), part)
    assert np.array_equal(moving[13 - first], moving[14 - first])
    assert not np.array_equal(moving[14 - first], moving[15 - first])


def test_whole_video_is_decoded_once_with_one_command(tmp_path) -> None:
    from assembly.picture.footage import read_command

    path = numbered(tmp_path, (216, 384))
    part = selection(8, CENTRE, aspect=9 / 16)
    plain = ClipRange(material.video("x"), 0, 20, 20)
    frame, source = Frame(108, 192, FPS), probe_source(path)
    with_shots = read_command(path, source, part, frame).args
    assert sum(argument == str(path) for argument in with_shots) == 1
    wide_only = ClipRange(part.clip, 0, 20, 20, shots=part.shots[:1])
    assert read_command(path, source, wide_only, frame).args == read_command(path, source, plain, frame).args
