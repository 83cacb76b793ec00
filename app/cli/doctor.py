"""``pytoon doctor``: what this machine has, what it lacks, and what to do about it."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass
from importlib.util import find_spec

import click
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from app.core.config import Settings, settings
from app.core.errors import PytoonError
from app.media import ffmpeg
from app.queue.embedded_broker import Broker, find_server

# The encoders, filters and sources that the product's ffmpeg commands name.
ENCODERS = {"libx264", "aac", "libmp3lame", "pcm_f32le", "rawvideo"}
FILTERS = {
    *("ass", "bwdif", "color", "colormatrix", "crop", "format", "fps", "lut3d", "lutyuv", "overlay", "scale"),
    *("setparams", "setpts", "setsar", "settb", "split", "tonemap", "tpad", "zscale"),
    *("afade", "aformat", "alimiter", "amix", "amultiply", "anullsrc", "apad", "aresample", "atrim", "channelmap"),
    *("volume", "blackdetect", "ebur128", "freezedetect", "silencedetect"),
}
EXTRAS = {
    "psycopg": ("PostgreSQL", 'pip install "pytoon-studio[postgres]"'),
    "pyannote": ("telling speakers apart", 'pip install "pytoon-studio[diarize]"'),
    "skimage": ("the demo's photographs", 'pip install "pytoon-studio[dev]", or pytoon demo --media DIR'),
}


@dataclass(frozen=True, slots=True)
class Finding:
    """``needed`` ones decide whether the machine is fit; ``advice`` is there when something can be done."""

    name: str
    ok: bool
    detail: str
    advice: str = ""
    needed: bool = True


@click.command()
@click.option("--json", "as_json", is_flag=True, help="The findings as JSON.")
@click.pass_context
def doctor(ctx: click.Context, as_json: bool) -> None:
    """Say what this machine has and lacks. The exit code is 1 when something needed is missing."""
    found = findings(settings())
    fit = all(each.ok for each in found if each.needed)
    if as_json:
        click.echo(json.dumps({"ok": fit, "findings": [asdict(each) for each in found]}, ensure_ascii=False, indent=1))
    else:
        show(found, fit)
    ctx.exit(0 if fit else 1)


def findings(chosen: Settings) -> list[Finding]:
    """All that can be asked; a question that breaks is a finding itself."""
    questions: dict[str, Callable[[], Finding]] = {
        "Python": python,
        "ffmpeg": encoder,
        "broker": lambda: broker(chosen),
        "database": lambda: database(chosen),
        "storage": lambda: storage(chosen),
        "fonts": fonts,
        "voices": lambda: voices(chosen),
        "aligners": lambda: aligners(chosen),
        "engines": lambda: engines(chosen),
        "inputs": lambda: inputs(chosen),
        "presets": presets,
        "music": lambda: music(chosen),
    }
    return [*(_asked(name, question) for name, question in questions.items()), *extras()]


def _asked(name: str, question: Callable[[], Finding]) -> Finding:
    from app.core.log import redacted_text

    try:
        return question()
    except PytoonError as error:
        return Finding(name, False, redacted_text(str(error)), error.advice)
    except Exception as error:  # noqa: BLE001 - whatever it is, it is what there is to say
        return Finding(name, False, redacted_text(f"{type(error).__name__}: {error}".splitlines()[0]))


def show(found: list[Finding], fit: bool) -> None:
    console = Console()
    lines = Table(box=None, show_header=False, padding=(0, 1))
    for _ in range(3):
        lines.add_column(overflow="fold")
    for each in found:
        sign = "[green]✓[/]" if each.ok else "[red]✗[/]" if each.needed else "[yellow]–[/]"
        advice = f"\n[dim]{escape(each.advice)}[/]" if each.advice and not each.ok else ""
        lines.add_row(sign, each.name, escape(each.detail) + advice)
    console.print(lines)
    console.print("This machine can make films." if fit else "Something needed is missing.", style="bold")


# -- the questions ---------------------------------------------------------------------------------------------------


def python() -> Finding:
    version = ".".join(map(str, sys.version_info[:3]))
    return Finding("Python", (3, 11) <= sys.version_info[:2] <= (3, 13), version, "Use Python 3.11, 3.12 or 3.13.")


def encoder() -> Finding:
    lacks = sorted((ENCODERS - _listed("-encoders")) | (FILTERS - _listed("-filters")))
    version = _said("-version").split(" Copyright")[0].removeprefix("ffmpeg version ")
    detail = f"{version}, {ffmpeg.binary()}" + (f"; it lacks {', '.join(lacks)}" if lacks else "")
    return Finding("ffmpeg", not lacks, detail, "Unset PYTOON_FFMPEG to use the one that came along.")


def _said(option: str) -> str:
    with ffmpeg.read_output(ffmpeg.command("ask ffmpeg", option, limit_s=20)) as out:
        return out.read().decode(errors="replace")


def _listed(option: str) -> set[str]:
    """The second column of ffmpeg's lists has the names."""
    return {words[1] for line in _said(option).splitlines() if len(words := line.split()) > 1}


