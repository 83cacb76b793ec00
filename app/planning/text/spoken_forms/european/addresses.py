"""Web and mail addresses and handles in European languages: the host only, with its marks by name."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from app.planning.text.spoken_forms.phrases import Rule, Said, Saying, alternatives

_HOST = r"(?:[\w-]+\.)+[A-Za-z]{2,}"
_DOMAINS = (
    "com org net edu info io ai app dev shop store online blog eu de at ch fr be lu es mx ar co cl pe ca uk it nl pt"
)
_DOMAIN = rf"(?:[\w-]+\.)+(?:{alternatives(_DOMAINS.split())})"
_TAIL = r"(?:[/?#][^\s<>\"'()]*[\w/=&-])?"
# The ending of a host that is read as a word; others of two letters are spelled.
_WORDS = frozenset(("co", "io"))


def address_rules(marks: Mapping[str, str]) -> tuple[Rule, ...]:
    """Return the rules of addresses; ``marks`` are the names of ".", "@", "-" and "_"."""
    say = _address(marks)
    return (
        Rule(re.compile(rf"(?:https?|ftp)://(?:www\.)?(?P<said>{_HOST})(?::\d+)?{_TAIL}", re.IGNORECASE), say),
        Rule(re.compile(rf"(?<![\w@.])www\.(?P<said>{_HOST}){_TAIL}", re.IGNORECASE), say),
        Rule(re.compile(rf"(?<![\w.])(?P<said>[A-Za-z0-9_.+-]*[A-Za-z0-9]@{_HOST})(?!\w)"), say),
        Rule(re.compile(rf"(?<![\w@.])(?P<said>{_DOMAIN})(?!\w|\.\w){_TAIL}"), say),
        Rule(re.compile(r"(?<![\w@])(?P<said>@[A-Za-z]\w*)"), say),
        Rule(re.compile(r"(?<![\w&])#(?=[^\W\d_])"), lambda _match: ()),
    )


def _address(marks: Mapping[str, str]) -> Saying:
    def say(match: re.Match[str]) -> Sequence[Said]:
        words: list[str] = []
        for part in re.findall(r"[^\W_]+|[\W_]", match["said"]):
            is_short_end = words[-1:] == [marks["."]] and len(part) == 2 and part.isalpha() and part not in _WORDS
            words += [marks[part]] if part in marks else part.upper() if is_short_end else [part]
        return [Said(" ".join(words), match.start())]

    return say
