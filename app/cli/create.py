"""``pytoon create``: a script and pictures go to a server, a film comes back."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.markup import escape
from rich.status import Status

from app.cli.progress import follow, sentence, timings, unquiet
from app.cli.request_options import Spreading, media_paths, request_of, script_of, with_music
from app.client import Client, Report
from app.core.config import Settings, settings
from app.store.keys import job_key
from schemas.frame import ASPECTS, QUALITIES
from schemas.job import State
from schemas.preset import MOODS

Plain = dict[str, Any]


@click.command(cls=Spreading)
@click.option("--from", "source", metavar="FILE|-", help="The narration, as text or Markdown; - reads standard input.")
@click.option("--prompt", help="An idea instead of a script.")
@click.option("--media", multiple=True, metavar="FILE …", help="Pictures and clips in order; a folder means all in it.")
@click.option("--preset", metavar="NAME", help="The look.")
@click.option("--aspect", type=click.Choice(list(ASPECTS)), help="The film's shape.")
@click.option("--quality", type=click.Choice(QUALITIES), help="Size and care.")
@click.option("--voice", metavar="NAME", help='Who speaks: "none", a provider, or provider:voice.')
@click.option("--music", metavar="WHAT", help=f'"none", a file, or a mood: {", ".join(MOODS)}.')
@click.option("--seconds", type=click.IntRange(1, 600), help="How long the film should be.")
@click.option("--title", help="The film's title.")
@click.option("--language", metavar="CODE", help="The script's language; found by itself when not given.")
@click.option("--seed", type=click.IntRange(0), help="The same seed and request give the same film.")
@click.option("--captions/--no-captions", default=None, help="Words in the picture.")
@click.option("--review", is_flag=True, default=None, help="Plan only, then wait for `pytoon approve`.")
@click.option("--wait/--no-wait", default=True, help="Wait for the film, or only send the job.")
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), help="Fetch the files into this folder.")
@click.option("--json", "as_json", is_flag=True, help="The job as JSON on standard output.")
@click.option("--url", help="The server; the one on this machine unless given.")
@click.pass_context
def create(
    ctx: click.Context, /, source: str | None, prompt: str | None, media: tuple[str, ...], url: str | None, **how: Any
) -> None:
    """Make a film from a script and pictures."""
    console = Console(stderr=how["as_json"])
    client = Client(url or local_url(settings()))
    request = request_of(script_of(source), prompt, how)
    paths = media_paths(media)
    request = with_music(request, lambda path: upload_media(client, console, [path])[0])
    request["media"] = upload_media(client, console, paths)
    receipt = client.submit({name: value for name, value in request.items() if value not in (None, [])})
    warnings = receipt.get("warnings", [])
    print_warnings(console, warnings)
    if not how["wait"]:
        _say_sent(console, receipt, how["as_json"])
        return
    job_id = receipt["job_id"]
    try:
        good = wait_and_report(client, console, job_id, how["out"], as_json=how["as_json"], known_warnings=warnings)
    except KeyboardInterrupt:
        console.print(f"The job goes on. See `pytoon status {job_id}`; end it by `pytoon cancel {job_id}`.")
        raise
    ctx.exit(0 if good else 1)


def wait_and_report(
    client: Client,
    console: Console,
    job_id: str,
    out: Path | None,
    *,
    as_json: bool = False,
    known_warnings: Collection[str] = (),
) -> bool:
    """Follow a job until it ends or waits for review, and report it; return whether it has not failed.

    ``known_warnings`` were printed before and are not repeated.
    """
    console.print(f"job {job_id}", style="dim")
    job = follow(console, unquiet(console, client.watch(job_id), settings().quiet_s))
    made = [client.fetch(artefact, out) for artefact in job["artefacts"]] if out and job["state"] == State.DONE else []
    if as_json:
        click.echo(json.dumps(job, ensure_ascii=False, indent=1))
    report(console, job, made, known_warnings)
    return job["state"] in (State.DONE, State.AWAITING_REVIEW)


def report(console: Console, job: Plain, made: Sequence[Path] = (), known_warnings: Collection[str] = ()) -> None:
    """Print the warnings, the files and how long each step took; of a failed job the reason and what to do now."""
    print_warnings(console, [warning for warning in warnings_of(job) if warning not in known_warnings])
    if job["state"] == "FAILED":
        console.print(sentence(job.get("error") or {}), style="red", markup=False)
        console.print(f"Go on with it by `pytoon resume {job['job_id']}`; nothing made already is lost.")
        return
    if job["state"] == State.AWAITING_REVIEW:
        console.print(
            f"Look at {job['links']['scene_graph']}, then `pytoon approve {job['job_id']}` or `pytoon reject`."
        )
        return
    if job["state"] != State.DONE:
        return
    console.print(timings(job))
    places = [str(path) for path in made] or [local_path_of(job["job_id"], each) for each in job["artefacts"]]
    for place in places:
        console.print(place, soft_wrap=True, markup=False, highlight=False)


def warnings_of(job: Plain) -> list[str]:
    """The warnings of a job, then those of its scenes with their numbers."""
    scenes = job["progress"]["scenes"]
    of_scenes = [f"scene {scene['id']}: {text}" for scene in scenes for text in scene.get("warnings", [])]
    return [*job["warnings"], *of_scenes]


def print_warnings(console: Console, warnings: Iterable[str]) -> None:
    for warning in warnings:
        console.print(f"warning: {warning}", style="yellow", markup=False, soft_wrap=True)


def local_path_of(job_id: str, artefact: Plain) -> str:
    """The path of an artefact that is on this machine, else its address."""
    path = settings().home.absolute() / job_key(job_id, artefact["name"])
    return str(path) if path.is_file() else str(artefact["url"])


def local_url(chosen: Settings) -> str:
    """Where the server of these settings answers on this machine."""
    everywhere = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}  # noqa: S104 - an address to translate, not to bind
    return chosen.public_url or f"http://{everywhere.get(chosen.host, chosen.host)}:{chosen.port}"


def upload_media(client: Client, console: Console, paths: Sequence[Path]) -> list[str]:
    """Asset ids in the order of the files."""
    ids = []
    for number, path in enumerate(paths, 1):
        label = escape(f"uploading {path.name} ({number} of {len(paths)})")
        with console.status(label) as status:
            ids.append(client.upload(path, in_percent(partial(_show_share, status, label))))
    return ids


def _show_share(status: Status, label: str, share: int) -> None:
    status.update(f"{label} {share}%")


def in_percent(show: Callable[[int], None]) -> Report:
    """Calls ``show`` with the whole percent that are sent, once for each."""
    shown = -1

    def report(sent: int, total: int) -> None:
        nonlocal shown
        share = 100 * sent // total
        if share > shown:
            shown = share
            show(share)

    return report


def _say_sent(console: Console, receipt: Plain, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(receipt, ensure_ascii=False, indent=1))
    else:
        console.print(f"sent: {receipt['job_id']}. See how it goes by `pytoon status {receipt['job_id']}`.")
