"""``pytoon revise``, ``revisions`` and ``rollback``: edit a film, list its revisions, go back to an earlier one."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

from app.cli import shared_options as shared
from app.cli.create import print_warnings, wait_and_report
from app.cli.file_checks import check_files, max_file_bytes
from app.cli.local_url import local_url
from app.cli.media_files import upload_file
from app.cli.progress import WORDS
from app.cli.request_options import files_in, music_of, voice_of, with_files
from app.cli.scene_options import scene_fields
from app.client import Client
from app.core.config import settings
from app.core.errors import BadRequest, NotFound
from schemas.asset import ASSET_ID
from schemas.edit import CHANGE_SCHEMAS
from schemas.preset import MOTIONS, TRANSITIONS
from schemas.scene_graph import CLIP_SOUNDS

Plain = dict[str, Any]
MAX_BYTES = 8 << 20
REVISION_KINDS = {"plan": "as planned", "edit": "edited", "rollback": "like"}


class RevisionsClient(Client):
    """A client with the calls about revisions."""

    def revise(self, job_id: str, edit: Plain) -> Plain:
        """Send an edit; return its preview and, unless it was a dry run, the new revision.

        It is not sent again after a broken connection: a second edit of the same revision would be refused.
        """
        return dict(self._ask("POST", _path(job_id), json=edit).json())

    def revisions(self, job_id: str) -> list[Plain]:
        return list(self._ask_again("GET", _path(job_id))["revisions"])

    def differences(self, revision: Plain) -> list[Plain]:
        return list(self._ask_again("GET", revision["links"]["compare"])["differences"])

    def roll_back(self, job_id: str, number: int) -> Plain:
        return dict(self._ask("POST", f"{_path(job_id)}/{number}/rollback").json())


def _path(job_id: str) -> str:
    return f"/api/v2/jobs/{quote(job_id, safe='')}/revisions"


# -- commands --------------------------------------------------------------------------------------------------------


@click.command()
@click.argument("job_id")
@click.option("--scene", type=click.IntRange(1), metavar="N", help="The scene that the following options change.")
@click.option("--caption", help="The caption of the scene.")
@click.option("--voice-line", help='The narration of the scene; "" for none.')
@click.option("--media", metavar="FILE|ID", help='The picture or clip of the scene; "none" for a plain background.')
@click.option("--duration-ms", type=click.IntRange(200), help="The length of the scene; words are never cut.")
@click.option("--transition", metavar="KIND[:MS]", help=f"The transition into the scene: {', '.join(TRANSITIONS)}.")
@click.option("--focus", metavar="X,Y", help='The point that stays in the frame, 0 to 1; "none" to have it found.')
@click.option(
    "--subject",
    metavar="X,Y,W,H",
    help='The part of the picture to show and not to cover, 0 to 1; "none" to have it found.',
)
@click.option(
    "--exposure",
    metavar="STOPS",
    help='How much brighter the picture is, -3 to 3; "film" to match it to the other pictures.',
)
@click.option("--motion", type=click.Choice([*MOTIONS, "any"]), help="How the camera goes over it.")
@click.option("--layout", metavar="NAME", help='Where pictures and words are; "none" for the preset\'s own.')
@click.option("--item", metavar="N/TOTAL", help='The place of the scene in a list, such as 2/5; "none" for none.')
@click.option("--author", metavar="NAME", help='Who said the quotation of the scene; "" removes the name.')
@click.option("--turn/--no-turn", default=None, help="Whether the text turns before the scene: a longer pause.")
@click.option("--archetype", metavar="NAME", help='What the scene is made of (docs/archetypes.md); "none" for none.')
@click.option(
    "--engine", metavar="NAME[:MODEL]", help='The engine that is tried first for it; "film": as for the others.'
)
@click.option(
    "--take", metavar="new|N", help='"new": have it made and spoken again, in another way. A number: that take.'
)
@click.option("--description", help="What the scene shows, for engines that generate pictures.")
@click.option("--order", metavar="2,1,3", help="All scenes in their new order.")
@click.option("--remove", type=click.IntRange(1), multiple=True, metavar="N", help="Remove a scene.")
@shared.title
@shared.preset
@shared.captions
@shared.progress
@shared.credits
@shared.voice
@shared.music
@click.option(
    "--clip-sound",
    type=click.Choice([*CLIP_SOUNDS, "film"]),
    help='How the own sound of clips is heard, of one with --scene; "film": like the others.',
)
@shared.effects
@click.option("--from", "source", metavar="FILE|-", help="Changes as JSON, applied before those of the other options.")
@click.option("--dry-run", is_flag=True, help="Only print what would be made again.")
@click.option("--wait/--no-wait", default=True, help="Wait for the film, or only send the edit.")
@shared.out
@click.option("--json", "as_json", is_flag=True, help="Print the server's reply as JSON.")
@shared.url
@click.pass_context
def revise(ctx: click.Context, /, job_id: str, source: str | None, url: str | None, **how: Any) -> None:
    """Edit a film; only what changes is made again."""
    console = Console(stderr=how["as_json"])
    client = RevisionsClient(url or local_url(settings()))
    changes = [*_read(source), *_changes(how, client, console)]
    if not changes:
        raise BadRequest("revise", "no change is given; name at least one by an option or by --from")
    base = client.revisions(job_id)[-1]["number"]
    answer = client.revise(job_id, {"changes": changes, "based_on": base, "dry_run": how["dry_run"]})
    print_answer(console, answer)
    if how["as_json"] and (how["dry_run"] or not how["wait"]):
        click.echo(json.dumps(answer, ensure_ascii=False, indent=1))
    if how["wait"] and not how["dry_run"]:
        ctx.exit(0 if wait_and_report(client, console, job_id, how["out"], as_json=how["as_json"]) else 1)


@click.command()
@click.argument("job_id")
@click.option("--json", "as_json", is_flag=True, help="Print the revisions as JSON.")
@shared.url
def revisions(job_id: str, as_json: bool, url: str | None) -> None:
    """List the revisions of a film and what each of them changed."""
    client = RevisionsClient(url or local_url(settings()))
    listed = client.revisions(job_id)
    if as_json:
        click.echo(json.dumps(listed, ensure_ascii=False, indent=1))
        return
    lines = Table(box=None, show_header=False, padding=(0, 1))
    for revision in listed:
        is_edit = revision["kind"] == "edit"
        changes = [difference["words"] for difference in client.differences(revision)] if is_edit else []
        lines.add_row(str(revision["number"]), _kind(revision), WORDS[revision["state"]], Text("\n".join(changes)))
    Console().print(lines)


@click.command()
@click.argument("job_id")
@click.argument("number", type=click.IntRange(1))
@click.option("--wait/--no-wait", default=True, help="Wait for the film when its files have to be made again.")
@shared.url
@click.pass_context
def rollback(ctx: click.Context, job_id: str, number: int, wait: bool, url: str | None) -> None:
    """Make an earlier revision of a film the newest one."""
    client, console = RevisionsClient(url or local_url(settings())), Console()
    answer = client.roll_back(job_id, number)
    at_once = answer["at_once"]
    console.print(
        f"Revision {answer['revision']} is like revision {number}{'' if at_once else '; its files are made again'}."
    )
    if at_once or wait:
        ctx.exit(0 if wait_and_report(client, console, job_id, None) else 1)


# -- changes ---------------------------------------------------------------------------------------------------------


def _read(source: str | None) -> list[Any]:
    """The changes in a file: a list, or an object with ``changes``. Raises ``NotFound`` or ``BadRequest``."""
    if source is None:
        return []
    try:
        text = sys.stdin.read(MAX_BYTES) if source == "-" else Path(source).expanduser().read_text(encoding="utf-8")
        plain = json.loads(text)
    except FileNotFoundError as error:
        raise NotFound("file", source) from error
    except (OSError, ValueError) as error:
        raise BadRequest("--from", f"{source} cannot be read: {error}") from error
    changes = plain.get("changes") if isinstance(plain, dict) else plain
    if isinstance(plain, dict) and any(name in plain for name in CHANGE_SCHEMAS):
        changes = [plain]
    if not isinstance(changes, list):
        raise BadRequest("--from", 'the file has to have a list of changes, or {"changes": […]}')
    return changes


def _changes(how: Mapping[str, Any], client: Client, console: Console) -> list[Plain]:
    """The changes that the options describe. Files are uploaded after all other options are valid."""
    scene, film, media = scene_fields(how), _film(how), _asset_or_file(how["media"])
    if files := [path for path in (media, *files_in(film)) if isinstance(path, Path)]:
        check_files(files, max_file_bytes(client))

    def upload(path: Path) -> str:
        return upload_file(client, console, path)["asset_id"]

    changes: list[Plain] = [{"remove": number} for number in how["remove"]]
    if how["order"]:
        changes.append({"order": _numbers(how["order"])})
    if how["media"] is not None:
        asset = upload(media) if isinstance(media, Path) else media
        scene["media"] = {"asset": asset, **scene.get("media", {})}
    film = with_files(film, upload)
    if scene:
        changes.append({"scene": how["scene"], **scene})
    return [*changes, {"film": film}] if film else changes


def _film(how: Mapping[str, Any]) -> Plain:
    clip_sound = how["clip_sound"] if how["scene"] is None else None
    if clip_sound == "film":
        raise BadRequest("--clip-sound", "film needs --scene N, the scene that is to sound like the others")
    fields = {
        "clip_sound": clip_sound,
        "effects": how["effects"],
        "title": how["title"],
        "preset_id": how["preset"],
        "captions": how["captions"],
        "progress": how["progress"],
        "credits": how["credits"],
        "voice": voice_of(how["voice"]),
        "music": music_of(how["music"]),
    }
    return {name: value for name, value in fields.items() if value is not None}


def _numbers(text: str) -> list[int]:
    try:
        return [int(part) for part in text.split(",")]
    except ValueError as error:
        raise BadRequest("--order", f"{text} is not a list of numbers such as 2,1,3") from error


def _asset_or_file(text: str | None) -> str | Path | None:
    """The id of an asset or the path of a file that ``--media`` names; ``None`` for "none"."""
    if text is None or text == "none":
        return None
    if ASSET_ID.fullmatch(text):
        return text
    path = Path(text).expanduser()
    if not path.is_file():
        raise NotFound("file for --media", text)
    return path


# -- output ----------------------------------------------------------------------------------------------------------


def print_answer(console: Console, answer: Plain) -> None:
    """Print the warnings of an edit, what is made again, and the number of the new revision."""
    print_warnings(console, answer["warnings"])
    console.print("\n".join(_preview_lines(answer["preview"])), markup=False, highlight=False)
    if "revision" in answer:
        console.print(f"This is revision {answer['revision']}, made from revision {answer['based_on']}.")


def _preview_lines(preview: Plain) -> list[str]:
    parts = [("rendered", "scenes"), ("spoken", "voice"), ("encoded", "segments")]
    lines = [f"{done} again: scene {_listed(preview[name])}" for done, name in parts if preview[name]]
    whole = {"music": "the music", "mix": "the sound", "film": "the film's file"}
    again = [word for name, word in whole.items() if preview[name]]
    lines += [f"made again: {', '.join(again)}"] if again else []
    guess = "" if preview["exact"] else "; lengths are estimates until the voice and the clips are made"
    cost = f", {preview['cost_usd']:.2f} USD" if preview["cost_usd"] else ""
    length = preview["length_ms"] / 1000
    return [*lines, f"about {preview['seconds']:g} s of work{cost}, for a film of {length:.1f} s{guess}"]


def _listed(ids: list[int]) -> str:
    return ", ".join(map(str, ids))


def _kind(revision: Plain) -> str:
    words = REVISION_KINDS[revision["kind"]]
    return f"{words} {revision['parent']}" if revision["kind"] == "rollback" else words
