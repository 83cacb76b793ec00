"""Words that are too long: planning takes time by the square of the length of a word."""

from __future__ import annotations

import re

MAX_WORD = 1000
# Text without spaces has marks between its sentences.
_WORD = re.compile("[^\\s\u3001\u3002\uff01\uff0c\uff1a\uff1b\uff1f]+")
TOO_LONG = f"has a word of more than {MAX_WORD:,} characters"


def has_long_word(text: str) -> bool:
    """Return whether ``text`` has a word of more than ``MAX_WORD`` characters."""
    return len(text) > MAX_WORD and any(len(word[0]) > MAX_WORD for word in _WORD.finditer(text))
