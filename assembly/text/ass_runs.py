"""The runs of an ASS event at one moment: what libass draws with one font, size and scale.

Reading the document, instead of deciding a second time what its lines look like, keeps pictures laid over the text in
step with every highlight and animation in it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import pysubs2

from assembly.text import ass

# Text with escaped braces, or an override block.
_TOKENS = re.compile(r"(?:\\[{}]|[^{])+|\{[^}]*\}")
# Tags that change where text is; all others only change how it looks and are ignored. Longer names come first.
_NUMBERS = {"fscx": "scale_x", "fscy": "scale_y", "fsp": "spacing", "fs": "font_size", "pbo": "descent"}
_TAG = re.compile(
    r"\\(?:(t|pos|move|fade|fad)\(([^)]*)\)|(fscx|fscy|fsp|fs|fn|pbo|p|an|alpha|1a|bord|be|blur|b)([^\\]*))"
)
_DRAWING_SIZE = re.compile(r"m 0 0 m (\S+) (\S+)")
# Alpha of ASS: 0 is opaque.
TRANSPARENT = 255


@dataclass(frozen=True, slots=True)
class RunStyle:
    """The state of the override tags: scales in percent, sizes in pixels; ``descent`` is that of a drawing."""

    family: str
    bold: bool
    font_size: float
    spacing: float
    scale_x: float
    scale_y: float
    alpha: float
    descent: float = 0.0
    is_drawing: bool = False


@dataclass(frozen=True, slots=True)
class Run:
    """``text`` is what is drawn, or the comment before a drawing that has ``width`` × ``height`` pixels at 100 %."""

    style: RunStyle
    text: str
    width: float = 0.0
    height: float = 0.0


@dataclass(frozen=True, slots=True)
class Line:
    """An event at one moment: its runs, its anchor in pixels of the frame, its alignment (1 … 9) and its opacity."""

    runs: tuple[Run, ...]
    x: float
    y: float
    alignment: int
    opacity: float


@dataclass(slots=True)
class _State:
    style: RunStyle
    elapsed_ms: int
    length_ms: int
    x: float = 0.0
    y: float = 0.0
    alignment: int = 5
    opacity: float = 1.0


def line_at(event: pysubs2.SSAEvent, style: pysubs2.SSAStyle, time_ms: int) -> Line:
    """Return ``event`` as libass draws it at ``time_ms`` of the document."""
    first = RunStyle(
        style.fontname,
        bool(style.bold),
        style.fontsize,
        style.spacing,
        style.scalex,
        style.scaley,
        style.primarycolor.a,
    )
    state = _State(first, time_ms - event.start, event.end - event.start)
    runs, comment = [], ""
    for token in _TOKENS.findall(event.text):
        if token.startswith("{"):
            comment = token[1:-1].partition("\\")[0]
            _apply_tags(state, token[1:-1], 1.0)
        elif state.style.is_drawing:
            runs.append(_drawing(state.style, comment, token))
        else:
            runs.append(Run(state.style, _unescaped(token)))
    return Line(tuple(runs), state.x, state.y, state.alignment, state.opacity)


def _drawing(style: RunStyle, comment: str, commands: str) -> Run:
    size = _DRAWING_SIZE.fullmatch(commands.strip())
    return Run(style, comment, *map(float, size.groups())) if size else Run(style, comment)


def _unescaped(text: str) -> str:
    return text.replace("\\{", "{").replace("\\}", "}").replace("\\" + ass.WORD_JOINER, "\\")


# -- override tags ---------------------------------------------------------------------------------------------------


def _apply_tags(state: _State, tags: str, progress: float) -> None:
    """Apply override tags; ``progress`` is their share of the change inside an animation (0 … 1)."""
    for name, in_brackets, simple, argument in _TAG.findall(tags):
        if name:
            _LINE_TAGS[name](state, in_brackets)
        else:
            state.style = _restyled(state, simple, argument.strip(), progress)


def _restyled(state: _State, name: str, argument: str, progress: float) -> RunStyle:
    style = state.style
    if name in _NUMBERS:
        old = getattr(style, _NUMBERS[name])
        return replace(style, **{_NUMBERS[name]: old + (float(argument) - old) * progress})
    if name in ("alpha", "1a"):
        alpha = int(argument.strip("&H"), 16) if argument.strip("&H") else 0
        return replace(style, alpha=style.alpha + (alpha - style.alpha) * progress)
    if name == "an":
        state.alignment = int(argument)
    if name == "fn":
        return replace(style, family=argument)
    if name == "b":
        return replace(style, bold=argument not in ("", "0"))
    return replace(style, is_drawing=argument != "0") if name == "p" else style


def _animate(state: _State, argument: str) -> None:
    """Apply ``\\t([start, end,] [acceleration,] tags)``; libass changes the state of all text that follows."""
    numbers, _, tags = argument.partition("\\")
    values = [float(value) for value in numbers.split(",") if value.strip()]
    acceleration = values[-1] if len(values) in (1, 3) else 1.0
    start, end = values[:2] if len(values) > 1 else (0.0, 0.0)
    _apply_tags(state, "\\" + tags, _progress(state.elapsed_ms, start, end or state.length_ms) ** acceleration)


def _progress(time_ms: float, start_ms: float, end_ms: float) -> float:
    if time_ms >= end_ms:
        return 1.0
    return 0.0 if time_ms <= start_ms else (time_ms - start_ms) / (end_ms - start_ms)


def _move_to(state: _State, argument: str) -> None:
    state.x, state.y = _floats(argument)


def _move(state: _State, argument: str) -> None:
    x1, y1, x2, y2, *times = _floats(argument)
    start, end = times if times else (0.0, 0.0)
    share = _progress(state.elapsed_ms, start, end or state.length_ms)
    state.x, state.y = x1 + (x2 - x1) * share, y1 + (y2 - y1) * share


def _fade(state: _State, argument: str) -> None:
    fade_in_ms, fade_out_ms = _floats(argument)
    times = (0.0, fade_in_ms, state.length_ms - fade_out_ms, state.length_ms)
    state.opacity = _opacity(state.elapsed_ms, (TRANSPARENT, 0.0, TRANSPARENT), times)


def _fade_between(state: _State, argument: str) -> None:
    first, middle, last, *times = _floats(argument)
    state.opacity = _opacity(state.elapsed_ms, (first, middle, last), times)


def _opacity(time_ms: int, alphas: Sequence[float], times: Sequence[float]) -> float:
    """Return the opacity: the first alpha until the first time, the second between the middle two, then the third."""
    first, middle, last = alphas
    fading_in, fading_out = _progress(time_ms, *times[:2]), _progress(time_ms, *times[2:])
    alpha = first + (middle - first) * fading_in
    return 1 - (alpha + (last - alpha) * fading_out) / TRANSPARENT


def _floats(argument: str) -> Iterator[float]:
    return map(float, argument.split(","))


_LINE_TAGS = {"t": _animate, "pos": _move_to, "move": _move, "fad": _fade, "fade": _fade_between}
