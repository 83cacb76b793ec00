"""The visible text of HTML."""

from __future__ import annotations

import re
from html.parser import HTMLParser

from schemas.text_width import one_line

# Besides invisible elements: the pronunciation in ruby annotations, which repeats the text, and deleted text (del, s).
HIDDEN_TAGS = frozenset(
    ("del", "head", "math", "noscript", "rp", "rt", "s", "script", "style", "svg", "template", "textarea", "title")
)
INLINE_TAGS = frozenset(
    (
        *(
            "a",
            "abbr",
            "b",
            "bdi",
            "bdo",
            "cite",
            "code",
            "data",
            "del",
            "dfn",
            "em",
            "font",
            "i",
            "ins",
            "kbd",
            "mark",
        ),
        *("q", "rp", "rt", "ruby", "s", "samp", "small", "span", "strong", "sub", "sup", "time", "u", "var", "wbr"),
    )
)
# Word processors write marked sections, and the parser stops at one that it does not know.
MARKED_SECTION = re.compile(r"<!\[.*?(?:\]>|\Z)", re.DOTALL)


def text_of_html(html: str) -> str:
    """Return the visible text of ``html``, one paragraph per block, without comments, scripts and styles."""
    parser = _VisibleText(convert_charrefs=True)
    parser.feed(MARKED_SECTION.sub(" ", html))
    parser.close()
    paragraphs = (one_line(text) for text in "".join(parser.parts).split(_VisibleText.BREAK))
    return "\n\n".join(paragraph for paragraph in paragraphs if paragraph)


class _VisibleText(HTMLParser):
    BREAK = "\f"

    def __init__(self, *, convert_charrefs: bool) -> None:
        super().__init__(convert_charrefs=convert_charrefs)
        self.parts: list[str] = []
        self._hidden_by: list[str] = []

    def handle_starttag(self, tag: str, attrs: object) -> None:
        if tag in HIDDEN_TAGS:
            self._hidden_by.append(tag)
        self._break_at(tag)

    def handle_startendtag(self, tag: str, attrs: object) -> None:
        self._break_at(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag in self._hidden_by:
            del self._hidden_by[self._hidden_by.index(tag) :]
        self._break_at(tag)

    def handle_data(self, data: str) -> None:
        if not self._hidden_by:
            self.parts.append(data)

    def _break_at(self, tag: str) -> None:
        if tag not in INLINE_TAGS:
            self.parts.append(self.BREAK)
