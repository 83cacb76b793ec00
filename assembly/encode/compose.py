"""Rendering of a segment: its frames are drawn one after the other and streamed to one encoder."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Protocol

import cv2
import numpy as np
import pysubs2

from app.core.errors import BadMedia, MediaError, MediaKilled, MediaStalled, NotFound, UnreadableFile
from app.core.host_lock import host_lock
from app.media.ffmpeg import feed, filtered
from app.media.grading import cube_text, is_neutral
from app.store.base import Storage
from app.store.scratch import scratch
from assembly.encode.encoder import burn_in_command, encode_command
from assembly.encode.scrims import sampled_frames, scrims_of
from assembly.picture import footage, i420, icons, overlays, panels, plane_grading, stills
from assembly.picture.camera_moves import Moment
from assembly.picture.card_push import CardPush
from assembly.picture.emoji_pictures import EmojiPictures
from assembly.picture.i420 import Pixels
from assembly.picture.normalise import Frame
from assembly.picture.progress import ProgressDrawer
from assembly.picture.scrim import Scrims
from assembly.picture.transitions import blend
from assembly.picture.vignette import Vignette
from assembly.text import ass_document
from assembly.text.fonts import fonts
from schemas.segment import ClipRange, Segment

DrawFrame = Callable[[int, Pixels], None]
# An encoder of larger frames uses 2 GB; only one runs at a time, as a small machine has no memory for a second.
MAX_PARALLEL_PIXELS = 1920 * 1920
NO_SCRIMS = Scrims((), "")


class ClipFrames(Protocol):
    """A source of a clip's frames, requested in ascending order."""

    def frame(self, index: int, out: Pixels) -> None: ...


class Drawable(Protocol):
    """Something over the picture, drawn into frames of the segment in place."""

    def draw(self, frame: Pixels, index: int) -> None: ...


def compose(segment: Segment, store: Storage, into: Path) -> None:
    """Write the segment as H.264 in MP4 to ``into``: exactly ``segment.frames`` frames, no sound.

    Memory depends on the frame's size, not on the segment's length. Raises ``UnreadableFile`` for a clip that is not
    in the store or cannot be read, ``MediaError`` when encoding fails, ``MediaStalled`` when ffmpeg stalls.
    """
    cv2.setNumThreads(1)
    with ExitStack() as stack:
        if segment.width * segment.height > MAX_PARALLEL_PIXELS:
            stack.enter_context(host_lock("encoder"))
        work = stack.enter_context(scratch())
        scrims = scrims_of(segment, _first_frame(store))
        draw = _frame_drawer(segment, store, work, stack, scrims)
        document = ass_document.ass_document(segment)
        ass_file, emoji = _ass_file(document, work), EmojiPictures(document, segment)
        if ass_file and emoji:
            # Boxes under the text would cover emoji that are drawn before libass burns the text in.
            draw, ass_file = _text_drawer(draw, segment, ass_file, emoji, stack), None
        encoder = stack.enter_context(feed(encode_command(segment, ass_file, fonts(), into)))
        out = i420.empty(segment.width, segment.height)
        for index in range(segment.frames):
            draw(index, out)
            encoder.write(out.data)


def _first_frame(store: Storage) -> Callable[[Segment], Pixels]:
    return lambda alone: next(draw_frames(alone, [0], store))


def draw_frames(segment: Segment, indices: Sequence[int], store: Storage) -> Iterator[Pixels]:
    """Yield the frames with the ascending ``indices`` of the segment, without text and progress bar.

    Raises as ``compose``.
    """
    cv2.setNumThreads(1)
    with ExitStack() as stack:
        plain = replace(segment, progress=None)
        draw = _frame_drawer(plain, store, stack.enter_context(scratch()), stack)
        for index in indices:
            out = i420.empty(segment.width, segment.height)
            draw(index, out)
            yield out


def _ass_file(document: pysubs2.SSAFile | None, work: Path) -> Path | None:
    """Return the ASS file, or ``None`` without text: the filter has a cost even when it draws nothing."""
    if document is None:
        return None
    path = work / "letters.ass"
    ass_document.write(document, path)
    return path


def _text_drawer(
    draw: DrawFrame, segment: Segment, ass_file: Path, emoji: EmojiPictures, stack: ExitStack
) -> DrawFrame:
    """Return the function that draws a frame with its text and the emoji in it; frames are requested in order."""

    def frames() -> Iterator[memoryview]:
        plain = i420.empty(segment.width, segment.height)
        for index in range(segment.frames):
            draw(index, plain)
            yield plain.data

    burned = stack.enter_context(filtered(burn_in_command(segment, ass_file, fonts()), frames()))

    def draw_text(index: int, out: Pixels) -> None:
        burned.read(out.data.cast("B"))
        emoji.draw(out, index)

    return draw_text


def _frame_drawer(
    segment: Segment, store: Storage, work: Path, stack: ExitStack, scrims: Scrims = NO_SCRIMS
) -> DrawFrame:
    """Return the function that draws a frame of the segment, complete except for text.

    Images with a shadow are drawn over the scrims, because they are shown as they are.
    """
    draw_clips = _clip_drawer(segment, store, work, stack)
    vignette = Vignette(segment.grade.vignette, segment.width, segment.height) if segment.grade.vignette else None
    images = overlays.place_overlays(segment, store.local, lambda: sampled_frames(segment, _first_frame(store)))
    lit = [image for image in images if image.has_shadow]
    pictures: tuple[Drawable, ...] = (*(i for i in images if not i.has_shadow), *icons.place_icons(segment))
    progress = ProgressDrawer(segment.progress, segment) if segment.progress else None

    def draw(index: int, out: Pixels) -> None:
        draw_clips(index, out)
        if vignette:
            vignette.apply(out)
        for picture in pictures:
            picture.draw(out, index)
        if progress:
            progress.draw(out, index)
        if scrims:
            scrims.draw(out, index)
        for image in lit:
            image.draw(out, index)

    return draw


