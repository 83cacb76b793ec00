"""The length of a prompt in the unit of a model, and cutting to it."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import accumulate

from app.planning.text.graphemes import characters, line_units
from app.planning.text.marks import CLAUSE_MARKS

# A model's own tokeniser is not known here. In languages with an alphabet a token has four bytes of UTF-8 on average;
# in Chinese, Japanese and Thai it is about one character, which has three bytes.
BYTES_PER_TOKEN = 3
_DANGLING = CLAUSE_MARKS + "-/+&("


@dataclass(frozen=True, slots=True)
class Limit:
    """The greatest length of a prompt; ``unit`` is one of ``schemas.engine.PROMPT_UNITS``."""

    count: int
    unit: str

    def length(self, text: str) -> int:
        """Return the length of ``text``; that in tokens is a cautious estimate, see ``BYTES_PER_TOKEN``."""
        if self.unit == "utf16":
            return len(text.encode("utf-16-le")) // 2
        if self.unit == "tokens":
            return -(-len(text.encode()) // BYTES_PER_TOKEN)
        return len(text)

    def holds(self, text: str) -> bool:
        return self.length(text) <= self.count

    def cut(self, text: str, language: str | None = None) -> str:
        """Return the longest start of ``text`` that fits and ends after a word.

        If not even the first word fits, it ends between two characters as a reader counts them.
        """
        if self.holds(text):
            return text
        words = self._longest_start(line_units(text, language)).rstrip(_DANGLING + " ")
        return words or self._longest_start(characters(text)).rstrip()

    def _longest_start(self, parts: list[str]) -> str:
        starts = accumulate(parts)
        return next((start for start in reversed(list(starts)) if self.holds(start.rstrip())), "").rstrip()
