"""A registry in a file: it may be moved away or restored while a server follows it."""

from __future__ import annotations

import os
from pathlib import Path

from forestall.registry.tracking import RegistryError, without_credentials

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
    uri = tracking_uri or os.environ.get("MLFLOW_TRACKING_URI") or "sqlite:///mlflow.db"
    scheme, _, path = uri.partition(":///")
    if not scheme.startswith("sqlite") or not path or path.startswith((":memory:", "file:")):
        return
    file = Path(path.partition("?")[0])
    if not file.is_file() or not file.stat().st_size:
        raise RegistryError(
            f"tracking database {without_credentials(uri)} must be a file with a registry, and there is none; "
            "restore it"
        )
