"""Command-line options as fields of a request."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from app.core.errors import BadRequest, NotFound
from app.inputs import registry
from schemas.omissions import OmissionSchema
from schemas.preset import MOODS
from schemas.script import Script

Plain = dict[str, Any]


class Spreading(click.Command):
    """``--media a.jpg b.jpg`` means ``--media a.jpg --media b.jpg``, so that ``--media *.jpg`` works in a shell."""

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
    return registry.read_script(data, "standard input" if source == "-" else Path(source).name)


def _content(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(registry.MAX_SOURCE_BYTES + 1)


def _piped() -> bytes:
    # A replaced standard input, as in tests, may have text and no buffer.
    stream = getattr(sys.stdin, "buffer", None)
    return stream.read(registry.MAX_SOURCE_BYTES + 1) if stream else sys.stdin.read().encode()


def request_of(script: Script | None, prompt: str | None, how: Plain) -> Plain:
    """The fields of a request; ``None`` leaves a field to the server. Raises ``BadRequest``.

    The options override the title and the language that the script names.
    """
    sources = (script is not None) + (prompt is not None)
    if sources > 1 or (sources == 0 and not (how["has_media"] and how["title"])):
        raise BadRequest("--from", "give either a script by --from or an idea by --prompt, or --media with --title")
    own = script_fields(script) if script else {}
    return {
        "script": own.get("script"),
        "prompt": prompt,
        "media_order": how["media_order"],
        "preset_id": how["preset"],
        "aspect": how["aspect"],
        "quality": how["quality"],
        "voice": voice_of(how["voice"]),
        "music": music_of(how["music"]),
        "clip_sound": how["clip_sound"],
        "brand": _brand_of(how["handle"], how["logo"]),
        "effects": how["effects"],
        "engine_preference": how["engine"],
        "engine_policy": how["engine_policy"],
        "budget_usd": how["budget"],
        "takes": how["takes"],
        "continuity": how["continuity"],
        "target_duration_seconds": how["seconds"],
        "title": how["title"] or own.get("title"),
        "language": how["language"] or own.get("language"),
        "seed": how["seed"],
        "captions": how["captions"],
        "progress": how["progress"],
        "credits": how["credits"],
        "review": how.get("review"),
        "strict": how["strict"],
        "archetype": how["archetype"],
        "omissions": [OmissionSchema.plain(part) for part in script.left_out] if script else [],
    }


def script_fields(script: Script) -> Plain:
    """The fields of a request that a script fills."""
    fields = {"script": script.text, "title": script.title, "language": script.language}
    return {name: value for name, value in fields.items() if value}


def voice_of(text: str | None) -> Plain | None:
    """The voice that "none", "hibari" (a provider) or "hibari:amy" (a voice of a provider) names."""
    if text is None:
        return None
    provider, _, voice = text.partition(":")
    return {"provider": provider, **({"voice": voice} if voice else {})}


def music_of(text: str | None) -> str | Path | Plain | None:
    """The music that "none", the path of a file, or a mood names, tried in this order; else raises ``BadRequest``."""
    if text is None or text == "none":
        return text
    if Path(text).is_file():
        return Path(text)
    if text not in MOODS:
        raise BadRequest("--music", f"{text} is neither a file nor one of none, {', '.join(MOODS)}")
    return {"mood": text}


def _brand_of(handle: str | None, logo: Path | None) -> Plain | None:
    fields = {"handle": handle, "logo": logo}
    return {name: value for name, value in fields.items() if value} or None


def files_in(fields: Plain) -> list[Path]:
    """The paths of music and a logo in ``fields``."""
    named = (fields.get("music"), (fields.get("brand") or {}).get("logo"))
    return [path for path in named if isinstance(path, Path)]


def with_files(fields: Plain, upload: Callable[[Path], str]) -> Plain:
    """``fields`` with asset ids in place of the paths of music and a logo; uploads them, so call it after all
    validation."""
    music, brand = fields.get("music"), fields.get("brand")
    if isinstance(music, Path):
        fields = fields | {"music": {"asset": upload(music)}}
    if brand and isinstance(brand.get("logo"), Path):
        fields = fields | {"brand": brand | {"logo": upload(brand["logo"])}}
    return fields
