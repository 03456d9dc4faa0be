"""What a server is told: which model, where, and how much it takes from one request."""

from __future__ import annotations

from pydantic import Field

from forestall.config import Strict

MIB = 1024 * 1024


class Settings(Strict):
    """How a server serves; every limit is of one request.

    Attributes
    ----------
    model_uri, tracking_uri
        Which model, see `registry.load`, and where the registry is.
    host, port, workers
        Where it listens, with how many processes.
    poll_s
        Every how many seconds the registry is asked whether the alias has moved; 0 for never.
    timeout_s
        How long a request may take to arrive, and then to be answered.
    header_s
        How long the head of a request may take to arrive, and an answer to be taken.
    drain_s
        How long what is under way may take to end when the server is told to stop.
    max_body
        Bytes of a body.
    max_records, max_events, max_text
        Records in a request; items in a list of a record; characters in a string.
    max_moments
        Moments of one explanation.
    has_access_log
        Whether each request is logged: route, status, time; never what was sent.
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
