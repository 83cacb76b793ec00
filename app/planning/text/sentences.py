"""Words of a text: its sentences, what they are about, how long they take to say, how they are shortened."""

from __future__ import annotations

import re
from itertools import accumulate

from app.planning.text.language import language_of, primary
from schemas.text_width import is_unspaced, width

# Fitted to recordings of the default English voice: about three words a second, numbers slower.
LINE_MS = 600
WORD_MS = 15
LETTER_MS = 60
DIGIT_MS = 330
CLAUSE_MS = 320
SENTENCE_MS = 370
# A Chinese or Japanese character is a syllable or more: about 4.5 a second.
CHARACTER_MS = 222
HANGUL_MS = 165
# Thai and its neighbours write every sound, Arabic and Hebrew leave short vowels out.
ABUGIDA_MS = 75
ABJAD_MS = 85
ABJADS = ("ar", "fa", "ur", "he", "yi")

ENDS = ".!?…。！？؟।॥։።"
CLAUSES = ",;:，、；：،؛–—"
CLOSERS = "\"'”’»›)]}」』）】》"
ELLIPSIS = "…"
CAPTION_COLUMNS = 60


def sentences(text: str, language: str | None = None) -> tuple[str, ...]:
    """The sentences of ``text`` in order, none without a letter or a digit; a line break ends one too. White space
    inside is single spaces."""
    code = primary(language or language_of(text))
    found: list[str] = []
    for line in text.splitlines():
        for sentence in _segmented(" ".join(line.split()), code):
            if found and not _says_something(sentence):
                found[-1] = f"{found[-1]} {sentence}"
            else:
                found.append(sentence)
    return _without_mute_start(found)


def _segmented(line: str, code: str) -> list[str]:
    from sentencex import segment

    return [part.strip() for part in segment(code, line) if part.strip()] if line else []


def _says_something(text: str) -> bool:
    return any(char.isalnum() for char in text)


def _without_mute_start(found: list[str]) -> tuple[str, ...]:
    if len(found) > 1 and not _says_something(found[0]):
        return (f"{found[0]} {found[1]}", *found[2:])
    return tuple(found)


def ends_a_sentence(text: str) -> bool:
    """Whether ``text`` closes with a mark that ends a sentence (quotes and brackets after it do not matter)."""
    return text.rstrip().rstrip(CLOSERS)[-1:] in tuple(ENDS)


def spoken_ms(text: str, speed: float = 1.0, language: str = "en") -> int:
    """How long a recording of ``text`` is, in ms, with its pauses and the breath that every recording begins with."""
    if not _says_something(text):
        return 0
    return round((LINE_MS + sound_ms(text, language)) / speed)


def sound_ms(text: str, language: str = "en") -> int:
    """How long the words of ``text`` alone sound at normal speed, pauses between them included."""
    bare = text.strip().rstrip(ENDS + CLAUSES + CLOSERS)
    letters = sum(_sound_ms(char, primary(language)) for char in text)
    words = sum(not is_unspaced(word[0]) and _says_something(word) for word in text.split())
    return letters + WORD_MS * words + _pauses_ms(bare)


def _sound_ms(char: str, code: str) -> int:
    if char.isdigit():
        return DIGIT_MS
    if not char.isalpha():
        return 0
    if is_unspaced(char):
        return CHARACTER_MS if ord(char) >= 0x2E80 else ABUGIDA_MS
    if "\uac00" <= char <= "\ud7a3":
        return HANGUL_MS
    return ABJAD_MS if code in ABJADS else LETTER_MS


def _pauses_ms(text: str) -> int:
    ends = len(re.findall(rf"[{ENDS}](?=\s|[{CLOSERS}]|[^\W\d_a-zA-Z])", text))
    clauses = sum(char in CLAUSES for char in text)
    return ends * SENTENCE_MS + clauses * CLAUSE_MS


def keywords(text: str, language: str | None = None, count: int = 5) -> tuple[str, ...]:
    """The ``count`` phrases of one or two words that ``text`` is most about, best first, as it writes them."""
    from yake import KeywordExtractor

    code = primary(language or language_of(text))
    found = KeywordExtractor(lan=code, n=2, top=count * 3, dedupLim=0.6).extract_keywords(text)
    ranked = sorted(found, key=lambda pair: (round(float(pair[1]), 9), text.find(pair[0]), pair[0]))
    return tuple(phrase for phrase, _ in ranked)[:count]


def short(text: str, longest: int) -> str:
    """``text`` in at most ``longest`` columns: whole, or cut after a word and marked with an ellipsis."""
    flat = " ".join(text.split())
    if width(flat) <= longest:
        return flat
    kept = _fitting(flat, longest - 1)
    return kept.rstrip(CLAUSES + ENDS + " -") + ELLIPSIS


def _fitting(text: str, longest: int) -> str:
    """The longest beginning that fits and ends where a word does (anywhere, where words have no spaces)."""
    columns = accumulate(width(char) for char in text)
    end = next((place for place, used in enumerate(columns) if used > longest), len(text))
    if end and is_unspaced(text[end - 1]) and is_unspaced(text[end]):
        return text[:end]
    cut = text.rfind(" ", 0, end + 1)
    return text[:cut] if cut > 0 else text[:end]


def caption_of(line: str) -> str:
    """The short caption of a spoken line: as much of it as is read at a glance."""
    return short(line, CAPTION_COLUMNS)


def headline(text: str, longest: int) -> str:
    """``text`` as a title: short, with a capital first and no full stop last."""
    line = short(text, longest)
    line = line if line.endswith(ELLIPSIS) else line.rstrip(" .,;:。，；：").strip()
    return line[:1].upper() + line[1:]
