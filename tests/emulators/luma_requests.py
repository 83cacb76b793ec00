"""What the two APIs of Luma reject in the request of an order; an empty text is a valid request."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tests.emulators.request_parts import decoded, type_of_picture

Files = Mapping[str, Mapping[str, Any]]
AGENTS_ASPECTS = ("9:16", "3:4", "1:1", "4:3", "16:9", "21:9")
DREAM_MACHINE_ASPECTS = ("1:1", "16:9", "9:16", "4:3", "3:4", "21:9", "9:21")
REFERENCES = {"url", "data", "media_type", "generation_id", "file_id"}
VIDEO_FIELDS = {"resolution", "duration", "start_frame", "end_frame", "keyframes", "keyframe_indexes", "loop"}


def agents_problem(body: Any, files: Files) -> str:
    """Return what the API for agents rejects in a request; ``files`` are the uploads by their ids."""
    if not isinstance(body, dict):
        return "the body is not a JSON object"
    unknown = set(body) - {"prompt", "model", "type", "aspect_ratio", "video", "user_id"}
    if unknown:
        return f"{min(unknown)}: is not a field"
    if (body.get("model"), body.get("type")) != ("ray-3.2", "video"):
        return "model and type must be ray-3.2 and video"
    if not isinstance(body.get("prompt"), str) or not 1 <= len(body["prompt"]) <= 6000:
        return "prompt: must have 1 to 6000 characters"
    if body.get("aspect_ratio", "16:9") not in AGENTS_ASPECTS:
        return f"aspect_ratio: must be one of {', '.join(AGENTS_ASPECTS)}"
    return _video_problem(body.get("video") or {}, files)


def _video_problem(video: dict[str, Any], files: Files) -> str:
    if set(video) - VIDEO_FIELDS:
        return f"video.{min(set(video) - VIDEO_FIELDS)}: is not a field"
    if video.get("resolution", "720p") not in ("360p", "540p", "720p", "1080p"):
        return "video.resolution: must be one of 360p, 540p, 720p, 1080p"
    if video.get("duration", "5s") not in ("5s", "10s"):
        return "video.duration: must be 5s or 10s"
    is_named = bool({"start_frame", "end_frame", "loop"} & set(video))
    if is_named and video.get("duration") == "10s":
        return "video.start_frame, end_frame and loop are not supported with a duration of 10s"
    if is_named and "keyframes" in video:
        return "video.keyframes excludes start_frame, end_frame and loop"
    return _frames_problem(video, files)


def _frames_problem(video: dict[str, Any], files: Files) -> str:
    keyframes, indexes = video.get("keyframes", []), video.get("keyframe_indexes", [])
    last = int(video.get("duration", "5s").removesuffix("s")) * 24
    is_valid = all(isinstance(index, int) and 0 <= index <= last for index in indexes)
    if len(keyframes) != len(indexes) or len(set(indexes)) != len(indexes) or not is_valid:
        return "video.keyframe_indexes: must be different frames of the clip, one for each of keyframes"
    frames = [video[name] for name in ("start_frame", "end_frame") if name in video] + keyframes
    return next(filter(None, (_reference_problem(frame, files) for frame in frames)), "")


def _reference_problem(reference: Any, files: Files) -> str:
    if not isinstance(reference, dict) or set(reference) - REFERENCES:
        return "an image reference has url, data, generation_id or file_id"
    if len(set(reference) - {"media_type"}) != 1:
        return "an image reference has exactly one of url, data, generation_id and file_id"
    if "file_id" in reference:
        is_ready = files.get(reference["file_id"], {}).get("state") == "ready"
        return "" if is_ready else "file_id: there is no such file, or it is not ready"
    if "data" in reference:
        fits = type_of_picture(decoded(reference["data"])) == reference.get("media_type", "")
        return "" if fits else "data: must be base64 of an image of media_type"
    return ""


def dream_machine_problem(body: Any) -> str:
    """Return what Dream Machine rejects in a request."""
    if not isinstance(body, dict):
        return "the body is not a JSON object"
    choices = {
        "model": ("ray-2", "ray-flash-2"),
        "aspect_ratio": (*DREAM_MACHINE_ASPECTS, None),
        "duration": ("5s", "9s", None),
        "resolution": ("540p", "720p", "1080p", "4k", None),
        "generation_type": ("video", None),
    }
    unknown = set(body) - {*choices, "prompt", "keyframes", "loop", "concepts", "callback_url"}
    if unknown:
        return f"{min(unknown)}: is not a field"
    wrong = [name for name, values in choices.items() if body.get(name) not in values]
    if wrong:
        return f"{wrong[0]}: must be one of {', '.join(str(value) for value in choices[wrong[0]] if value)}"
    is_valid = isinstance(body.get("prompt"), str) and 3 <= len(body["prompt"]) <= 5000
    return "" if is_valid else "prompt: must have 3 to 5000 characters"
