"""The command-line options of ``pytoon revise`` that change one scene, as fields of an edit."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from app.core.errors import BadRequest
from schemas.preset import TRANSITIONS

Plain = dict[str, Any]


def scene_fields(how: Mapping[str, Any]) -> Plain:
    """Return the fields of the edit of scene ``how["scene"]``; empty without one.

    ``how`` has the value of each option, ``None`` if it is not given. The option ``media`` is left to the caller, who
    uploads its file. Raises ``BadRequest`` for an invalid value, for an option that needs a scene, and for a scene
    without an option.
    """
    named = [name for name in SCENE_OPTIONS if how[name] is not None]
    if how["scene"] is None:
        if named:
            raise BadRequest(f"--{named[0].replace('_', '-')}", "it needs --scene N, the scene to change")
        return {}
    named += [name for name in SHARED_OPTIONS if how[name] is not None]
    if not named:
        raise BadRequest("--scene", "it needs an option that changes the scene, such as --caption")
    fields: Plain = {}
    for name in named:
        if name in _FIELDS:
            path, parse = _FIELDS[name]
            outer, _, inner = path.partition(".")
            value = parse(how[name])
            fields[outer] = {**fields.get(outer, {}), inner: value} if inner else value
    return fields


def _unchanged(value: Any) -> Any:
    return value


def _unless(word: str) -> Callable[[str], str | None]:
    """Return the parser of an option whose value ``word`` removes the field's value."""
    return lambda text: None if text == word else text


def _transition(text: str) -> Plain:
    kind, colon, ms = text.partition(":")
    if kind not in TRANSITIONS or (colon and not ms.isdecimal()):
        raise BadRequest("--transition", f"{text} is none of {', '.join(TRANSITIONS)}, optionally followed by :MS")
    return {"kind": kind, "duration_ms": int(ms)} if ms else {"kind": kind}


def _focus(text: str) -> Plain | None:
    if text == "none":
        return None
    try:
        x, y = (float(part) for part in text.split(","))
    except ValueError as error:
        raise BadRequest("--focus", f"{text} is not two numbers such as 0.3,0.4") from error
    return {"x": x, "y": y}


def _stops(text: str) -> float | None:
    if text == "film":
        return None
    try:
        return float(text)
    except ValueError as error:
        raise BadRequest("--exposure", f"{text} is not a number such as 0.5") from error


def _subject(text: str) -> Plain | None:
    if text == "none":
        return None
    try:
        left, top, width, height = (float(part) for part in text.split(","))
    except ValueError as error:
        raise BadRequest("--subject", f"{text} is not four numbers such as 0.6,0.1,0.3,0.4") from error
    return {"left": left, "top": top, "width": width, "height": height}


def _item(text: str) -> Plain | None:
    """The place in a list that "2/5" names, or that of a step by "Step 2/5"."""
    if text == "none":
        return None
    label, _, place = text.rpartition(" ")
    number, _, total = place.partition("/")
    if not (number.isdecimal() and total.isdecimal()):
        raise BadRequest("--item", f"{text} is not a place such as 2/5 or Step 2/5")
    return {"number": int(number), "total": int(total), **({"label": label, "dots": True} if label else {})}


def _take(text: str) -> str | int:
    if text != "new" and not text.isdecimal():
        raise BadRequest("--take", f"{text} is neither new nor the number of a take")
    return text if text == "new" else int(text)


# The field of the edit that each option sets, with the parser of its value.
_FIELDS: dict[str, tuple[str, Callable[[Any], Any]]] = {
    "caption": ("caption", _unchanged),
    "voice_line": ("voice_script", _unchanged),
    "duration_ms": ("duration_ms", _unchanged),
    "transition": ("transition", _transition),
    "focus": ("focus", _focus),
    "subject": ("media.subject", _subject),
    "exposure": ("media.exposure", _stops),
    "motion": ("style.motion", _unless("any")),
    "layout": ("layout", _unless("none")),
    "engine": ("engine", _unless("film")),
    "take": ("take", _take),
    "description": ("description", _unchanged),
    "item": ("item", _item),
    "author": ("attribution", _unchanged),
    "turn": ("turn", _unchanged),
    "archetype": ("archetype", _unless("none")),
    "clip_sound": ("media.sound", _unless("film")),
}
# Options of the scene if there is one, else of the film.
SHARED_OPTIONS = ("clip_sound",)
SCENE_OPTIONS = ("media", *(name for name in _FIELDS if name not in SHARED_OPTIONS))
