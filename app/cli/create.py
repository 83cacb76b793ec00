"""``pytoon create``: send a script and media to a server, wait for the film, and print where it is."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Sequence
from pathlib import Path
from typing import Any

import click
from rich.console import Console

from app.cli import shared_options as shared
from app.cli.film_options import film_options, sent_request
from app.cli.local_url import local_url
from app.cli.progress import follow, sentence, timings, unquiet
from app.cli.request_options import Spreading
from app.client import Client
from app.core.config import settings
from app.store.keys import job_key
from schemas.job import State

Plain = dict[str, Any]


@click.command(cls=Spreading)
@film_options
@click.option("--review", is_flag=True, default=None, help="Stop after planning and wait for `pytoon approve`.")
@shared.wait
@shared.out
@click.option("--json", "as_json", is_flag=True, help="Print the job as JSON.")
@shared.url
@click.pass_context
def create(ctx: click.Context, /, url: str | None, **how: Any) -> None:
    """Make a film from a script or a prompt, with your own media, or from media and a title alone."""
    console = Console(stderr=how["as_json"])
    client = Client(url or local_url(settings()))
    receipt = client.submit(sent_request(client, console, how))
    warnings = receipt.get("warnings", [])
    print_warnings(console, warnings)
    if not how["wait"]:
        _print_sent(console, receipt, how["as_json"])
        return
    job_id = receipt["job_id"]
    try:
        succeeded = wait_and_report(
            client, console, job_id, how["out"], as_json=how["as_json"], known_warnings=warnings
        )
    except KeyboardInterrupt:
        console.print(f"The job continues. Watch it by `pytoon status {job_id}`, stop it by `pytoon cancel {job_id}`.")
        raise
    ctx.exit(0 if succeeded else 1)


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
    artifacts = job["artefacts"] if out and job["state"] == State.DONE else []
    downloaded = [client.fetch(artifact, out) for artifact in artifacts] if out else []
    if as_json:
        click.echo(json.dumps(job, ensure_ascii=False, indent=1))
    report(console, job, downloaded, known_warnings)
    return job["state"] in (State.DONE, State.AWAITING_REVIEW)


def report(console: Console, job: Plain, downloaded: Sequence[Path] = (), known_warnings: Collection[str] = ()) -> None:
    """Print the warnings, the files and how long each step took; of a failed job the reason and what to do now."""
    print_warnings(console, [warning for warning in warnings_of(job) if warning not in known_warnings])
    if job["state"] == "FAILED":
        console.print(sentence(job.get("error") or {}), style="red", markup=False)
        console.print(f"`pytoon resume {job['job_id']}` continues it; finished steps are not repeated.")
        return
    if job["state"] == State.AWAITING_REVIEW:
        console.print(
            f"The plan is at {job['links']['scene_graph']}. Continue by `pytoon approve {job['job_id']}`, "
            f"change it by `pytoon revise {job['job_id']}`, or end the job by `pytoon reject {job['job_id']}`."
        )
        return
    if job["state"] != State.DONE:
        return
    console.print(timings(job))
    paths = [str(path) for path in downloaded]
    for path in paths or [local_path_of(job["job_id"], artifact) for artifact in job["artefacts"]]:
        console.print(path, soft_wrap=True, markup=False, highlight=False)


def warnings_of(job: Plain) -> list[str]:
    """The warnings of a job, then those of its scenes with their numbers."""
    scenes = job["progress"]["scenes"]
    of_scenes = [(scene["id"], text) for scene in scenes for text in scene.get("warnings", [])]
    texts = {text for _, text in of_scenes}
    of_job = [text for text in job["warnings"] if text not in texts]
    return [*of_job, *(f"scene {scene_id}: {text}" for scene_id, text in of_scenes)]


def print_warnings(console: Console, warnings: Iterable[str]) -> None:
    for warning in warnings:
        console.print(f"warning: {warning}", style="yellow", markup=False, soft_wrap=True)


def local_path_of(job_id: str, artifact: Plain) -> str:
    """The path of an artifact that is on this machine, else its URL."""
    path = settings().home.absolute() / job_key(job_id, artifact["name"])
    return str(path) if path.is_file() else str(artifact["url"])


def _print_sent(console: Console, receipt: Plain, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(receipt, ensure_ascii=False, indent=1))
    else:
        console.print(f"sent: {receipt['job_id']}. Watch it by `pytoon status {receipt['job_id']}`.")
