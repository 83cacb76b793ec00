"""Scripts in JSON or YAML, as models of language write them: scenes with what is said, seen and shown."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from typing import Any

import yaml

from app.planning.text.labels import Kind, kind_of
from app.planning.text.storyboard import PLACE
from schemas.text_width import one_line

FENCED = re.compile(r"(?:^|\n)```[ \t]*(?:json|ya?ml)[ \t]*\n(?P<data>.*?)\n```", re.DOTALL | re.IGNORECASE)
# The first line of a script in YAML; one with anchors is not read.
YAML = re.compile(
    r"\s*(?:---\s*\n)?(?:title|scenes?|script|video|narration|voice_?over|segments|shots)\s*:[^\n]*\n\s*(?:-|\w+\s*:)"
)
ANCHOR = re.compile(r"(?:^|\s)[&*]\w", re.MULTILINE)
LABELS = {Kind.SPEECH: "Narrator", Kind.PICTURE: "Visual", Kind.CAPTION: "On-screen text", Kind.SOUND: "SFX"}
# Names of fields that are no labels of a written script, by what they have.
FIELDS: dict[str, Kind | None] = {
    "text": Kind.SPEECH,
    "content": Kind.SPEECH,
    "sentence": Kind.SPEECH,
    "audio": Kind.SPEECH,
    "say": Kind.SPEECH,
    "narrator text": Kind.SPEECH,
    "narration text": Kind.SPEECH,
    "voice text": Kind.SPEECH,
    "voice script": Kind.SPEECH,
    "voiceover text": Kind.SPEECH,
    "speech text": Kind.SPEECH,
    "spoken text": Kind.SPEECH,
    "texto": Kind.SPEECH,
    "image prompt": Kind.PICTURE,
    "visual prompt": Kind.PICTURE,
    "description": Kind.PICTURE,
    "picture": Kind.PICTURE,
    "video": Kind.PICTURE,
    "scene description": Kind.PICTURE,
    "camera": Kind.PICTURE,
    "speaker": None,
    "character": None,
    "role": None,
    "voice": None,
    "host": None,
    "name": None,
    "style": None,
    "headline": Kind.CAPTION,
    "on screen": Kind.CAPTION,
    "onscreen": Kind.CAPTION,
}
SCENES = (
    "scenes",
    "shots",
    "segments",
    "script",
    "sections",
    "slides",
    "lines",
    "beats",
    "parts",
    "video",
    "storyboard",
)
MAX_DEPTH = 8


def script_of_data(text: str) -> tuple[str, tuple[str, ...]] | None:
    """Return a script in JSON or YAML as labelled lines, and the texts in other fields, each after its name.

    The result is ``None`` if ``text`` is no such script.
    """
    fenced = FENCED.search(text)
    data = _data(fenced["data"] if fenced else text)
    data = _unwrapped(data)
    lines = list(_lines(data, 0)) if isinstance(data, dict | list) else []
    if not any(line.startswith("Narrator: ") for line in lines):
        return None
    return "\n".join(lines).strip(), tuple(_beside(data, 0, "", lines))


def _beside(value: Any, depth: int, name: str, lines: Sequence[str]) -> Iterator[str]:
    """Yield the strings of a value that no line has, without numbers, times and names of scenes."""
    if depth > MAX_DEPTH:
        return
    for key, inner in value.items() if isinstance(value, dict) else ((name, inner) for inner in value):
        if isinstance(inner, dict | list):
            yield from _beside(inner, depth + 1, str(key), lines)
        elif (
            isinstance(inner, str) and not PLACE.fullmatch(inner) and not any(one_line(inner) in line for line in lines)
        ):
            yield f"{key}: {one_line(inner)}"


def _unwrapped(data: Any) -> Any:
    """Return the fields of a script, also if they are those of its only field with fields ("video")."""
    inner = [name for name, value in data.items() if isinstance(value, dict)] if isinstance(data, dict) else []
    if len(inner) != 1 or any(_kind(name) == Kind.TITLE for name in data):
        return data
    return {**{name: value for name, value in data.items() if name != inner[0]}, **data[inner[0]]}


def _data(text: str) -> Any:
    """Return the value of JSON or YAML; ``None`` for another text."""
    try:
        if text.lstrip()[:1] in ("{", "["):
            return json.loads(text)
        # The base loader reads every value as a string.
        return yaml.load(text, yaml.BaseLoader) if YAML.match(text) and not ANCHOR.search(text) else None  # noqa: S506
    except (ValueError, yaml.YAMLError, RecursionError):
        return None


def _lines(value: Any, depth: int, kind: Kind | None = None) -> Iterator[str]:
    """Yield the labelled lines of a value; a blank line parts scenes."""
    if depth > MAX_DEPTH:
        return
    if isinstance(value, str) and kind and one_line(value):
        yield f"{LABELS[kind]}: {one_line(value)}"
    elif isinstance(value, list):
        for item in value:
            yield from ("", "---", "") if isinstance(item, dict) else ()
            yield from _lines(item, depth + 1, kind)
    elif isinstance(value, dict):
        yield from _lines_of_fields(value, depth)


def _lines_of_fields(fields: dict[Any, Any], depth: int) -> Iterator[str]:
    """Yield the title, then what is seen and shown, then what is said."""
    title = next((value for name, value in fields.items() if _kind(name) == Kind.TITLE and isinstance(value, str)), "")
    if title and depth == 0:
        yield f"Title: {one_line(title)}"
    known = [(kind, value) for name, value in fields.items() if (kind := _kind(name)) in LABELS]
    for kind, value in sorted(known, key=lambda field: field[0] == Kind.SPEECH):
        yield from _lines(value, depth + 1, kind)
    for name, value in fields.items():
        if isinstance(value, list | dict) and _kind(name) not in LABELS:
            yield from _lines(value, depth + 1, Kind.SPEECH if _name(name) in SCENES else None)


def _name(name: Any) -> str:
    words = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", str(name))
    return " ".join(re.split(r"[\s_-]+", words.strip().casefold()))


def _kind(name: Any) -> Kind | None:
    words = _name(name)
    if words in FIELDS:
        return FIELDS[words]
    return None if words in SCENES and words != "script" else kind_of(words)[0]
