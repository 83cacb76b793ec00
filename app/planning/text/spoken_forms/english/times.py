"""English times of day ("7:30 pm", "9–5pm", "14:00") and ratios ("16:9")."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from app.planning.text.spoken_forms.english.numerals import cardinal
from app.planning.text.spoken_forms.phrases import GAP, Rule, Said, said_as, text_after

_HALF = r"[AaPp](?:m(?!\w)|M(?!\w)|\.[Mm]\b(?:\.(?=\s+[a-z0-9]|[,;:)–-]))?)"
_CLOCK = r"(?:[01]?\d|2[0-4]):[0-5]\d(?::[0-5]\d)?(?![\d:]|[.,]\d)"
_HOUR = r"(?:1[0-2]|0?[1-9])"
_DASH = rf"{GAP}?[-–]{GAP}?"
_FIRST = rf"(?P<first>{_CLOCK}|{_HOUR}(?![\w:.,]))(?:{GAP}?(?P<first_half>{_HALF}))?"
_LAST = rf"(?:(?P<last>{_CLOCK})(?:{GAP}?(?P<last_half>{_HALF}))?|(?P<hour>{_HOUR}){GAP}?(?P<hour_half>{_HALF}))"


def _say_clock(text: str, half: str | None) -> str:
    hour, minute, *second = (int(part) for part in f"{text}:00".split(":")[: max(2, text.count(":") + 1)])
    words = cardinal(hour)
    if minute:
        words += f" {cardinal(minute)}" if minute >= 10 else f" oh {cardinal(minute)}"
    elif not half:
        words += " o'clock" if 0 < hour <= 12 else " hundred hours"
    if second:
        words += f" and {cardinal(second[0])} second{'s' * (second[0] != 1)}"
    return words


def _say_half(match: re.Match[str], name: str) -> Said:
    """Say "A.M." or "P.M."; a full stop after it is its last dot."""
    is_before_stop = match.end(name) == match.end() and text_after(match).startswith(".")
    return Said(f"{match[name][0].upper()}.M{'' if is_before_stop else '.'}", match.start(name))


def _time(match: re.Match[str], name: str, half_name: str) -> Iterator[Said]:
    half = match[half_name]
    yield Said(_say_clock(match[name], half), match.start(name))
    if half:
        yield _say_half(match, half_name)


def _range(match: re.Match[str]) -> Sequence[Said]:
    last, last_half = ("last", "last_half") if match["last"] else ("hour", "hour_half")
    has_half = match["first_half"] or match[last_half]
    first = [
        Said(_say_clock(match["first"], has_half), match.start("first")),
        *([_say_half(match, "first_half")] if match["first_half"] else []),
    ]
    return [*first, Said("to", match.start("dash")), *_time(match, last, last_half)]


def _clock(match: re.Match[str]) -> Sequence[Said]:
    return tuple(_time(match, "time", "half"))


def _hours_and_minutes(match: re.Match[str]) -> Sequence[Said]:
    """Read "17h30" as a time of day and "1h30" or "1h 30m" as a length."""
    hour, minute = int(match["hour"]), int(match["minute"])
    if hour > 12 and not match["unit"]:
        return [Said(_say_clock(f"{hour}:{minute:02}", None), match.start())]
    return [
        Said(f"{cardinal(hour)} hour{'s' * (hour != 1)}", match.start()),
        Said(f"{cardinal(minute)} minute{'s' * (minute != 1)}", match.start("minute")),
    ]


RULES = (
    Rule(
        re.compile(r"(?<![\w.,:])(?P<hour>1?\d|2[0-4])h[ ]?(?P<minute>[0-5]?\d)(?P<unit>m(?:in)?)?(?![\w:])"),
        _hours_and_minutes,
    ),
    Rule(re.compile(rf"(?<![\w.,:/$€£-]){_FIRST}(?P<dash>{_DASH}){_LAST}"), _range),
    Rule(re.compile(rf"(?<![\w.,:])(?P<time>{_CLOCK})(?:{GAP}?(?P<half>{_HALF}))?"), _clock),
    Rule(re.compile(rf"(?<![\w.,:])(?P<time>{_HOUR}){GAP}?(?P<half>{_HALF})"), _clock),
    Rule(re.compile(rf"(?<=\d){GAP}?:{GAP}?(?=\d)"), said_as("to")),
)
