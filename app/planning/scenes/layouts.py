"""Choose a scene's layout: how many pictures it shows, and whether one of them can fill the frame."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from presets.layout_library import layouts
from schemas.asset import Asset
from schemas.frame import ASPECTS
from schemas.layout import Layout
from schemas.preset import Preset
from schemas.region import Region
from schemas.subjects import Subjects

# A group of pictures that one scene shows.
Group = tuple[Asset, ...]
# The margin around a face that a crop keeps, in sizes of the face.
_FACE_MARGIN = 0.2


def group_pictures(media: Sequence[Asset], capacities: Sequence[int], sizes: Collection[int]) -> tuple[Group, ...]:
    """Return ``media`` in order, in groups of the ``sizes``, as even as possible.

    The k-th scene has time for ``capacities[k]`` pictures. A video is a group of its own, and so is each picture for
    which there is no scene.
    """
    groups: list[Group] = []
    first = 0
    while first < len(media):
        scenes_left = len(capacities) - len(groups)
        capacity = capacities[len(groups)] if scenes_left > 0 else 1
        share = -(-(len(media) - first) // max(1, scenes_left))
        largest = max(1, min(share, capacity, _run_of_images(media, first)))
        size = max((size for size in sizes if size <= largest), default=1)
        groups.append(tuple(media[first : first + size]))
        first += size
    return tuple(groups)


def _run_of_images(media: Sequence[Asset], first: int) -> int:
    end = first
    while end < len(media) and media[end].kind == "image":
        end += 1
    return end - first


def group_sizes(preset: Preset) -> frozenset[int]:
    """Return the numbers of pictures for which the preset has a layout; one is always possible."""
    return frozenset({1, *(layout.pictures for layout in _liked(preset) if layout.pictures)})


def choose_layout(
    group: Group, preset: Preset, aspect: str, subjects: Mapping[str, Subjects] | None = None
) -> str | None:
    """Return the id of the preset's first layout for the pictures of ``group``; ``None`` if it has none.

    A layout in which one picture fills the frame is for pictures whose subject fits into it.
    """
    if any(asset.kind != "image" for asset in group):
        return None
    known = [layout for layout in _liked(preset) if layout.pictures == len(group)]
    if len(group) == 1 and not fills_frame(group[0], aspect, (subjects or {}).get(group[0].id)):
        known = [layout for layout in known if not layout.is_plain]
    return known[0].id if known else None


def _liked(preset: Preset) -> list[Layout]:
    library = layouts()
    return [library[name] for name in preset.layouts if name in library]


def fills_frame(picture: Asset, aspect: str, subjects: Subjects | None) -> bool:
    """Return whether a crop of ``picture`` to ``aspect`` keeps its faces and its subject."""
    if not picture.width or not picture.height or subjects is None:
        return True
    ratio = picture.width / picture.height / (ASPECTS[aspect][0] / ASPECTS[aspect][1])
    width, height = min(1.0, 1 / ratio), min(1.0, ratio)
    boxes = [(r.left, r.top, r.left + r.width, r.top + r.height) for r in (subjects.subject,) if r]
    boxes += [_with_margin(face) for face in subjects.faces]
    if not boxes:
        return True
    across = max(box[2] for box in boxes) - min(box[0] for box in boxes)
    down = max(box[3] for box in boxes) - min(box[1] for box in boxes)
    return across <= width and down <= height


def _with_margin(face: Region) -> tuple[float, float, float, float]:
    """Return left, top, right and bottom of a face with its margin, inside the picture."""
    across, down = _FACE_MARGIN * face.width, _FACE_MARGIN * face.height
    left, top = max(0.0, face.left - across), max(0.0, face.top - down)
    return left, top, min(1.0, face.left + face.width + across), min(1.0, face.top + face.height + down)
