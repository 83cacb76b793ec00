"""Lengths of time in a prompt: "30 seconds", "half a minute", "eine Minute", "1:30 min"."""

from __future__ import annotations

import re

MIN_TARGET_MS, MAX_TARGET_MS = 1000, 600_000
_WORDS_OF_NUMBER = {
    0.5: "half a;half an;eine halbe;einer halben;halbe;une demi;demi;medio;mezzo;meio;een halve;halve",
    1.0: "one;a;an;eine;einer;une;un;una;uno;um;een",
    1.5: "one and a half;anderthalb;eineinhalb",
    2.0: "two;zwei;deux;dos;due;dois;twee",
    3.0: "three;drei;trois;tres;tre;três;drie",
    5.0: "five;fünf;cinq;cinco",
    10.0: "ten;zehn;dix;diez",
    15.0: "fifteen;fünfzehn;quinze;quince",
    20.0: "twenty;zwanzig;vingt;veinte",
    30.0: "thirty;dreißig;trente;treinta",
    45.0: "forty-five;fünfundvierzig;quarante-cinq;cuarenta y cinco",
    60.0: "sixty;sechzig;soixante;sesenta",
    90.0: "ninety;neunzig;noventa",
}
NUMBERS = {word: number for number, words in _WORDS_OF_NUMBER.items() for word in words.split(";")}
COUNT = r"\d{1,3}(?:[.,]\d)?|" + "|".join(sorted(NUMBERS, key=lambda word: (-len(word), word)))
_SECONDS = r"s|secs?|seconds?|sekunden?|sekündige[mnrs]?|segundos?|secondes?|secondi|seconden"
UNIT = rf"{_SECONDS}|mins?|minutes?|minuten?|minütige[mnrs]?|minutos?|minuti|minuut"
# Between a count and its unit; none is needed after a digit: "30s" is a length and "as" is not.
COUNT_GAP = r"(?:(?<=\d)[\s-]*|[\s-]+)"
# The seconds after the minutes in "1 min 30 sec".
_MORE = rf"(?:\s*(?:,|and|und|et|y)?\s*\d{{1,2}}\s*(?:{_SECONDS})\b)?"
# Minutes and seconds before a word that shows that they are no time of day and no aspect.
_CLOCK = r"\d{1,2}:[0-5]\d(?=[\s-]*(?:mins?|minutes?|minuten|minutos|long|lang|video|film|clip|ad|spot|reel|short)\b)"
# A length of time anywhere in a larger pattern; STATED_LENGTH also captures its numbers.
DURATION = rf"(?:(?:{COUNT}){COUNT_GAP}(?:{UNIT})\b{_MORE}|{_CLOCK}(?:[\s-]*min(?:ute[ns]?|s|utos)?\b)?)"
STATED_LENGTH = re.compile(
    rf"\b(?P<count>{COUNT}){COUNT_GAP}(?P<unit>{UNIT})\b(?P<more>{_MORE})|\b(?P<clock>(?!9:16\b){_CLOCK})|"
    r"(?P<seconds>\d{1,3})\s*秒",
    re.IGNORECASE,
)


def length_ms(text: str) -> int | None:
    """Return the first length of time that ``text`` states, limited to 1 second … 10 minutes."""
    match = STATED_LENGTH.search(text)
    return max(MIN_TARGET_MS, min(MAX_TARGET_MS, round(1000 * _seconds(match)))) if match else None


def _seconds(match: re.Match[str]) -> float:
    if match["seconds"]:
        return float(match["seconds"])
    if match["clock"]:
        minutes, seconds = match["clock"].split(":")
        return 60.0 * int(minutes) + int(seconds)
    count = " ".join(match["count"].lower().split())
    number = NUMBERS.get(count) or float(count.replace(",", "."))
    more = re.search(r"\d+", match["more"] or "")
    unit_s = 60 if match["unit"].lower().startswith("min") else 1
    return number * unit_s + (int(more[0]) if more else 0)
