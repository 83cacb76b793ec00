"""What a request, its preset and its files require of the engine of a scene."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from schemas.preset import Pacing

# The names of an engine in the order in which they count.
NAMED_BY = ("scene", "request", "preset")


@dataclass(frozen=True, slots=True)
class Constraints:
    """The constraints of one scene.

    ``preference`` and ``preset`` are names of engines, each with or without a model ("runway:gen4_turbo").
    ``asset_kind`` is the kind of the scene's own file, if it has one; ``image_type`` and ``image_bytes`` are those of
    the picture as it would be sent, ``None`` if it is prepared for the model that is chosen. ``first_picture`` says
    that the clip begins with a picture that is not the scene's own, such as the last frame of the previous scene.

    ``budget_usd`` is the amount that may still be spent; ``None`` means no limit. ``takes`` clips are ordered from an
    engine that costs money. ``length_ms`` is the length to fill, ``None`` for the planned one; ``pacing`` limits how
    far a clip that is too short is slowed down and held. ``width`` and ``height`` are those of the film.
    """

    preference: str | None = None
    preset: tuple[str, ...] = ()
    policy: str = "local_preferred"
    brand_safe: bool = True
    asset_kind: str | None = None
    image_type: str | None = None
    image_bytes: int | None = None
    first_picture: bool = False
    budget_usd: Decimal | None = None
    takes: int = 1
    length_ms: int | None = None
    pacing: Pacing = Pacing()
    width: int = 1080
    height: int = 1920

    @property
    def ratio(self) -> Fraction:
        """Width to height of the film."""
        return Fraction(self.width, self.height)
