"""Engines of every sort, as offers; their figures are made up for tests."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from app.planning.engines.offers import Offer
from schemas.engine import Capabilities, EngineModel, Price


def usd(amount: str, **more: object) -> Price:
    return Price(Decimal(amount), source="a price list of the tests", **more)  # type: ignore[arg-type]


GEN45 = EngineModel(
    "gen4.5",
    "gen4.5",
    from_image=True,
    seconds=tuple(range(2, 11)),
    aspects=("16:9", "9:16"),
    resolutions=("720p",),
    shorter_side_px=(720,),
    prices=(usd("0.12", unit="credits", units=Decimal(12)),),
)
TURBO = EngineModel(
    "gen4_turbo",
    "gen4_turbo",
    from_image=True,
    seconds=(5, 10),
    aspects=("16:9", "9:16", "1:1"),
    resolutions=("720p",),
    shorter_side_px=(720,),
    image_types=("image/jpeg", "image/png", "image/webp"),
    prices=(usd("0.05", unit="credits", units=Decimal(5)),),
)
RAY2 = EngineModel(
    "ray-2",
    "ray2",
    from_image=True,
    seconds=(5, 9),
    aspects=("1:1", "16:9", "9:16", "4:3", "3:4"),
    resolutions=("540p", "720p", "1080p"),
    shorter_side_px=(540, 720, 1080),
    max_image_bytes=2_000_000,
    prices=(
        usd("0.20", per="clip", resolution="540p", seconds=5),
        usd("0.40", per="clip", resolution="720p"),
        usd("0.80", per="clip", resolution="1080p"),
        usd("1.40", per="clip", resolution="1080p", seconds=9),
    ),
)
VEO = EngineModel(
    "veo-3.1",
    "veo3.1",
    seconds=(4, 6, 8),
    aspects=("16:9", "9:16"),
    resolutions=("720p", "1080p"),
    shorter_side_px=(720, 1080),
    prices=(usd("0.20", max_usd=Decimal("0.40"), unit="credits", units=Decimal(20)),),
)
ANIMATOR = EngineModel(
    "anim", "anim", from_text=False, from_image=True, seconds=(4,), prices=(usd("0.10", per="clip"),)
)

TEXT = replace(GEN45, id="vid:text", name="vid_text", from_image=False)
PICTURE = replace(GEN45, id="vid", name="vid", from_text=False)

HOSTED = {"generates": True, "needs_network": True, "costs_money": True}
OFFERS = {
    "local": Offer(Capabilities(("image", "video", "colour"))),
    "comfyui": Offer(Capabilities(("generated", "image"), generates=True, max_seconds=5)),
    "stock": Offer(Capabilities(("stock",), needs_network=True)),
    "moviepy": Offer(Capabilities(("generated", "image"), only_named=True)),
    "own": Offer(Capabilities(("generated",), generates=True, needs_network=True)),
    "runway": Offer(Capabilities(("generated", "image"), **HOSTED, models=(GEN45, TURBO))),
    "luma": Offer(Capabilities(("generated", "image"), **HOSTED, models=(RAY2,))),
    "google": Offer(Capabilities(("generated", "image"), **HOSTED, models=(VEO,))),
    "anim": Offer(Capabilities(("generated", "image"), **HOSTED, models=(ANIMATOR,))),
    "variants": Offer(Capabilities(("generated", "image"), **HOSTED, models=(PICTURE, TEXT))),
    "unpriced": Offer(Capabilities(("generated",), **HOSTED, max_seconds=10)),
    "pika": Offer(missing="set PYTOON_PIKA_API_KEY"),
    "kling": Offer(Capabilities(("generated",), **HOSTED, models=(GEN45,)), breaker="HTTP 503", open_s=41.2),
    "clips": Offer(Capabilities(("generated", "image", "video"), **HOSTED, models=(GEN45,))),
}
