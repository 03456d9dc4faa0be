"""A registry in a file: it may be moved away or restored while a server follows it."""

from __future__ import annotations

import os
from pathlib import Path

import mlflow

from forestall.registry.aliases import nothing_in
from forestall.registry.tracking import RegistryError, connect, without_credentials

# MLflow keeps connections open, and one to a file that was replaced reads the old file for ever
UNPOOLED = {"MLFLOW_SQLALCHEMYSTORE_POOLCLASS": "NullPool"}
_POOL_OPTIONS = ("MLFLOW_SQLALCHEMYSTORE_POOL_SIZE", "MLFLOW_SQLALCHEMYSTORE_MAX_OVERFLOW")


def open_each_time() -> None:
    """Have MLflow open its database for each call; to be called before the first one.

    Settings of the environment for MLflow's pool of connections are kept.
    """
    if not any(name in os.environ for name in _POOL_OPTIONS):
        for name, value in UNPOOLED.items():
            os.environ.setdefault(name, value)


def check_database_file(tracking_uri: str | None) -> None:
    """Check that a registry in a file is there: SQLite would make an empty one in its place.

    Raises
    ------
    RegistryError
        The file does not exist, or it is empty.
    """
    uri, file = _file_of(tracking_uri)
    if file is not None and not (file.is_file() and file.stat().st_size):
        raise RegistryError(
            f"tracking database {without_credentials(uri)} must be a file with a registry, and there is none; "
            "restore it"
        )


def connect_to_existing(tracking_uri: str | None, wanted: str) -> mlflow.MlflowClient:
    """Return a client of a registry, see `connect`; unlike a training, it makes no registry in a file.

    Parameters
    ----------
    tracking_uri
        The address of the registry, see `connect`.
    wanted
        The model that is looked for in it, for errors.

    Raises
    ------
    UsageError
        The address is the path of a database file.
    RegistryError
        There is no such file, or the server does not answer.
    """
    uri, file = _file_of(tracking_uri)
    if file is not None and not file.exists():
        raise RegistryError(f"{wanted} is not registered: {nothing_in(uri)}")
    return connect(tracking_uri)


def _file_of(tracking_uri: str | None) -> tuple[str, Path | None]:
    """Return the address of the registry, and its file if it is one."""
    uri = tracking_uri or os.environ.get("MLFLOW_TRACKING_URI") or f"sqlite:///{Path('mlflow.db').absolute()}"
    scheme, _, path = uri.partition(":///")
    is_file = scheme.startswith("sqlite") and path and not path.startswith((":memory:", "file:"))
    return uri, Path(path.partition("?")[0]) if is_file else None
