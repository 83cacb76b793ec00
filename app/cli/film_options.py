"""The options that describe a film, of every command that sends a request for one, and that request."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click
from rich.console import Console

from app.cli import shared_options as shared
from app.cli.media_files import check_media, media_files, upload_file, upload_media
from app.cli.request_options import files_in, request_of, script_of, with_files
from app.client import Client
from schemas.job import CONTINUITIES, MAX_TAKES, MEDIA_ORDERS, POLICIES
from schemas.omissions import OmissionSchema
from schemas.scene_graph import ARCHETYPES, CLIP_SOUNDS

Plain = dict[str, Any]
Command = TypeVar("Command", bound=Callable[..., Any])

OPTIONS: tuple[Callable[[Any], Any], ...] = (
    click.option(
        "--from", "source", metavar="FILE|-", help="The narration, as text or Markdown; - reads standard input."
    ),
    click.option("--prompt", help="An idea; the script is written from it."),
    click.option(
        "--media", multiple=True, metavar="FILE …", help="Pictures and clips in order; a directory means its files."
    ),
    click.option(
        "--media-order",
        type=click.Choice(MEDIA_ORDERS),
        help="Keep the order given, or match names to lines; by default they are matched if they tell clearly.",
    ),
    shared.preset,
    shared.aspect,
    shared.quality,
    shared.voice,
    shared.music,
    click.option("--clip-sound", type=click.Choice(CLIP_SOUNDS), help="How the own sound of clips is heard."),
    click.option("--handle", help="Your handle or address, shown in the last scene."),
    click.option(
        "--logo",
        type=click.Path(path_type=Path, exists=True, dir_okay=False),
        help="Your logo, shown in the last scene.",
    ),
    shared.effects,
    shared.engine,
    click.option("--engine-policy", type=click.Choice(POLICIES), help="Which engines may be used."),
    click.option("--budget", type=click.FloatRange(0), metavar="USD", help="The most that hosted engines may cost."),
    click.option("--takes", type=click.IntRange(1, MAX_TAKES), help="Clips to order for each generated scene."),
    click.option("--continuity", type=click.Choice(CONTINUITIES), help="What generated scenes have in common."),
    click.option("--archetype", type=click.Choice(ARCHETYPES), help="What each scene is made of (docs/archetypes.md)."),
    click.option("--seconds", type=click.IntRange(1, 600), help="The length to aim for."),
    click.option("--title", help="The title of the film; with media and no text, all that it says."),
    click.option("--language", metavar="CODE", help="The language of the script; detected by default."),
    click.option("--seed", type=click.IntRange(0), help="The same seed and request give the same film."),
    shared.captions,
    shared.progress,
    shared.credits,
    click.option(
        "--strict", is_flag=True, default=None, help="Refuse what would not be in the film instead of warning."
    ),
)


def film_options(command: Command) -> Command:
    """Give a command the options of a film, in the order of ``OPTIONS``."""
    for option in reversed(OPTIONS):
        command = option(command)
    return command


def sent_request(client: Client, console: Console, how: Plain) -> Plain:
    """Return the request that the options describe; uploads its files, after all of them are checked.

    Raises ``BadRequest`` and the errors of reading and uploading files.
    """
    media = how["media"]
    request = request_of(script_of(how["source"]), how["prompt"], how | {"has_media": bool(media)})
    strict = bool(how["strict"])
    files = check_media(client, media_files(media), files_in(request), strict=strict)
    request = with_files(request, lambda path: upload_file(client, console, path)["asset_id"])
    request["media"], omissions = upload_media(client, console, files, strict=strict)
    request["omissions"] += map(OmissionSchema.plain, omissions)
    return {name: value for name, value in request.items() if value not in (None, [])}
