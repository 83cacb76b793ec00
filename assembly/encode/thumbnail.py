"""The thumbnail of a film: its best picture without captions, with the title large enough to read on a phone."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace
from operator import itemgetter
from pathlib import Path

import av
import cv2
import numpy as np
import numpy.typing as npt
from PIL import Image

from app.core.errors import MediaError
from app.media.ffmpeg import Command, read_output
from app.store.base import Storage
from app.store.scratch import scratch
from assembly.encode.compose import draw_frames
from assembly.encode.encoder import burn_in_filter, raw_input
from assembly.picture import i420
from assembly.picture.emoji_pictures import EmojiPictures
from assembly.picture.i420 import Pixels
from assembly.picture.regions import face_boxes
from assembly.text import ass_document, emoji, titles
from assembly.text.fonts import fonts
from assembly.text.obstacles import obstacles
from schemas.contract import fingerprint
from schemas.emoji import has_emoji
from schemas.preset import SafeZone
from schemas.scene_graph import Overlay
from schemas.segment import EMOJI_VERSION, Segment, TimedOverlay
from schemas.subjects import WHOLE_PICTURE

Rgb = npt.NDArray[np.uint8]

# Increment this when the same film would get another thumbnail.
THUMBNAIL_VERSION = 3
MAX_SIDE = 1280
QUALITY = 88
MAX_SCENES = 8
# The frames of a scene to score, as shares of its frames after the transition into it.
SHARES = (0.35, 0.7)
# Frames are scored at this width.
SCORING_WIDTH = 360
# The em of the headline in pixels of a frame whose shorter side is 1080. Its capitals are 12 pixels high in a preview
# that is 120 pixels wide.
HEADLINE_PX = 150
OUTLINE_PX = 8.0
# Of equal positions the first one is used.
POSITIONS = ("top", "bottom", "middle")
# A thumbnail is shown without the controls that lie over a film.
ZONE = SafeZone(top=0.05, bottom=0.07, left=0.06, right=0.06)
# Frames of the first scene, and frames with a face, count as much more.
HOOK, FACE = 1.25, 1.2
# The headline is drawn in the middle of this many frames, when it has faded in completely.
HEADLINE_FRAMES = 90


def thumbnail(title: str, segments: Sequence[Segment], store: Storage, into: Path) -> None:
    """Write the best frame of the film with ``title`` on it as JPEG, at most 1280 px long.

    The frame is drawn from the clips of a segment, without captions and outside transitions. Raises as
    ``assembly.encode.compose.compose``.
    """
    segment, frame = best_frame(segments, store)
    if title.strip():
        frame = _with_headline(frame, segment, title)
    image = Image.fromarray(_rgb(frame))
    image.thumbnail((MAX_SIDE, MAX_SIDE), Image.Resampling.LANCZOS)
    image.save(into, "JPEG", quality=QUALITY, optimize=True, progressive=True)


def thumbnail_identity(film_identity: str, title: str) -> str:
    """Return the hash of all that the thumbnail of a film depends on."""
    facts = ("thumbnail", THUMBNAIL_VERSION, film_identity, title)
    return fingerprint(*facts, EMOJI_VERSION, emoji.drawing_identity()) if has_emoji(title) else fingerprint(*facts)


def best_frame(segments: Sequence[Segment], store: Storage) -> tuple[Segment, Pixels]:
    """Return the frame with the highest score and its segment; at most 16 frames are drawn.

    It is sharp and well exposed, its picture fills much of it, and it has a face or is of the first scene if others are
    not clearly better.
    """
    scored = ((score(_rgb(frame)) * _weight(segment), segment, frame) for segment, frame in _samples(segments, store))
    _, segment, frame = max(scored, key=itemgetter(0), default=(0.0, None, None))
    if segment is None or frame is None:
        raise MediaError("thumbnail", [], 0, "the film has no frames")
    return segment, frame


def _weight(segment: Segment) -> float:
    """Return how much more or less the frames of a segment count: pictures that are large, the hook and faces more."""
    areas = [panel.area for panel in segment.incoming.clip.panels] or [segment.incoming.clip.picture or WHOLE_PICTURE]
    fill = min(1.0, sum(area.width * area.height for area in areas))
    return math.sqrt(fill) * (1 if segment.index else HOOK) * (FACE if face_boxes(segment) else 1) * (1 - segment.dim)


def sample_indices(segment: Segment) -> tuple[int, ...]:
    """Return the frames of a segment to score: outside the transition, unless it consists of nothing else."""
    first = segment.outgoing.frames if segment.outgoing else 0
    own = segment.frames - first
    if own < 1:
        return (segment.frames - 1,)
    return tuple(sorted({first + int((own - 1) * share) for share in SHARES}))


def score(rgb: Rgb) -> float:
    """Return a frame's suitability as thumbnail: sharpness (variance of the Laplacian) times exposure (0 … 1)."""
    scale = SCORING_WIDTH / rgb.shape[1]
    small = cv2.resize(rgb, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA) if scale < 1 else rgb
    grey = cv2.cvtColor(small, cv2.COLOR_RGB2GRAY)
    sharpness = float(np.log1p(cv2.Laplacian(grey, cv2.CV_64F).var()))
    # Exposure is 1 at medium brightness and 0 for black and white; a low dynamic range reduces it.
    brightness = 1 - (float(grey.mean()) / 127.5 - 1) ** 2
    dynamic_range = min(1.0, float(np.percentile(grey, 95) - np.percentile(grey, 5)) / 128)
    return sharpness * max(0.0, brightness) * dynamic_range


