"""The command that serves a model."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

import typer

from forestall.cli.data_commands import TrackingUri
from forestall.cli.model_commands import ModelUri

MIB = 1024 * 1024


def serve(
    model_uri: ModelUri,
    host: Annotated[str, typer.Option(help="The address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="The port; 0 for any that is free.")] = 5000,
    workers: Annotated[int, typer.Option(min=1, help="Processes, each with the model.")] = 1,
    poll: Annotated[
        float, typer.Option(min=0, help="Seconds between looks at where the alias is; 0 never looks.")
    ] = 10,
    timeout: Annotated[
        float, typer.Option(min=0.1, help="Seconds to read a request, and to answer it.")
    ] = 30,
    max_body: Annotated[float, typer.Option(min=0.001, help="MiB of a request's body.")] = 32,
    max_records: Annotated[int, typer.Option(min=1, help="Records in a request.")] = 10_000,
    max_events: Annotated[int, typer.Option(min=1, help="Events in a record.")] = 10_000,
    max_text: Annotated[int, typer.Option(min=1, help="Characters in a text.")] = 100_000,
    head_timeout: Annotated[
        float, typer.Option(min=0.1, help="Seconds for the head of a request, and for an answer to be taken.")
    ] = 10,
    access_log: Annotated[
        bool, typer.Option("--access-log", help="Log route, status and time of each request.")
    ] = False,
    tracking_uri: TrackingUri = None,
) -> None:
    """Answer records over HTTP, as `mlflow models serve` does, with the model that the alias names."""
    from forestall.server import Settings, run

    run(
        Settings(
            model_uri=model_uri,
            tracking_uri=tracking_uri,
            host=host,
            port=port,
            workers=workers,
            poll_s=poll,
            timeout_s=timeout,
            header_s=head_timeout,
            max_body=int(max_body * MIB),
            max_records=max_records,
            max_events=max_events,
            max_text=max_text,
            has_access_log=access_log,
        )
    )


COMMANDS: dict[str, Callable[..., None]] = {"serve": serve}
