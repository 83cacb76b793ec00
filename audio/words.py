"""Written and spoken words: which text a voice can speak, and how its word times map to the written words.

A written word is a run of characters without white space. It is never changed, because captions show it as written.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from app.planning.text.spoken_forms import spoken_words
from schemas.alias import Alias
from schemas.emoji import EMOJI
from schemas.speech import Word

Seconds = tuple[float, float]

UNSPOKEN_MS = 200  # longest time of a dash or an emoji in a pause
_MARKUP = frozenset("*_`|^•·▪●◦‣")  # mark-up and bullets that voices read out by name
_JOINERS = frozenset("\u200c\u200d")  # needed inside words of Persian and Indic scripts, and inside emoji
_SPOKEN_SYMBOLS = frozenset("°©®™№℃℉€£¥₹")


@dataclass(frozen=True, slots=True)
class SpeakableText:
    """``text`` is passed to a voice; its n-th whitespace word says ``written_words`` ``[start, end)`` of ``owners[n]``.

    ``owners`` are sorted. Most words belong to one written word; "million" says the last two of "1 000 000".
    """

    text: str
    owners: tuple[tuple[int, int], ...]
    written_words: tuple[str, ...]


def speakable_text(text: str, language: str, aliases: Sequence[Alias] = ()) -> SpeakableText:
    """Return ``text`` as it is spoken: amounts, signs and abbreviations in words, without emoji and mark-up.

    ``aliases`` are words that are said otherwise than they are written. Line breaks are kept as pauses.
    ``SpeakableText.text`` is empty when it has no letter and no digit.
    """
    tokens = list(re.finditer(r"\S+", text))
    written_words = tuple(token[0] for token in tokens)
    parts: list[str] = []
    owners: list[tuple[int, int]] = []
    last_end = 0
    for spoken in spoken_words(_composed(text, tokens), language, aliases):
        words = "".join(_speakable_characters(spoken.text)).split()
        pause = "\n" if parts and "\n" in text[last_end : tokens[spoken.start].start()] else " "
        parts += [(pause if n == 0 else " ") + word for n, word in enumerate(words)]
        owners += [(spoken.start, spoken.end)] * len(words)
        last_end = tokens[spoken.end - 1].end() if words else last_end
    speakable = "".join(parts).strip()
    if not any(character.isalnum() for character in speakable):
        return SpeakableText("", (), written_words)
    return SpeakableText(speakable, tuple(owners), written_words)


def _composed(text: str, tokens: Sequence[re.Match[str]]) -> str:
    """Return ``text`` with the composed characters of Unicode (NFC) and the same tokens."""
    gaps = zip([0, *(token.end() for token in tokens)], [*(token.start() for token in tokens), len(text)], strict=True)
    composed = [*(unicodedata.normalize("NFC", token[0]) for token in tokens), ""]
    return "".join(text[start:end] + token for (start, end), token in zip(gaps, composed, strict=True))


def _speakable_characters(token: str) -> list[str]:
    """Return the characters of ``token`` with blanks for those that are not spoken."""
    plain = EMOJI.sub(_spoken_part, token)
    return [c if _is_speakable(c, plain, index) else " " for index, c in enumerate(plain)]


def _spoken_part(emoji: re.Match[str]) -> str:
    """Return blanks for an emoji, after the digit of a keycap."""
    digit = emoji[0][0] if emoji[0][0].isdigit() else ""
    return digit.ljust(len(emoji[0]))


def _is_speakable(character: str, token: str, index: int) -> bool:
    if character in _SPOKEN_SYMBOLS:
        return True
    if character in _JOINERS:
        return index > 0 and unicodedata.category(token[index - 1])[0] in "LM"
    if character == "#":
        return token[index + 1 : index + 2].isdigit()  # "#1" is read as "number one", "#travel" is a tag
    category = unicodedata.category(character)
    is_picture = category in ("So", "Cc", "Cf", "Co", "Cs", "Cn", "Me") or "\u2190" <= character <= "\u21ff"
    is_variant = "\ufe00" <= character <= "\ufe0f" or (character >= "\U0001f000" and category in ("Sk", "Mn"))
    return not (is_picture or is_variant or character in _MARKUP)


def time_written_words(script: SpeakableText, words: Sequence[Word], length_ms: int) -> tuple[Word, ...]:
    """Return every written word with a time, from the times of the spoken ``words``."""
    spans: list[Seconds | None] = [None] * len(script.written_words)
    for (start, end), word in zip(script.owners, words, strict=True):
        shares = distribute_time(script.written_words[start:end], word.start_ms / 1000, word.end_ms / 1000)
        for index, share in enumerate(shares, start):
            span = spans[index]
            spans[index] = (span[0] if span else share[0], share[1])
    return order_words(script.written_words, spans, length_ms)


def order_words(texts: Sequence[str], spans: Sequence[Seconds | None], length_ms: int) -> tuple[Word, ...]:
    """Return words in order inside ``[0, length_ms)``, none of them empty if there is a millisecond for each.

    ``spans`` are seconds; a word without one gets a time in the pause after the word before it.
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
    for index, span in enumerate(spans):
        start, end = _span_ms(span) if span else _span_in_pause(ends[-1] if ends else 0, spans[index:], length_ms)
        starts.append(start)
        ends.append(end)
    return starts, ends


def _span_ms(span: Seconds) -> tuple[int, int]:
    return round(span[0] * 1000), round(span[1] * 1000)


def _span_in_pause(start_ms: int, spans: Sequence[Seconds | None], length_ms: int) -> tuple[int, int]:
    """Return a share of the pause before the next word with a span, for the first of ``spans``, which is ``None``."""
    unspoken, next_ms = next(((n, _span_ms(span)[0]) for n, span in enumerate(spans) if span), (len(spans), length_ms))
    return start_ms, start_ms + max(0, min(UNSPOKEN_MS, (next_ms - start_ms) // unspoken))


def distribute_time(texts: Sequence[str], start_s: float, end_s: float) -> list[Seconds]:
    """Return ``[start_s, end_s)`` divided among words by their letters; a clause's last word includes its pause."""
    weights = [duration_weight(text) for text in texts]
    total = sum(weights) or 1.0
    spans: list[Seconds] = []
    at = start_s
    for weight in weights:
        spans.append((at, at + (end_s - start_s) * weight / total))
        at = spans[-1][1]
    return spans


def duration_weight(text: str) -> float:
    """Return the relative duration of a word: its letters, digits as 2.5 letters each, and the pause of a clause."""
    letters = sum(2.5 if c.isdigit() else 1.0 for c in text if c.isalnum())
    return letters + 1.5 + (2.0 if text[-1:] in ".,;:!?…" else 0.0)
