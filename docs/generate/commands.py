"""The page of the commands, from the typer application."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import typer

from forestall.cli.main import app
from tables import code, markdown_table

INTRODUCTION = """# Commands

This page is generated from the command line itself; `forestall COMMAND --help` prints the same.

Results go to stdout, progress and messages to stderr. `--format json` writes the result as JSON for programs.

| exit code | meaning |
|---|---|
| 0 | done |
| 1 | failed; the last line on stderr says why |
| 2 | wrong usage |
| 3 | `promote`: the gate was not passed. `monitor`: retraining is due |
| 4 | `monitor`: facts are no longer recorded; repair the data |
| 130 | interrupted |
"""


def page() -> str:
    """Return the page in Markdown."""
    root: Any = typer.main.get_command(app)
    context = root.make_context("forestall", [], resilient_parsing=True)
    parts = [INTRODUCTION, "## Options of `forestall` itself", _parameters(root, context, "option")]
    for name, command in root.commands.items():
        parts += [f"## forestall {name} {{ #{name} }}", *_section(command, context, name)]
    return "\n\n".join(parts) + "\n"


def _section(command: Any, parent: Any, name: str) -> Iterator[str]:
    context = command.make_context(name, [], parent=parent, resilient_parsing=True)
    usage = " ".join(command.collect_usage_pieces(context))
    yield command.help
    yield f"```text\nforestall {name} {usage}\n```"
    if any(one.param_type_name == "argument" for one in command.params):
        yield _parameters(command, context, "argument")
    yield _parameters(command, context, "option")


def _parameters(command: Any, context: Any, kind: str) -> str:
    records = (one.get_help_record(context) for one in command.params if one.param_type_name == kind)
    rows = ((code(names), _escaped(meaning)) for names, meaning in filter(None, records))
    return markdown_table([kind, "meaning"], rows)


def _escaped(text: str) -> str:
    """Return the text with what Markdown would take for a link, an emphasis or a tag shown as it is."""
    return re.sub(r"([\[\]*<>_])", r"\\\1", text)
