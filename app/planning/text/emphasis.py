"""Words that the author of a text stresses: ``*word*``, ``**word**``, ``_word_``, or an element of HTML or SSML."""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import chain

EMPHASIS = (
    re.compile(r"(?<![\w*])(\*{1,2})(?=[^\s*])([^*\n]+?)(?<=\S)\1(?![\w*])"),
    re.compile(r"(?<!\w)(_{1,2})(?=[^\s_])([^_\n]+?)(?<=\S)\1(?!\w)"),
    re.compile(r"<(emphasis|strong|em|b|i)\b[^<>]{0,200}>([^<>\n]+)</\1\s*>", re.IGNORECASE),
)
# More words are a stressed sentence, not a key word.
MAX_WORDS = 3


@lru_cache(maxsize=2)
def emphasised(text: str) -> tuple[str, ...]:
    """Return the phrases of up to three words that ``text`` stresses, in order and once each."""
    matches = chain.from_iterable(pattern.finditer(text) for pattern in EMPHASIS)
    phrases = [match[2].strip() for match in sorted(matches, key=lambda match: match.start())]
    return tuple(dict.fromkeys(phrase for phrase in phrases if len(phrase.split()) <= MAX_WORDS))


def stressed_in(line: str, phrases: tuple[str, ...]) -> tuple[str, ...] | None:
    """Return the ``phrases`` that ``line`` contains; ``None``, which leaves the choice open, if it has none."""
    return tuple(phrase for phrase in phrases if re.search(rf"(?<!\w){re.escape(phrase)}(?!\w)", line)) or None
