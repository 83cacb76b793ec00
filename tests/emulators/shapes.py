"""The sizes of the films of emulators, and the checks of a request that several of them make."""

from __future__ import annotations

import base64
import io
from collections.abc import Mapping
from typing import Any

from PIL import Image

LONGER_SIDE_PX = 640
# What a field of a request may be: a type, or the values of an enumeration.
Allowed = type | tuple[Any, ...]


def film_shape(aspect: tuple[int, int], shorter_px: int, small: bool) -> dict[str, int]:
    """The width and height of a film, both even; a ``small`` one has at most 640 px on its longer side."""
    scale = shorter_px / min(aspect)
    if small:
        scale = min(scale, LONGER_SIDE_PX / max(aspect))
    width, height = (max(2, round(side * scale / 2) * 2) for side in aspect)
    return {"width": width, "height": height}


def parsed_aspect(aspect: str) -> tuple[int, int]:
    across, _, down = aspect.partition(":")
    return int(across), int(down)


def image_size(data: bytes) -> tuple[int, int]:
    """The size of a picture; raises ``OSError`` if it is none."""
    with Image.open(io.BytesIO(data)) as image:
        image.verify()
        return image.size


def data_uri_bytes(uri: str) -> bytes:
    """The bytes of a data URI of a JPEG or PNG picture; raises ``ValueError``."""
    head, comma, text = uri.partition(",")
    if head not in ("data:image/jpeg;base64", "data:image/png;base64") or not comma:
        raise ValueError("not a data URI of a picture")
    return base64.b64decode(text, validate=True)


def field_errors(fields: Mapping[str, Allowed], body: Mapping[str, Any]) -> dict[str, str]:
    """A sentence for each wrong field of ``body``; names that end with ``*`` in ``fields`` are required.

    Fields that are not known are errors: real providers ignore them, and so would hide a wrong name.
    """
    known = {name.rstrip("*"): allowed for name, allowed in fields.items()}
    errors = {name.rstrip("*"): "Field required" for name in fields if name.endswith("*") and name[:-1] not in body}
    for name, value in body.items():
        if name not in known:
            errors[name] = "Extra inputs are not permitted"
        elif problem := _problem(known[name], value):
            errors[name] = problem
    return errors


def _problem(allowed: Allowed, value: Any) -> str:
    if isinstance(allowed, tuple):
        is_allowed = any(value == each and type(value) is type(each) for each in allowed)
        return "" if is_allowed else f"Input should be {', '.join(repr(each) for each in allowed)}"
    return "" if type(value) is allowed else f"Input should be a valid {allowed.__name__}"
