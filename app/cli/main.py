"""The command ``pytoon``: its subcommands, its error messages, and its exit codes."""

from __future__ import annotations

import sys
from collections.abc import Sequence

import click

from app.cli.create import create
from app.cli.demo import demo
from app.cli.doctor import doctor
from app.cli.gc import gc
from app.cli.jobs import approve, cancel, events, reject, resume, status
from app.cli.revise import revise, revisions, rollback
from app.cli.serve import api, beat, flower, serve, worker
from app.core.errors import BadRequest, Conflict, NotFound, PytoonError, Refused, TooLarge, Unavailable

OK, FAILED, BAD_INPUT, NO_SERVER, INTERRUPTED = 0, 1, 2, 3, 130


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="pytoon-studio", prog_name="pytoon")
@click.option("--debug", is_flag=True, expose_value=False, help="Show the traceback of an error.")
def cli() -> None:
    """Make a short video from a prompt or a script and your own pictures and clips."""


JOB_COMMANDS = (status, events, resume, cancel, approve, reject, revise, revisions, rollback)
for command in (create, *JOB_COMMANDS, demo, doctor, gc, serve, worker, beat, api, flower):
    cli.add_command(command)


def main(argv: Sequence[str] | None = None) -> None:
    """Run the command line and exit: 0 success, 1 failure, 2 bad input, 3 no server, 130 interrupted."""
    args = list(sys.argv[1:] if argv is None else argv)
    sys.exit(run([arg for arg in args if arg != "--debug"], debug="--debug" in args))


def run(args: list[str], debug: bool = False) -> int:
    try:
        return int(cli.main(args, prog_name="pytoon", standalone_mode=False) or OK)
    except click.ClickException as error:
        error.show()
        return BAD_INPUT
    except (click.Abort, KeyboardInterrupt):
        return INTERRUPTED
    except PytoonError as error:
        if debug:
            raise
        return _print_error(str(error), str(getattr(error, "what_now", None) or error.advice), exit_code(error))
    except (ValueError, OSError) as error:  # an invalid setting, or a directory that cannot be written
        if debug:
            raise
        return _print_error(str(error), "", FAILED if isinstance(error, OSError) else BAD_INPUT)


def exit_code(error: PytoonError) -> int:
    if isinstance(error, Refused):
        return BAD_INPUT if error.http_status < 500 else FAILED
    if isinstance(error, BadRequest | Conflict | NotFound | TooLarge):
        return BAD_INPUT
    return NO_SERVER if isinstance(error, Unavailable) else FAILED


def _print_error(message: str, advice: str, code: int) -> int:
    click.secho(f"pytoon: {message}", fg="red", err=True)
    if advice:
        click.echo(advice, err=True)
    return code


if __name__ == "__main__":
    main()
