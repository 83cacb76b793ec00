"""The last resort: a hundred languages offline, understood rather than enjoyed."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path

import numpy as np

from app.core.config import Settings
from app.core.errors import ProviderRefused
from audio.base import Spoken, VoiceInfo
from audio.espeak import WordEvent, synthesise
from audio.levels import Samples, envelope
from audio.words import Seconds, distribute_time, order_words

WORDS_PER_MINUTE = 165
SLOWEST, FASTEST = 80, 450
VOICE_ALIASES = {"en": "en-us", "en-gb": "en", "zh": "cmn", "zh-hk": "yue", "no": "nb", "nn": "nb", "iw": "he"}
_VOICE_PATTERN = re.compile(r"[a-z]{2,4}(-[a-z0-9]+)*(\+[a-z0-9]+)?", re.IGNORECASE)
_KANJI = re.compile("[\u3400-\u9fff]")
QUIET_SHARE = 0.03  # of a word's own loudness: below it the word is over


def build(_: Settings) -> Espeak:
    return Espeak()


@dataclass(frozen=True)
class Espeak:
    name: str = "espeak"
    hosted: bool = False

    @property
    def version(self) -> str:
        return version("espeakng-loader")

    def speaks(self, language: str) -> bool:
        return _voice_name(language) is not None

    def listing(self) -> tuple[VoiceInfo, ...]:
        return tuple(VoiceInfo(self.name, code, code, name, robotic=True) for code, name in _languages().items())

    def say(self, text: str, voice: str | None, language: str, speed: float, seed: int) -> Spoken:
        """22.05 kHz; ``voice`` is one of espeak's own names, "de" or "de+f3". Raises ``ProviderRefused``."""
        name = voice or _voice_name(language)
        if name is None or not _VOICE_PATTERN.fullmatch(name):
            raise ProviderRefused(self.name, f"it has no voice for {name or language!r}")
        if name.startswith("ja") and _KANJI.search(text):
            raise ProviderRefused(self.name, "it cannot read kanji: it says 'Chinese letter' for each")
        pace = int(np.clip(WORDS_PER_MINUTE * speed, SLOWEST, FASTEST))
        samples, rate, events = synthesise(text, name, pace, seed)
        if not samples.any():
            raise ProviderRefused(self.name, "there is nothing in this text that it can read")
        spans = word_spans(text, events, samples, rate)
        return Spoken(samples, rate, order_words(text.split(), spans, len(samples) * 1000 // rate), confidence=0.9)


def word_spans(text: str, events: Sequence[WordEvent], samples: Samples, rate: int) -> list[Seconds | None]:
    """When each whitespace word sounds: from its first event to where its sound ends, at most until the next word.

    espeak runs short words together and tells of the first only; those share its time by their letters. What holds no
    letter or digit has no time of its own.
    """
    found = list(re.finditer(r"\S+", text))
    told = _reported_starts(found, events)
    sounding = [n for n, word in enumerate(found) if n in told or any(c.isalnum() for c in word[0])]
    spans: list[Seconds | None] = [None] * len(found)
    loud = envelope(samples, rate)
    for group, begin_s, end_s in _word_groups(sounding, told, len(samples) / rate):
        shared = distribute_time([found[n][0] for n in group], begin_s, _end_of_sound(loud, begin_s, end_s))
        for n, span in zip(group, shared, strict=True):
            spans[n] = span
    return spans


def _reported_starts(words: Sequence[re.Match[str]], events: Sequence[WordEvent]) -> dict[int, float]:
    """When the library said that a word begins; the first time counts, for a number is several words to it."""
    starts = [word.start() for word in words]
    told: dict[int, float] = {}
    for event in events:
        told.setdefault(max(0, bisect_right(starts, event.position) - 1), event.at_s)
    return told


def _word_groups(
    sounding: Sequence[int], told: Mapping[int, float], length_s: float
) -> list[tuple[list[int], float, float]]:
    """A word with a known start and the untold ones behind it, with where they begin and the next one does."""
    groups: list[tuple[list[int], float]] = []
    for place in sounding:
        if place in told or not groups:
            groups.append(([place], told.get(place, 0.0)))
        else:
            groups[-1][0].append(place)
    ends = [begin_s for _, begin_s in groups[1:]] + [length_s]
    return [(group, begin_s, max(begin_s, end_s)) for (group, begin_s), end_s in zip(groups, ends, strict=True)]


def _end_of_sound(loud: Samples, begin_s: float, end_s: float) -> float:
    """Before the pause that may follow; ``loud`` has 200 values a second."""
    part = loud[round(begin_s * 200) : round(end_s * 200)]
    if not part.size or part.max() <= 0:
        return end_s
    return min(end_s, begin_s + (int(np.flatnonzero(part > QUIET_SHARE * part.max())[-1]) + 1) / 200)


def _voice_name(language: str) -> str | None:
    code = language.lower().replace("_", "-")
    wishes = [code, code.split("-")[0]]
    known = _languages()
    return next((VOICE_ALIASES.get(wish, wish) for wish in wishes if VOICE_ALIASES.get(wish, wish) in known), None)


@lru_cache(maxsize=1)
def _languages() -> dict[str, str]:
    """espeak's names of its languages and their English names, from the files that describe them."""
    import espeakng_loader

    folder = Path(espeakng_loader.get_data_path()) / "lang"
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {path.name.lower(): _language_name(path) for path in files}


def _language_name(file: Path) -> str:
    found = re.search(r"^name\s+(.+?)\s*$", file.read_text(encoding="utf-8", errors="replace"), re.MULTILINE)
    return found[1] if found else file.name
