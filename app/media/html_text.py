"""HTML and SSML tags as the Markdown that says the same, in other text and in documents."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass

from schemas.text_width import one_line

# Stand for a line break within a block, and for a pause, where a tag has one.
LINE_BREAK, PAUSE = "\x1e", "\x1c"
# Elements whose text a reader does not see. The pronunciation in ruby annotations repeats the text.
_HIDDEN = (
    "head|math|noscript|rp|rt|script|style|svg|template|textarea|title|metadata|lexicon|audio|video|iframe|object|"
    "canvas"
)
_INLINE = (
    "a|abbr|b|bdi|bdo|big|cite|code|data|del|dfn|em|font|i|ins|kbd|mark|q|ruby|samp|small|span|strike|strong|sub|sup|"
    "time|u|var|wbr|tt|img|input|label|"
    # of SSML
    "speak|voice|prosody|emphasis|say-as|phoneme|w|lang|amazon:effect|amazon:domain|mstts:express-as"
)
_BLOCKS = (
    "address|article|aside|blockquote|body|button|caption|center|dd|details|dialog|div|dl|dt|fieldset|figcaption|"
    "figure|footer|form|h1|h2|h3|h4|h5|h6|header|hgroup|hr|html|legend|li|link|main|meta|nav|ol|option|p|pre|search|"
    "section|select|summary|table|tbody|td|tfoot|th|thead|tr|ul|!doctype|?xml|s|token"
)
INLINE_TAGS = frozenset(_INLINE.split("|"))
BLOCK_TAGS = frozenset((*_BLOCKS.split("|"), *_HIDDEN.split("|")))
HEADINGS = frozenset(("h1", "h2", "h3", "h4", "h5", "h6"))
_TAG = r"<(?P<close>/?)(?P<name>[A-Za-z][\w:-]{0,30}|[!?][A-Za-z]{3,8})(?P<attributes>(?:\s[^<>]{0,2000})?)[/?]?>"
# Code between backticks is no HTML. A comment or an element that does not end is left as it is.
MARKUP = re.compile(
    r"(?P<code>(?<!`)(?P<ticks>`{1,3})(?!`)[^`\n]{1,300}(?P=ticks)(?!`))"
    r"|<!--(?P<comment>(?:(?!<!--)[\s\S])*?)-->"
    r"|<!\[(?:(?!<!\[)[^>]){0,2000}?\]>"
    rf"|<(?P<hidden>{_HIDDEN})\b[^<>]{{0,2000}}(?<!/)>(?:(?!<(?P=hidden)\b)[\s\S])*?</(?P=hidden)\s*>"
    rf"|<(?P<struck_tag>del|s|strike)(?:\s[^<>]{{0,200}})?>(?P<struck>[^<>]{{0,2000}})</(?P=struck_tag)\s*>"
    rf"|{_TAG}",
    re.IGNORECASE,
)
# Word processors write marked sections that no browser shows.
MARKED_SECTION = re.compile(r"<!\[(?:(?!<!\[)[\s\S]){0,20000}?(?:\]\]>|\]>|\Z)")
PROGRAM = re.compile(r"[{};=]")
SSML = re.compile(r"<speak\b", re.IGNORECASE)
DURATION = re.compile(r"\btime\s*=\s*[\"']?\s*\+?(?P<value>\d+(?:\.\d+)?|\.\d+)\s*(?P<unit>m?s)\b", re.IGNORECASE)
WEAK = re.compile(r"\bstrength\s*=\s*[\"']?\s*(?:none|x-weak|weak)\b", re.IGNORECASE)
ALIAS = re.compile(r"\balias\s*=", re.IGNORECASE)
# A shorter break is a breath within a sentence.
MIN_PAUSE_MS = 400
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
    """A text without tags, and the ``comments``, the ``struck`` words and the ``aliases`` that were in it."""

    text: str
    comments: tuple[str, ...] = ()
    struck: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()


def is_html_document(text: str) -> bool:
    """Return whether ``text`` is a whole document of HTML, rather than text with tags."""
    return DOCUMENT.match(text) is not None


def text_of_html(document: str) -> str:
    """Return the visible text of HTML, one paragraph per block, without comments, scripts and styles.

    Headings and items of lists have the marks of Markdown.
    """
    flat = " ".join(MARKED_SECTION.sub(" ", document).split("\n"))
    paragraphs = GAPS.split(without_tags(flat).text.replace(LINE_BREAK, "\n\n").replace(PAUSE, "\n\n"))
    lines = (one_line(html.unescape(paragraph)) for paragraph in paragraphs)
    return "\n\n".join(TAG_START.sub("&lt;", line) for line in lines if line)


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
    comments: list[str] = []
    struck: list[str] = []
    aliases: list[str] = []
    is_ssml = SSML.search(text) is not None

    def replaced(match: re.Match[str]) -> str:
        if match["code"]:
            return match[0]
        if match["comment"] is not None:
            comments.append(one_line(match["comment"]))
            return ""
        if match["struck"] is not None and not (is_ssml and match["struck_tag"].lower() == "s"):
            struck.append(one_line(match["struck"]))
            return ""
        if match["struck"] is not None:
            return f"{LINE_BREAK}{match['struck']}{LINE_BREAK}"
        if match["name"] is None:
            return _prose_of(match)
        if match["name"].lower() == "sub" and ALIAS.search(match["attributes"]):
            aliases.append(match[0])
        is_in_row = text[text.rfind("\n", 0, match.start()) + 1 :][:1] == "|"
        return " " if is_in_row and match["name"].lower() not in INLINE_TAGS else _markdown_of(match)

    untagged = EMPTY_START.sub(r"\1", MARKUP.sub(replaced, text))
    return Untagged(untagged, tuple(comments), tuple(struck), tuple(aliases))


def _prose_of(hidden: re.Match[str]) -> str:
    """Return the words of a script that is no program, as models of language mark one; "" for other hidden text."""
    if (hidden["hidden"] or "").lower() != "script":
        return ""
    words = hidden[0][hidden[0].index(">") + 1 : hidden[0].rindex("<")]
    return "" if PROGRAM.search(words) else words


def _markdown_of(tag: re.Match[str]) -> str:
    name, is_end = tag["name"].lower(), tag["close"] == "/"
    if name in ("br", "tr"):
        return LINE_BREAK
    if name == "break":
        return PAUSE if _is_pause(tag["attributes"]) else " "
    if name in ("td", "th", "option"):
        return " "
    if name in HEADINGS and not is_end:
        return f"\n\n{'#' * int(name[1])} "
    if name == "li" and not is_end:
        return "\n\n- "
    if name in BLOCK_TAGS:
        return "\n\n"
    return "" if name in INLINE_TAGS else tag[0]


def _is_pause(attributes: str) -> bool:
    """Return whether the attributes of a break of SSML ask for a pause that a listener notices."""
    if duration := DURATION.search(attributes):
        return float(duration["value"]) * (1000 if duration["unit"].lower() == "s" else 1) >= MIN_PAUSE_MS
    return not WEAK.search(attributes)
