"""The client of an object store: made from the usual variables of the environment, and patient."""

from __future__ import annotations

import os
from datetime import timedelta
from functools import cache
from typing import Any

from forestall.errors import UsageError, must_be
from forestall.locations.extras import load_extra

SCHEMES = ("s3", "gs", "az")
RETRY_S = "FORESTALL_STORE_RETRY_S"
_EXTRAS = {"s3": "s3", "gs": "gcs", "az": "azure"}
_OPTIONS = {"s3": "aws_", "gs": "google_", "az": "azure_"}
_ENDPOINTS = {
    "s3": ("AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL", "AWS_ENDPOINT"),
    "az": ("AZURE_STORAGE_ENDPOINT",),
}
_LONGEST_WAIT_S = 10.0
_MOST_RETRIES = 1000  # the time ends them


def library_of(scheme: str) -> Any:
    """Return the library that asks object stores.

    Raises
    ------
    UsageError
        It is not installed.
    """
    return load_extra("obstore", _EXTRAS[scheme], f"{scheme}://")


def options_of(scheme: str) -> dict[str, Any]:
    """Return what Polars is told beside the environment."""
    patience = {
        "max_retries": _MOST_RETRIES,
        "retry_timeout_ms": round(retry_s() * 1000),
        "retry_max_backoff_ms": round(_LONGEST_WAIT_S * 1000),
    }
    return patience | _endpoint(scheme) | _plain_http(scheme)


def _endpoint(scheme: str) -> dict[str, str]:
    """Return the endpoint of the environment: Polars keeps its clients by their options, not by the environment."""
    found = os.environ.get("AWS_ENDPOINT_URL") if scheme == "s3" else None
    return {"aws_endpoint_url": found} if found else {}


def delta_options_of(scheme: str) -> dict[str, str]:
    """Return what Delta Lake is told beside the environment."""
    return {"max_retries": str(_MOST_RETRIES), "retry_timeout": f"{retry_s():g}s"} | _plain_http(scheme)


def _plain_http(scheme: str) -> dict[str, str]:
    return {f"{_OPTIONS[scheme]}allow_http": "true"} if _is_plain_http(scheme) else {}


def store_of(bucket: str) -> Any:
    """Return the client of a bucket, such as `s3://company`."""
    return _store(bucket, retry_s(), _environment())


def retry_s() -> float:
    """Return for how long a store that does not answer is asked again."""
    given = os.environ.get(RETRY_S, "120")
    try:
        seconds = float(given)
    except ValueError:
        seconds = -1.0
    if not 0 <= seconds < 86_400:
        raise UsageError(must_be(RETRY_S, "a number of seconds", given))
    return seconds


def _is_plain_http(scheme: str) -> bool:
    """Return whether the endpoint of the environment is one without TLS: a server of one's own, or of a test."""
    return any(os.environ.get(name, "").startswith("http://") for name in _ENDPOINTS.get(scheme, ()))


def _environment() -> tuple[tuple[str, str], ...]:
    """Return what a store is made from, so that a changed environment makes a new one."""
    names = sorted(name for name in os.environ if name.startswith(("AWS_", "GOOGLE_", "AZURE_")))
    return tuple((name, os.environ[name]) for name in names)


@cache
def _store(bucket: str, retry_s: float, environment: tuple[tuple[str, str], ...]) -> Any:
    del environment
    store = load_extra("obstore.store", _EXTRAS[bucket.partition("://")[0]], f"{bucket}")
    client: dict[str, Any] = {
        "connect_timeout": timedelta(seconds=10),
        "read_timeout": timedelta(seconds=60),
        "timeout": timedelta(hours=1),
    }
    if _is_plain_http(bucket.partition("://")[0]):
        client["allow_http"] = True
    return store.from_url(
        bucket,
        client_options=client,
        retry_config={
            "max_retries": _MOST_RETRIES,
            "retry_timeout": timedelta(seconds=retry_s),
            "backoff": {"max_backoff": timedelta(seconds=_LONGEST_WAIT_S)},
        },
    )
