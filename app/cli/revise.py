"""``pytoon revise``, ``revisions`` and ``rollback``: a film that is there becomes another one."""

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

from app.cli.create import local_url, print_warnings, upload_media, wait_and_report
from app.cli.progress import WORDS
from app.cli.request_options import music_of, voice_of, with_music
from app.client import Client
from app.core.config import settings
from app.core.errors import BadRequest, NotFound
from schemas.asset import ASSET_ID
from schemas.edit import KINDS
from schemas.preset import MOODS, MOTIONS, TRANSITIONS

Plain = dict[str, Any]
MAX_BYTES = 8 << 20
OF_A_SCENE = ("caption", "voice_line", "media", "duration_ms", "transition", "focus", "motion", "take", "description")
KINDS_OF_REVISION = {"plan": "as planned", "edit": "edited", "rollback": "like"}


class Editor(Client):
    """A server's revisions of one job."""

    def revise(self, job_id: str, edit: Plain) -> Plain:
        """What the edit takes, and the receipt unless it was only asked for. Sent once: it names what it builds on."""
        return dict(self._ask("POST", _path(job_id), json=edit).json())

    def revisions(self, job_id: str) -> list[Plain]:
        return list(self._patiently("GET", _path(job_id))["revisions"])

    def compared(self, revision: Plain) -> list[Plain]:
        return list(self._patiently("GET", revision["links"]["compare"])["differences"])

    def roll_back(self, job_id: str, number: int) -> Plain:
        return dict(self._ask("POST", f"{_path(job_id)}/{number}/rollback").json())


def _path(job_id: str) -> str:
    return f"/api/v2/jobs/{quote(job_id, safe='')}/revisions"


# -- commands --------------------------------------------------------------------------------------------------------


@click.command()
@click.argument("job_id")
@click.option("--scene", type=click.IntRange(1), metavar="N", help="The scene that the next options are about.")
@click.option("--caption", help="Its words in the picture.")
@click.option("--voice-line", help='What is said in it; "" for nothing.')
@click.option("--media", metavar="FILE|ID", help='Its picture or clip; "none" for a plain ground.')
@click.option("--duration-ms", type=click.IntRange(200), help="How long it lasts; words are never cut.")
@click.option("--transition", metavar="KIND[:MS]", help=f"How it comes in: {', '.join(TRANSITIONS)}.")
@click.option("--focus", metavar="X,Y", help='The point that stays in the frame, 0 to 1; "none" to have it found.')
@click.option("--motion", type=click.Choice([*MOTIONS, "any"]), help="How the camera goes over it.")
@click.option("--take", type=click.Choice(["new"]), help="Have it made and spoken again, in another way.")
@click.option("--description", help="What it shows, for engines that make pictures.")
@click.option("--order", metavar="2,1,3", help="All scenes in their new order.")
@click.option("--remove", type=click.IntRange(1), multiple=True, metavar="N", help="Take a scene out.")
@click.option("--title", help="The film's title.")
@click.option("--preset", metavar="NAME", help="Another look.")
@click.option("--captions/--no-captions", default=None, help="Words in the picture.")
@click.option("--voice", metavar="NAME", help='Who speaks: "none", a provider, or provider:voice.')
@click.option("--music", metavar="WHAT", help=f'"none", a file, or a mood: {", ".join(MOODS)}.')
@click.option("--from", "source", metavar="FILE|-", help="Changes as JSON, made before those of the other options.")
@click.option("--dry-run", is_flag=True, help="Only say what it would take.")
@click.option("--wait/--no-wait", default=True, help="Wait for the film, or only send the edit.")
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), help="Fetch the files into this folder.")
@click.option("--json", "as_json", is_flag=True, help="The server's answer as JSON on standard output.")
@click.option("--url", help="The server; the one on this machine unless given.")
@click.pass_context
def revise(ctx: click.Context, /, job_id: str, source: str | None, url: str | None, **how: Any) -> None:
    """Change a film; only what changes is made again."""
    console = Console(stderr=how["as_json"])
    client = Editor(url or local_url(settings()))
    changes = [*_read(source), *_changes(how, client, console)]
    if not changes:
        raise BadRequest("revise", "nothing is to be changed; say what, by an option or by --from")
    base = client.revisions(job_id)[-1]["number"]
    answer = client.revise(job_id, {"changes": changes, "based_on": base, "dry_run": how["dry_run"]})
    told(console, answer)
    if how["as_json"] and (how["dry_run"] or not how["wait"]):
        click.echo(json.dumps(answer, ensure_ascii=False, indent=1))
    if how["wait"] and not how["dry_run"]:
        ctx.exit(0 if wait_and_report(client, console, job_id, how["out"], as_json=how["as_json"]) else 1)


@click.command()
@click.argument("job_id")
@click.option("--json", "as_json", is_flag=True, help="The revisions as JSON on standard output.")
@click.option("--url", help="The server; the one on this machine unless given.")
def revisions(job_id: str, as_json: bool, url: str | None) -> None:
    """The versions of a film, and what was changed for each."""
    client = Editor(url or local_url(settings()))
    found = client.revisions(job_id)
    if as_json:
        click.echo(json.dumps(found, ensure_ascii=False, indent=1))
        return
    lines = Table(box=None, show_header=False, padding=(0, 1))
    for each in found:
        changes = [one["words"] for one in client.compared(each)] if each["kind"] == "edit" else []
        lines.add_row(str(each["number"]), _kind(each), WORDS[each["state"]], Text("\n".join(changes)))
    Console().print(lines)


