"""What is seen in a picture: its faces, its subject, the point that must stay in the frame, and its tone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import ClassVar

from marshmallow import validate

from schemas import fields
from schemas.contract import Contract, Items, Plain
from schemas.region import FACE_MARGIN, ROUNDING, Region, RegionSchema
from schemas.scene_graph import Focus, FocusSchema

WHOLE_PICTURE = Region(0.0, 0.0, 1.0, 1.0)
# A crop keeps this share of the saliency of a picture.
KEPT_SALIENCY = 0.85
# Of the crops that keep nearly as much as the best one, less by this share, the one nearest to the focus is taken.
_NEARLY = 0.02
# The number of positions of a crop that are tried along an axis.
_POSITIONS = 64


@dataclass(frozen=True, slots=True)
class Tone:
    """The luma of a picture, 0 … 255, at the points of a grid of ``side`` × ``side``.

    ``luma`` has two hex digits for each point, row by row.
    """

    side: int
    luma: str

    def levels(self, part: Region = WHOLE_PICTURE) -> bytes:
        """Return the luma of the points in a part of the picture, at least of one."""
        points, side = bytes.fromhex(self.luma), self.side
        rows, columns = (_points(start, end, side) for start, end in ((part.top, part.bottom), (part.left, part.right)))
        return b"".join(points[row * side + columns.start : row * side + columns.stop] for row in rows)


def _points(start: float, end: float, side: int) -> range:
    first = min(side - 1, max(0, round(start * side)))
    return range(first, max(first + 1, min(side, round(end * side))))


@dataclass(frozen=True, slots=True)
class Spread:
    """How the saliency of a picture is spread: of its heads and shoulders if it has faces.

    ``columns`` and ``rows`` have two hex digits for each of some equal parts of the width and of the height, of which
    the most salient one has ``ff``.
    """

    columns: str
    rows: str

    def kept(self, part: Region) -> float:
        """Return the share of the saliency in a part of the picture; exact if the part has its full width or height."""
        across = _share(_sums(self.columns), part.left, part.right)
        return across * _share(_sums(self.rows), part.top, part.bottom)


def _sums(levels: str) -> Sequence[float]:
    return list(accumulate(bytes.fromhex(levels), initial=0))


def _share(sums: Sequence[float], start: float, end: float) -> float:
    return (_until(sums, end) - _until(sums, start)) / sums[-1] if sums[-1] else 1.0


def _until(sums: Sequence[float], place: float) -> float:
    """Return the sum up to ``place`` (0 … 1), linear between the edges of two parts."""
    index = min(1.0, max(0.0, place)) * (len(sums) - 1)
    first = min(int(index), len(sums) - 2)
    return sums[first] + (index - first) * (sums[first + 1] - sums[first])


@dataclass(frozen=True, slots=True)
class Subjects:
    """The faces of a picture, largest first, its subject and the point that must stay in the frame.

    ``subject`` is ``None`` for a picture without a salient part. ``tone`` and ``spread`` are ``None`` for a picture
    with alpha. Without ``spread``, as for a subject that the user sets, a crop must hold the whole subject; with it,
    most of the saliency is enough.
    """

    faces: tuple[Region, ...] = ()
    subject: Region | None = None
    focus: Focus = Focus()
    tone: Tone | None = None
    spread: Spread | None = None

    def keeps(self, part: Region) -> bool:
        """Return whether a part of the picture holds every face, with its margin, and enough of the subject."""
        if not all(part.holds(face) for face in self._faces):
            return False
        if self.subject is None or part.holds(self.subject):
            return True
        return self.spread is not None and self.spread.kept(part) >= KEPT_SALIENCY

    def crop_of(self, width: float, height: float) -> Region | None:
        """Return the crop of a size, in shares of the picture, that holds faces and subject; ``None`` without one.

        A crop that holds the whole subject is as near to the focus as possible, another one where most is kept.
        """
        whole = self._crop(width, height, [*self._faces, *self._subject], None)
        crop = whole or (self._crop(width, height, self._faces, self.spread) if self.spread else None)
        return crop if crop and self.keeps(crop) else None

    def crop_that_fills(self, ratio: float) -> Region | None:
        """Return the crop that fills a frame; ``ratio`` is the picture's aspect (width ÷ height) ÷ the frame's."""
        return self.crop_of(min(1.0, 1 / ratio), min(1.0, ratio))

    def card_of(self, ratio: float) -> tuple[float, float]:
        """Return how much of the width and of the height of an area a card has that shows faces and subject.

        ``ratio`` is the picture's aspect (width ÷ height) ÷ the area's. The card is as large as possible.
        """
        regions = [*self._faces, *self._subject]
        if not regions:
            return 1.0, 1.0
        across = max(region.right for region in regions) - min(region.left for region in regions)
        down = max(region.bottom for region in regions) - min(region.top for region in regions)
        return min(1.0, ratio / down), min(1.0, 1 / (ratio * across))

    @property
    def _faces(self) -> list[Region]:
        return [face.grown(FACE_MARGIN) for face in self.faces]

    @property
    def _subject(self) -> list[Region]:
        return [self.subject] if self.subject else []

    def _crop(self, width: float, height: float, needed: Sequence[Region], spread: Spread | None) -> Region | None:
        columns, rows = (spread.columns, spread.rows) if spread else ("", "")
        left = _best_start(width, self.focus.x, columns, [(region.left, region.right) for region in needed])
        top = _best_start(height, self.focus.y, rows, [(region.top, region.bottom) for region in needed])
        return None if left is None or top is None else Region(left, top, width, height)


def _best_start(length: float, focus: float, levels: str, needed: Sequence[tuple[float, float]]) -> float | None:
    """Return where an interval of ``length`` (0 … 1) begins that holds the ``needed`` ones and most of the saliency.

    Without ``levels``, it is as near to the ``focus`` as possible.
    """
    first = max([0.0, *(end - length for _, end in needed)])
    last = min([1 - length, *(start for start, _ in needed)])
    if first > last + ROUNDING:
        return None
    at_focus = max(first, min(last, focus - length / 2))
    if not levels:
        return at_focus
    sums = _sums(levels)
    starts = [at_focus, *(first + (last - first) * step / _POSITIONS for step in range(_POSITIONS + 1))]
    kept = [_share(sums, start, start + length) for start in starts]
    enough = max(kept) - _NEARLY
    good = [start for start, share in zip(starts, kept, strict=True) if share >= enough]
    return min(good, key=lambda start: abs(start - at_focus))


_HEX = fields.FullMatch(r"^(?:[0-9a-f]{2})+$")


class ToneSchema(Contract[Tone]):
    dataclass_type = Tone
    side = fields.Int(required=True, validate=validate.Range(1))
    luma = fields.Str(required=True, validate=_HEX)


class SpreadSchema(Contract[Spread]):
    dataclass_type = Spread
    columns = fields.Str(required=True, validate=_HEX)
    rows = fields.Str(required=True, validate=_HEX)


class SubjectsSchema(Contract[Subjects]):
    dataclass_type = Subjects
    later: ClassVar[Plain] = {"tone": None, "spread": None}
    faces = Items(fields.Nested(RegionSchema))
    subject = fields.Nested(RegionSchema, allow_none=True)
    focus = fields.Nested(FocusSchema)
    tone = fields.Nested(ToneSchema, allow_none=True)
    spread = fields.Nested(SpreadSchema, allow_none=True)
