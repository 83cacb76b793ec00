"""Emoji in a text, by Unicode's rules: whole sequences (families, flags, skin tones, keycaps).

Characters that are text by default (©, ™, ☎, digits) are emoji only if U+FE0F follows them, and emoji that U+FE0E
follows are text. Source: Unicode Technical Standard #51, "Unicode Emoji", definitions ED-1 to ED-17.
"""

from __future__ import annotations

import regex

# A black flag followed by such tags is the flag of a region (England, Scotland, Wales).
_TAGS = r"(?:[\U000E0020-\U000E007E]+\U000E007F)?"
_SYMBOL = r"[\p{Emoji}--[0-9\#*]]"
_ELEMENT = rf"{_SYMBOL}(?:\p{{Emoji_Modifier}}|\uFE0F)?{_TAGS}"
_JOINER = r"\u200D"
_SEQUENCES = (
    r"\p{Regional_Indicator}{2}",
    r"[0-9\#*]\uFE0F?\u20E3",
    rf"{_ELEMENT}(?:{_JOINER}{_ELEMENT})+",
    r"\p{Emoji_Modifier_Base}\p{Emoji_Modifier}\uFE0F?",
    rf"{_SYMBOL}\uFE0F{_TAGS}",
    rf"\p{{Emoji_Presentation}}(?!\uFE0E){_TAGS}",
)
EMOJI = regex.compile("|".join(_SEQUENCES), regex.V1)


def has_emoji(text: str) -> bool:
    return EMOJI.search(text) is not None


def split_emoji(text: str) -> tuple[tuple[str, bool], ...]:
    """Return the parts of ``text`` in order: runs of text, and single emoji sequences, for which the flag is true."""
    parts: list[tuple[str, bool]] = []
    end = 0
    for match in EMOJI.finditer(text):
        if match.start() > end:
            parts.append((text[end : match.start()], False))
        parts.append((match[0], True))
        end = match.end()
    if end < len(text):
        parts.append((text[end:], False))
    return tuple(parts)
