"""A store of its own for each test."""

from collections.abc import Iterator
from pathlib import Path

import mlflow
import pytest

from forestall.registry.tracking import connect


@pytest.fixture
def client(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[mlflow.MlflowClient]:
    """Return a client of an empty default store in a working folder of its own."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    # a full path: MLflow keeps an engine by its address, and the working folder changes from test to test
    yield connect(f"sqlite:///{tmp_path}/mlflow.db")
    mlflow.set_tracking_uri(None)
