"""Faces, subject and cuts of a video, searched once for its content; faces at moments spread over the file."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import av
import numpy as np
from marshmallow import fields

from app.core.errors import BadMedia
from app.media.av_open import open_av
from app.media.video_stream import decode_packets, main_video, seek
from app.store.base import Storage
from app.store.json_files import read_json, write_json
from app.store.keys import cache_key
from engines.animations import damaged_at_ms, is_animation, pictures_at
from engines.footage_cuts import KeyFrames, changes_size, find_cuts, read_key_frames
from engines.hdr_levels import as_sdr
from engines.stills.pictures import Picture, Rgb
from engines.stills.subjects import Box, detector, distinct_boxes, find_subjects
from engines.stills.tone import FRAME_SIDE, median_tone, tone_of
from schemas.contract import Contract, Items, fingerprint
from schemas.region import Region
from schemas.scene_graph import Focus
from schemas.subjects import Subjects, SubjectsSchema

# Increment this when other facts would be found in the same file.
FOOTAGE_SUBJECTS_VERSION = 4
# A face moves little within this time; a long file is looked at in fewer places.
_INTERVAL_MS = 1000
_MAX_MOMENTS = 24


@dataclass(frozen=True, slots=True)
class Moment:
    """What is seen ``at_ms`` from the start of a video."""

    at_ms: int
    subjects: Subjects


@dataclass(frozen=True, slots=True)
class FootageSubjects:
    """The ``moments`` of a video in order, and its ``aspect`` (width ÷ height) as it is shown.

    ``cuts_ms`` are moments near which the video itself cuts to another picture. If ``resized``, its size changes. At
    ``damaged_ms`` it cannot be decoded; the loop of an animation ends there.
    """

    aspect: float
    moments: tuple[Moment, ...] = ()
    cuts_ms: tuple[int, ...] = ()
    resized: bool = False
    damaged_ms: tuple[int, ...] = ()

    def during(self, start_ms: int, end_ms: int) -> Subjects:
        """Return what is seen in a part of the video: faces of every moment, each once, mean focus and median tone.

        Between two moments the nearer one counts.
        """
        part = [m for m in self.moments if start_ms - _INTERVAL_MS / 2 <= m.at_ms <= end_ms + _INTERVAL_MS / 2]
        if not part:
            part = sorted(self.moments, key=lambda m: abs(m.at_ms - start_ms))[:1]
        seen = [moment.subjects for moment in part]
        if not seen:
            return Subjects()
        with_faces = [subjects for subjects in seen if subjects.faces] or seen
        boxes = [_box(face) for subjects in with_faces for face in subjects.faces]
        subject = _around([s.subject for s in with_faces if s.subject])
        x, y = np.mean([(s.focus.x, s.focus.y) for s in with_faces], axis=0)
        focus = Focus(round(float(x), 3), round(float(y), 3))
        tones = [subjects.tone for subjects in seen if subjects.tone]
        tone = median_tone(tones) if tones else None
        return Subjects(tuple(Region(*box) for box in distinct_boxes(boxes)), subject, focus, tone)


class MomentSchema(Contract[Moment]):
    dataclass_type = Moment
    at_ms = fields.Int(required=True)
    subjects = fields.Nested(SubjectsSchema, required=True)


class FootageSubjectsSchema(Contract[FootageSubjects]):
    dataclass_type = FootageSubjects
    aspect = fields.Float(required=True)
    moments = Items(fields.Nested(MomentSchema))
    cuts_ms = Items(fields.Int())
    resized = fields.Bool()
    damaged_ms = Items(fields.Int())


def subjects_of_footage(path: Path, sha256: str, length_ms: int | None, store: Storage) -> FootageSubjects:
    """Return what is seen in the video at ``path`` with this content hash. Raises ``BadMedia``."""
    key = cache_key("subjects", fingerprint("footage", FOOTAGE_SUBJECTS_VERSION, detector(), sha256), ".json")
    if store.claim([key]):
        return FootageSubjectsSchema.read(read_json(store, key))
    found = _search(path, length_ms or 0)
    write_json(store, key, FootageSubjectsSchema.plain(found))
    return found


def _search(path: Path, length_ms: int) -> FootageSubjects:
    try:
        if is_animation(path):
            # Each frame of an animation may be another picture.
            key_frames = KeyFrames(damaged_ms=damaged_at_ms(path))
            return _found(pictures_at(path, _moments_ms(length_ms)), key_frames)
        return _found(_pictures(path, _moments_ms(length_ms)), read_key_frames(path))
    except (av.FFmpegError, IndexError, OSError, ValueError) as error:
        raise BadMedia("video", f"the file cannot be read ({type(error).__name__})") from error


def _found(pictures: Iterator[tuple[int, Picture]], key_frames: KeyFrames) -> FootageSubjects:
    moments, aspect = [], 0.0
    for at_ms, picture in pictures:
        moments.append(Moment(at_ms, _seen_in(picture)))
        aspect = aspect or picture.width / picture.height
    if not moments:
        raise BadMedia("video", "no frame of the file can be decoded")
    frames = key_frames.frames
    return FootageSubjects(
        round(aspect, 6), tuple(moments), find_cuts(frames), changes_size(frames), key_frames.damaged_ms
    )


def _seen_in(picture: Picture) -> Subjects:
    tone = tone_of(picture.rgb, FRAME_SIDE) if picture.alpha is None else None
    return replace(find_subjects(picture), tone=tone, spread=None)


def _moments_ms(length_ms: int) -> Sequence[int]:
    count = max(1, min(_MAX_MOMENTS, length_ms // _INTERVAL_MS))
    return [length_ms * (2 * k + 1) // (2 * count) for k in range(count)]


def _pictures(path: Path, moments_ms: Sequence[int]) -> Iterator[tuple[int, Picture]]:
    """Yield a picture near each moment, upright; a moment at which nothing can be decoded is left out.

    The first picture stands for a file in which no moment can be found.
    """
    found = False
    for at_ms in moments_ms:
        if picture := _picture_at(path, at_ms):
            found = True
            yield at_ms, picture
    if not found and (picture := _picture_at(path, None)):
        yield 0, picture


def _picture_at(path: Path, at_ms: int | None) -> Picture | None:
    with open_av(path) as container:
        stream = main_video(container)
        if at_ms is not None:
            seek(container, at_ms)
        frame = next(decode_packets(container.demux(stream)), None)
        return Picture(upright(frame, stream), None) if frame is not None else None


def upright(frame: Any, stream: Any) -> Rgb:
    """Return the frame as it is shown: rotated, with square pixels and the levels of SDR."""
    aspect = float(stream.sample_aspect_ratio or 1) or 1.0
    rgb = frame.reformat(width=max(2, round(frame.width * aspect)), format="rgb24").to_ndarray()
    shown = as_sdr(np.ascontiguousarray(rgb), int(frame.color_trc))
    return np.ascontiguousarray(np.rot90(shown, round(frame.rotation / 90) % 4))


def _box(region: Region) -> Box:
    return region.left, region.top, region.width, region.height


def _around(regions: Sequence[Region]) -> Region | None:
    """Return the mean of ``regions``: the subject at most moments, in whole thousandths."""
    if not regions:
        return None
    left, top, width, height = (round(float(np.mean(side)), 3) for side in zip(*map(_box, regions), strict=True))
    return Region(left, top, min(width, round(1 - left, 3)), min(height, round(1 - top, 3)))