@click.command()
@click.argument("job_id")
@click.argument("number", type=click.IntRange(1))
@click.option("--wait/--no-wait", default=True, help="Where it is made again: wait for it, or not.")
@click.option("--url", help="The server; the one on this machine unless given.")
@click.pass_context
def rollback(ctx: click.Context, job_id: str, number: int, wait: bool, url: str | None) -> None:
    """Go back to an earlier version of a film."""
    client, console = Editor(url or local_url(settings())), Console()
    answer = client.roll_back(job_id, number)
    at_once = answer["at_once"]
    console.print(
        f"Revision {answer['revision']} is like revision {number}{'' if at_once else '; its files are made again'}."
    )
    if at_once or wait:
        ctx.exit(0 if wait_and_report(client, console, job_id, None) else 1)


# -- what is to be changed -------------------------------------------------------------------------------------------


def _read(source: str | None) -> list[Any]:
    """The changes in a file: a list, or an object that has them. Raises ``NotFound`` or ``BadRequest``."""
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
    if isinstance(plain, dict) and any(name in plain for name in KINDS):
        changes = [plain]
    if not isinstance(changes, list):
        raise BadRequest("--from", 'wanted is a list of changes, or {"changes": […]}')
    return changes


def _changes(how: Mapping[str, Any], client: Client, console: Console) -> list[Plain]:
    """What the options say, as changes. Files are uploaded when all the rest can be understood."""
    scene, film = _scene(how), _film(how)
    found: list[Plain] = [{"remove": number} for number in how["remove"]]
    if how["order"]:
        found.append({"order": _numbers(how["order"])})
    if how["media"] is not None:
        scene["media"] = {"asset": _asset(how["media"], "--media", client, console)}
    film = with_music(film, lambda path: upload_media(client, console, [path])[0])
    if scene:
        found.append({"scene": how["scene"], **scene})
    return [*found, {"film": film}] if film else found


def _scene(how: Mapping[str, Any]) -> Plain:
    named = [name for name in OF_A_SCENE if how[name] is not None]
    if named and how["scene"] is None:
        raise BadRequest(f"--{named[0].replace('_', '-')}", "of which scene? Say --scene N")
    if how["scene"] is not None and not named:
        raise BadRequest("--scene", "what of it is to change?")
    made: Plain = {name: how[name] for name in ("caption", "duration_ms", "take", "description") if name in named}
    if "voice_line" in named:
        made["voice_script"] = how["voice_line"]
    if "transition" in named:
        made["transition"] = _transition(how["transition"])
    if "focus" in named:
        made["focus"] = _focus(how["focus"])
    if "motion" in named:
        made["style"] = {"motion": None if how["motion"] == "any" else how["motion"]}
    return made


def _film(how: Mapping[str, Any]) -> Plain:
    made = {
        "title": how["title"],
        "preset_id": how["preset"],
        "captions": how["captions"],
        "voice": voice_of(how["voice"]),
        "music": music_of(how["music"]),
    }
    return {name: value for name, value in made.items() if value is not None}


def _numbers(text: str) -> list[int]:
    try:
        return [int(part) for part in text.split(",")]
    except ValueError as error:
        raise BadRequest("--order", f"{text} is not numbers such as 2,1,3") from error


def _transition(text: str) -> Plain:
    kind, colon, ms = text.partition(":")
    if kind not in TRANSITIONS or (colon and not ms.isdecimal()):
        raise BadRequest("--transition", f"{text} is not one of {', '.join(TRANSITIONS)}, with :MS behind it or not")
    return {"kind": kind, "duration_ms": int(ms)} if ms else {"kind": kind}


def _focus(text: str) -> Plain | None:
    if text == "none":
        return None
    try:
        x, y = (float(part) for part in text.split(","))
    except ValueError as error:
        raise BadRequest("--focus", f"{text} is not two numbers such as 0.3,0.4") from error
    return {"x": x, "y": y}


def _asset(text: str, option: str, client: Client, console: Console) -> str | None:
    """An asset id as it is; a file is uploaded; "none" is no asset."""
    if text == "none" or ASSET_ID.fullmatch(text):
        return None if text == "none" else text
    path = Path(text).expanduser()
    if not path.is_file():
        raise NotFound(f"file for {option}", text)
    return upload_media(client, console, [path])[0]


# -- what is said ----------------------------------------------------------------------------------------------------


def told(console: Console, answer: Plain) -> None:
    """What the edit takes, in a few lines."""
    print_warnings(console, answer["warnings"])
    console.print("\n".join(_takes(answer["preview"])), markup=False, highlight=False)
    if "revision" in answer:
        console.print(f"This is revision {answer['revision']}, made from revision {answer['based_on']}.")


def _takes(preview: Plain) -> list[str]:
    parts = [("filmed", "scenes"), ("spoken", "voice"), ("encoded", "segments")]
    lines = [f"{done} again: scene {_listed(preview[name])}" for done, name in parts if preview[name]]
    whole = {"music": "the music", "mix": "the sound", "film": "the film's file"}
    again = [word for name, word in whole.items() if preview[name]]
    lines += [f"made again: {', '.join(again)}"] if again else []
    guess = "" if preview["exact"] else "; lengths are a guess until it is spoken and filmed"
    cost = f", {preview['cost_usd']:.2f} USD" if preview["cost_usd"] else ""
    length = preview["length_ms"] / 1000
    return [*lines, f"about {preview['seconds']:g} s of work{cost}, for a film of {length:.1f} s{guess}"]


def _listed(ids: list[int]) -> str:
    return ", ".join(map(str, ids))


def _kind(revision: Plain) -> str:
    words = KINDS_OF_REVISION[revision["kind"]]
    return f"{words} {revision['parent']}" if revision["kind"] == "rollback" else words
