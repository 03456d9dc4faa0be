"""The commands about this machine and a company's project: doctor, new."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

import typer

from forestall.cli.options import FormatOption, TrackingUri
from forestall.cli.printing import Format, show_result
from forestall.cli.progress import Steps
from forestall.defaults import PORT


def doctor(
    output: Annotated[str, typer.Option(help="The folder where results will be written.")] = ".",
    host: Annotated[str, typer.Option(help="The address that serve will listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=65535, help="The port that serve will listen on.")] = PORT,
    tracking_uri: TrackingUri = None,
    style: FormatOption = Format.text,
) -> int:
    """Check this machine: libraries, registry, disk, Java for Spark, port; and say what to do.

    Exit code 1: something was found that would make a command fail.
    """
    from forestall.jobs.doctor import doctor as run

    with Steps() as steps:
        found = run(output=output, host=host, port=port, tracking_uri=tracking_uri, progress=steps)
    show_result(found, style)
    return 0 if found.is_well else 1


def new(
    name: Annotated[str, typer.Argument(help="The project's name, such as helpdesk.")],
    sources: Annotated[
        list[str] | None,
        typer.Argument(
            help="Files of an export, as for import --suggest: the mapping is suggested from them."
        ),
    ] = None,
    output: Annotated[
        str | None, typer.Option(help="The folder to write; by default one of the project's name.")
    ] = None,
    style: FormatOption = Format.text,
) -> int:
    """Write a company's own project: mapping, model, pipelines and tests, ready to commit."""
    from forestall.jobs.new_project import new_project

    with Steps() as steps:
        made = new_project(name, sources=sources or [], output=output, progress=steps)
    show_result(made, style)
    return 0


COMMANDS: dict[str, Callable[..., int]] = {"doctor": doctor, "new": new}
