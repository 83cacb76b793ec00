"""Choose the layout of a quotation over one picture: on the darkened picture, or beside the picture as a card."""

from __future__ import annotations

from dataclasses import replace

from app.planning.scenes.words_over_pictures import seen_in
from app.planning.timing.text_zones import text_zones
from presets.layout_library import layouts
from schemas.asset import Asset
from schemas.frame import ASPECTS
from schemas.preset import Preset
from schemas.region import SUBJECT_SHARE, Region
from schemas.scene_graph import Scene
from schemas.subjects import Subjects

# The words over the darkened picture, beside the picture as a card, and, if both have no place for them all, over the
# nearly dark picture.
QUOTE, QUOTE_CARD, QUOTE_LONG = "quote", "quote_card", "quote_long"


def layout_of_quotation(scene: Scene, picture: Asset, preset: Preset, aspect: str, subjects: Subjects | None) -> str:
    """Return the id of the layout that shows the quotation of ``scene`` at once with ``picture``.

    The picture fills the frame only if it has no face, and nothing that stands out under the words; others, such as a
    page, which is text itself, are cards. Words too long for every layout are shown in parts, in the first one.
    """
    first = QUOTE if is_ground(picture, aspect, subjects) else QUOTE_CARD
    for layout in (first, QUOTE_LONG):
        if text_zones(replace(scene, layout=layout), preset, aspect).is_composed:
            return layout
    return first


def is_ground(picture: Asset, aspect: str, subjects: Subjects | None) -> bool:
    """Return whether words may lie in the middle of ``picture`` when it fills the frame.

    What is not known counts as such.
    """
    if not picture.width or not picture.height or subjects is None:
        return True
    if subjects.faces:
        return False
    ratio = picture.width / picture.height / (ASPECTS[aspect][0] / ASPECTS[aspect][1])
    crop = subjects.crop_that_fills(ratio)
    words = layouts()[QUOTE].arrangements[aspect].captions
    if crop is None or subjects.subject is None or words is None:
        return crop is not None
    subject = seen_in(subjects.subject, crop)
    return _overlap(subject, words.area) <= SUBJECT_SHARE * subject.width * subject.height


def _overlap(a: Region, b: Region) -> float:
    across = min(a.right, b.right) - max(a.left, b.left)
    down = min(a.bottom, b.bottom) - max(a.top, b.top)
    return max(0.0, across) * max(0.0, down)
