"""The description that a file's metadata give its picture: title, caption and key words of EXIF, IPTC or PNG."""

from __future__ import annotations

import re
from collections.abc import Iterator

from app.media.images.notes import Notes

MAX_DESCRIPTION = 500
IMAGE_DESCRIPTION = 0x010E
# Title, subject and key words as Windows writes them, in UTF-16.
WINDOWS_TAGS = (0x9C9B, 0x9C9F, 0x9C9E)
# Title, headline, caption and key words (IPTC-NAA record 2).
IPTC_FIELDS = (5, 105, 120, 25)
PNG_TEXTS = ("Title", "Description")
# What cameras and programs write into the field of every picture.
MADE = re.compile(
    r"(?:olympus|sony|minolta|samsung|kodak|digital|camera|dsc|dcim|default|screenshot|untitled|[\W\d_])*", re.I
)


def description_of(notes: Notes) -> str:
    """Return the description of an image on one line; "" if it has none or its metadata are damaged."""
    texts = [*_of_exif(notes), *_of_iptc(notes), *(notes.texts.get(keyword, "") for keyword in PNG_TEXTS)]
    lines = (" ".join("".join(char if char.isprintable() else " " for char in text).split()) for text in texts)
    return ", ".join(dict.fromkeys(line for line in lines if not MADE.fullmatch(line)))[:MAX_DESCRIPTION].strip()


def _of_exif(notes: Notes) -> Iterator[str]:
    if notes.directory:
        yield _text(notes.directory.raw(IMAGE_DESCRIPTION))
        yield from (notes.directory.raw(tag).decode("utf-16-le", "replace") for tag in WINDOWS_TAGS)


def _of_iptc(notes: Notes) -> Iterator[str]:
    for number in IPTC_FIELDS:
        yield from map(_text, notes.iptc_values(number))


def _text(value: bytes) -> str:
    """Return UTF-8, or else the Latin-1 of old programs."""
    try:
        return value.decode()
    except UnicodeDecodeError:
        return value.decode("latin-1")