def broker(chosen: Settings) -> Finding:
    if chosen.embedded:
        runs = Broker(chosen).alive()
        detail = "its own, running" if runs else "its own; `pytoon serve` starts it"
        return Finding("broker", find_server().is_file(), detail)
    from kombu import Connection

    with Connection(chosen.broker, connect_timeout=3) as line:
        line.ensure_connection(max_retries=1, timeout=3)
        return Finding("broker", True, f"answers at {line.as_uri()}")


def database(chosen: Settings) -> Finding:
    from sqlalchemy import make_url

    url = make_url(chosen.database)
    if url.database and url.get_backend_name() == "sqlite" and not (chosen.home / "pytoon.db").exists():
        return Finding("database", True, "SQLite; `pytoon serve` makes it")
    shown = url.render_as_string(hide_password=True)
    from app.database.session import is_current

    if is_current():
        return Finding("database", True, f"{shown}, up to date")
    return Finding("database", True, f"{shown}, of another version; `pytoon serve` migrates it")


def storage(chosen: Settings) -> Finding:
    """Writes to the home, because a full or read-only disk can still be read, and builds the backend."""
    from app.store.factory import backend

    chosen.home.mkdir(parents=True, exist_ok=True)
    probe = chosen.home / ".doctor"
    probe.write_bytes(b"test")
    probe.unlink()
    backend(chosen)
    free_mb = shutil.disk_usage(chosen.home).free >> 20
    detail = f"{chosen.storage}; {chosen.home.absolute()}, {free_mb:,} MiB free"
    return Finding("storage", free_mb >= chosen.min_free_mb, detail, f"Free {chosen.min_free_mb} MiB of disk space.")


def fonts() -> Finding:
    from assembly.text.fonts import installed

    return Finding("fonts", True, f"{len(installed())} files")


def voices(chosen: Settings) -> Finding:
    from audio import registry as voice_registry

    found = voice_registry.build_voices(chosen)
    counts = sorted(((len(voice.listing()), name) for name, voice in found.present.items()))
    few = [f"{name} ({count})" for count, name in counts if count]
    advice = "Install hibari-tts; without a voice films have captions only."
    return Finding("voices", bool(few), _with_reasons(few, found.missing), advice)


def aligners(chosen: Settings) -> Finding:
    from audio import alignment

    found = alignment.build_aligners(chosen)
    return Finding("aligners", bool(found.present), _with_reasons(found.present, found.missing))


def engines(chosen: Settings) -> Finding:
    from engines import registry as engine_registry

    found = engine_registry.build_engines(chosen)
    return Finding("engines", bool(found.present), _with_reasons(found.present, found.missing))


def inputs(chosen: Settings) -> Finding:
    from app.inputs import registry as input_registry

    found = input_registry.build_inputs(chosen)
    present = [f"{name} ({', '.join(each.suffixes)})" for name, each in found.present.items()]
    return Finding("inputs", bool(present), _with_reasons(present, found.missing))


def presets() -> Finding:
    from presets.library import library

    found = library()
    return Finding("presets", bool(found.present), _with_reasons(found.present, found.missing))


def _with_reasons(present: Iterable[str], missing: Mapping[str, str]) -> str:
    """ "hama, proportional; missing: whisper (its extra is not installed)"; secrets in a reason are hidden."""
    from app.core.log import redacted_text

    names = ", ".join(present) or "none"
    reasons = "; ".join(f"{name} ({redacted_text(reason)})" for name, reason in missing.items())
    return f"{names}; missing: {reasons}" if reasons else names


def music(chosen: Settings) -> Finding:
    import audio.music.bed  # what it needs is imported with it, and would be missed here
    from schemas.preset import MOODS

    assert audio.music
    return Finding("music", True, f"{chosen.music}; moods: {', '.join(MOODS)}")


def extras() -> list[Finding]:
    return [
        Finding(what, find_spec(module) is not None, module, f"Only if you want it: {how}", needed=False)
        for module, (what, how) in EXTRAS.items()
    ]
