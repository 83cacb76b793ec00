"""Whether captions over a picture that fills the frame leave its subject free."""

from __future__ import annotations

from schemas.asset import Asset
from schemas.clip import part_that_fills
from schemas.frame import ASPECTS
from schemas.preset import WIDE_ASPECT, Preset
from schemas.region import SUBJECT_SHARE, UPPER_PART, Region
from schemas.subjects import Subjects

# The height of a line of captions in em, with its outline and the space for its animation.
_LINE_EM = 1.6
# A subject that covers this share of the frame leaves no place; then its upper part counts.
_FILLING = 0.6


def captions_have_place(picture: Asset, preset: Preset, aspect: str, subjects: Subjects | None) -> bool:
    """Return whether the safe zone has a place for captions beside the subject of a picture that fills the frame.

    In wide frames it is at the bottom only. What is not known counts as free.
    """
    if not picture.width or not picture.height or subjects is None or subjects.subject is None:
        return True
    frame = ASPECTS[aspect]
    ratio = picture.width / picture.height / (frame[0] / frame[1])
    crop = subjects.crop_that_fills(ratio)
    seen = seen_in(subjects.subject, crop or part_that_fills(ratio, *subjects.subject.centre))
    bottom = seen.bottom
    if seen.width * seen.height >= _FILLING:
        bottom = seen.top + UPPER_PART * seen.height
    zone, style = preset.safe_zone_of(*frame), preset.captions_of(*frame)
    height = style.max_lines * _LINE_EM * style.size_px / 1080 * min(frame) / frame[1]
    hidden = SUBJECT_SHARE * (bottom - seen.top)
    is_free_below = 1 - zone.bottom - bottom + hidden >= height
    is_free_above = seen.top - zone.top + hidden >= height
    return is_free_below or (is_free_above and frame[0] <= WIDE_ASPECT * frame[1])


def seen_in(region: Region, part: Region) -> Region:
    """Return where a region of a picture is in a frame that shows a part of it, as far as it is in there."""
    x0, x1 = (min(1.0, max(0.0, (edge - part.left) / part.width)) for edge in (region.left, region.right))
    y0, y1 = (min(1.0, max(0.0, (edge - part.top) / part.height)) for edge in (region.top, region.bottom))
    return Region(x0, y0, x1 - x0, y1 - y0)
