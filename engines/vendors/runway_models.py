"""The models of Runway as data: what each makes a clip from, its ratios and its prices."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from schemas.engine import EngineModel, Price

CREDIT_USD = Decimal("0.01")
SOURCE = "github.com/runwayml/skills, rw-api-reference, 2026-11"
# Runway's ratios are sizes in pixels: those of an aspect, by the name of the resolution.
RATIOS: dict[str, dict[str, str]] = {
    "720p": {
        "9:16": "720:1280",
        "16:9": "1280:720",
        "1:1": "960:960",
        "3:4": "832:1104",
        "4:3": "1104:832",
        "21:9": "1584:672",
    },
    "1080p": {"9:16": "1080:1920", "16:9": "1920:1080"},
}


def vendor_model(model_id: str) -> str:
    """Return Runway's name of a model: "gen4.5" for "gen4.5" and for "gen4.5:text", which takes other ratios."""
    return model_id.partition(":")[0]


def _price(credits_per_s: int, most: int | None = None, source: str = SOURCE) -> Price:
    return Price(
        usd=credits_per_s * CREDIT_USD,
        max_usd=most * CREDIT_USD if most else None,
        unit="credits",
        units=Decimal(credits_per_s),
        source=source,
    )


def _own(model_id: str, **changes: Any) -> EngineModel:
    """A model of Runway's own; its sizes are all called 720p here, although Runway names no resolutions."""
    facts: dict[str, Any] = {
        "id": model_id,
        "name": model_id,
        "from_text": False,
        "from_image": True,
        "seconds": tuple(range(2, 11)),
        "aspects": tuple(RATIOS["720p"]),
        "resolutions": ("720p",),
        "shorter_side_px": (720,),
    }
    return EngineModel(**COMMON | facts | changes)


def _veo(model_id: str, price: Price) -> EngineModel:
    return EngineModel(
        id=model_id,
        name=model_id,
        from_image=True,
        takes_last_image=True,
        seconds=(4, 6, 8),
        aspects=("9:16", "16:9"),
        resolutions=("720p", "1080p"),
        shorter_side_px=(720, 1080),
        takes_negative_prompt=True,
        prices=(price,),
        **COMMON,
    )


COMMON: dict[str, Any] = {
    "prompt_limit": 1000,
    "prompt_unit": "utf16",
    "takes_seed": True,
    # The limit of a picture given by its address; an upload could be larger.
    "max_image_bytes": 16_000_000,
}
# Which of the two prices of Veo holds for a clip without sound is not published: the higher one is reserved.
VEO_SOURCE = f"{SOURCE}; a range"
MODELS = (
    _own("gen4_turbo", prices=(_price(5),)),
    _own("gen4.5", prices=(_price(12),)),
    _own(
        "gen4.5:text",
        name="gen4.5_text",
        from_text=True,
        from_image=False,
        aspects=("9:16", "16:9"),
        prices=(_price(12),),
    ),
    _veo("veo3.1", _price(20, 40, VEO_SOURCE)),
    _veo("veo3.1_fast", _price(10, 15, VEO_SOURCE)),
)
