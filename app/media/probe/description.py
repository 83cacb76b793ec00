"""The description that a file's metadata give its picture: title, caption and key words of EXIF, IPTC or PNG."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from PIL import Image, ImageFile, IptcImagePlugin

from app.media.probe.facts import DECODE_ERRORS

MAX_DESCRIPTION = 500
IMAGE_DESCRIPTION = 0x010E
# Title, subject and key words as Windows writes them, in UTF-16.
WINDOWS_TAGS = (0x9C9B, 0x9C9F, 0x9C9E)
# Title, headline, caption and key words (IPTC-NAA record 2).
IPTC_TAGS = ((2, 5), (2, 105), (2, 120), (2, 25))
PNG_TEXTS = ("Title", "Description")
# What cameras and programs write into the field of every picture.
MADE = re.compile(
    r"(?:olympus|sony|minolta|samsung|kodak|digital|camera|dsc|dcim|default|screenshot|untitled|[\W\d_])*", re.I
)


def description_of(image: Image.Image) -> str:
    """Return the description of an image on one line; "" if it has none or its metadata are damaged."""
    texts: list[str] = []
    for read in (_of_exif, _of_iptc, _of_png):
        try:
            texts += read(image)
        except DECODE_ERRORS:  # an image with damaged metadata is still accepted
            continue
    lines = (" ".join("".join(char if char.isprintable() else " " for char in text).split()) for text in texts)
    return ", ".join(dict.fromkeys(line for line in lines if not MADE.fullmatch(line)))[:MAX_DESCRIPTION].strip()


def _of_exif(image: Image.Image) -> Iterator[str]:
    exif = image.getexif()
    yield _text(exif.get(IMAGE_DESCRIPTION, ""))
    for tag in WINDOWS_TAGS:
        value = exif.get(tag, b"")
        yield value.decode("utf-16-le", "replace") if isinstance(value, bytes) else _text(value)


def _of_iptc(image: Image.Image) -> Iterator[str]:
    tags = (IptcImagePlugin.getiptcinfo(image) if isinstance(image, ImageFile.ImageFile) else None) or {}
    for tag in IPTC_TAGS:
        values = tags.get(tag, b"")
        yield from map(_text, values if isinstance(values, list) else [values])


def _of_png(image: Image.Image) -> Iterator[str]:
    if image.format == "PNG":
        yield from (_text(image.info.get(name, "")) for name in PNG_TEXTS)


def _text(value: Any) -> str:
    """Return a value as text; bytes are UTF-8, or else the Latin-1 of old programs."""
    if not isinstance(value, bytes):
        return value if isinstance(value, str) else ""
    try:
        return value.decode()
    except UnicodeDecodeError:
        return value.decode("latin-1")
