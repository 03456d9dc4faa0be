"""A model registered with a real MLflow server and served by both servers gives the scores of this process."""

from __future__ import annotations

import os
import random
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import mlflow
import pytest
from near import assert_near
from servers import Server, forestall_serve, free_port, running

import forestall
from companies import random_moments
from forestall.registry import LoadedModel, connect
from forestall.registry.package import log_package, save_risk_model
from forestall.registry.registration import register_challenger
from forestall.registry.succession import promote_to_champion
from forestall.registry.tracking import running as run_of
from postgresql import postgresql as database
from workshop import Work


@contextmanager
def postgresql(folder: Path) -> Iterator[str]:
    """Give the address by which MLflow knows a new PostgreSQL database."""
    with database(folder) as address:
        yield address.replace("postgresql://", "postgresql+psycopg2://")


@contextmanager
def sqlite(folder: Path) -> Iterator[str]:
    yield f"sqlite:///{folder}/server.db"


BACKENDS = {"postgresql": postgresql, "sqlite": sqlite}


@pytest.fixture(scope="module")
def mlflow_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Return the address of an MLflow server: over PostgreSQL in continuous integration, over SQLite elsewhere."""
    backend = os.environ.get("FORESTALL_TEST_BACKEND", "postgresql" if os.environ.get("CI") else "sqlite")
    folder, port = tmp_path_factory.mktemp("mlflow"), free_port()
    with BACKENDS[backend](folder) as store:
        command = (sys.executable, "-m", "mlflow", "server", "--port", port, "--workers", 1,
                   "--backend-store-uri", store, "--artifacts-destination", folder / "artifacts")  # fmt: skip
        quiet = {"MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false"}
        with running(command, port, folder / "mlflow.log", "/health", **quiet):
            yield f"http://127.0.0.1:{port}"


@dataclass(frozen=True)
class Pair:
    """One registered version, served by `forestall serve` and by `mlflow models serve`."""

    forestall: Server
    mlflow: Server
    version: str

    def __iter__(self) -> Iterator[Server]:
        return iter((self.forestall, self.mlflow))


@pytest.fixture(scope="module")
def servers(
    mlflow_server: str, model: LoadedModel, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Pair]:
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
    folder_of_logs, port, uri = (
        tmp_path_factory.mktemp("servers"),
        free_port(),
        "models:/served-risk@champion",
    )
    command = (sys.executable, "-m", "mlflow", "models", "serve", "-m", uri,
               "--env-manager", "local", "--port", port)  # fmt: skip
    with (
        forestall_serve(uri, mlflow_server, folder_of_logs / "forestall.log") as ours,
        running(command, port, folder_of_logs / "models.log", MLFLOW_TRACKING_URI=mlflow_server) as other,
    ):
        yield Pair(ours, other, version.version)


def without_time(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return rows without the time of scoring, in which any two answers differ."""
    return [row | {"scored_at": None} for row in rows]


def assert_alike(rows: list[dict[str, Any]], others: list[dict[str, Any]]) -> None:
    """Assert that score rows are the same, and their numbers to 1e-12."""
    assert len(rows) == len(others)
    for row, other in zip(without_time(rows), without_time(others), strict=True):
        assert_near(row, other)


def test_both_servers_answer_with_the_scores_of_this_process(
    servers: Pair, model: LoadedModel, records: list[dict[str, Any]]
) -> None:
    risks = model.score(records)["dissatisfaction_risk"].to_list()
    assert len(set(risks)) > 50
    answers = [server.score(records, reasons=True) for server in servers]
    assert [answer.status for answer in answers] == [200, 200]
    for answer in answers:
        assert answer.risks == pytest.approx(risks, abs=1e-12)
    assert servers.forestall.get("/model").json["alias"] == "champion"
    assert answers[0].headers["x-model-version"] == servers.version
    # contributions of many rows are computed in another way than those of few
    assert_alike(*(answer.json["predictions"] for answer in answers))
    for path in ("/ping", "/version"):
        told = [server.get(path) for server in servers]
        assert len({(one.status, one.body, one.headers["content-type"]) for one in told}) == 1


def test_both_servers_answer_alike_where_fields_are_left_out(
    servers: Pair, model: LoadedModel, work: Work
) -> None:
    """1,000 records of all stages, each with other fields left out: MLflow's server sees a frame, ours does not."""
    tables = forestall.read_tables(work.data)
    whole = forestall.records(tables, random_moments(tables, 1_000, seed=4))
    optional = set(whole[0]) - {"interaction_id", "started_at", "events"}
    draw = random.Random(4)
    records = [
        {name: value for name, value in one.items() if name not in optional or draw.random() > 0.15}
        for one in whole
    ]
    ours, other = (server.score(records).json["predictions"] for server in servers)
    assert {row["data_quality"] for row in ours} == {"ok", "partial"}
    assert_alike(ours, other)
    expected = model.score(records)
    assert [row["dissatisfaction_risk"] for row in ours] == pytest.approx(
        expected["dissatisfaction_risk"].to_list(), abs=1e-12, rel=0
    )
    assert [row["data_quality"] for row in ours] == expected["data_quality"].to_list()
    # as columns and rows, in which a field left out is null, and each record alone
    names = list(whole[0])
    split = {"columns": names, "data": [[one.get(name) for name in names] for one in records]}
    for server in servers:
        content = {"dataframe_split": split}
        assert_alike(ours, server.post("/invocations", content).json["predictions"])
        for number in range(0, 1_000, 100):
            alone = server.score([records[number]]).json["predictions"]
            assert_alike([ours[number]], alone)
