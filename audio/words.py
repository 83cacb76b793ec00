"""Written words and spoken words: what can be said of a text, and how the times come back to what was written.

A written word is what stands between white space. It is never changed: it is shown in captions as it was written.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from schemas.speech import Word

Seconds = tuple[float, float]

UNSPOKEN_MS = 200  # how long a dash or an emoji may hold the caption when there is a pause for it
_MARKUP = frozenset("*_`|^•·▪●◦‣")  # mark-up and bullets that voices read out by name
_JOINERS = frozenset("\u200c\u200d")  # needed inside words of Persian and Indic scripts, and inside emoji
_SPOKEN_SYMBOLS = frozenset("°©®™№℃℉€£¥₹")


@dataclass(frozen=True, slots=True)
class SpeakableText:
    """``text`` is what a voice is given; its n-th whitespace word belongs to ``written[owner[n]]``."""

    text: str
    written_indices: tuple[int, ...]
    written_words: tuple[str, ...]


def script_of(text: str) -> SpeakableText:
    """What of ``text`` can be said: without emoji, mark-up and control characters; line breaks are kept as pauses.

    ``Script.text`` is empty when there is no letter and no digit in it.
    """
    tokens = list(re.finditer(r"\S+", text))
    said: list[str] = []
    owner: list[int] = []
    before = 0
    for place, token in enumerate(tokens):
        pieces = "".join(_speakable_characters(unicodedata.normalize("NFC", token[0]))).split()
        pause = "\n" if said and "\n" in text[before : token.start()] else " "
        said += [(pause if n == 0 else " ") + piece for n, piece in enumerate(pieces)]
        owner += [place] * len(pieces)
        before = token.end() if pieces else before
    spoken = "".join(said).strip()
    if not any(character.isalnum() for character in spoken):
        return SpeakableText("", (), tuple(token[0] for token in tokens))
    return SpeakableText(spoken, tuple(owner), tuple(token[0] for token in tokens))


def _speakable_characters(token: str) -> list[str]:
    """Its characters, with blanks for those that have a name but no sound."""
    return [c if _is_speakable(c, token, n) else " " for n, c in enumerate(token)]


def _is_speakable(character: str, token: str, place: int) -> bool:
    if character in _SPOKEN_SYMBOLS:
        return True
    if character in _JOINERS:
        return place > 0 and unicodedata.category(token[place - 1])[0] in "LM"
    if character == "#":
        return token[place + 1 : place + 2].isdigit()  # "#1" is number one, "#travel" is a tag
    kind = unicodedata.category(character)
    picture = kind in ("So", "Cc", "Cf", "Co", "Cs", "Cn", "Me") or "\u2190" <= character <= "\u21ff"
    variant = "\ufe00" <= character <= "\ufe0f" or (character >= "\U0001f000" and kind in ("Sk", "Mn"))
    return not (picture or variant or character in _MARKUP)


def time_written_words(script: SpeakableText, words: Sequence[Word], length_ms: int) -> tuple[Word, ...]:
    """A word for every written one, from the times of the said ones."""
    spans: list[Seconds | None] = [None] * len(script.written_words)
    for place, word in zip(script.written_indices, words, strict=True):
        known = spans[place]
        spans[place] = (known[0] if known else word.start_ms / 1000, word.end_ms / 1000)
    return order_words(script.written_words, spans, length_ms)


def order_words(texts: Sequence[str], spans: Sequence[Seconds | None], length_ms: int) -> tuple[Word, ...]:
    """Words in order inside ``[0, length_ms)``, none of them empty as long as there is a millisecond for each.

    ``spans`` are seconds; what has none lies in the pause after the word before it.
    """
    starts, ends = _fill_missing_spans(spans, length_ms)
    count = len(texts)
    earliest = 0
    for n in range(count):
        starts[n] = max(starts[n], earliest)
        ends[n] = max(ends[n], starts[n] + 1)
        earliest = ends[n]
    latest = length_ms
    for n in reversed(range(count)):
        ends[n] = min(ends[n], latest)
        starts[n] = max(0, min(starts[n], ends[n] - 1))
        latest = starts[n]
    return tuple(Word(text, start, end) for text, start, end in zip(texts, starts, ends, strict=True))


def _fill_missing_spans(spans: Sequence[Seconds | None], length_ms: int) -> tuple[list[int], list[int]]:
    starts: list[int] = []
    ends: list[int] = []
    for place, span in enumerate(spans):
        start, end = _span_ms(span) if span else _span_in_pause(ends[-1] if ends else 0, spans[place:], length_ms)
        starts.append(start)
        ends.append(end)
    return starts, ends


def _span_ms(span: Seconds) -> tuple[int, int]:
    return round(span[0] * 1000), round(span[1] * 1000)


def _span_in_pause(start_ms: int, rest: Sequence[Seconds | None], length_ms: int) -> tuple[int, int]:
    """A share of the pause until the next word that sounds, for the first of ``rest``, which does not."""
    silent, next_ms = next(((n, _span_ms(span)[0]) for n, span in enumerate(rest) if span), (len(rest), length_ms))
    return start_ms, start_ms + max(0, min(UNSPOKEN_MS, (next_ms - start_ms) // silent))


def distribute_time(texts: Sequence[str], start_s: float, end_s: float) -> list[Seconds]:
    """``[start_s, end_s)`` dealt out to words by their letters; the end of a clause takes its pause along."""
    weights = [duration_weight(text) for text in texts]
    whole = sum(weights) or 1.0
    spans: list[Seconds] = []
    at = start_s
    for weight in weights:
        spans.append((at, at + (end_s - start_s) * weight / whole))
        at = spans[-1][1]
    return spans


def duration_weight(text: str) -> float:
    """How long a word lasts beside others: its letters, a digit counting as a short word, and a clause's pause."""
    letters = sum(2.5 if c.isdigit() else 1.0 for c in text if c.isalnum())
    return letters + 1.5 + (2.0 if text[-1:] in ".,;:!?…" else 0.0)
