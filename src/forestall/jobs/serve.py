"""`forestall serve`: scoring over HTTP."""

from __future__ import annotations

from pathlib import Path

from forestall.config import parse_config
from forestall.server import Settings, run

_BYTES_PER_MIB = 1024 * 1024


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
    token_file: str | Path | None = None,
    no_auth: bool = False,
    protect_information: bool = False,
    certfile: str | Path | None = None,
    keyfile: str | Path | None = None,
    require_signature: str | Path | None = None,
    tracking_uri: str | None = None,
) -> None:
    """Answer records over HTTP, until SIGTERM or SIGINT; requests that have begun are finished.

    The wire format is that of `mlflow models serve`. When the alias in `model_uri` moves, the server follows it
    without failing a request.

    Parameters
    ----------
    model_uri
        The model's address, see `forestall.load`.
    host, port, workers
        Where to listen (port 0: any free one), and with how many processes.
    poll
        Seconds between checks where the alias points to; 0 never checks.
    timeout, head_timeout
        Seconds to read and to answer a request; seconds to read its head, and for an answer to be taken.
    max_body, max_records, max_events, max_text
        Largest body, MiB; most records of a request, events of a record, and characters of a text.
    access_log
        Whether to log route, status and time of each request.
    token_file, no_auth
        A file with a name and a token on each line; a request must have one of them. Needed for any address but this
        machine's own, unless `no_auth` is true.
    protect_information
        Whether `/metrics`, `/model`, `/version` and `/docs` need a token too.
    certfile, keyfile
        The certificate and its key for TLS.
    require_signature, tracking_uri
        The file of a public key: versions must be signed by it, see `forestall.sign`. See `forestall.jobs`.

    Raises
    ------
    UsageError
        An option is not valid, or the port is taken.
    RegistryError
        The model cannot be loaded.
    """
    run(parse_config(_settings(locals()), Settings, "serve"))


def _settings(options: dict[str, object]) -> dict[str, object]:
    """Return the server's settings for the options of the command."""
    names = {
        "poll": "poll_s",
        "timeout": "timeout_s",
        "head_timeout": "header_s",
        "access_log": "has_access_log",
    }
    settings = {names.get(name, name): value for name, value in options.items()}
    return settings | {"max_body": int(float(str(options["max_body"])) * _BYTES_PER_MIB)}
