"""A server that answers records over HTTP with the model that an alias names."""

from __future__ import annotations

from forestall.server import Settings, run

MIB = 1024 * 1024


def serve(
    model_uri: str,
    *,
    host: str = "127.0.0.1",
    port: int = 5000,
    workers: int = 1,
    poll: float = 10,
    timeout: float = 30,
    max_body: float = 32,
    max_records: int = 10_000,
    max_events: int = 10_000,
    max_text: int = 100_000,
    head_timeout: float = 10,
    access_log: bool = False,
    tracking_uri: str | None = None,
) -> None:
    """Serve a model over HTTP until SIGTERM or SIGINT; requests that have begun are finished first.

    Parameters
    ----------
    model_uri
        The model, see `forestall.load`. An alias is followed when it moves.
    host, port, workers
        The address to listen on, the port (0: any that is free), and the number of processes.
    poll
        Seconds between two checks of where the alias points; 0: never.
    timeout, head_timeout
        Seconds to read a request, and to answer it; seconds for the head of a request to arrive, and for an answer to
        be read.
    max_body, max_records, max_events, max_text
        Limits of one request: MiB of its body, records, events in a record, characters in a text.
    access_log
        Whether route, status and time of each request are logged.
    tracking_uri
        MLflow's server or database.

    Raises
    ------
    UsageError
        The address or port cannot be used.
    RegistryError
        There is no such model.
    """
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
