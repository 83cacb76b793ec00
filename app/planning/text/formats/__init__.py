"""Texts in formats of their own, known by their content: RTF, subtitles, HTML, LaTeX, Final Draft, and data."""

from __future__ import annotations

from dataclasses import dataclass

from app.media.html_text import is_html_document, text_of_html, title_of_html
from app.planning.text.formats.data_scripts import script_of_data
from app.planning.text.formats.delimited_tables import storyboard_of
from app.planning.text.formats.final_draft import is_final_draft, text_of_final_draft
from app.planning.text.formats.latex import is_latex, text_of_latex
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
    if is_final_draft(text):
        return Converted(text_of_final_draft(text))
    if is_latex(text):
        words, title, comments = text_of_latex(text)
        return Converted(words, title, tuple(LeftOut("comment", comment) for comment in comments))
    if data := script_of_data(text):
        lines, others = data
        return Converted(lines, left_out=tuple(LeftOut("note", other) for other in others))
    return Converted(storyboard_of(text) or text)
