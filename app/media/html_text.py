"""HTML and SSML tags as the Markdown that says the same, in other text and in documents."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass, field

from app.media import ssml
from app.media.ssml import OF_VOICE, AliasReader, is_pause, is_ssml, source_of
from schemas.alias import Alias
from schemas.text_width import one_line

# Stand for a line break within a block, and for a pause, where a tag has one.
LINE_BREAK, PAUSE = "\x1e", "\x1c"
# Elements whose text a reader does not see. The pronunciation in ruby annotations repeats the text.
_HIDDEN = (
    "head|math|noscript|rp|rt|script|style|svg|template|textarea|title|metadata|lexicon|audio|video|iframe|object|"
    "canvas|think|thinking|reasoning"
)
_INLINE = (
    "a|abbr|b|bdi|bdo|big|cite|code|data|del|dfn|em|font|i|ins|kbd|mark|q|ruby|samp|small|span|strike|strong|sub|sup|"
    f"time|u|var|wbr|tt|img|input|label|{ssml.INLINE}"
)
_BLOCKS = (
    "address|article|aside|blockquote|body|button|caption|center|dd|details|dialog|div|dl|dt|fieldset|figcaption|"
    "figure|footer|form|h1|h2|h3|h4|h5|h6|header|hgroup|hr|html|legend|li|link|main|meta|nav|ol|option|p|pre|search|"
    "section|select|summary|table|tbody|td|tfoot|th|thead|tr|ul|!doctype|?xml|s|token"
)
# Of the hidden elements, those that say what is in the text too, or what no author writes.
REPEATED = ("rp", "rt", "head", "title", "style", "svg", "math")
INLINE_TAGS = frozenset(_INLINE.split("|"))
BLOCK_TAGS = frozenset((*_BLOCKS.split("|"), *_HIDDEN.split("|")))
HEADINGS = frozenset(("h1", "h2", "h3", "h4", "h5", "h6"))
_TAG = r"<(?P<close>/?)(?P<name>[A-Za-z][\w:-]{0,30}|[!?][A-Za-z]{3,8})(?P<attributes>(?:\s[^<>]{0,2000})?)[/?]?>"
# Code between backticks is no HTML. A comment or an element that does not end is left as it is.
MARKUP = re.compile(
    r"(?P<code>(?<!`)(?P<ticks>`{1,3})(?!`)[^`\n]{1,300}(?P=ticks)(?!`))"
    r"|<!--(?P<comment>(?:(?!<!--)[\s\S])*?)-->"
    r"|<!\[(?:(?!<!\[)[^>]){0,2000}?\]>"
    rf"|{ssml.ALIASED}"
    rf"|<(?P<hidden>{_HIDDEN})\b[^<>]{{0,2000}}(?<!/)>(?:(?!<(?P=hidden)\b)[\s\S])*?</(?P=hidden)\s*>"
    rf"|<(?P<struck_tag>del|s|strike)(?:\s[^<>]{{0,200}})?>(?P<struck>[^<>]{{0,2000}})</(?P=struck_tag)\s*>"
    rf"|{_TAG}",
    re.IGNORECASE,
)
# Word processors write marked sections that no browser shows.
MARKED_SECTION = re.compile(r"<!\[(?:(?!<!\[)[\s\S]){0,20000}?(?:\]\]>|\]>|\Z)")
PROGRAM = re.compile(r"[{};=]")
# Attributes have a value, or are among these; "a <b and c> d" is no tag.
BOOLEAN = re.compile(
    r"(?:\s+(?:[\w:@.-]+\s*=\s*\S+|async|autofocus|autoplay|checked|controls|defer|disabled|hidden|html|ismap|loop|"
    r"multiple|muted|novalidate|open|readonly|required|reversed|selected))*\s*/?",
    re.IGNORECASE,
)
QUOTED_VALUE = re.compile(r"=\s*[\"']")
DOCUMENT = re.compile(
    r"\s*(?:<\?xml\b[^>]{0,500}>\s*)?(?:<!--(?:(?!<!--)[\s\S])*?-->\s*)?<(?:!doctype\s+html|html)\b", re.IGNORECASE
)
TITLE = re.compile(r"<title\b[^>]{0,500}>([^<]{1,1000})</title", re.IGNORECASE)
TAG_START = re.compile(r"<(?=[A-Za-z/!?])")
# The mark of an item or a heading whose text is in a block of its own.
EMPTY_START = re.compile(r"^(- |#{1,6} )[ \t]*\n\s*(?=\S)", re.MULTILINE)
GAPS = re.compile(r"\n\s*\n")


@dataclass(frozen=True, slots=True)
class Untagged:
    """A text without tags.

    ``left_out`` are words that were in it, each after its kind: "comment", "struck" and so on. ``aliases`` are words
    that are spoken otherwise than they are written.
    """

    text: str
    left_out: tuple[tuple[str, str], ...] = ()
    aliases: tuple[Alias, ...] = ()


def is_html_document(text: str) -> bool:
    """Return whether ``text`` is a whole document of HTML, rather than text with tags."""
    return DOCUMENT.match(text) is not None


def text_of_html(document: str) -> Untagged:
    """Return the visible text of HTML, one paragraph per block, without comments, scripts and styles.

    Headings and items of lists have the marks of Markdown. Of what is left out, only struck words and what the voice
    does not follow are named: a page has much that its reader does not see.
    """
    untagged = without_tags(" ".join(MARKED_SECTION.sub(" ", document).split("\n")))
    paragraphs = GAPS.split(untagged.text.replace(LINE_BREAK, "\n\n").replace(PAUSE, "\n\n"))
    lines = (one_line(html.unescape(paragraph)) for paragraph in paragraphs)
    text = "\n\n".join(TAG_START.sub("&lt;", line) for line in lines if line)
    left_out = tuple((kind, words) for kind, words in untagged.left_out if kind in ("struck", "voice", "written"))
    return Untagged(ssml.with_aliases(text, untagged.aliases), left_out)


def title_of_html(document: str) -> str | None:
    """Return the title of an HTML document."""
    match = TITLE.search(document[:100_000])
    return one_line(html.unescape(match[1])) or None if match else None


def without_tags(text: str) -> Untagged:
    """Return ``text`` with line breaks, headings, items and pauses of Markdown instead of the tags that make them.

    Other tags of HTML and SSML are removed, and names of no tag are left as they are. Tags in a row of a table have no
    line breaks. ``LINE_BREAK`` and ``PAUSE`` are in the result.
    """
    if "<" not in text:
        return Untagged(text)
    reader = _Reader(is_ssml(text))
    untagged = MARKUP.sub(reader.replaced, text)
    if reader.is_ssml:
        # The words inside a sound are spoken instead of it, and may have tags.
        untagged = MARKUP.sub(reader.replaced, untagged)
    left_out = tuple((kind, words) for kind, words in reader.left_out if words)
    return Untagged(EMPTY_START.sub(r"\1", untagged), left_out, tuple(reader.words_said.aliases))


@dataclass(slots=True)
class _Reader:
    """Replaces the tags of a text, and collects what is left out."""

    is_ssml: bool
    left_out: list[tuple[str, str]] = field(default_factory=list)
    words_said: AliasReader = field(default_factory=AliasReader)

    def replaced(self, match: re.Match[str]) -> str:
        if match["code"]:
            return match[0]
        if match["comment"] is not None:
            self.left_out.append(("comment", one_line(match["comment"])))
            return ""
        if match["aliased"] is not None:
            return self.words_said.read(match, self.left_out)
        if match["struck"] is not None:
            return self._struck(match["struck_tag"], match["struck"])
        if match["name"] is not None:
            return self._tag(match)
        return self._hidden(match) if match["hidden"] else ""

    def _struck(self, tag: str, words: str) -> str:
        if self.is_ssml and tag.lower() == "s":
            return f"{LINE_BREAK}{words}{LINE_BREAK}"
        self.left_out.append(("struck", one_line(words)))
        return ""

    def _hidden(self, match: re.Match[str]) -> str:
        """Return the words of a script that is no program, as models of language mark one, or in a sound of SSML."""
        name = match["hidden"].lower()
        opening = match[0].index(">") + 1
        words = match[0][opening : match[0].rindex("<")]
        if name == "audio" and self.is_ssml:
            self.left_out.append(("sound", source_of(match[0][:opening])))
            return words
        if name == "script" and not PROGRAM.search(words):
            return words
        if name not in REPEATED:
            self.left_out.append(("hidden", one_line(words)))
        return ""

    def _tag(self, match: re.Match[str]) -> str:
        name, attributes = match["name"].lower(), match["attributes"]
        if not (BOOLEAN.fullmatch(attributes) or QUOTED_VALUE.search(attributes) or name[0] in "!?"):
            return match[0]
        if not match["close"] and OF_VOICE.fullmatch(name):
            self.left_out.append(("voice", match[0]))
        if not match["close"] and name == "audio":
            self.left_out.append(("sound", source_of(attributes)))
            return " " if self.is_ssml else _markdown_of(match)
        is_in_row = match.string[match.string.rfind("\n", 0, match.start()) + 1 :][:1] == "|"
        return " " if is_in_row and name not in INLINE_TAGS else _markdown_of(match)


def _markdown_of(tag: re.Match[str]) -> str:
    name, is_end = tag["name"].lower(), tag["close"] == "/"
    if name in ("br", "tr"):
        return LINE_BREAK
    if name == "break":
        return PAUSE if is_pause(tag["attributes"]) else " "
    if name in ("td", "th", "option"):
        return " "
    if name in HEADINGS and not is_end:
        return f"\n\n{'#' * int(name[1])} "
    if name == "li" and not is_end:
        return "\n\n- "
    if name in BLOCK_TAGS:
        return "\n\n"
    return "" if name in INLINE_TAGS else tag[0]
