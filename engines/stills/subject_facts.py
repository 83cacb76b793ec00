"""Faces, subject, focus and tone of an image file, searched once for its content and kept in the store."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from app.store.base import Storage
from app.store.json_files import read_json, write_json
from app.store.keys import cache_key
from engines.stills.pictures import Size, open_picture
from engines.stills.subjects import detector, find_subjects
from engines.stills.tone import tone_of
from schemas.contract import fingerprint
from schemas.subjects import Subjects, SubjectsSchema

# Increment this when other facts would be found in the same file.
SUBJECTS_VERSION = 4
# The size at which an image is searched: its shorter side, so that the small faces of a group are found.
_SEARCHED_SIDE = 1400


def subjects_of_image(path: Path, sha256: str, store: Storage) -> Subjects:
    """Return the subjects of the image at ``path`` with this content hash. Raises ``BadMedia``."""
    key = subjects_key(sha256)
    if store.claim([key]):
        return SubjectsSchema.read(read_json(store, key))
    picture = open_picture(path, _searched_size)
    subjects = replace(find_subjects(picture), tone=tone_of(picture.rgb) if picture.alpha is None else None)
    write_json(store, key, SubjectsSchema.plain(subjects))
    return subjects


def subjects_key(sha256: str) -> str:
    """Return the storage key of the subjects of an image with this content hash."""
    return cache_key("subjects", fingerprint(SUBJECTS_VERSION, detector(), sha256), ".json")


def _searched_size(size: Size) -> Size:
    scale = min(1.0, _SEARCHED_SIDE / min(size))
    return max(1, round(size[0] * scale)), max(1, round(size[1] * scale))
