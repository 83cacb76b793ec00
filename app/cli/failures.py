"""Why a command or a process ended, as one sentence, advice and an exit code."""

from __future__ import annotations

import traceback
from dataclasses import dataclass

import click

from app.core.config import BadSetting, setting_warnings
from app.core.errors import (
    BadConfiguration,
    BadRequest,
    Conflict,
    NotFound,
    PytoonError,
    Refused,
    StorageFull,
    TooLarge,
    Unavailable,
    Unconfigured,
    UnusableAdapter,
)

OK, FAILED, BAD_INPUT, NO_SERVER, INTERRUPTED = 0, 1, 2, 3, 130
# The packages that SQLAlchemy imports for a URL of PostgreSQL.
DRIVERS = ("psycopg", "psycopg2", "asyncpg", "pg8000")
BAD_INPUT_ERRORS = (BadConfiguration, BadRequest, Conflict, NotFound, TooLarge, Unconfigured, UnusableAdapter)


@dataclass(frozen=True, slots=True)
class Failure:
    message: str
    advice: str
    code: int


def failure_of(error: BaseException) -> Failure:
    """The failure that an error is, without the passwords that the words of a library may have."""
    from app.core.redaction import redact_text

    if isinstance(error, BadSetting):  # the settings have the passwords to redact
        return Failure(str(error), "", BAD_INPUT)
    failure = _failure_of(error)
    return Failure(redact_text(failure.message), redact_text(failure.advice), failure.code)


def _failure_of(error: BaseException) -> Failure:
    if isinstance(error, PytoonError):
        return Failure(str(error), str(getattr(error, "what_now", None) or error.advice), exit_code(error))
    if known := _known_error(error):
        return _failure_of(known)
    if isinstance(error, OSError) and error.strerror:
        return Failure(f"{error.filename}: {error.strerror}" if error.filename else error.strerror, "", FAILED)
    words = next(iter(str(error).strip().splitlines()), "")
    advice = "Run the command with --debug for the traceback."
    return Failure(f"{type(error).__name__}: {words}".rstrip(": "), advice, FAILED)


def _known_error(error: BaseException) -> PytoonError | None:
    """The error of ``app.core.errors`` for one of a library, as far as it concerns the database or a disk."""
    from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError

    from app.core.config import settings
    from app.database.session import database_url, is_transient
    from app.store.disk_errors import storage_error

    if disk_error := storage_error(error):
        return disk_error
    is_driver_missing = isinstance(error, ModuleNotFoundError) and error.name in DRIVERS
    if is_driver_missing or isinstance(error, ArgumentError | NoSuchModuleError):
        missing = "it names no database that can be used; PostgreSQL needs pytoon-studio[postgres]"
        return BadConfiguration("PYTOON_DATABASE_URL", missing)
    if isinstance(error, DBAPIError):
        address = database_url(settings()).render_as_string(hide_password=True)
        words = " ".join(str(error.orig).split())
        return Unavailable("database", f"{address}: {words}") if is_transient(error) else None
    return None


def exit_code(error: PytoonError) -> int:
    if isinstance(error, Refused):
        return BAD_INPUT if error.http_status < 500 else FAILED
    if isinstance(error, StorageFull):
        return FAILED
    if isinstance(error, BAD_INPUT_ERRORS):
        return BAD_INPUT
    return NO_SERVER if isinstance(error, Unavailable) else FAILED


def print_failure(error: BaseException, debug: bool = False) -> int:
    """Print why a program ended to stderr; return its exit code."""
    if debug:
        traceback.print_exception(error)
    failure = failure_of(error)
    click.secho(f"pytoon: {failure.message}", fg="red", err=True)
    if failure.advice:
        click.echo(failure.advice, err=True)
    return failure.code


def print_setting_warnings() -> None:
    """Print which variables are no settings: a mistyped name would silently have no effect."""
    for sentence in setting_warnings():
        click.secho(f"warning: {sentence}", fg="yellow", err=True)
