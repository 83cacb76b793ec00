"""The command ``pytoon``: its subcommands, its error messages, and its exit codes."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib import import_module

import click

from app.cli.failures import BAD_INPUT, FAILED, INTERRUPTED, OK, print_failure, print_setting_warnings

# The commands of each module of this package; the function of a command has its name.
COMMANDS = {
    "create": ("create",),
    "engines": ("engines",),
    "estimate": ("estimate",),
    "jobs": ("status", "events", "resume", "cancel", "approve", "reject"),
    "money": ("spend", "orders", "resolve"),
    "keys": ("keys",),
    "revise": ("revise", "revisions", "rollback"),
    "demo": ("demo",),
    "doctor": ("doctor",),
    "gc": ("gc",),
    "serve": ("serve", "worker", "beat", "api", "flower"),
}
MODULE_OF_COMMAND = {command: module for module, commands in COMMANDS.items() for command in commands}


class LazyGroup(click.Group):
    """A group that imports the module of a command when it is used, so that each command loads only its own."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(MODULE_OF_COMMAND)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        module = MODULE_OF_COMMAND.get(cmd_name)
        if module is None:
            return None
        command: click.Command = getattr(import_module(f"app.cli.{module}"), cmd_name)
        return command


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="pytoon-studio", prog_name="pytoon")
@click.option("--debug", is_flag=True, expose_value=False, help="Show the traceback of an error.")
def cli() -> None:
    """Make a short video from a prompt or a script and your own pictures and clips."""


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