def _samples(segments: Sequence[Segment], store: Storage) -> Iterator[tuple[Segment, Pixels]]:
    step = max(1, -(-len(segments) // MAX_SCENES))
    for segment in segments[::step]:
        for frame in draw_frames(segment, sample_indices(segment), store):
            yield segment, frame


def _with_headline(frame: Pixels, segment: Segment, title: str) -> Pixels:
    """Return ``frame`` with the title, laid out and drawn like a title of the film but larger.

    It is placed where it covers no face, no edge of a picture and as little as possible of the subject and of detail:
    in the whole frame, else where the scene has its own words, as beside a card.
    """
    titled = _titled(_detail(frame), segment, title)
    document = ass_document.ass_document(titled)
    if document is None:
        return frame
    with scratch() as work:
        ass_document.write(document, path := work / "headline.ass")
        raw = work / "frame.i420"
        frame.tofile(raw)
        burn_in = burn_in_filter(path, segment.fps, HEADLINE_FRAMES // 2)
        source = (*raw_input(segment.width, segment.height, segment.fps)[:-1], str(raw))
        args = ("-v", "error", *source, "-vf", burn_in, "-frames:v", "1", "-f", "rawvideo", "pipe:1")
        with read_output(Command("draw headline", args, 120.0, fonts().env)) as out:
            titled_frame = np.frombuffer(bytearray(out.read()), np.uint8).reshape(frame.shape)
    EmojiPictures(document, segment).draw(titled_frame, HEADLINE_FRAMES // 2)
    return titled_frame


def _titled(detail: npt.NDArray[np.float32], segment: Segment, title: str) -> Segment:
    """Return the segment with the title, and nothing else, where it hides least."""
    placed = [_with_title_at(position, ZONE, segment, title) for position in POSITIONS]
    costs = [_covered(detail, candidate) for candidate in placed]
    hides_face, crosses_edge, *_ = min(costs)
    if hides_face or crosses_edge:
        zones = [zone for zone in (segment.title_zone, segment.safe_zone) if zone]
        others = [_with_title_at("middle", zone, segment, title) for zone in zones]
        placed, costs = [*placed, *others], [*costs, *(_covered(detail, candidate) for candidate in others)]
    return placed[costs.index(min(costs))]


def _with_title_at(position: str, zone: SafeZone, segment: Segment, title: str) -> Segment:
    scale = max(1.0, HEADLINE_PX / segment.captions.title_size_px)
    headline = TimedOverlay(Overlay("text", title, position=position, scale=scale), 0, HEADLINE_FRAMES)
    style = replace(segment.captions, outline_px=max(OUTLINE_PX, segment.captions.outline_px))
    bare = replace(segment, frames=HEADLINE_FRAMES, outgoing=None, cues=(), overlays=(headline,), captions=style)
    return replace(bare, safe_zone=zone, title_zone=None)


def _detail(frame: Pixels) -> npt.NDArray[np.float32]:
    """Return the local contrast of the luma, smoothed over a twentieth of the frame: high on faces and on text."""
    luma = i420.planes(frame)[0].astype(np.float32)
    across, down = cv2.Sobel(luma, cv2.CV_32F, 1, 0), cv2.Sobel(luma, cv2.CV_32F, 0, 1)
    sigma = min(luma.shape) / 20
    return np.asarray(cv2.GaussianBlur(cv2.magnitude(across, down), (0, 0), sigma), np.float32)


def _covered(detail: npt.NDArray[np.float32], titled: Segment) -> tuple[float, bool, float, float]:
    """Return what the segment's title hides: faces, whether it crosses an edge, the subject, and the mean detail.

    Shares and detail are rounded, so that the choice is the same on every machine.
    """
    (title,) = titles.titles(titled)
    hidden = obstacles(titled).hidden_by([title.box], has_ground=False)
    rows = slice(max(0, int(title.box.top)), max(1, int(title.box.bottom)))
    columns = slice(max(0, int(title.box.left)), max(1, int(title.box.right)))
    return hidden.faces, hidden.crosses, round(hidden.subject, 1), round(float(detail[rows, columns].mean()), 1)


def _rgb(frame: Pixels) -> Rgb:
    width, height = i420.size(frame)
    picture = av.VideoFrame.from_ndarray(frame, format="yuv420p")
    rgb = picture.reformat(width, height, "rgb24", src_colorspace="ITU709", src_color_range="MPEG")
    return np.asarray(rgb.to_ndarray(), np.uint8)
