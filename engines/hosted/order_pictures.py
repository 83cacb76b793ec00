"""The first and last pictures of orders: of the ordered shape, within the limits of the model, without metadata.

They are written from pixels, so that nothing of the user's file but its picture leaves this machine: no place, time,
camera, comment or preview.
"""

from __future__ import annotations

import io
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import av
from PIL import Image

from app.core.errors import BadMedia
from app.media.av_open import open_av
from app.media.probe.animation import frame_durations_ms
from app.media.video_stream import decode_packets, main_video, seek
from app.store.base import Storage
from app.store.cache import get_or_make
from engines.animations import is_animation, pictures_at
from engines.footage_subjects import upright
from engines.stills import backgrounds, framing
from engines.stills.framing import Box
from engines.stills.grounds import ground_of
from engines.stills.pictures import Picture, Rgb, Size, open_picture
from engines.stills.subject_facts import subjects_of_image
from engines.stills.subjects import detector
from schemas.clip import part_that_fills
from schemas.contract import fingerprint
from schemas.engine import EngineModel
from schemas.region import Region, RegionSchema
from schemas.scene_graph import Focus, FocusSchema, Media
from schemas.subjects import Subjects

# Increment this when another file would be made of the same picture.
ORDER_PICTURE_VERSION = 1
# The formats of an order's pictures, the preferred ones first.
_FORMATS = {"image/jpeg": ("JPEG", ".jpg"), "image/png": ("PNG", ".png"), "image/webp": ("WEBP", ".webp")}
_QUALITIES = (94, 90, 85, 78, 70)
# When the lowest quality is still too large, the sides become shorter by this factor, down to the shorter side.
_SMALLER, _LEAST_SIDE = 0.8, 256
# A smaller crop is enlarged to this: models refuse pictures with a side of less than 300 pixels or make poor clips.
_ENLARGED_SIDE = 512
# The last picture of a clip is searched in so much of its end.
_END_MS = 1000
# The mean of the pixels below which a picture is black, as at the end of a fade.
_BLACK_MEAN = 12.0


@dataclass(frozen=True, slots=True)
class OrderFrame:
    """What a picture must be for an order: at most ``width`` × ``height`` and of that shape, of ``content_type``."""

    width: int
    height: int
    content_type: str = "image/jpeg"
    max_bytes: int = 5_000_000

    @property
    def format(self) -> str:
        return _FORMATS[self.content_type][0]

    @property
    def suffix(self) -> str:
        return _FORMATS[self.content_type][1]


def order_frame(model: EngineModel, aspect: str, width: int, height: int) -> OrderFrame:
    """Return the frame of the pictures of an order of ``aspect`` for a film of ``width`` × ``height``.

    An aspect that is no ratio ("auto") is that of the film. Raises ``BadMedia`` if the model takes none of the formats.
    """
    content_type = next((known for known in _FORMATS if known in model.image_types), None)
    if content_type is None:
        raise BadMedia("picture", f"model {model.name} takes neither JPEG, PNG nor WebP")
    sides = [int(side) for side in aspect.split(":") if side.isdecimal() and int(side)]
    ratio = sides[0] / sides[1] if len(sides) == 2 else width / height
    fitted = (_even(min(width, height * ratio)), _even(min(height, width / ratio)))
    return OrderFrame(*fitted, content_type, model.max_image_bytes)


def order_picture(
    path: Path, sha256: str, media: Media, frame: OrderFrame, store: Storage, *, colours: Sequence[str] = ("#000000",)
) -> str:
    """Return the storage key of the picture at ``path``, with this content hash, for an order.

    It is cropped around the focus or the subject of ``media``, or around what is found in it. A picture with alpha is
    shown whole on ``colours``, or on others if it would not stand out. Raises ``BadMedia`` and ``StorageFull``.
    """
    chosen = [FocusSchema.plain(media.focus) if media.focus else None]
    chosen += [RegionSchema.plain(media.subject) if media.subject else None]
    identity = _identity(frame, "picture", detector(), sha256, chosen, list(colours))

    def make(into: Path) -> None:
        picture = open_picture(path, lambda size: _needed_size(size, frame))
        if picture.alpha is not None:
            rgb = _on_ground(picture, frame, colours)
        else:
            rgb = _cropped(picture, _part(picture, frame, _subjects(path, sha256, media, store)), frame)
        into.write_bytes(encoded(rgb, frame))

    return get_or_make(store, "order_picture", identity, frame.suffix, make)[0]


def last_frame(
    path: Path, content: str, frame: OrderFrame, store: Storage, *, crop: tuple[int, int, int, int] | None = None
) -> str:
    """Return the storage key of the last picture of the clip at ``path`` that is not black, for an order.

    ``content`` identifies the clip, such as the hash of its file. ``crop`` is the left, top, width and height in pixels
    of the part without bars (``ReturnedClip.crop``). Raises ``BadMedia`` and ``StorageFull``.
    """
    identity = _identity(frame, "last", content, crop)

    def make(into: Path) -> None:
        picture = _last_picture(path)
        if crop:
            picture = framing.crop(picture, Box(*crop))
        ratio = picture.width / picture.height / (frame.width / frame.height)
        into.write_bytes(encoded(_cropped(picture, part_that_fills(ratio, 0.5, 0.5), frame), frame))

    return get_or_make(store, "order_picture", identity, frame.suffix, make)[0]


