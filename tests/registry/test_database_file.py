"""A registry in a file is looked for before SQLite would make an empty one."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from forestall.registry.database_file import (
    UNPOOLED,
    check_database_file,
    connect_to_existing,
    open_each_time,
)
from forestall.registry.tracking import RegistryError


def test_a_registry_in_a_file_must_be_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "mlflow.db"
    with pytest.raises(RegistryError, match="there is none; restore it"):
        check_database_file(f"sqlite:///{file}")
    file.touch()
    with pytest.raises(RegistryError, match="there is none; restore it"):
        check_database_file(f"sqlite:///{file}")
    file.write_bytes(b"a")
    check_database_file(f"sqlite:///{file}")
    for elsewhere in (
        "http://127.0.0.1:9",
        "postgresql://user@host/db",
        "sqlite:///:memory:",
        "sqlite:///file:a?uri=true",
    ):
        check_database_file(elsewhere)
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    monkeypatch.chdir(tmp_path)
    check_database_file(None)
    file.unlink()
    with pytest.raises(RegistryError):
        check_database_file(None)


def test_settings_of_the_environment_for_connections_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    (name,) = UNPOOLED
    monkeypatch.setenv(name, "StaticPool")
    open_each_time()
    assert os.environ[name] == "StaticPool"
    monkeypatch.delenv(name)
    monkeypatch.setenv("MLFLOW_SQLALCHEMYSTORE_POOL_SIZE", "5")
    open_each_time()
    assert name not in os.environ
    monkeypatch.delenv("MLFLOW_SQLALCHEMYSTORE_POOL_SIZE")
    monkeypatch.delenv("MLFLOW_SQLALCHEMYSTORE_MAX_OVERFLOW", raising=False)
    open_each_time()
    assert os.environ[name] == "NullPool"
    monkeypatch.delenv(name)


def test_who_only_reads_makes_no_registry(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    monkeypatch.chdir(tmp_path)
    for uri in (None, f"sqlite:///{tmp_path}/mlflow.db"):
        with pytest.raises(
            RegistryError, match="a-risk is not registered: nothing is registered in sqlite:///"
        ):
            connect_to_existing(uri, "a-risk")
    assert list(tmp_path.iterdir()) == []
