"""Documents in LaTeX: their words as Markdown, without commands."""

from __future__ import annotations

import re

SIGNATURE = re.compile(r"^[ \t]*\\(?:documentclass\b|begin\{document\})", re.MULTILINE)
BODY = re.compile(r"\\begin\{document\}(?P<body>[\s\S]*?)(?:\\end\{document\}|\Z)")
TITLE = re.compile(r"\\title\{([^{}]{1,300})\}")
COMMENT = re.compile(r"(?<!\\)%(?P<comment>[^\n]*)\n?")
# Commands whose arguments are no words of the text.
SILENT = re.compile(
    r"\\(?:begin|end|label|ref|eqref|cite[pt]?|bibliography(?:style)?|usepackage|includegraphics|vspace|hspace|"
    r"pagestyle|maketitle|tableofcontents|newpage|clearpage|centering|noindent|input|include)\*?"
    r"(?:\[[^\[\]\n]{0,200}\])?(?:\{[^{}\n]{0,200}\})?"
)
HEADING = re.compile(r"\\(?P<sub>(?:sub){0,2})(?:section|paragraph|chapter)\*?\{(?P<title>[^{}]{1,300})\}")
ITEM = re.compile(r"^[ \t]*\\item(?:\[[^\[\]\n]{0,80}\])?\s*", re.MULTILINE)
COMMAND = re.compile(r"\\[A-Za-z]+\*?(?:\[[^\[\]\n]{0,200}\])?\{(?P<words>[^{}]{0,2000})\}")
BARE_COMMAND = re.compile(r"\\[A-Za-z]+\*?[ \t]?")
SIGNS = ((r"\\", "\n"), ("``", "“"), ("''", "”"), ("---", "—"), ("--", "–"), ("~", "\u00a0"))
ESCAPED = re.compile(r"\\([%&$#_{}])")
MAX_NESTING = 8


def is_latex(text: str) -> bool:
    return SIGNATURE.search(text[:5_000]) is not None


def text_of_latex(text: str) -> tuple[str, str | None, tuple[str, ...]]:
    """Return the words of a document in LaTeX, its title, and its comments."""
    title = match[1] if (match := TITLE.search(text)) else None
    body = match["body"] if (match := BODY.search(text)) else text
    comments = tuple(comment.strip() for comment in COMMENT.findall(body) if comment.strip())
    body = SILENT.sub("", COMMENT.sub("\n", body))
    body = HEADING.sub(lambda heading: f"\n\n{'#' * (2 + len(heading['sub']) // 3)} {heading['title']}\n\n", body)
    body = ITEM.sub("\n- ", body)
    for written, sign in SIGNS:
        body = body.replace(written, sign)
    for _ in range(MAX_NESTING):
        body, count = COMMAND.subn(r"\g<words>", body)
        if not count:
            break
    return ESCAPED.sub(r"\1", BARE_COMMAND.sub("", body)).strip(), title, comments
