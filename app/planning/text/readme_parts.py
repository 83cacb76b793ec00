"""Parts of a document that are not about its subject: code, licence, installation, contents, e-mail addresses."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import takewhile

from app.planning.text.sentences import sentences, shorten
from app.planning.text.shown_blocks import CELL_MARK, FENCE_MARK, MAX_CODE_LINES

README_NAME = re.compile(r"^readme\b", re.IGNORECASE)
# A picture in a link is a badge.
BADGE = re.compile(r"\[!\[[^\]]*\]\([^)]*\)\]\(|img\.shields\.io|/badges?[/.]", re.IGNORECASE)
LICENCE = re.compile(
    r"^(?:the )?(?:mit |apache |bsd |gpl |software )?(?:licen[cs]es?|licensing|copyright|lizenz|licencia|licença)\W*$",
    re.IGNORECASE,
)
CONTENTS = re.compile(r"^(?:table of )?contents\W*$|^toc$|^inhalt(?:sverzeichnis)?$|^sommaire$|^índice$", re.IGNORECASE)
INSTALLATION = re.compile(
    r"^(?:how to )?(?:install(?:ation|ing)?|set-?up|getting started|quick ?start|requirements|prerequisites|"
    r"build(?:ing)?|deployment|instalación|einrichtung)\b.*$",
    re.IGNORECASE,
)
EMAIL = re.compile(r"[\w.+-]+@[\w-]+\.[\w.-]+")
NAMED_COLUMNS = 60


@dataclass(frozen=True, slots=True)
class Block:
    """A block of text; ``level`` is the level of a heading, 0 for any other block.

    Code is never spoken; short code, in ``language``, is shown.
    """

    text: str
    level: int = 0
    is_code: bool = False
    language: str = ""

    @property
    def fenced(self) -> Block:
        """The code in a fence that it does not contain."""
        fence = next(mark for mark in ("```", "~~~~", "`" * 12) if mark not in self.text)
        return Block(f"{fence}{self.language}\n{self.text}\n{fence}")


def is_readme(file: str, text: str) -> bool:
    """Return whether a document describes software: by its name or its badges."""
    return README_NAME.match(file) is not None or BADGE.search(text) is not None


def subject_of(blocks: Sequence[Block], *, is_readme: bool) -> tuple[list[Block], tuple[str, ...]]:
    """Return the blocks to narrate, and the names of what is left out.

    Long code, contents and licences are left out of every document, instructions for installation if they have code.
    E-mail addresses are left out of a README, with the sentences around them.
    """
    kept: list[Block] = []
    left_out: list[str] = []
    index = 0
    while index < len(blocks):
        block = blocks[index]
        section = _section(blocks, index)
        if block.is_code and len(block.text.splitlines()) <= MAX_CODE_LINES:
            kept.append(block.fenced)
            section = []
        elif block.is_code:
            left_out.append(f"code: {shorten(block.text, NAMED_COLUMNS)}")
            section = []
        elif _is_beside_the_subject(block, section):
            left_out.append(f"section: {shorten(block.text, NAMED_COLUMNS)}")
        else:
            section = []
            kept.append(_without_emails(block, left_out) if is_readme else block)
        index += 1 + len(section)
    return [block for block in kept if block.text], tuple(left_out)


def _section(blocks: Sequence[Block], index: int) -> list[Block]:
    """Return the blocks below the heading at ``index``."""
    level = blocks[index].level
    return list(takewhile(lambda block: not 0 < block.level <= level, blocks[index + 1 :])) if level else []


def _is_beside_the_subject(block: Block, section: Sequence[Block]) -> bool:
    if not block.level or not section:
        return False
    is_installation = INSTALLATION.match(block.text) and any(inner.is_code for inner in section)
    return bool(LICENCE.match(block.text) or CONTENTS.match(block.text) or is_installation)


def _without_emails(block: Block, left_out: list[str]) -> Block:
    """Return ``block`` without the sentences that have an e-mail address, which are added to ``left_out``."""
    if not EMAIL.search(block.text) or block.text.startswith(FENCE_MARK):
        return block
    if block.text.startswith(CELL_MARK):
        left_out += [f"address: {address}" for address in EMAIL.findall(block.text)]
        return replace(block, text=EMAIL.sub("", block.text))
    parts = sentences(block.text)
    left_out += [f"address: {shorten(part, NAMED_COLUMNS)}" for part in parts if EMAIL.search(part)]
    return replace(block, text=" ".join(part for part in parts if not EMAIL.search(part)))
