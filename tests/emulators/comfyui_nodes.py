"""The nodes of the ComfyUI emulator: their inputs, the validation of a graph, and the clip that a graph makes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

SIDE = ("INT", {"min": 1, "max": 16384})
COUNT = ("INT", {"min": 1, "max": 4096})
SEED = ("INT", {"min": 0, "max": 2**64 - 1})
FPS = ("FLOAT", {"min": 1.0, "max": 120.0})
NUMBER, WORDS, FLAG = ("FLOAT", {"min": -100.0, "max": 100.0}), ("STRING", {"multiline": True}), ("BOOLEAN", {})
SCALING = (["nearest-exact", "bilinear", "area", "bicubic", "lanczos"], {})
NEW_COMBO = ("COMBO", {"options": ["auto", "mp4"]})
CODECS = ("COMBO", {"options": ["auto", "h264"]})
# The files of models that a new emulator has; an old-style combo lists them.
MODEL_FILES = {
    "UNETLoader.unet_name": ["wan2.2_ti2v_5B_fp16.safetensors"],
    "CLIPLoader.clip_name": ["umt5_xxl_fp8_e4m3fn_scaled.safetensors", "t5xxl_fp16.safetensors"],
    "VAELoader.vae_name": ["wan2.2_vae.safetensors"],
    "CheckpointLoaderSimple.ckpt_name": ["ltx-video-2b-v0.9.5.safetensors"],
}


def _link(*names: str) -> dict[str, Any]:
    return {name: ("*", {}) for name in names}


NODES: dict[str, dict[str, Any]] = {
    "LoadImage": {"image": ([], {"image_upload": True})},
    "EmptyImage": {"width": SIDE, "height": SIDE, "batch_size": COUNT, "color": ("INT", {"min": 0, "max": 0xFFFFFF})},
    "ImageScale": {
        **_link("image"),
        "upscale_method": SCALING,
        "width": ("INT", {"min": 0, "max": 16384}),
        "height": ("INT", {"min": 0, "max": 16384}),
        "crop": (["disabled", "center"], {}),
    },
    "ImageCrop": {**_link("image"), "width": SIDE, "height": SIDE, "x": ("INT", {"min": 0}), "y": ("INT", {"min": 0})},
    "RepeatImageBatch": {**_link("image"), "amount": COUNT},
    "ImageBatch": _link("image1", "image2"),
    "PreviewImage": _link("images"),
    "CreateVideo": {**_link("images"), "fps": FPS},
    "SaveVideo": {**_link("video"), "filename_prefix": WORDS, "format": NEW_COMBO, "codec": CODECS},
    "UNETLoader": {"unet_name": ([], {}), "weight_dtype": (["default", "fp8_e4m3fn"], {})},
    "CLIPLoader": {"clip_name": ([], {}), "type": (["wan", "ltxv"], {})},
    "VAELoader": {"vae_name": ([], {})},
    "CheckpointLoaderSimple": {"ckpt_name": ([], {})},
    "ModelSamplingSD3": {**_link("model"), "shift": NUMBER},
    "CLIPTextEncode": {**_link("clip"), "text": WORDS},
    "Wan22ImageToVideoLatent": {
        **_link("vae"),
        "width": ("INT", {"min": 32, "max": 16384, "step": 32}),
        "height": ("INT", {"min": 32, "max": 16384, "step": 32}),
        "length": ("INT", {"min": 1, "max": 16384, "step": 4}),
        "batch_size": COUNT,
    },
    "KSampler": {
        **_link("model", "positive", "negative", "latent_image"),
        "seed": SEED,
        "steps": ("INT", {"min": 1, "max": 10000}),
        "cfg": NUMBER,
        "sampler_name": (["euler", "uni_pc"], {}),
        "scheduler": (["simple", "normal"], {}),
        "denoise": ("FLOAT", {"min": 0.0, "max": 1.0}),
    },
    "VAEDecode": _link("samples", "vae"),
    "EmptyLTXVLatentVideo": {"width": SIDE, "height": SIDE, "length": ("INT", {"min": 1}), "batch_size": COUNT},
    "LTXVImgToVideo": {
        **_link("positive", "negative", "vae", "image"),
        "width": SIDE,
        "height": SIDE,
        "length": ("INT", {"min": 9, "step": 8}),
        "batch_size": COUNT,
        "strength": ("FLOAT", {"min": 0.0, "max": 1.0}),
    },
    "LTXVConditioning": {**_link("positive", "negative"), "frame_rate": ("FLOAT", {"min": 0.0, "max": 1000.0})},
    "LTXVScheduler": {
        "steps": ("INT", {"min": 1, "max": 10000}),
        "max_shift": NUMBER,
        "base_shift": NUMBER,
        "stretch": FLAG,
        "terminal": ("FLOAT", {"min": 0.0, "max": 0.99}),
    },
    "KSamplerSelect": {"sampler_name": (["euler", "uni_pc"], {})},
    "SamplerCustom": {
        **_link("model", "positive", "negative", "sampler", "sigmas", "latent_image"),
        "add_noise": FLAG,
        "noise_seed": SEED,
        "cfg": NUMBER,
    },
}
OUTPUT_NODES = ("SaveVideo", "PreviewImage")
SAMPLERS = ("KSampler", "SamplerCustom")


def is_link(value: Any) -> bool:
    return isinstance(value, list) and len(value) == 2


def sources(node: dict[str, Any]) -> list[str]:
    return [value[0] for value in node["inputs"].values() if is_link(value)]


def ancestors_first(graph: dict[str, Any], node_id: str, seen: dict[str, None] | None = None) -> list[str]:
    """The nodes that a node depends on, in the order of execution, and the node itself."""
    seen = {} if seen is None else seen
    for source in sources(graph[node_id]):
        if source not in seen:
            ancestors_first(graph, source, seen)
    seen[node_id] = None
    return list(seen)


@dataclass(frozen=True)
class Frames:
    """What flows through a graph: frames of a size, of a frame rate once they are a video."""

    width: int
    height: int
    count: int = 1
    fps: float = 0.0


def frames_of(graph: dict[str, Any], node_id: str, pictures: dict[str, tuple[int, int]]) -> Frames:
    """The frames that a node puts out; ``pictures`` are the sizes of the uploaded ones, by their names."""
    node = graph[node_id]
    kind, given = node["class_type"], node["inputs"]

    def of(name: str) -> Frames:
        return frames_of(graph, given[name][0], pictures)

    if kind == "LoadImage":
        return Frames(*pictures[given["image"]])
    if kind == "EmptyImage":
        return Frames(given["width"], given["height"], given["batch_size"])
    if kind in ("Wan22ImageToVideoLatent", "EmptyLTXVLatentVideo", "LTXVImgToVideo"):
        return Frames(given["width"], given["height"], given["length"])
    if kind in ("ImageScale", "ImageCrop"):
        return Frames(given["width"], given["height"], of("image").count)
    if kind == "RepeatImageBatch":
        return Frames(of("image").width, of("image").height, of("image").count * given["amount"])
    if kind == "ImageBatch":
        return Frames(of("image1").width, of("image1").height, of("image1").count + of("image2").count)
    if kind == "CreateVideo":
        return Frames(of("images").width, of("images").height, of("images").count, float(given["fps"]))
    return of({"KSampler": "latent_image", "SamplerCustom": "latent_image", "VAEDecode": "samples"}.get(kind, "video"))


def prompt_of(graph: dict[str, Any]) -> str:
    """The first text of a graph, which the emulator writes on the clip."""
    return next((n["inputs"]["text"] for n in graph.values() if n["class_type"] == "CLIPTextEncode"), "no prompt")


def described(name: str, spec: dict[str, Any]) -> dict[str, Any]:
    """A class of nodes as ``/object_info`` describes it."""
    inputs = {key: [kind, options] for key, (kind, options) in spec.items()}
    return {
        "input": {"required": inputs},
        "input_order": {"required": list(inputs)},
        "name": name,
        "display_name": name,
        "category": "emulated",
        "output_node": name in OUTPUT_NODES,
    }
