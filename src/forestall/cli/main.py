"""The command `forestall`: its commands, its exit codes, and how errors are printed."""

from __future__ import annotations

import logging
import os
import sys
import traceback
from collections.abc import Callable, Sequence
from importlib.metadata import version as version_of
from pathlib import Path
from typing import Annotated

import typer

from forestall.cli import (
    contact_commands,
    data_commands,
    feature_commands,
    model_commands,
    project_commands,
    scoring_commands,
    serve_command,
)
from forestall.cli.examples import epilog
from forestall.cli.printing import say
from forestall.cli.progress import logging_to_stderr
from forestall.errors import PERMIT, ForestallError

INTERRUPTED = 130

app = typer.Typer(
    name="forestall",
    help="Anticipate when a customer will be unhappy, from a company's own records, in time to act.",
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)
for module in (
    data_commands,
    feature_commands,
    model_commands,
    scoring_commands,
    contact_commands,
    serve_command,
    project_commands,
):
    for name, command in module.COMMANDS.items():
        app.command(name, epilog=epilog(name))(command)


def _show_version(wanted: bool) -> None:
    if wanted:
        print(f"forestall {version_of('forestall')}")
        raise typer.Exit


@app.callback()
def options(
    version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version.")
    ] = False,
    debug: Annotated[bool, typer.Option("--debug", help="Show the traceback of an error.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Only results and errors.")] = False,
) -> None:
    """Anticipate when a customer will be unhappy, from a company's own records, in time to act."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command and return its exit code.

    0: done; 1: failed; 2: wrong usage; 3: a gate was not passed, or retraining is due; 4: lost facts call for repair.
    """
    words = list(sys.argv[1:] if arguments is None else arguments)
    words, is_debug = _without(words, {"--debug"})
    words, is_quiet = _without(words, {"--quiet", "-q"})
    if not words:
        main(["--help"])
        return 2
    # By default MLflow sends usage data to its makers; a company's jobs must not.
    os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
    return exit_code_of(
        lambda: app(words, prog_name="forestall", standalone_mode=False),
        is_debug=is_debug,
        level=logging.WARNING if is_quiet else logging.INFO,
    )


def _without(words: list[str], option: set[str]) -> tuple[list[str], bool]:
    """Return the words without an option that may stand anywhere, and whether it was there."""
    end = words.index("--") if "--" in words else len(words)
    left = [word for word in words[:end] if word not in option]
    return [*left, *words[end:]], len(left) < end


def exit_code_of(run: Callable[[], int | None], *, is_debug: bool = False, level: int = logging.INFO) -> int:
    """Run a command or a pipeline and return its exit code; an error is one line that holds no customer's data.

    Parameters
    ----------
    run
        The function to run. It may return an exit code.
    is_debug
        Whether to print the traceback of an error.
    level
        The level of the log, which goes to stderr.
    """
    with logging_to_stderr(level):
        try:
            code = int(run() or 0)
            if code == INTERRUPTED:
                say("error: interrupted")
            return code
        except typer.TyperException as error:
            say(f"error: {_usage(error)}")
            return error.exit_code
        except (KeyboardInterrupt, typer.Abort):
            say("error: interrupted")
            return INTERRUPTED
        except ForestallError as error:
            say(f"error: {error}")
            if is_debug:
                traceback.print_exc()
            return error.exit_code
        except PermissionError as error:
            say(f"error: {error.filename or 'a file'} may not be read or written by this user; {PERMIT}")
            if is_debug:
                traceback.print_exc()
            return 1
        except Exception as error:
            say(f"error: {_unexpected(error)}; run `forestall --debug …` for the traceback")
            if is_debug:
                traceback.print_exc()
            return 1


def _unexpected(error: Exception) -> str:
    """Return a description of an unexpected error without its message, which may hold a customer's data.

    The message of an error of the operating system is kept.
    """
    if isinstance(error, OSError):
        return f"{type(error).__name__}: {(str(error).strip().splitlines() or [''])[0]}"
    place = traceback.extract_tb(error.__traceback__)[-1]
    return f"{type(error).__name__} at {Path(place.filename).name}:{place.lineno}"


def _usage(error: typer.TyperException) -> str:
    message = " ".join(error.format_message().split()).rstrip(".").replace(": Value error, ", ": ")
    context = getattr(error, "ctx", None)
    return f"{message}; see `{context.command_path if context else 'forestall'} --help`"
