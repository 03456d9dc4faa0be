"""The settings of a server: model, address and limits."""

from __future__ import annotations

from pathlib import Path
from typing import Self

from pydantic import Field, model_validator

from forestall.config import Strict
from forestall.defaults import PORT

MIB = 1024 * 1024


class Settings(Strict):
    """The settings of a server; the limits of all requests together are for each process.

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
        How many seconds the head of a request may take to arrive, the rest of a body after an early answer, and a
        client to receive more of an answer.
    answer_s
        How many seconds a client may take for a whole answer.
    idle_s
        How many seconds a connection may wait for its next request.
    drain_s
        How many seconds running requests may take when the server stops.
    max_body
        Largest body, in bytes.
    max_records, max_events, max_text
        Most records in a request, items in a list of a record, and characters in a text or a key.
    max_work
        Most items of all records of a request together; in an explanation, most moments times items.
    max_moments
        Most moments in one explanation.
    max_in_flight
        Most bytes of all bodies that have arrived and are not answered.
    max_connections
        Most connections; on more of them only the routes that need no token are answered.
    max_explanations
        Most explanations that are made or wait.
    min_free_memory
        How many bytes of memory must stay free; 0 for no check.
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
    port: int = Field(default=PORT, ge=0, le=65535)
    workers: int = Field(default=1, ge=1)
    poll_s: float = Field(default=10, ge=0)
    timeout_s: float = Field(default=30, gt=0)
    header_s: float = Field(default=10, gt=0)
    answer_s: float = Field(default=60, gt=0)
    idle_s: float = Field(default=75, gt=0)
    drain_s: float = Field(default=60, gt=0)
    max_body: int = Field(default=32 * MIB, ge=1)
    max_records: int = Field(default=10_000, ge=1)
    max_events: int = Field(default=10_000, ge=1)
    max_text: int = Field(default=100_000, ge=1)
    max_work: int = Field(default=1_000_000, ge=1)
    max_moments: int = Field(default=500, ge=1)
    max_in_flight: int = Field(default=32 * MIB, ge=1)
    max_connections: int = Field(default=400, ge=1)
    max_explanations: int = Field(default=8, ge=1)
    min_free_memory: int = Field(default=64 * MIB, ge=0)
    has_access_log: bool = False
    token_file: Path | None = None
    no_auth: bool = False
    protect_information: bool = False
    certfile: Path | None = None
    keyfile: Path | None = None
    require_signature: Path | None = None

    @model_validator(mode="after")
    def _one_body_fits(self) -> Self:
        if self.max_in_flight < self.max_body:
            raise ValueError("max_in_flight must be at least max_body; raise it, or lower max_body")
        return self
