"""An empty store for each test, made once and copied: MLflow takes seconds to lay out a database."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import mlflow
import pytest

from forestall.registry.tracking import connect


@pytest.fixture(scope="session")
def empty_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("store")
    before = Path.cwd()
    os.chdir(folder)
    try:
        connect("sqlite:///mlflow.db")
    finally:
        os.chdir(before)
    return folder / "mlflow.db"


@pytest.fixture
def client(
    empty_store: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[mlflow.MlflowClient]:
    """Return a client of an empty default store in a working folder of its own."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    shutil.copyfile(empty_store, "mlflow.db")
    # a full path: MLflow keeps an engine by its address, and the working folder changes from test to test
    yield connect(f"sqlite:///{tmp_path}/mlflow.db")
    mlflow.set_tracking_uri(None)
