"""Texts in formats of their own, known by their content: RTF, subtitles, documents of HTML, and scripts as data."""

from __future__ import annotations

from dataclasses import dataclass

from app.media.html_text import is_html_document, text_of_html, title_of_html
from app.planning.text.formats.data_scripts import script_of_data
from app.planning.text.formats.rich_text import is_rich_text, text_of_rich_text
from app.planning.text.formats.subtitles import is_subtitles, text_of_subtitles
from app.planning.text.left_out import LeftOut


@dataclass(frozen=True, slots=True)
class Converted:
    """The text in a document, as plain text or Markdown, the title that it states, and what is left out."""

    text: str
    title: str | None = None
    left_out: tuple[LeftOut, ...] = ()


def converted(text: str) -> Converted:
    """Return the text in a document of a known format; ``text`` itself if it is in none of them."""
    if is_rich_text(text):
        return Converted(text_of_rich_text(text))
    if is_subtitles(text):
        return Converted(text_of_subtitles(text))
    if is_html_document(text):
        visible = text_of_html(text)
        return Converted(visible.text, title_of_html(text), tuple(LeftOut(*part) for part in visible.left_out))
    return Converted(script_of_data(text) or text)
