"""Parts of a document that are not about its subject: code, licence, installation, contents, e-mail addresses."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from itertools import takewhile

from app.planning.text.labels import label_of, part_of
from app.planning.text.left_out import LeftOut
from app.planning.text.markup import Block
from app.planning.text.sentences import sentences
from app.planning.text.shown_blocks import MAX_CODE_LINES
from schemas.text_width import one_line

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


def is_readme(file: str, text: str) -> bool:
    """Return whether a document describes software: by its name or its badges."""
    return README_NAME.match(file) is not None or BADGE.search(text) is not None


def subject_of(blocks: Sequence[Block], *, is_readme: bool) -> tuple[list[Block], list[LeftOut]]:
    """Return the blocks to narrate, and what is left out.

    Long code, contents and licences are left out of every document, instructions for installation if they have code.
    E-mail addresses are left out of a README, with the sentences around them.
    """
    kept: list[Block] = []
    left_out: list[LeftOut] = []
    index = 0
    while index < len(blocks):
        block = blocks[index]
        section = _section(blocks, index)
        if block.code is not None and len(block.code.splitlines()) > MAX_CODE_LINES:
            left_out.append(LeftOut("code", first_line(block)))
        elif _is_beside_the_subject(block, section):
            left_out.append(LeftOut("section", block.text))
            index += len(section)
        else:
            kept.append(_without_emails(block, left_out) if is_readme else block)
        index += 1
    return kept, left_out


def first_line(code: Block) -> str:
    """Return the first line of a block of code that is not empty."""
    return next((line.strip() for line in (code.code or "").split("\n") if line.strip()), "")


def title_of_blocks(blocks: Sequence[Block]) -> str | None:
    """Return the heading at the beginning, or else the first of level one; none is the heading of a part of a film."""
    headings = [block for index, block in enumerate(blocks) if block.level == 1 or (block.level and index == 0)]
    titles = (block.text for block in headings if part_of(block.text) is None and label_of(block.text) is None)
    return next(filter(None, titles), None)


def _section(blocks: Sequence[Block], index: int) -> list[Block]:
    """Return the blocks below the heading at ``index``."""
    level = blocks[index].level
    return list(takewhile(lambda block: not 0 < block.level <= level, blocks[index + 1 :])) if level else []


def _is_beside_the_subject(block: Block, section: Sequence[Block]) -> bool:
    if not block.level or not any(inner.text for inner in section):
        return False
    is_installation = INSTALLATION.match(block.text) and any(inner.code is not None for inner in section)
    return bool(LICENCE.match(block.text) or CONTENTS.match(block.text) or is_installation)


def _without_emails(block: Block, left_out: list[LeftOut]) -> Block:
    """Return ``block`` without the sentences that have an e-mail address, which are added to ``left_out``."""
    if block.code is not None or not EMAIL.search(block.text):
        return block
    cells = tuple(tuple(EMAIL.sub("", cell) for cell in row) for row in block.cells)
    left_out += [LeftOut("address", address) for row in block.cells for cell in row for address in EMAIL.findall(cell)]
    text = one_line("\n".join(line.text for line in block.lines))
    parts = sentences(text)
    left_out += [LeftOut("address", part) for part in parts if EMAIL.search(part)]
    kept = " ".join(part for part in parts if not EMAIL.search(part))
    lines = (replace(block.lines[0], text=kept),) if kept else ()
    return replace(block, cells=cells, lines=lines)
