"""The delivered film: measured quality and thumbnail."""

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from PIL import Image

from app.core.errors import MediaError
from app.media.ffmpeg import command, run
from app.store.backends.folder import Folder
from assembly.encode import thumbnail
from assembly.encode.compose import compose
from assembly.encode.join import join
from assembly.report import quality
from assembly.report.detectors import parse_report
from schemas.clip import Motion, Panel, Window
from schemas.preset import CaptionStyle, SafeZone
from schemas.region import Region
from schemas.segment import ClipRange
from schemas.timeline import TimedScene, Timeline, Tracks
from schemas.timing import Span
from tests.media import material

FPS = Fraction(30)


@pytest.fixture(scope="module")
def film(tmp_path_factory):
    """One second black, three seconds of a still, two seconds moving; sound in the first three seconds only."""
    store = Folder(tmp_path_factory.mktemp("film"))
    clips = [
        material.still(material.store_flat_plate(store, "black.npy", 16), 1),
        material.still(material.store_noisy_plate(store, "still.npy", 1), 2),
        material.still(material.store_noisy_plate(store, "moving.npy", 2), 3, moving=True),
    ]
    lengths, start, segments, parts = (30, 90, 60), 0, [], []
    for index, (clip, frames) in enumerate(zip(clips, lengths, strict=True)):
        cues = (material.cue(4200, 5600, "Every great", "story"),) if index == 2 else ()
        segment = material.segment(
            ClipRange(clip, 0, frames, frames),
            frames,
            index=index,
            start_frame=start,
            cues=cues,
            captions=CaptionStyle(),
        )
        path = store.root / f"{index}.mp4"
        compose(segment, store, path)
        segments.append(segment)
        parts.append((path, frames))
        start += frames
    sound = store.root / "sound.m4a"
    source = "sine=440:d=3:r=48000,volume=-10dB,apad=whole_dur=6"
    run(command("make sound", "-v", "error", "-f", "lavfi", "-i", source, "-c:a", "aac", sound))
    join(parts, FPS, store.root / "film.mp4", sound)
    join(parts, FPS, store.root / "silent.mp4")
    bounds = [(0, 30), (30, 120), (120, 180)]
    scenes = tuple(TimedScene(n + 1, a, b, a * 100 // 3, b * 100 // 3) for n, (a, b) in enumerate(bounds))
    timeline = Timeline("2.0", FPS, 108, 192, 180, scenes, Tracks())
    return store.root, timeline, segments


def is_near(span, start_ms, end_ms, tolerance_ms=80):
    return abs(span.start_ms - start_ms) <= tolerance_ms and abs(span.end_ms - end_ms) <= tolerance_ms


@pytest.fixture(scope="module")
def measured(film):
    root, timeline, segments = film
    return quality.measure(root / "film.mp4", timeline, segments)


def test_length_size_and_codec_are_measured(measured):
    assert (measured.duration_ms, measured.frames, measured.frames_planned) == (6000, 180, 180)
    assert (measured.fps, measured.width, measured.height, measured.video_codec) == (FPS, 108, 192, "h264")
    assert measured.bytes > 1000


def test_black_stretches_are_detected(measured):
    assert len(measured.black) == 1
    assert is_near(measured.black[0], 0, 1000)


def test_frozen_stretches_are_detected(measured):
    assert len(measured.frozen) == 1
    # The encoder refines the first frames of a still.
    assert is_near(measured.frozen[0], 1000, 4000, tolerance_ms=400)


def test_silence_up_to_the_end_is_detected(measured):
    assert len(measured.silent) == 1
    assert is_near(measured.silent[0], 3000, 6000)


def test_audio_is_measured(measured):
    assert measured.audio_codec == "aac"
    assert -40 < measured.integrated_lufs < -5
    assert measured.true_peak_db < 0
    assert abs(measured.audio_longer_ms) <= 34


def test_captions_are_checked(measured):
    assert measured.captions.checked == 1
    assert measured.captions.outside_ms == ()


def test_unmeasured_values_are_omitted(film):
    root, timeline, _ = film
    report = quality.measure(root / "silent.mp4", timeline, []).as_dict()
    assert not {"integrated_lufs", "true_peak_db", "audio_longer_ms", "silent", "captions", "audio_codec"} & set(report)
    assert report["black"]


def test_measurements_are_json_serialisable(measured):
    import json

    data = json.loads(json.dumps(measured.as_dict()))
    assert data["fps"] == "30/1"
    assert data["black"][0][0] == 0
    assert data["captions"] == {"checked": 1, "outside_ms": []}


def test_invalid_film_raises_media_error(tmp_path):
    path = tmp_path / "x.mp4"
    path.write_bytes(b"nothing")
    timeline = Timeline("2.0", FPS, 108, 192, 1, (TimedScene(1, 0, 1, 0, 33),), Tracks())
    with pytest.raises(MediaError):
        quality.measure(path, timeline, [])


def test_ffmpeg_reports_are_parsed():
    report = (
        "[blackdetect @ 0x1] black_start:0 black_end:1.5 black_duration:1.5\n"
        "[freezedetect @ 0x2] lavfi.freezedetect.freeze_start: 2.1\n"
        "[freezedetect @ 0x2] lavfi.freezedetect.freeze_duration: 2\n"
        "[freezedetect @ 0x2] lavfi.freezedetect.freeze_end: 4.1\n"
        "[freezedetect @ 0x2] lavfi.freezedetect.freeze_start: 7\n"
        "[silencedetect @ 0x3] silence_start: -0.01\n"
        "[silencedetect @ 0x3] silence_end: 3.5 | silence_duration: 3.51\n"
    )
    stretches = parse_report(report, 9000, sound=True)
    assert stretches.black == (Span(0, 1500),)
    assert stretches.frozen == (Span(2100, 4100), Span(7000, 9000))
    assert stretches.silent == (Span(0, 3500),)


# -- thumbnail -------------------------------------------------------------------------------------------------------


def pixels_of(path):
    with Image.open(path) as picture:
        assert picture.format == "JPEG"
        return np.asarray(picture.convert("RGB")).astype(int)


def test_thumbnail_has_the_size_of_the_film_and_its_sharpest_picture(film, tmp_path):
    root, _, segments = film
    thumbnail.thumbnail("", segments, Folder(root), tmp_path / "t.jpg")
    pixels = pixels_of(tmp_path / "t.jpg")
    assert pixels.shape == (192, 108, 3)
    assert pixels.mean() > 60 and pixels.std() > 20


def test_thumbnail_of_a_large_film_is_reduced(tmp_path):
    store = Folder(tmp_path)
    clip = material.still(material.store_noisy_plate(store, "plate.npy", 1, (1920, 1080)))
    segment = material.segment(ClipRange(clip, 0, 6, 6), 6, width=1920, height=1080)
    thumbnail.thumbnail("", [segment], store, tmp_path / "t.jpg")
    assert pixels_of(tmp_path / "t.jpg").shape == (720, 1280, 3)


def test_thumbnail_has_the_colours_of_the_film(tmp_path):
    store = Folder(tmp_path)
    clip = material.still(material.store_flat_plate(store, "red.npy", 63, 102, 240))
    thumbnail.thumbnail("", [material.segment(ClipRange(clip, 0, 6, 6), 6)], store, tmp_path / "t.jpg")
    assert np.abs(pixels_of(tmp_path / "t.jpg")[96, 54] - (255, 0, 0)).max() <= 6


def test_thumbnail_has_no_captions(tmp_path):
    store = Folder(tmp_path)
    clip = material.still(material.store_flat_plate(store, "grey.npy", 90))
    plain = material.segment(ClipRange(clip, 0, 60, 60), 60)
    captioned = replace(plain, cues=(material.cue(0, 2000, "Every great", "story"),))
    for name, segment in (("plain", plain), ("captioned", captioned)):
        thumbnail.thumbnail("", [segment], store, tmp_path / f"{name}.jpg")
    assert (tmp_path / "plain.jpg").read_bytes() == (tmp_path / "captioned.jpg").read_bytes()


def test_headline_of_a_thumbnail_is_readable_at_120_pixels(tmp_path):
    store = Folder(tmp_path)
    clip = material.still(material.store_flat_plate(store, "dark.npy", 60, size=(1080, 1920)))
    segment = material.segment(ClipRange(clip, 0, 3, 3), 3, width=1080, height=1920)
    thumbnail.thumbnail("", [segment], store, tmp_path / "plain.jpg")
    thumbnail.thumbnail("HARBOUR", [segment], store, tmp_path / "titled.jpg")
    changed = np.abs(pixels_of(tmp_path / "titled.jpg") - pixels_of(tmp_path / "plain.jpg")).max(axis=2) > 100
    rows = np.flatnonzero(changed.any(axis=1))
    # The capitals of one line, in pixels of a preview that is 120 pixels wide.
    assert 9 <= (rows[-1] - rows[0] + 1) * 120 / 720 <= 20
    assert rows[-1] < 1280 / 2


def test_headline_of_a_thumbnail_is_beside_a_card_that_leaves_no_place_above_or_below_it(tmp_path):
    store = Folder(tmp_path)
    key = material.store_noisy_plate(store, "plate.npy", 1, (960, 540))
    still = material.still(key)
    card = Panel(Region(0.05, 0.07, 0.4, 0.86), key, still.motion, subject=Region(0.1, 0.05, 0.8, 0.9), aspect=16 / 9)
    clip = ClipRange(replace(still, panels=(card,)), 0, 3, 3)
    segment = material.segment(clip, 3, width=960, height=540, safe_zone=SafeZone(0.1, 0.1, 0.48, 0.06))
    thumbnail.thumbnail("", [segment], store, tmp_path / "plain.jpg")
    thumbnail.thumbnail("The rocket stood on the pad", [segment], store, tmp_path / "titled.jpg")
    changed = np.abs(pixels_of(tmp_path / "titled.jpg") - pixels_of(tmp_path / "plain.jpg")).max(axis=2) > 100
    assert changed.any() and np.flatnonzero(changed.any(axis=0))[0] > 0.46 * 960


def test_sharp_frame_scores_higher_than_blurred_dark_or_white_ones():
    import cv2

    rng = np.random.default_rng(1)
    sharp = np.kron(rng.integers(0, 255, (48, 27, 3), np.uint8), np.ones((4, 4, 1), np.uint8))
    blurred = cv2.GaussianBlur(sharp, (0, 0), 8)
    dark, white = (sharp // 12).astype(np.uint8), np.full_like(sharp, 250)
    best = thumbnail.score(sharp)
    assert all(thumbnail.score(other) < best for other in (blurred, dark, white))


def test_sharpest_scene_is_selected(film):
    root, _, segments = film
    assert thumbnail.best_frame(segments, Folder(root))[0] in segments[1:]


@pytest.mark.parametrize("frames", [1, 2, 3, 4, 5, 30])
@pytest.mark.parametrize("fade", [0, 1, 12])
def test_scored_frames_are_outside_the_transition(frames, fade):
    clip = material.still("plate.npy")
    outgoing = ClipRange(clip, 0, fade, 60) if fade else None
    segment = material.segment(ClipRange(clip, 0, frames, 60), frames, outgoing=outgoing)
    indices = thumbnail.sample_indices(segment)
    assert indices and all(0 <= index < frames for index in indices)
    assert frames <= fade or min(indices) >= fade


def test_film_of_footage_has_a_thumbnail(tmp_path):
    store = Folder(tmp_path)
    path = material.make_video(tmp_path / "v.mp4", "testsrc2=s=108x192:r=30", "-pix_fmt", "yuv420p", seconds=1)
    segment = material.segment(ClipRange(material.video(path.name), 0, 20, 20), 20)
    thumbnail.thumbnail("", [segment], store, tmp_path / "t.jpg")
    assert pixels_of(tmp_path / "t.jpg").std() > 30


def noisy_segment(store, index, *, area=None, subject=None, dim=0.0):
    """Return a segment of the same noise each time, as a card in ``area`` if there is one."""
    key = material.store_noisy_plate(store, f"{index}.npy", 1, (108, 192))
    whole = Window(0.5, 0.5, 1.0)
    clip = replace(material.still(key), motion=Motion("still", whole, whole), subject=subject, aspect=108 / 192)
    if area:
        clip = replace(clip, panels=(Panel(area, key, clip.motion, aspect=108 / 192),))
    return replace(material.segment(ClipRange(clip, 0, 30, 30), 30), index=index, scene_id=index + 1, dim=dim)


def test_first_scene_is_selected_among_equal_ones(tmp_path):
    store = Folder(tmp_path)
    segments = [noisy_segment(store, index) for index in range(3)]
    assert thumbnail.best_frame(segments, store)[0].index == 0


def test_large_picture_is_selected_rather_than_a_card_or_a_darkened_one(tmp_path):
    store = Folder(tmp_path)
    card = noisy_segment(store, 0, area=Region(0.1, 0.1, 0.6, 0.4))
    segments = [card, noisy_segment(store, 1, dim=0.4), noisy_segment(store, 2)]
    assert thumbnail.best_frame(segments, store)[0].index == 2


@pytest.mark.parametrize(("subject", "is_above"), [((0.1, 0.0, 0.8, 0.4), False), ((0.1, 0.6, 0.8, 0.4), True)])
def test_headline_of_a_thumbnail_leaves_the_subject_free(tmp_path, subject, is_above):
    store = Folder(tmp_path)
    segment = noisy_segment(store, 0, subject=Region(*subject))
    for text, name in (("", "plain"), ("HARBOUR", "titled")):
        thumbnail.thumbnail(text, [segment], store, tmp_path / f"{name}.jpg")
    changed = np.abs(pixels_of(tmp_path / "titled.jpg") - pixels_of(tmp_path / "plain.jpg")).max(axis=2) > 100
    rows = np.flatnonzero(changed.any(axis=1))
    assert (rows[-1] < 192 * 0.6) if is_above else (rows[0] > 192 * 0.4)


def test_film_without_segments_has_no_thumbnail(tmp_path):
    with pytest.raises(MediaError, match="no frames"):
        thumbnail.thumbnail("", [], Folder(tmp_path), tmp_path / "t.jpg")
