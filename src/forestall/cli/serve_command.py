"""The command `serve`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from forestall.cli.options import ModelUri, RequireSignature, TrackingUri
from forestall.defaults import PORT

Host = Annotated[str, typer.Option(help="The address to listen on.")]
Port = Annotated[int, typer.Option(min=0, max=65535, help="The port; 0: any free one.")]
Workers = Annotated[int, typer.Option(min=1, help="Processes; each loads the model.")]
Poll = Annotated[
    float, typer.Option(min=0, help="Seconds between checks where the alias points to; 0 never checks.")
]
Timeout = Annotated[float, typer.Option(min=0.1, help="Seconds to read and to answer a request.")]
MaxBody = Annotated[float, typer.Option(min=0.001, help="Largest body of a request, MiB.")]
MaxRecords = Annotated[int, typer.Option(min=1, help="Most records of a request.")]
MaxEvents = Annotated[int, typer.Option(min=1, help="Most events of a record.")]
MaxText = Annotated[int, typer.Option(min=1, help="Most characters of a text or a key.")]
MaxWork = Annotated[
    int,
    typer.Option(min=1, help="Most events of a whole request; to explain, most moments times events."),
]
MaxMoments = Annotated[int, typer.Option(min=1, help="Most moments of an explanation.")]
MaxInFlight = Annotated[
    float, typer.Option(min=0.001, help="Most bytes of all bodies that wait for their answers, MiB.")
]
MaxConnections = Annotated[int, typer.Option(min=1, help="Most connections of a process.")]
MaxExplanations = Annotated[int, typer.Option(min=1, help="Most explanations that are made or wait.")]
MinFreeMemory = Annotated[float, typer.Option(min=0, help="Memory that must stay free, MiB; 0 never checks.")]
HeadTimeout = Annotated[
    float,
    typer.Option(
        min=0.1, help="Seconds to read the head of a request, and for some of an answer to be taken."
    ),
]
AnswerTimeout = Annotated[float, typer.Option(min=0.1, help="Seconds for a whole answer to be taken.")]
IdleTimeout = Annotated[
    float, typer.Option(min=0.1, help="Seconds that a connection may wait for its next request.")
]
AccessLog = Annotated[bool, typer.Option("--access-log", help="Log route, status and time of each request.")]
TokenFile = Annotated[
    Path | None,
    typer.Option(
        help="File with a name and a token on each line; needed for any address but this machine's own."
    ),
]
NoAuth = Annotated[
    bool,
    typer.Option("--no-auth", help="Ask for no token, whatever the address: a proxy decides who may ask."),
]
ProtectInformation = Annotated[
    bool,
    typer.Option(
        "--protect-information", help="Ask for a token for /metrics, /model, /version and /docs too."
    ),
]
Certfile = Annotated[Path | None, typer.Option(help="The certificate for TLS, PEM.")]
Keyfile = Annotated[Path | None, typer.Option(help="The certificate's key, PEM.")]


def serve(
    model_uri: ModelUri,
    host: Host = "127.0.0.1",
    port: Port = PORT,
    workers: Workers = 1,
    poll: Poll = 10,
    timeout: Timeout = 30,
    max_body: MaxBody = 32,
    max_records: MaxRecords = 10_000,
    max_events: MaxEvents = 10_000,
    max_text: MaxText = 100_000,
    max_work: MaxWork = 1_000_000,
    max_moments: MaxMoments = 500,
    max_in_flight: MaxInFlight = 32,
    max_connections: MaxConnections = 400,
    max_explanations: MaxExplanations = 8,
    min_free_memory: MinFreeMemory = 64,
    head_timeout: HeadTimeout = 10,
    answer_timeout: AnswerTimeout = 60,
    idle_timeout: IdleTimeout = 75,
    access_log: AccessLog = False,
    token_file: TokenFile = None,
    no_auth: NoAuth = False,
    protect_information: ProtectInformation = False,
    certfile: Certfile = None,
    keyfile: Keyfile = None,
    require_signature: RequireSignature = None,
    tracking_uri: TrackingUri = None,
) -> None:
    """Answer records over HTTP, in the wire format of `mlflow models serve`."""
    options = dict(locals())
    from forestall.jobs.serve import serve as run

    run(options.pop("model_uri"), **options)


COMMANDS: dict[str, Callable[..., None]] = {"serve": serve}
