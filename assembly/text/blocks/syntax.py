"""Colours of the parts of code, by the language that its fence names."""

from __future__ import annotations

from app.planning.text.shown_blocks import FENCE_MARK
from assembly.text.blocks.layouts import code_lines

PLAIN = "#E8EAEE"
# By the type of a token, the most general one last; chosen for a contrast of at least 4.5 on the ground of code.
COLOURS = {
    "Comment": "#8B949E",
    "Keyword": "#FF8A80",
    "Literal.String": "#A5D6A7",
    "Literal.Number": "#F6C177",
    "Name.Function": "#82B1FF",
    "Name.Class": "#82B1FF",
    "Name.Builtin": "#80CBC4",
    "Name.Tag": "#FF8A80",
    "Name.Attribute": "#82B1FF",
    "Operator.Word": "#FF8A80",
}
DEFAULT_LANGUAGE = "text"

Coloured = tuple[tuple[str, str], ...]


def coloured_lines(text: str) -> list[Coloured]:
    """Return the lines of a text of code, each in parts with their colours."""
    lines = code_lines(text)
    first = text.partition("\n")[0]
    language = first.removeprefix(FENCE_MARK).strip() if first.startswith(FENCE_MARK) else ""
    result: list[list[tuple[str, str]]] = [[]]
    for colour, part in _tokens("\n".join(lines), language):
        for index, piece in enumerate(part.split("\n")):
            if index:
                result.append([])
            if piece:
                result[-1].append((piece, colour))
    return [tuple(line) for line in result][: len(lines)]


def _tokens(code: str, language: str) -> list[tuple[str, str]]:
    from pygments.lexers import get_lexer_by_name
    from pygments.util import ClassNotFound

    try:
        lexer = get_lexer_by_name(language or DEFAULT_LANGUAGE, stripnl=False)
    except ClassNotFound:
        lexer = get_lexer_by_name(DEFAULT_LANGUAGE, stripnl=False)
    return [(_colour(str(kind)), part) for kind, part in lexer.get_tokens(code)]


def _colour(kind: str) -> str:
    name = kind.removeprefix("Token.")
    return next((colour for prefix, colour in COLOURS.items() if name.startswith(prefix)), PLAIN)
