"""The models of Luma's two APIs as data: what each makes a clip from, and its prices.

Luma states the price of no order, so that what an order costs is known from these prices only.
"""

from __future__ import annotations

from decimal import Decimal

from schemas.engine import EngineModel, Price

# The prices of Luma itself are from $0.06 to $3.60 a clip; which clip costs what is not in a public table.
LEAST_USD, MOST_USD = Decimal("0.06"), Decimal("3.60")
RESOLD = "price of fal.ai for the same model, 2026-11; Luma's own are $0.06 to $3.60 a clip (docs.agents.lumalabs.ai)"
DRAFT = "no price of a 360p clip is published: the range from Luma's lowest price to that of 540p"
COMFY = "price of Comfy's partner nodes for the same model, docs.comfy.org, 2025-10; Luma publishes none"
FAL = "price of fal.ai for the same model, 2026-11 (4k: Comfy's partner nodes, 2025-10); Luma publishes none"


def _ray_3(usd: str, resolution: str, seconds: int) -> Price:
    """The price of a clip, for 5 s; one of 10 s costs twice as much, but never more than Luma's highest price."""
    price = min(Decimal(usd) * (seconds // 5), MOST_USD)
    return Price(usd=price, per="clip", max_usd=MOST_USD, resolution=resolution, seconds=seconds, source=RESOLD)


def _draft(seconds: int) -> Price:
    most = Decimal("0.50") * (seconds // 5)
    return Price(usd=LEAST_USD, per="clip", max_usd=most, resolution="360p", seconds=seconds, source=DRAFT)


def _ray_2(resolution: str, usd_5s: str, usd_9s: str) -> tuple[Price, ...]:
    by_seconds = {5: usd_5s, 9: usd_9s}
    return tuple(
        Price(usd=Decimal(usd), per="clip", resolution=resolution, seconds=seconds, source=COMFY)
        for seconds, usd in by_seconds.items()
    )


AGENTS_MODELS = (
    EngineModel(
        id="ray-3.2",
        name="ray-3.2",
        from_image=True,
        takes_last_image=True,
        seconds=(5, 10),
        aspects=("9:16", "16:9", "1:1", "3:4", "4:3", "21:9"),
        resolutions=("360p", "540p", "720p", "1080p"),
        shorter_side_px=(360, 540, 720, 1080),
        # As resellers of the model state it.
        prompt_limit=6000,
        # Luma publishes no limit of pictures.
        max_image_bytes=10_000_000,
        prices=(
            *(_draft(seconds) for seconds in (5, 10)),
            *(_ray_3("0.50", "540p", seconds) for seconds in (5, 10)),
            *(_ray_3("1.00", "720p", seconds) for seconds in (5, 10)),
            *(_ray_3("2.00", "1080p", seconds) for seconds in (5, 10)),
        ),
    ),
)


def _dream_machine(name: str, prices: tuple[Price, ...]) -> EngineModel:
    """A model of the older API. It takes pictures by their public address only, and files of a film have none."""
    return EngineModel(
        id=name,
        name=name,
        from_image=False,
        seconds=(5, 9),
        aspects=("9:16", "16:9", "1:1", "3:4", "4:3", "21:9", "9:21"),
        resolutions=("540p", "720p", "1080p", "4k"),
        shorter_side_px=(540, 720, 1080, 2160),
        prompt_limit=5000,
        prices=prices,
    )


DREAM_MACHINE_MODELS = (
    _dream_machine(
        "ray-2",
        (
            *_ray_2("540p", "0.40", "0.72"),
            *_ray_2("720p", "0.71", "1.27"),
            *_ray_2("1080p", "1.59", "2.87"),
            *_ray_2("4k", "6.37", "11.47"),
        ),
    ),
    _dream_machine(
        "ray-flash-2",
        tuple(
            Price(usd=Decimal(usd), resolution=resolution, source=FAL)
            for resolution, usd in {"540p": "0.04", "720p": "0.08", "1080p": "0.16", "4k": "0.44"}.items()
        ),
    ),
)