def encoded(rgb: Rgb, frame: OrderFrame) -> bytes:
    """Return a picture in the format of ``frame``: of a lower quality, then smaller, until it has few enough bytes.

    Raises ``BadMedia`` if that is not possible.
    """
    image = Image.fromarray(rgb)
    while min(image.size) >= min(_LEAST_SIDE, *rgb.shape[:2]):
        for quality in _QUALITIES if frame.format != "PNG" else _QUALITIES[:1]:
            data = _written(image, frame.format, quality)
            if len(data) <= frame.max_bytes:
                return data
        width, height = (_even(side * _SMALLER) for side in image.size)
        image = image.resize((width, height), Image.Resampling.LANCZOS)
    raise BadMedia("picture", f"it cannot be made smaller than the {frame.max_bytes:,} bytes that the model takes")


def _written(image: Image.Image, format_: str, quality: int) -> bytes:
    data = io.BytesIO()
    image.save(data, format_, quality=quality)  # PNG has no quality and ignores it
    return data.getvalue()


# -- framing ---------------------------------------------------------------------------------------------------------


def _part(picture: Picture, frame: OrderFrame, subjects: Subjects) -> Region:
    """Return the part of the picture, in shares of it, that fills the frame and holds faces and subject if it can."""
    ratio = picture.width / picture.height / (frame.width / frame.height)
    return subjects.crop_that_fills(ratio) or part_that_fills(ratio, subjects.focus.x, subjects.focus.y)


def _subjects(path: Path, sha256: str, media: Media, store: Storage) -> Subjects:
    """Return what must stay in the frame: the focus that the scene names, else its subject, else what is found."""
    if media.focus:
        return Subjects(focus=media.focus)
    found = subjects_of_image(path, sha256, store)
    if media.subject is None:
        return found
    return replace(found, subject=media.subject, focus=Focus(*media.subject.centre), spread=None)


def _cropped(picture: Picture, part: Region, frame: OrderFrame) -> Rgb:
    """Return a part of the picture at the size of the frame, or smaller if it has fewer pixels."""
    left, top = round(part.left * picture.width), round(part.top * picture.height)
    width = max(1, min(picture.width - left, round(part.width * picture.width)))
    height = max(1, min(picture.height - top, round(part.height * picture.height)))
    size = _size_of_crop((width, height), frame)
    return framing.resize(framing.crop(picture, Box(left, top, width, height)), *size).rgb


def _size_of_crop(crop: Size, frame: OrderFrame) -> Size:
    """Return the size of the frame, or a smaller one of its shape for a crop with fewer pixels."""
    least = min(1.0, _ENLARGED_SIDE / min(frame.width, frame.height))
    scale = min(1.0, max(crop[0] / frame.width, least))
    return _even(frame.width * scale), _even(frame.height * scale)


def _on_ground(picture: Picture, frame: OrderFrame, colours: Sequence[str]) -> Rgb:
    box = framing.place_whole((picture.width, picture.height), (frame.width, frame.height), margin=True)
    shown = framing.resize(picture, box.width, box.height)
    ground = backgrounds.gradient(ground_of(shown, colours), frame.width, frame.height)
    return framing.composite(shown, ground, box)


def _needed_size(size: Size, frame: OrderFrame) -> Size:
    scale = max(frame.width / size[0], frame.height / size[1])
    return max(1, math.ceil(size[0] * scale)), max(1, math.ceil(size[1] * scale))


def _even(length: float) -> int:
    return max(2, 2 * round(length / 2))


def _identity(frame: OrderFrame, *parts: object) -> str:
    size = [frame.width, frame.height, frame.content_type, frame.max_bytes]
    return fingerprint("order_picture", ORDER_PICTURE_VERSION, size, *parts)


# -- the end of a clip -----------------------------------------------------------------------------------------------


def _last_picture(path: Path) -> Picture:
    try:
        last = None
        for picture in _end_of_animation(path) if is_animation(path) else _end_of_video(path):
            if last is None or picture.rgb.mean() >= _BLACK_MEAN:
                last = picture
    except (av.FFmpegError, OSError, ValueError) as error:
        raise BadMedia("video", f"the file cannot be read ({type(error).__name__})") from error
    if last is None:
        raise BadMedia("video", "no frame of the file can be decoded")
    return last


def _end_of_animation(path: Path) -> Iterator[Picture]:
    length_ms = sum(frame_durations_ms(path, path.suffix, "animation"))
    moments = [max(0, round(length_ms) - 1)] if length_ms else [0]
    yield from (Picture(picture.rgb, None) for _, picture in pictures_at(path, moments))


def _end_of_video(path: Path) -> Iterator[Picture]:
    """Yield the pictures of the last second, or all pictures of a file without seeking."""
    with open_av(path) as container:
        stream = main_video(container)
        if container.duration:
            seek(container, max(0, container.duration // 1000 - _END_MS))
        for frame in decode_packets(container.demux(stream)):
            yield Picture(upright(frame, stream), None)
