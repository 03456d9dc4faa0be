"""An empty store for each test, made once and copied: MLflow takes seconds to lay out a database."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import mlflow
import pytest

from forestall.registry.tracking import connect
from made_once import made_once


@pytest.fixture(scope="session")
def empty_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    def make(folder: Path) -> None:
        with pytest.MonkeyPatch.context() as patch:
            patch.chdir(folder)
            connect("sqlite:///mlflow.db")

    return made_once(tmp_path_factory, "store", make) / "mlflow.db"


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
