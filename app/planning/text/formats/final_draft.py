"""Screenplays of Final Draft (``.fdx``) as plain text: headings, names above dialogue, and action."""

from __future__ import annotations

import html
import re

from schemas.text_width import one_line

SIGNATURE = re.compile(r"\s*(?:<\?xml\b[^>]{0,300}>\s*)?<FinalDraft\b")
PARAGRAPH = re.compile(
    r"<Paragraph\b(?P<attributes>[^<>]{0,500})(?<!/)>(?P<body>(?:(?!</?Paragraph\b)[\s\S])*)</Paragraph>"
)
TYPE = re.compile(r"\bType\s*=\s*\"([^\"]*)\"")
TEXT = re.compile(r"<Text\b[^<>]{0,500}(?<!/)>([^<]*)</Text>")
# Paragraphs that follow the one before them without a blank line.
CONTINUES = ("Dialogue", "Parenthetical")


def is_final_draft(text: str) -> bool:
    return SIGNATURE.match(text) is not None


def text_of_final_draft(text: str) -> str:
    """Return the paragraphs of a screenplay, names in capitals and directions to a speaker in brackets."""
    parts: list[str] = []
    for paragraph in PARAGRAPH.finditer(text.partition("</Content>")[0]):
        kind = match[1] if (match := TYPE.search(paragraph["attributes"])) else ""
        words = one_line(html.unescape("".join(TEXT.findall(paragraph["body"]))))
        if words:
            parts.append(("\n" if kind in CONTINUES else "\n\n") + _written(kind, words))
    return "".join(parts).strip()


def _written(kind: str, words: str) -> str:
    if kind in ("Scene Heading", "Character", "Transition"):
        return words.upper()
    return f"({words.strip('()')})" if kind == "Parenthetical" else words
