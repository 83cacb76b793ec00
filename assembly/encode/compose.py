"""A segment becomes film: its frames are made, one after the other, where they are encoded, and encoded once."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Protocol

import cv2

from app.core.host_lock import host_lock
from app.media.ffmpeg import feed
from app.media.grading import cube, is_neutral
from app.store.base import Storage
from app.store.scratch import scratch
from assembly.encode.encoder import encode_command
from assembly.picture import footage, i420, overlays, plane_grading, stills
from assembly.picture.i420 import Pixels
from assembly.picture.normalise import Frame
from assembly.picture.transitions import blend
from assembly.picture.vignette import Vignette
from assembly.text import ass_document
from assembly.text.fonts import fonts
from schemas.segment import ClipRange, Segment

Picture = Callable[[int, Pixels], None]
# An encoder of larger frames takes 2 GB: more than one would not fit on a small machine.
MOST_PIXELS_SIDE_BY_SIDE = 1920 * 1920


class Frames(Protocol):
    """What a clip gives: its own frames, asked for in ascending order."""

    def frame(self, index: int, out: Pixels) -> None: ...


def compose(segment: Segment, store: Storage, into: Path) -> None:
    """Writes the segment as H.264 in MP4 to ``into``, exactly ``segment.frames`` frames, no sound.

    Memory depends on the frame's size, not on the segment's length. Raises ``NotFound`` for a clip that is not in the
    store, ``BadMedia`` and ``MediaError`` for one that cannot be read, ``MediaStalled``.
    """
    cv2.setNumThreads(1)
    with ExitStack() as stack:
        if segment.width * segment.height > MOST_PIXELS_SIDE_BY_SIDE:
            stack.enter_context(host_lock("encoder"))
        work = stack.enter_context(scratch())
        picture = _picture(segment, store, work, stack)
        encoder = stack.enter_context(feed(encode_command(segment, _letters(segment, work), fonts(), into)))
        out = i420.empty(segment.width, segment.height)
        for index in range(segment.frames):
            picture(index, out)
            encoder.write(out.data)


def _letters(segment: Segment, work: Path) -> Path | None:
    """An ASS file, or nothing: a filter without text would still cost."""
    made = ass_document.ass_document(segment)
    if made is None:
        return None
    path = work / "letters.ass"
    ass_document.write(made, path)
    return path


def _picture(segment: Segment, store: Storage, work: Path, stack: ExitStack) -> Picture:
    """What writes a finished frame of the segment, all but its letters."""
    bare = _bare(segment, store, work, stack)
    vignette = Vignette(segment.grade.vignette, segment.width, segment.height) if segment.grade.vignette else None
    pictures = overlays.place_overlays(segment, store.local)

    def draw(index: int, out: Pixels) -> None:
        bare(index, out)
        if vignette:
            vignette.over(out)
        for picture in pictures:
            picture.over(out, index)

    return draw


def _bare(segment: Segment, store: Storage, work: Path, stack: ExitStack) -> Picture:
    """Transition frames first, then the clip alone."""
    new = _frames(segment.incoming, segment, store, work, stack)
    first = segment.incoming.first
    if segment.outgoing is None:
        return lambda index, out: new.frame(first + index, out)
    outgoing = segment.outgoing
    old = _frames(outgoing, segment, store, work, stack)
    a, b = (i420.empty(segment.width, segment.height) for _ in range(2))

    def draw(index: int, out: Pixels) -> None:
        if index >= outgoing.frames:
            new.frame(first + index, out)
            return
        old.frame(outgoing.first + index, a)
        new.frame(first + index, b)
        # Neither end of the way is shown in it: the frames before and after it are those.
        blend(segment.transition, a, b, (index + 1) / (outgoing.frames + 1), out)

    return draw


def _frames(strip: ClipRange, segment: Segment, store: Storage, work: Path, stack: ExitStack) -> Frames:
    path = store.local(strip.clip.key)
    if strip.clip.kind == "still":
        return stills.Still(stills.open_still(path), strip.clip.motion, segment.width, segment.height, strip.of)
    frame = Frame(segment.width, segment.height, segment.fps)
    return stack.enter_context(footage.open_footage(path, strip, frame, *_look(segment, work)))


def _look(segment: Segment, work: Path) -> tuple[Path | None, footage.Change]:
    """Stills come graded; footage is graded here: as planes where that looks the same, which costs a tenth."""
    if is_neutral(segment.grade):
        return None, footage.unchanged
    if plane_grading.fits(segment.grade):
        return None, plane_grading.PlaneGrading(segment.grade, segment.width, segment.height).laid
    path = work / "grade.cube"
    path.write_text(cube(segment.grade), encoding="ascii")
    return path, footage.unchanged
