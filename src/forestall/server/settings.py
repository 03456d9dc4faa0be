"""The settings of a server: model, address and limits of a request."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field

from forestall.config import Strict

MIB = 1024 * 1024


class Settings(Strict):
    """The settings of a server; each limit is for one request.

    Attributes
    ----------
    model_uri, tracking_uri
        The model's address, see `registry.load`, and the registry's.
    host, port, workers
        The address to listen on, and the number of processes.
    poll_s
        How often the registry is asked whether the alias has moved, in seconds; 0 for never.
    timeout_s
        How many seconds a request may take to arrive, and then to be answered.
    header_s
        How many seconds the head of a request may take to arrive, and a client to receive an answer.
    drain_s
        How many seconds running requests may take when the server stops.
    max_body
        Largest body, in bytes.
    max_records, max_events, max_text
        Most records in a request, items in a list of a record, and characters in a text.
    max_moments
        Most moments in one explanation.
    has_access_log
        Whether to log each request: route, status and time, never the data sent.
    token_file, no_auth
        The file of tokens, see `tokens`; whether a server that others can reach needs none.
    protect_information
        Whether the routes that tell of model and server need a token too.
    certfile, keyfile
        The certificate and its key for TLS.
    require_signature
        The file of a public key: only versions that are signed by it are served.
    """

    model_uri: str
    tracking_uri: str | None = None
    host: str = "127.0.0.1"
    port: int = Field(default=5000, ge=0, le=65535)
    workers: int = Field(default=1, ge=1)
    poll_s: float = Field(default=10, ge=0)
    timeout_s: float = Field(default=30, gt=0)
    header_s: float = Field(default=10, gt=0)
    drain_s: float = Field(default=60, gt=0)
    max_body: int = Field(default=32 * MIB, ge=1)
    max_records: int = Field(default=10_000, ge=1)
    max_events: int = Field(default=10_000, ge=1)
    max_text: int = Field(default=100_000, ge=1)
    max_moments: int = Field(default=500, ge=1)
    has_access_log: bool = False
    token_file: Path | None = None
    no_auth: bool = False
    protect_information: bool = False
    certfile: Path | None = None
    keyfile: Path | None = None
    require_signature: Path | None = None
