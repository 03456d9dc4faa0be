"""The command that serves a model."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

import typer

from forestall.cli.data_commands import TrackingUri
from forestall.cli.model_commands import ModelUri


def serve(
    model_uri: ModelUri,
    host: Annotated[str, typer.Option(help="The address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="The port; 0 for any that is free.")] = 5000,
    workers: Annotated[int, typer.Option(min=1, help="Processes, each with the model.")] = 1,
    poll: Annotated[
        float, typer.Option(min=0, help="Seconds between two checks of where the alias points; 0: never.")
    ] = 10,
    timeout: Annotated[
        float, typer.Option(min=0.1, help="Seconds to read a request, and to answer it.")
    ] = 30,
    max_body: Annotated[float, typer.Option(min=0.001, help="MiB of a request's body.")] = 32,
    max_records: Annotated[int, typer.Option(min=1, help="Records in a request.")] = 10_000,
    max_events: Annotated[int, typer.Option(min=1, help="Events in a record.")] = 10_000,
    max_text: Annotated[int, typer.Option(min=1, help="Characters in a text.")] = 100_000,
    head_timeout: Annotated[
        float,
        typer.Option(
            min=0.1, help="Seconds for the head of a request to arrive, and for an answer to be read."
        ),
    ] = 10,
    access_log: Annotated[
        bool, typer.Option("--access-log", help="Log route, status and time of each request.")
    ] = False,
    tracking_uri: TrackingUri = None,
) -> None:
    """Answer records over HTTP, in the wire format of `mlflow models serve`; the alias is followed when it moves."""
    from forestall.jobs.serve import serve as run

    run(
        model_uri,
        host=host,
        port=port,
        workers=workers,
        poll=poll,
        timeout=timeout,
        max_body=max_body,
        max_records=max_records,
        max_events=max_events,
        max_text=max_text,
        head_timeout=head_timeout,
        access_log=access_log,
        tracking_uri=tracking_uri,
    )


COMMANDS: dict[str, Callable[..., None]] = {"serve": serve}
