"""A written text as other modules read it: with one kind of line end and without invisible characters."""

from __future__ import annotations

import re
import textwrap

# Marks of byte order, zero-width spaces, soft hyphens and marks of the direction of writing. Joiners stay: emoji,
# Persian and Indic scripts need them.
INVISIBLE = re.compile(
    "[\ufeff\u200b\u2060-\u2064\u00ad\u200e\u200f\u061c\u202a-\u202e\u2066-\u2069\u180e\ufff9-\ufffb]"
)
CONTROL = re.compile("[\x00-\x08\x0e-\x1f\x7f\x80-\x84\x86-\x9f\ufffe\uffff\ud800-\udfff\ue000-\ue0ff]")


def source_text(text: str) -> str:
    """Return ``text`` with "\\n" as line ends, and without control characters, invisible ones and a common indentation.

    Code points of ``app.planning.text.markup`` for its own use are removed too.
    """
    lines = "\n".join(text.splitlines())
    return textwrap.dedent(CONTROL.sub("", INVISIBLE.sub("", lines)))
