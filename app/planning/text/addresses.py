"""Web and mail addresses inside a text."""

from __future__ import annotations

import re

_DOMAINS = (
    "com org net edu gov info io ai app dev shop store online site blog cloud tech xyz co me tv us uk ca au nz ie de "
    "fr es it nl be ch at dk se no fi pl pt cz sk hu ro gr tr ru ua eu jp cn kr in id vn br mx ar cl il"
)
_HOST = rf"(?:[\w-]+\.)+(?:{'|'.join(_DOMAINS.split())})(?![\w-]|\.\w)"
_TAIL = r"(?:[/?#][^\s<>\"'()]*[\w/=&-])?"
# The lengths of RFC 5321, 4.5.3.1: without them, the search takes time by the square of the length of a word.
_MAIL = r"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63})+"
ADDRESS = re.compile(
    rf"https?://[^\s<>\"']*[\w/]|\bwww\.\S*[\w/]|{_MAIL}|(?<![\w@./]){_HOST}{_TAIL}"
    r"|(?<![\w@./])[A-Za-z][\w-]*\.[a-z]{2,}/\S*[\w/]",
    re.IGNORECASE,
)


def with_hosts(text: str) -> str:
    """Return ``text`` with each web address as its host: "example.com" for "https://www.example.com/path?x=1"."""
    return ADDRESS.sub(lambda match: match[0] if "@" in match[0] else host_of(match[0]), text)


def host_of(address: str) -> str:
    """Return the host of a web address, without "www."."""
    return re.split(r"[/?#]", re.sub(r"^(?:https?://)?(?:www\.)?", "", address, flags=re.IGNORECASE), maxsplit=1)[0]
