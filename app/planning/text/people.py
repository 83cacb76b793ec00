"""People whom a text introduces with their role or affiliation ("Maria Chen, chief engineer at Acme").

The rules are for English, German, French and Spanish, and conservative: a name without a role, an affiliation or a
title and an affiliation is not taken for a person.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

import regex

from app.planning.text import people_words as words
from app.planning.text.language import primary_subtag
from schemas.text_width import width

MAX_ROLE_COLUMNS, MAX_NAME_COLUMNS = 52, 34
# A word of a name; capitals only ("NASA") are an organisation.
_WORD = r"(?:(?:Mc|Mac|O['’]|D['’])?\p{Lu}\p{Ll}+(?:[-'’]\p{Lu}?\p{Ll}+)*)"
_PARTICLE = r"(?:van|von|der|den|de|del|della|da|dos|di|la|le|el|al|bin|ibn|zu|zur|ter|du|y)"
# A particle follows the first name: in "Anna Schmidt von Siemens", "von" begins an affiliation.
_NAME = rf"{_WORD}(?:\s+\p{{Lu}}\.)*\s+(?:{_PARTICLE}\s+){{0,2}}{_WORD}(?:\s+{_WORD}){{0,2}}"
_TITLE = rf"(?:(?:{words.SHOWN_TITLES})\.?\s+(?:(?:{words.SHOWN_TITLES})\.?\s+)*)"
_ADDRESS = rf"(?:(?:{words.ADDRESSES})\.?\s+)"
_ORG_WORD = r"\p{Lu}[\p{L}\p{N}&'’]*(?:[-.]\p{L}[\p{L}\p{N}]*)*"
_ORG = rf"{_ORG_WORD}(?:\s+(?:(?:of|for|and|the|&|de|des|du|la|del|der|für|und|y)\s+){{0,2}}{_ORG_WORD}){{0,4}}"
_END = r"(?=\s*(?:[,.;:!?)\]—–\"”»]|$))"


@dataclass(frozen=True, slots=True)
class Person:
    """A person: the ``name`` as it is shown, the ``role`` or affiliation, and the name as it is ``written``."""

    name: str
    role: str
    written: str


def people(sentences: Sequence[str], language: str) -> tuple[Person, ...]:
    """Return the people whom ``sentences`` introduce, each once, in order."""
    code = primary_subtag(language)
    if code not in words.ROLES:
        return ()
    found: dict[str, Person] = {}
    for sentence in sentences:
        for person in _in_sentence(sentence, code):
            key = person.written.split()[-1].casefold()
            found.setdefault(key, person)
    return tuple(found.values())


def _in_sentence(sentence: str, code: str) -> Iterator[Person]:
    """Yield the people of a sentence; a part of it names one person only."""
    used: list[tuple[int, int]] = []
    for pattern in _patterns(code):
        for match in pattern.finditer(sentence):
            is_new = all(match.end() <= start or end <= match.start() for start, end in used)
            if is_new and (person := _person(match.groupdict(), code)):
                used.append(match.span())
                yield person


@lru_cache(maxsize=8)
def _patterns(code: str) -> tuple[regex.Pattern[str], ...]:
    """Return the ways in which a person is introduced, the most telling ones first."""
    role, before, at = words.ROLES[code], words.ROLE_BEFORE[code], words.AFFILIATED[code]
    head = rf"(?i:\b(?:{role})\b)"
    modifier = r"(?:[\p{L}][\p{L}'’-]*\s+)"
    after = rf"(?:\s*(?:{at})\s*(?:{_ORG}|\p{{Ll}}[\p{{L}}-]*(?:\s+\p{{Ll}}[\p{{L}}-]*)?)){{0,2}}"
    phrase = rf"(?P<role>{modifier}{{0,4}}?{head}{after}|{modifier}{{0,3}}{head}(?:\s+{_ORG})?)"
    name = rf"(?P<address>{_ADDRESS})?(?P<title>{_TITLE})?(?P<name>{_NAME})"
    titled = rf"(?:(?P<address>{_ADDRESS})|(?P<title>{_TITLE}))(?P<name>{_NAME}|{_WORD})"
    speech = rf"(?i:\b(?:{words.SPEECH[code]}))\s+"
    affiliation = rf"(?:,?\s*(?:{at})\s*(?P<org>{_ORG})|\s*\((?P<org>{_ORG})\))"
    short_role = rf"(?P<role>(?:(?i:{before})[\s-]+)*{head})"
    return tuple(
        regex.compile(source)
        for source in (
            rf"\b{name},\s+{phrase}{_END}",
            rf"\b{name}\s*\({phrase}\)",
            rf"\b{titled},\s+{phrase}{_END}",
            rf"(?:\b(?P<before>(?!(?i:{before})\b){_ORG})\s+)?\b{short_role}\s+{name}(?:{affiliation})?",
            rf"\b{titled}{affiliation}",
            rf"{speech}{name}{affiliation}",
            rf"\b{name}{affiliation},?\s+(?i:{words.SPEECH[code]})\b",
        )
    )


def _person(groups: dict[str, str | None], code: str) -> Person | None:
    """Return the person of a match; ``None`` if it is not the name of one, or too long."""
    title, name = (groups.get("title") or "").strip(), _without_starters(groups["name"] or "", code, groups)
    if _is_brand(groups, code):
        return None
    organisation = groups.get("org") or _organisation_before(groups.get("before"))
    role = ", ".join(part for part in (_shown_role(groups.get("role") or "", code), organisation) if part)
    shown = f"{title} {name}".strip()
    is_too_long = width(role) > MAX_ROLE_COLUMNS or width(shown) > MAX_NAME_COLUMNS
    if not name or not role or is_too_long or any(word.casefold() in words.NOT_NAMES for word in name.split()):
        return None
    return Person(shown, role, shown if title else name)


def _is_brand(groups: dict[str, str | None], code: str) -> bool:
    """Return whether a role may be part of a brand ("Captain Morgan Rum"): in capitals, and not an office."""
    role = groups.get("role") or ""
    is_before_name = "before" in groups
    return is_before_name and code == "en" and role[:1].isupper() and not regex.search(words.OFFICES, role)


def _without_starters(name: str, code: str, groups: dict[str, str | None]) -> str:
    """Return ``name`` without words that only begin a sentence, and roles; "" if it is then too short."""
    parts = name.split()
    role = regex.compile(rf"(?i:{words.ROLES[code]})")
    while parts and (parts[0].casefold() in words.STARTERS or role.fullmatch(parts[0])):
        parts = parts[1:]
    has_title = groups.get("title") or groups.get("address")
    return " ".join(parts) if len(parts) >= (1 if has_title else 2) else ""


def _organisation_before(text: str | None) -> str:
    parts = (text or "").split()
    while parts and parts[0].casefold() in words.STARTERS:
        parts = parts[1:]
    return " ".join(parts)


def _shown_role(text: str, code: str) -> str:
    """Return a role with a capital and without its article; "Apple's CEO" becomes "CEO, Apple"."""
    role = str(regex.sub(rf"^(?i:(?:{words.ARTICLES[code]})\s+|l['’])", "", " ".join(text.split())))
    if possessive := regex.fullmatch(rf"(?P<owner>{_ORG_WORD}(?:\s+{_ORG_WORD})*)['’]s?\s+(?P<role>.+)", role):
        owner = regex.sub(r"['’]s?$", "", possessive["owner"])
        role = f"{possessive['role']}, {owner}"
    return role[:1].upper() + role[1:]
