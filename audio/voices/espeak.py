"""The fallback voice: espeak-ng speaks about a hundred languages offline, intelligible but robotic."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

import numpy as np

from app.core.config import Settings
from app.core.errors import ProviderRefused, Unconfigured
from audio.base import Spoken, VoiceInfo
from audio.espeak_library import WordEvent, synthesise
from audio.levels import Samples, envelope
from audio.words import Seconds, distribute_time, order_words

WORDS_PER_MINUTE = 165
SLOWEST, FASTEST = 80, 450
VOICE_ALIASES = {"en": "en-us", "en-gb": "en", "zh": "cmn", "zh-hk": "yue", "no": "nb", "nn": "nb", "iw": "he"}
_VOICE_PATTERN = re.compile(r"[a-z]{2,4}(-[a-z0-9]+)*(\+[a-z0-9]+)?", re.IGNORECASE)
_KANJI = re.compile("[\u3400-\u9fff]")
QUIET_SHARE = 0.03  # below this share of its own maximum level a word has ended


def build(_: Settings) -> Espeak:
    if find_spec("espeakng_loader") is None:
        raise Unconfigured("espeak", "espeakng-loader is not installed (pip install espeakng-loader)")
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
        """Speak at 22.05 kHz; ``voice`` is a name of espeak-ng, "de" or "de+f3". Raises ``ProviderRefused``."""
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
    """Return when each whitespace word sounds: from its first event to the end of its sound or the next word.

    espeak-ng runs short words together and reports only the first; these words share its time by their letters. A word
    without letter and digit has no span, unless an event reports it.
    """
    words = list(re.finditer(r"\S+", text))
    starts_s = _reported_starts(words, events)
    spoken = [index for index, word in enumerate(words) if index in starts_s or any(c.isalnum() for c in word[0])]
    spans: list[Seconds | None] = [None] * len(words)
    level = envelope(samples, rate)
    for group, start_s, end_s in _word_groups(spoken, starts_s, len(samples) / rate):
        shares = distribute_time([words[index][0] for index in group], start_s, _end_of_sound(level, start_s, end_s))
        for index, span in zip(group, shares, strict=True):
            spans[index] = span
    return spans


def _reported_starts(words: Sequence[re.Match[str]], events: Sequence[WordEvent]) -> dict[int, float]:
    """Return the start of each reported word by its index; the first event of a word counts, as in a number."""
    positions = [word.start() for word in words]
    starts_s: dict[int, float] = {}
    for event in events:
        starts_s.setdefault(max(0, bisect_right(positions, event.position) - 1), event.at_s)
    return starts_s


def _word_groups(
    spoken: Sequence[int], starts_s: Mapping[int, float], length_s: float
) -> list[tuple[list[int], float, float]]:
    """Return each word with a reported start and the unreported words after it, with the group's start and end."""
    groups: list[tuple[list[int], float]] = []
    for index in spoken:
        if index in starts_s or not groups:
            groups.append(([index], starts_s.get(index, 0.0)))
        else:
            groups[-1][0].append(index)
    ends_s = [start_s for _, start_s in groups[1:]] + [length_s]
    return [(group, start_s, max(start_s, end_s)) for (group, start_s), end_s in zip(groups, ends_s, strict=True)]


def _end_of_sound(level: Samples, start_s: float, end_s: float) -> float:
    """Return the time before the pause that may precede ``end_s``; ``level`` has 200 values per second."""
    word_level = level[round(start_s * 200) : round(end_s * 200)]
    if not word_level.size or word_level.max() <= 0:
        return end_s
    last_loud = int(np.flatnonzero(word_level > QUIET_SHARE * word_level.max())[-1])
    return min(end_s, start_s + (last_loud + 1) / 200)


def _voice_name(language: str) -> str | None:
    code = language.lower().replace("_", "-")
    names = [VOICE_ALIASES.get(candidate, candidate) for candidate in (code, code.split("-")[0])]
    known = _languages()
    return next((name for name in names if name in known), None)


@lru_cache(maxsize=1)
def _languages() -> dict[str, str]:
    """Return the language codes of espeak-ng with their English names, from its language files."""
    import espeakng_loader

    folder = Path(espeakng_loader.get_data_path()) / "lang"
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {path.name.lower(): _language_name(path) for path in files}


def _language_name(file: Path) -> str:
    match = re.search(r"^name\s+(.+?)\s*$", file.read_text(encoding="utf-8", errors="replace"), re.MULTILINE)
    return match[1] if match else file.name
