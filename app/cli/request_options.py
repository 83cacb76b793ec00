"""What is said on the command line, as a request says it."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import click

from app.core.errors import BadRequest, NotFound
from app.inputs import registry
from schemas.preset import MOODS
from schemas.script import Script

Plain = dict[str, Any]
PICTURES = (".jpg", ".jpeg", ".png", ".webp", ".gif", ".bmp", ".tif", ".tiff", ".avif", ".mp4", ".mov", ".webm", ".mkv")


class Spreading(click.Command):
    """``--media a.jpg b.jpg`` means ``--media a.jpg --media b.jpg``: what a shell makes of ``--media *.jpg``."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        spread: list[str] = []
        inside = False
        for arg in args:
            if inside and not arg.startswith("-"):
                spread += ["--media", arg]
                continue
            inside = arg == "--media" or arg.startswith("--media=")
            if arg != "--media":
                spread.append(arg)
        return super().parse_args(ctx, spread)


def script_of(source: str | None) -> Script | None:
    """The script in a file or in standard input. Raises ``NotFound``, ``BadRequest`` or ``TooLarge``."""
    if source is None:
        return None
    try:
        data = _piped() if source == "-" else _content(Path(source).expanduser())
    except FileNotFoundError as error:
        raise NotFound("file", source) from error
    except OSError as error:
        raise BadRequest("--from", f"{source} cannot be read: {error.strerror}") from error
    return registry.script_of(data, "standard input" if source == "-" else Path(source).name)


def _content(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(registry.MAX_SOURCE_BYTES + 1)


def _piped() -> bytes:
    # A stream that somebody put in its place may have text and no bytes.
    stream = getattr(sys.stdin, "buffer", None)
    return stream.read(registry.MAX_SOURCE_BYTES + 1) if stream else sys.stdin.read().encode()


def request_of(script: Script | None, prompt: str | None, how: Plain) -> Plain:
    """The request's fields; those that are ``None`` are left to the server. Raises ``BadRequest``.

    What the options say goes before what the script says of itself.
    """
    if (script is None) == (prompt is None):
        raise BadRequest("--from", "give either a script by --from or an idea by --prompt")
    own = told(script) if script else {}
    return {
        "script": own.get("script"),
        "prompt": prompt,
        "preset_id": how["preset"],
        "aspect": how["aspect"],
        "quality": how["quality"],
        "voice": voice_of(how["voice"]),
        "music": music_of(how["music"]),
        "target_duration_seconds": how["seconds"],
        "title": how["title"] or own.get("title"),
        "language": how["language"] or own.get("language"),
        "seed": how["seed"],
        "captions": how["captions"],
        "review": how["review"],
    }


def told(script: Script) -> Plain:
    """The fields of a request that a script fills."""
    fields = {"script": script.text, "title": script.title, "language": script.language}
    return {name: value for name, value in fields.items() if value}


def voice_of(text: str | None) -> Plain | None:
    """ "none" and "hibari" are providers, "hibari:amy" is a provider's voice."""
    if text is None:
        return None
    provider, _, voice = text.partition(":")
    return {"provider": provider, **({"voice": voice} if voice else {})}


def music_of(text: str | None) -> str | Path | Plain | None:
    """ "none", the path of a file, or a mood, in this order; raises ``BadRequest`` for anything else."""
    if text is None or text == "none":
        return text
    if Path(text).is_file():
        return Path(text)
    if text not in MOODS:
        raise BadRequest("--music", f"{text} is neither a file nor one of none, {', '.join(MOODS)}")
    return {"mood": text}


def with_music(fields: Plain, upload: Callable[[Path], str]) -> Plain:
    """``fields`` with the id of the uploaded file where "music" is a path; to be called when all else is valid."""
    path = fields.get("music")
    return fields | {"music": {"asset": upload(path)}} if isinstance(path, Path) else fields


def media_paths(given: Sequence[str]) -> list[Path]:
    """Files in the order given; a folder stands for the pictures and clips in it, by name. Raises ``NotFound``."""
    found: list[Path] = []
    for name in given:
        path = Path(name).expanduser()
        if path.is_dir():
            inside = sorted(each for each in path.iterdir() if each.suffix.lower() in PICTURES and each.is_file())
            if not inside:
                raise BadRequest("--media", f"there are no pictures or clips in {name}")
            found += inside
        elif path.is_file():
            found.append(path)
        else:
            raise NotFound("file", name)
    return found
