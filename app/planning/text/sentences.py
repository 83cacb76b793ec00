"""Words of a text: its sentences, what they are about, how long they take to say, how they are shortened."""

from __future__ import annotations

import re

from app.planning.text.graphemes import characters, fitting, line_units
from app.planning.text.language import language_of, primary
from schemas.text_width import is_unspaced, one_line, width

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
                found[-1] += sentence
            else:
                found.append(sentence)
    return _without_mute_start(found)


def _segmented(line: str, code: str) -> list[str]:
    """Return the sentences of ``line``, each with the space after it, the last one with that of the line break."""
    from sentencex import segment

    parts = [part for part in segment(code, line) if part.strip()] if line else []
    return [*parts[:-1], *(f"{part} " for part in parts[-1:])]


def _says_something(text: str) -> bool:
    return any(char.isalnum() for char in text)


def _without_mute_start(found: list[str]) -> tuple[str, ...]:
    if len(found) > 1 and not _says_something(found[0]):
        found = [found[0] + found[1], *found[2:]]
    return tuple(sentence.strip() for sentence in found)


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
    return tuple(_spaced_as_in(text, phrase) for phrase, _ in ranked)[:count]


def _spaced_as_in(text: str, phrase: str) -> str:
    """Return ``phrase`` as ``text`` writes it: yake puts spaces between words of scripts that have none."""
    if phrase in text or not any(is_unspaced(char) for char in phrase):
        return phrase
    match = re.search(r"\s*".join(map(re.escape, phrase.split())), text, re.IGNORECASE)
    return one_line(match[0]) if match else phrase


def short(text: str, longest: int) -> str:
    """``text`` in at most ``longest`` columns: whole, or cut after a word and marked with an ellipsis."""
    flat = one_line(text)
    if width(flat) <= longest:
        return flat
    kept = _fitting(flat, longest - 1)
    return kept.rstrip(CLAUSES + ENDS + " -") + ELLIPSIS


def _fitting(text: str, longest: int) -> str:
    """Return the longest beginning that fits: up to where a line may break, or a part of a word that is too long."""
    return "".join(fitting(line_units(text), longest)) or "".join(fitting(characters(text), longest))


def caption_of(line: str) -> str:
    """The short caption of a spoken line: as much of it as is read at a glance."""
    return short(line, CAPTION_COLUMNS)


def headline(text: str, longest: int) -> str:
    """``text`` as a title: short, with a capital first and no full stop last."""
    line = short(text, longest)
    line = line if line.endswith(ELLIPSIS) else line.rstrip(" .,;:。，；：").strip()
    return line[:1].upper() + line[1:]
