"""The command `serve`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from forestall.cli.options import ModelUri, RequireSignature, TrackingUri
from forestall.defaults import PORT


def serve(
    model_uri: ModelUri,
    host: Annotated[str, typer.Option(help="The address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="The port; 0: any free one.")] = PORT,
    workers: Annotated[int, typer.Option(min=1, help="Processes; each loads the model.")] = 1,
    poll: Annotated[
        float, typer.Option(min=0, help="Seconds between checks where the alias points to; 0 never checks.")
    ] = 10,
    timeout: Annotated[float, typer.Option(min=0.1, help="Seconds to read and to answer a request.")] = 30,
    max_body: Annotated[float, typer.Option(min=0.001, help="Largest body of a request, MiB.")] = 32,
    max_records: Annotated[int, typer.Option(min=1, help="Most records of a request.")] = 10_000,
    max_events: Annotated[int, typer.Option(min=1, help="Most events of a record.")] = 10_000,
    max_text: Annotated[int, typer.Option(min=1, help="Most characters of a text or a key.")] = 100_000,
    max_work: Annotated[
        int,
        typer.Option(min=1, help="Most events of a whole request; to explain, most moments times events."),
    ] = 1_000_000,
    max_moments: Annotated[int, typer.Option(min=1, help="Most moments of an explanation.")] = 500,
    max_in_flight: Annotated[
        float, typer.Option(min=0.001, help="Most bytes of all bodies that wait for their answers, MiB.")
    ] = 64,
    max_connections: Annotated[int, typer.Option(min=1, help="Most connections of a process.")] = 400,
    max_explanations: Annotated[
        int, typer.Option(min=1, help="Most explanations that are made or wait.")
    ] = 8,
    min_free_memory: Annotated[
        float, typer.Option(min=0, help="Memory that must stay free, MiB; 0 never checks.")
    ] = 64,
    head_timeout: Annotated[
        float,
        typer.Option(
            min=0.1, help="Seconds to read the head of a request, and for some of an answer to be taken."
        ),
    ] = 10,
    answer_timeout: Annotated[
        float, typer.Option(min=0.1, help="Seconds for a whole answer to be taken.")
    ] = 60,
    idle_timeout: Annotated[
        float, typer.Option(min=0.1, help="Seconds that a connection may wait for its next request.")
    ] = 75,
    access_log: Annotated[
        bool, typer.Option("--access-log", help="Log route, status and time of each request.")
    ] = False,
    token_file: Annotated[
        Path | None,
        typer.Option(
            help="File with a name and a token on each line; needed for any address but this machine's own."
        ),
    ] = None,
    no_auth: Annotated[
        bool,
        typer.Option(
            "--no-auth", help="Ask for no token, whatever the address: a proxy decides who may ask."
        ),
    ] = False,
    protect_information: Annotated[
        bool,
        typer.Option(
            "--protect-information", help="Ask for a token for /metrics, /model, /version and /docs too."
        ),
    ] = False,
    certfile: Annotated[Path | None, typer.Option(help="The certificate for TLS, PEM.")] = None,
    keyfile: Annotated[Path | None, typer.Option(help="The certificate's key, PEM.")] = None,
    require_signature: RequireSignature = None,
    tracking_uri: TrackingUri = None,
) -> None:
    """Answer records over HTTP, in the wire format of `mlflow models serve`."""
    options = dict(locals())
    from forestall.jobs.serve import serve as run

    run(options.pop("model_uri"), **options)


COMMANDS: dict[str, Callable[..., None]] = {"serve": serve}
