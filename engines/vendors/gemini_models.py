"""The Gemini Omni models that make clips, with their sizes and prices."""

from __future__ import annotations

from decimal import Decimal

from schemas.engine import EngineModel, Price

SOURCE = "not in the documentation read; about $0.10 per second at 720p is reported, 2026-11"
# The shorter side of a clip, the price of a second, and the most that it is expected to be.
SIZES = {
    "360p": (360, "0.03", "0.10"),
    "720p": (720, "0.10", "0.15"),
    "1080p": (1080, "0.15", "0.30"),
    "4k": (2160, "0.30", "0.60"),
}


def _model(model_id: str, name: str, *resolutions: str) -> EngineModel:
    sizes = [(resolution, *SIZES[resolution]) for resolution in resolutions]
    return EngineModel(
        model_id,
        name,
        from_image=True,
        seconds=tuple(range(3, 11)),
        aspects=("9:16", "16:9"),
        resolutions=resolutions,
        shorter_side_px=tuple(side for _, side, _, _ in sizes),
        prompt_limit=2000,
        max_image_bytes=7_000_000,
        prices=tuple(
            Price(Decimal(usd), max_usd=Decimal(most), resolution=resolution, source=SOURCE)
            for resolution, _, usd, most in sizes
        ),
    )


MODELS = (
    _model("gemini-omni-1.1-flash", "omni_1.1_flash", *SIZES),
    _model("gemini-omni-1.2-flash", "omni_1.2_flash", *SIZES),
    _model("gemini-omni-flash-preview", "omni_flash_preview", "720p"),
)