def _clip_drawer(segment: Segment, store: Storage, work: Path, stack: ExitStack) -> DrawFrame:
    """Return the function that draws transition frames first, then the incoming clip alone."""
    new = _clip_frames(segment.incoming, segment, store, work, stack)
    first = segment.incoming.first
    draw_new = _dimmed(lambda index, out: new.frame(first + index, out), segment.dim)
    if segment.outgoing is None:
        return draw_new
    outgoing = segment.outgoing
    old = _clip_frames(outgoing, segment, store, work, stack)
    draw_old = _dimmed(lambda index, out: old.frame(outgoing.first + index, out), segment.outgoing_dim)
    if segment.transition == "push_card" and isinstance(old, panels.Panels) and isinstance(new, panels.Panels):
        draw_overlap = _card_drawer(segment, old, new)
    else:
        draw_overlap = _blend_drawer(segment, draw_old, draw_new)
    return lambda index, out: (draw_overlap if index < outgoing.frames else draw_new)(index, out)


def _blend_drawer(segment: Segment, draw_old: DrawFrame, draw_new: DrawFrame) -> DrawFrame:
    """Return the function that draws the frames of a transition from the whole frames of both clips."""
    a, b = (i420.empty(segment.width, segment.height) for _ in range(2))

    def draw(index: int, out: Pixels) -> None:
        draw_old(index, a)
        draw_new(index, b)
        at = _moment(segment, index)
        blend(segment.transition, a, b, at.share, out, step=at.step)

    return draw


def _card_drawer(segment: Segment, old: panels.Panels, new: panels.Panels) -> DrawFrame:
    """Return the function that draws the frames of a push of cards."""
    assert segment.outgoing is not None
    push = CardPush(old, new)
    old_first, new_first = segment.outgoing.first, segment.incoming.first
    return lambda index, out: push.frame(old_first + index, new_first + index, _moment(segment, index), out)


def _moment(segment: Segment, index: int) -> Moment:
    # Shares 0 and 1 do not occur in the transition: they are the frames before and after it.
    assert segment.outgoing is not None
    step = 1 / (segment.outgoing.frames + 1)
    return Moment((index + 1) * step, step)


def _dimmed(draw: DrawFrame, dim: float) -> DrawFrame:
    """Return the function that draws the frames of ``draw`` darkened by the share ``dim``."""
    if not dim:
        return draw
    tables = i420.dimming(dim)

    def draw_dimmed(index: int, out: Pixels) -> None:
        draw(index, out)
        i420.dim(out, tables)

    return draw_dimmed


def _clip_frames(clip_range: ClipRange, segment: Segment, store: Storage, work: Path, stack: ExitStack) -> ClipFrames:
    """Return the frames of a clip; raises ``UnreadableFile`` with its storage key."""
    clip = clip_range.clip
    try:
        return _open_clip(clip_range, segment, store, work, stack)
    except NotFound as error:
        raise UnreadableFile(clip.scene_id, error.id, "it is no longer stored") from error
    except (MediaStalled, MediaKilled):  # a later attempt may succeed
        raise
    except (BadMedia, MediaError) as error:
        reason = error.reason if isinstance(error, BadMedia) else error.last_lines
        raise UnreadableFile(clip.scene_id, clip.key, reason) from error


def _open_clip(clip_range: ClipRange, segment: Segment, store: Storage, work: Path, stack: ExitStack) -> ClipFrames:
    clip, path = clip_range.clip, store.local(clip_range.clip.key)
    if clip.panels:
        return _panels(clip_range, segment, store)
    if clip.kind == "still":
        return stills.Still(stills.open_still(path), clip_range.path, segment.width, segment.height)
    frame = Frame(segment.width, segment.height, segment.fps)
    return stack.enter_context(footage.open_footage(path, clip_range, frame, *_grading(segment, work)))


def _panels(clip_range: ClipRange, segment: Segment, store: Storage) -> panels.Panels:
    clip, placed = clip_range.clip, []
    for panel in clip.panels:
        left, top, width, height = panel.area.even_box(segment.width, segment.height)
        plate, path = stills.open_still(store.local(panel.key)), clip_range.path_in(panel)
        placed.append(panels.PlacedStill(stills.Still(plate, path, width, height), left, top))
    background = np.array(stills.open_still(store.local(clip.key)))
    radius = round(clip.radius * min(segment.width, segment.height))
    return panels.Panels(background, tuple(placed), radius, has_shadow=clip.shadow)


def _grading(segment: Segment, work: Path) -> tuple[Path | None, footage.FrameChange]:
    """Return the grading of footage as a cube file and a frame function; plates of stills are already graded.

    Grading on planes costs a tenth of a lookup table and is used where the result looks the same.
    """
    if is_neutral(segment.grade):
        return None, footage.copy_frame
    if plane_grading.can_grade_planes(segment.grade):
        return None, plane_grading.PlaneGrading(segment.grade, segment.width, segment.height).apply
    path = work / "grade.cube"
    path.write_text(cube_text(segment.grade), encoding="ascii")
    return path, footage.copy_frame
