"""How long a voice speaks a text, estimated from its spoken form."""

from __future__ import annotations

import re
from functools import lru_cache

from app.planning.text.language import primary_subtag
from app.planning.text.marks import CLAUSE_MARKS, CLOSING_MARKS, END_MARKS
from app.planning.text.sentence_ends import ends_sentence
from app.planning.text.spoken_forms import spoken_form
from schemas.text_width import is_unspaced

# Fitted to finished lines (without silence around them, see audio.line_finishing) of the bundled voices.
LINE_MS = 120
WORD_MS = 6
LETTER_MS = 65
# Spoken forms have numbers in words in English only; a digit of other languages stands for a word or two.
DIGIT_MS, ZERO_MS = 360, 100
# The word for the mark inside a number ("3,5" is "three point five").
POINT_MS = 300
CLAUSE_MS = 240
SENTENCE_MS = 410
# French does not speak many of its letters; German numbers have the longest words.
LETTER_MS_OF = {"fr": 49}
DIGIT_MS_OF = {"de": 530, "fr": 300}
# A Chinese or Japanese character is a syllable or more: about 4.5 per second.
CHARACTER_MS = 222
HANGUL_MS = 165
# Thai and related scripts write every sound; Arabic and Hebrew omit short vowels.
ABUGIDA_MS = 75
ABJAD_MS = 85
ABJADS = ("ar", "fa", "ur", "he", "yi")

# Marks in a text without spaces end a sentence or a clause before any character.
# Words and marks that are spoken as they are written; finding the spoken form of others takes milliseconds.
PLAIN = re.compile(r"(?:[^\W\d_]|[\s,;:!?'’‘“”\"()…。，！？、–—-]|\.\s*$|(?<=[^\W\d_A-Z]{4})\.(?=\s))*")
POINT = re.compile(r"(?<=\d)[.,](?=\d)")
UNSPACED_END = re.compile(r"[。！？।॥።](?=\w)")
CLAUSE_END = re.compile(rf"[,;:](?=[\s{re.escape(CLOSING_MARKS)}])|[，、；：،؛]|(?<!\d)[–—]|[–—](?!\d)")


def spoken_ms(text: str, speed: float = 1.0, language: str = "en") -> int:
    """Return the length of a recorded line of ``text`` in ms, including its pauses; 0 without letters and digits."""
    if not any(char.isalnum() for char in text):
        return 0
    return round((LINE_MS + sound_ms(text, language)) / speed)


@lru_cache(maxsize=8192)
def sound_ms(text: str, language: str = "en") -> int:
    """Return the time in ms that the words of ``text`` take at normal speed, including the pauses between them.

    ``text`` is as written: "Dr." and "80 g" count as "Doctor" and "eighty grams".
    """
    code = primary_subtag(language)
    spoken = text if PLAIN.fullmatch(text) else spoken_form(text, language)
    words = spoken.split()
    word_count = sum(not is_unspaced(word[0]) and any(char.isalnum() for char in word) for word in words)
    words_ms = WORD_MS * word_count + POINT_MS * len(POINT.findall(spoken))
    return sum(_sound_ms(char, code) for char in spoken) + words_ms + _pauses_ms(spoken, code)


def _sound_ms(char: str, code: str) -> int:
    if char.isdigit():
        return ZERO_MS if char == "0" else DIGIT_MS_OF.get(code, DIGIT_MS)
    if not char.isalpha():
        return 0
    if is_unspaced(char):
        return CHARACTER_MS if ord(char) >= 0x2E80 else ABUGIDA_MS
    if "\uac00" <= char <= "\ud7a3":
        return HANGUL_MS
    return ABJAD_MS if code in ABJADS else LETTER_MS_OF.get(code, LETTER_MS)


def _pauses_ms(spoken: str, code: str) -> int:
    """Return the pauses between the sentences and clauses of a text; the one at its end does not count."""
    text = spoken.strip().rstrip(END_MARKS + CLAUSE_MARKS + CLOSING_MARKS)
    words = text.split()
    ends = sum(ends_sentence(words, index, code) for index in range(len(words) - 1))
    ends += len(UNSPACED_END.findall(text))
    return ends * SENTENCE_MS + len(CLAUSE_END.findall(text)) * CLAUSE_MS
