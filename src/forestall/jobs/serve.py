"""`forestall serve`: scoring over HTTP."""

from __future__ import annotations

from pathlib import Path

from forestall.config import parse_config
from forestall.defaults import PORT
from forestall.server import Settings, run

_BYTES_PER_MIB = 1024 * 1024
_MIB = ("max_body", "max_in_flight", "min_free_memory")
_NAMES = {
    "poll": "poll_s",
    "timeout": "timeout_s",
    "head_timeout": "header_s",
    "answer_timeout": "answer_s",
    "idle_timeout": "idle_s",
    "access_log": "has_access_log",
}


def serve(
    model_uri: str,
    *,
    host: str = "127.0.0.1",
    port: int = PORT,
    workers: int = 1,
    poll: float = 10,
    timeout: float = 30,
    max_body: float = 32,
    max_records: int = 10_000,
    max_events: int = 10_000,
    max_text: int = 100_000,
    max_work: int = 1_000_000,
    max_moments: int = 500,
    max_in_flight: float = 32,
    max_connections: int = 400,
    max_explanations: int = 8,
    min_free_memory: float = 64,
    head_timeout: float = 10,
    answer_timeout: float = 60,
    idle_timeout: float = 75,
    access_log: bool = False,
    token_file: str | Path | None = None,
    no_auth: bool = False,
    protect_information: bool = False,
    certfile: str | Path | None = None,
    keyfile: str | Path | None = None,
    require_signature: str | Path | None = None,
    tracking_uri: str | None = None,
) -> None:
    """Answer records over HTTP, until SIGTERM or SIGINT; requests that have begun are finished.

    The wire format is that of `mlflow models serve`. When the alias in `model_uri` moves, the server follows it.

    Parameters
    ----------
    model_uri, tracking_uri
        See `forestall.load` and `forestall.jobs`.
    host, port, workers, poll
        Where to listen (port 0: any free one), with how many processes; seconds between checks of the alias, 0: never.
    timeout, head_timeout, answer_timeout, idle_timeout
        Seconds to read and to answer a request, to read its head, for an answer to be taken, and between two requests.
    max_body, max_records, max_events, max_text, max_work, max_moments
        The largest request: MiB, records, events of a record, characters of a text or key, events of all records; most
        moments of an explanation.
    max_in_flight, max_connections, max_explanations, min_free_memory
        Of each process: most MiB of bodies that wait for answers, connections, explanations; MiB that must stay free.
    access_log
        Whether to log route, status and time of each request.
    token_file, no_auth, protect_information, certfile, keyfile
        Who may ask, see `forestall.server.Settings`.
    require_signature
        The file of a public key: only versions that are signed by it are served, see `forestall.sign`.

    Raises
    ------
    UsageError, RegistryError
        An option is not valid, or the port is taken; the model cannot be loaded.
    """
    run(parse_config(_settings(locals()), Settings, "serve"))


def _settings(options: dict[str, object]) -> dict[str, object]:
    """Return the server's settings for the options of the command."""
    settings = {_NAMES.get(name, name): value for name, value in options.items()}
    return settings | {name: int(float(str(options[name])) * _BYTES_PER_MIB) for name in _MIB}
