"""A server that all tests share, and a model of two versions that answer differently."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import mlflow
import polars as pl
import pytest
from servers import Server, forestall_serve

import forestall
from forestall.registry import LoadedModel, load
from forestall.registry.package import log_package, save_risk_model
from forestall.registry.tracking import connect, running
from workshop import Work

POLL_S = 0.2


@pytest.fixture(scope="session")
def model(work: Work) -> LoadedModel:
    """Return the model that the shared server serves, in this process."""
    return load("models:/quick-risk/1", work.tracking_uri)


@pytest.fixture(scope="session")
def records(work: Work) -> list[dict[str, Any]]:
    """Return 300 records of the company; tests must not change them."""
    tables = forestall.read_tables(work.data)
    moments = forestall.default_moments(tables).sample(300, seed=5)
    return forestall.records(tables, moments)


@pytest.fixture(scope="session")
def server(work: Work, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Return a server that serves version 1, with a log of its requests."""
    log = tmp_path_factory.mktemp("server") / "log"
    with forestall_serve("models:/quick-risk/1", work.tracking_uri, log, "--access-log") as one:
        yield one


@dataclass(frozen=True)
class Two:
    """A registered model with two versions, and what they answer to the records."""

    name: str
    tracking_uri: str
    risks: dict[str, list[float]]

    @property
    def uri(self) -> str:
        return f"models:/{self.name}@champion"

    def move(self, version: str | int) -> None:
        connect(self.tracking_uri).set_registered_model_alias(self.name, "champion", str(version))


@pytest.fixture(scope="session")
def two(work: Work, records: list[dict[str, Any]]) -> Two:
    """Return a model whose first version is the champion's, and whose second is its twin's."""
    client = connect(work.tracking_uri)
    twin = load(f"runs:/{work.report.run_id}/twin", work.tracking_uri).risk_model
    with running("two"), tempfile.TemporaryDirectory() as folder:
        made = log_package(twin, save_risk_model(twin, Path(folder) / "risk_model"))
    for uri in (f"runs:/{work.report.run_id}/model", made.model_uri):
        mlflow.register_model(uri, "two-risk")
    two = Two("two-risk", work.tracking_uri, {})
    for version in ("1", "2"):
        scores = load(f"models:/two-risk/{version}", work.tracking_uri).score(records)
        two.risks[version] = scores["dissatisfaction_risk"].to_list()
    assert pl.Series(two.risks["1"]).n_unique() > 50
    assert two.risks["1"] != two.risks["2"]
    client.set_registered_model_alias("two-risk", "champion", "1")
    return two


@pytest.fixture(scope="session")
def moving(two: Two, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Return a server that follows the alias of the two versions, and waits for nobody for long."""
    log = tmp_path_factory.mktemp("moving") / "log"
    two.move(1)
    options = (
        "--poll",
        POLL_S,
        "--timeout",
        8,
        "--max-connections",
        64,
        "--head-timeout",
        1,
        "--answer-timeout",
        3,
        "--idle-timeout",
        2,
    )
    with forestall_serve(two.uri, two.tracking_uri, log, *options) as one:
        yield one
