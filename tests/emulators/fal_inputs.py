"""The input fields of models of fal, written apart from the files of the engine so that each checks the other."""

from __future__ import annotations

from tests.emulators.shapes import Allowed

PIKA = {"resolution": ("720p", "1080p"), "duration": (5, 10), "negative_prompt": str, "seed": int}
KLING = {"duration": ("5", "10"), "negative_prompt": str, "cfg_scale": float}
VEO = {
    "prompt*": str,
    "image_url*": str,
    "aspect_ratio": ("auto", "16:9", "9:16"),
    "duration": ("4s", "6s", "8s"),
    "resolution": ("720p", "1080p", "4k"),
    "negative_prompt": str,
    "seed": int,
    "generate_audio": bool,
}
LTX = {
    "prompt*": str,
    "duration": (6, 8, 10),
    "resolution": ("1080p", "1440p", "2160p"),
    "aspect_ratio": ("16:9",),
    "generate_audio": bool,
}
SEEDANCE = {
    "prompt*": str,
    "aspect_ratio": ("21:9", "16:9", "4:3", "1:1", "3:4", "9:16"),
    "duration": tuple(str(second) for second in range(4, 13)),
    "generate_audio": bool,
    "seed": int,
}
HAILUO = {"prompt*": str, "duration": ("6", "10"), "prompt_optimizer": bool}
RAY = {
    "prompt*": str,
    "aspect_ratio": ("9:16", "3:4", "1:1", "4:3", "16:9", "21:9"),
    "duration": ("5s", "10s"),
    "resolution": ("540p", "720p", "1080p"),
}
PIKA_ASPECTS = ("16:9", "9:16", "1:1", "4:5", "5:4", "3:2", "2:3")
START, ENDS = {"image_url*": str}, {"end_image_url": str}
MODELS: dict[str, dict[str, Allowed]] = {
    "fal-ai/pika/v2.2/text-to-video": {**PIKA, "prompt*": str, "aspect_ratio": PIKA_ASPECTS},
    "fal-ai/pika/v2.2/image-to-video": {**PIKA, **START, "prompt*": str},
    "fal-ai/kling-video/v2.5-turbo/pro/text-to-video": {
        **KLING,
        "prompt*": str,
        "aspect_ratio": ("16:9", "9:16", "1:1"),
    },
    "fal-ai/kling-video/v2.5-turbo/pro/image-to-video": {**KLING, **START, "prompt*": str, "tail_image_url": str},
    "fal-ai/veo3.1/image-to-video": VEO,
    "fal-ai/veo3.1/fast/image-to-video": VEO,
    "fal-ai/ltx-2/text-to-video": LTX,
    "fal-ai/ltx-2/image-to-video": {**LTX, **START},
    "fal-ai/wan/v2.7/image-to-video": {
        **START,
        "prompt*": str,
        "duration": tuple(range(2, 16)),
        "resolution": ("720p", "1080p"),
        "negative_prompt": str,
        "seed": int,
    },
    "fal-ai/bytedance/seedance/v1.5/pro/text-to-video": {**SEEDANCE, "resolution": ("480p", "720p", "1080p")},
    "fal-ai/bytedance/seedance/v1.5/pro/image-to-video": {
        **SEEDANCE,
        **START,
        **ENDS,
        "resolution": ("480p", "720p"),
    },
    "fal-ai/minimax/hailuo-2.3/standard/text-to-video": HAILUO,
    "fal-ai/minimax/hailuo-2.3/standard/image-to-video": {**HAILUO, **START},
    "luma/agent/ray/v3.2/text-to-video": RAY,
    "luma/agent/ray/v3.2/image-to-video": {**RAY, **START, **ENDS},
}
