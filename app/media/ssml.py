"""SSML 1.1 (https://www.w3.org/TR/speech-synthesis11/): what of it is heard, and what is not.

Heard are ``break`` as a pause, ``p`` and ``s`` as lines, the alias of ``sub``, and the characters of ``say-as``; the
captions stress the words of ``emphasis`` (``app.planning.text.emphasis``). The words in other elements are spoken
without what the elements ask of the voice.
"""

from __future__ import annotations

import html
import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from schemas.alias import MAX_ALIAS, MAX_ALIASES, Alias
from schemas.text_width import one_line

SSML = re.compile(r"<speak\b", re.IGNORECASE)
INLINE = (
    "speak|voice|prosody|emphasis|say-as|phoneme|w|lang|mark|amazon:effect|amazon:domain|mstts:express-as|"
    "google:style|lexeme|lookup"
)
# Elements that ask something of the voice which no voice here does.
_OF_VOICE = r"voice|prosody|say-as|phoneme|lang|lexicon|amazon:effect|amazon:domain|mstts:express-as|google:style"
OF_VOICE = re.compile(_OF_VOICE, re.IGNORECASE)
# An element with words of its own, which are shown, and others that are spoken.
_WORDS = r"(?P<written>[^<>]{0,300})"
ALIASED = (
    rf"<(?P<aliased>sub|say-as)\b(?P<how>[^<>]{{0,500}}?\b(?:alias|interpret-as)\s*=[^<>]{{0,500}})(?<!/)>{_WORDS}"
    r"</(?P=aliased)\s*>"
)
ATTRIBUTE = r"\b{}\s*=\s*(?:\"([^\"]*)\"|'([^']*)')"
ALIAS, SAY_AS, SOURCE = (re.compile(ATTRIBUTE.format(name), re.IGNORECASE) for name in ("alias", "interpret-as", "src"))
CHARACTERS = ("characters", "spell-out", "verbatim", "letters", "digits")
DURATION = re.compile(r"\btime\s*=\s*[\"']?\s*\+?(?P<value>\d+(?:\.\d+)?|\.\d+)\s*(?P<unit>m?s)\b", re.IGNORECASE)
WEAK = re.compile(r"\bstrength\s*=\s*[\"']?\s*(?:none|x-weak|weak)\b", re.IGNORECASE)
# A shorter break is a breath within a sentence.
MIN_PAUSE_MS = 400


def is_ssml(text: str) -> bool:
    return SSML.search(text) is not None


def is_pause(attributes: str) -> bool:
    """Return whether the attributes of a break ask for a pause that a listener notices."""
    if duration := DURATION.search(attributes):
        return float(duration["value"]) * (1000 if duration["unit"].lower() == "s" else 1) >= MIN_PAUSE_MS
    return not WEAK.search(attributes)


def source_of(attributes: str) -> str:
    """Return the address of the sound of an ``audio`` element; "" without one."""
    return _attribute(SOURCE, attributes)


def _attribute(pattern: re.Pattern[str], attributes: str) -> str:
    match = pattern.search(attributes)
    return one_line(html.unescape(match[1] or match[2] or "")) if match else ""


@dataclass(slots=True)
class AliasReader:
    """Reads the elements whose words are spoken otherwise, and collects the ``aliases``."""

    aliases: list[Alias] = field(default_factory=list)

    def read(self, match: re.Match[str], left_out: list[tuple[str, str]]) -> str:
        """Return the words that stand for a match of ``ALIASED``; what is lost of it is added to ``left_out``.

        An alias of words that have another one already stands in their place.
        """
        written, words = match["written"], one_line(html.unescape(match["written"]))
        is_sub = match["aliased"].lower() == "sub"
        spoken = _attribute(ALIAS, match["how"]) if is_sub else _characters(match["how"], words)
        if not spoken:
            left_out.append(("voice", f"<{match['aliased']}{match['how']}>"))
            return written
        if spoken == words or self._is_read(Alias(words, spoken)):
            return written
        left_out.append(("written", words))
        return html.escape(spoken, quote=False)

    def _is_read(self, alias: Alias) -> bool:
        """Add an alias to those that are known; return whether it is the one of its words."""
        known = next((other for other in self.aliases if other.written == alias.written), None)
        fits = 0 < len(alias.written) <= MAX_ALIAS >= len(alias.spoken) and len(self.aliases) < MAX_ALIASES
        if known is None and fits:
            self.aliases.append(alias)
            return True
        return known == alias


def _characters(attributes: str, words: str) -> str:
    """Return ``words`` by their letters and digits, if they are to be spelled."""
    if _attribute(SAY_AS, attributes).lower() not in CHARACTERS:
        return ""
    return " ".join(char for char in words if not char.isspace())


def with_aliases(text: str, aliases: Sequence[Alias]) -> str:
    """Return ``text``, which has no tags, with an element of SSML around the first place of each alias."""
    for alias in aliases:
        spoken = html.escape(alias.spoken)
        text = text.replace(alias.written, f'<sub alias="{spoken}">{alias.written}</sub>', 1)
    return text
