"""The command ``pytoon``: its subcommands, its error messages, and its exit codes."""

from __future__ import annotations

import sys
from collections.abc import Sequence

import click

from app.cli.create import create
from app.cli.demo import demo
from app.cli.doctor import doctor
from app.cli.failures import BAD_INPUT, FAILED, INTERRUPTED, OK, print_failure, print_setting_warnings
from app.cli.gc import gc
from app.cli.jobs import approve, cancel, events, reject, resume, status
from app.cli.revise import revise, revisions, rollback
from app.cli.serve import api, beat, flower, serve, worker


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="pytoon-studio", prog_name="pytoon")
@click.option("--debug", is_flag=True, expose_value=False, help="Show the traceback of an error.")
def cli() -> None:
    """Make a short video from a prompt or a script and your own pictures and clips."""


JOB_COMMANDS = (status, events, resume, cancel, approve, reject, revise, revisions, rollback)
for command in (create, *JOB_COMMANDS, demo, doctor, gc, serve, worker, beat, api, flower):
    cli.add_command(command)


def main(argv: Sequence[str] | None = None) -> None:
    """Run the command line and exit: 0 success, 1 failure, 2 bad input or setting, 3 no server, 130 interrupted."""
    args = list(sys.argv[1:] if argv is None else argv)
    sys.exit(run([arg for arg in args if arg != "--debug"], debug="--debug" in args))


def run(args: list[str], debug: bool = False) -> int:
    print_setting_warnings()
    try:
        return int(cli.main(args, prog_name="pytoon", standalone_mode=False) or OK)
    except click.ClickException as error:
        error.show()
        return BAD_INPUT
    except (click.Abort, KeyboardInterrupt):
        return INTERRUPTED
    except BrokenPipeError:  # the reader of the output has ended
        return FAILED
    except Exception as error:  # noqa: BLE001 - every failure of a command is a sentence
        return print_failure(error, debug)


if __name__ == "__main__":
    main()
