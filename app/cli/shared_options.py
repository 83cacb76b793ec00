"""The options that several commands have."""

from __future__ import annotations

from pathlib import Path

import click

from schemas.frame import ASPECTS, QUALITIES
from schemas.preset import MOODS, PROGRESS

title = click.option("--title", help="The title of the film.")
preset = click.option("--preset", metavar="NAME", help="How the film looks and sounds.")
aspect = click.option("--aspect", type=click.Choice(list(ASPECTS)), help="The aspect ratio.")
quality = click.option("--quality", type=click.Choice(QUALITIES), help="The frame size and the effort of the encoder.")
effects = click.option("--effects/--no-effects", default=None, help="Have sound effects, or none.")
captions = click.option("--captions/--no-captions", default=None, help="Burn captions into the picture, or not.")
progress = click.option("--progress", type=click.Choice(PROGRESS), help="How the film shows how far it is.")
credits = click.option(
    "--credits/--no-credits", default=None, help="Show in the last scene who made the stock footage, or not."
)
voice = click.option("--voice", metavar="NAME", help='The voice: "none", a provider, or provider:voice.')
music = click.option("--music", metavar="MUSIC", help=f'"none", a file, or a mood: {", ".join(MOODS)}.')
engine = click.option(
    "--engine", metavar="NAME[:MODEL]", help="The engine that is tried first, with one of its models or without."
)
wait = click.option("--wait/--no-wait", default=True, help="Wait for the film, or only send the job.")
out = click.option(
    "--out", type=click.Path(path_type=Path, file_okay=False), help="Download the files into this directory."
)
url = click.option("--url", help="The server; by default the one on this machine.")
