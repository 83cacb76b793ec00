"""Characters of a film's texts that no bundled font can draw."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable

from assembly.text import emoji
from assembly.text.typeface import EMOJI_FAMILY, SCRIPT_FAMILIES, SYMBOL_FAMILY, cjk_family, installed_face
from schemas.emoji import split_emoji
from schemas.omissions import omission

# A warning names at most this many characters or emoji.
NAMED = 8


def omissions(texts: Iterable[str], language: str) -> tuple[str, ...]:
    """Return a warning for emoji and one for other characters in ``texts`` that are left out of the picture."""
    parts = [part for text in texts for part in split_emoji(text)]
    icons = dict.fromkeys(part for part, is_emoji in parts if is_emoji and not emoji.advance_em(part))
    chars = dict.fromkeys(char for part, is_emoji in parts if not is_emoji for char in part)
    undrawn = [char for char in chars if _is_visible(char) and not _has_font(char, language)]
    return (
        *_omission("the emoji", icons, emoji.unavailable() or "the emoji font does not have them"),
        *_omission("the characters", undrawn, "no font of this installation has them; write them in another script"),
    )


def _omission(what: str, parts: Iterable[str], why: str) -> tuple[str, ...]:
    named = list(parts)
    more = " …" if len(named) > NAMED else ""
    return (omission(f"{what} {' '.join(named[:NAMED])}{more}", why),) if named else ()


def _is_visible(char: str) -> bool:
    return unicodedata.category(char)[0] not in "CZM"


def _has_font(char: str, language: str) -> bool:
    families = (*SCRIPT_FAMILIES, cjk_family(language), EMOJI_FAMILY, SYMBOL_FAMILY)
    return any(installed_face(family, False).has_glyph(char) for family in families)
