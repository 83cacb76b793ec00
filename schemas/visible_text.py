"""Text that is drawn as nothing: spaces, and characters that have no shape of their own."""

from __future__ import annotations

import unicodedata

from marshmallow import ValidationError

# Letters and symbols without a shape: the Hangul fillers, and the Braille pattern without dots.
_SHAPELESS = frozenset("\u115f\u1160\u2800\u3164\uffa0")
# Separators, control and format characters; marks, which are drawn on another character.
_SHAPELESS_CATEGORIES = "ZCM"


def is_visible(text: str) -> bool:
    return any(_has_shape(char) for char in text)


def has_words(text: str) -> bool:
    """Whether ``text`` has a letter or a digit."""
    return any(char.isalnum() and _has_shape(char) for char in text)


def check_visible(text: str) -> None:
    """Raise ``ValidationError`` for a text that has characters, but none that is visible."""
    if text and not is_visible(text):
        raise ValidationError("It has no visible characters.")


def _has_shape(char: str) -> bool:
    return char not in _SHAPELESS and unicodedata.category(char)[0] not in _SHAPELESS_CATEGORIES
