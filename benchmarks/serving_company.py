"""A registry with models in it, and servers in front of them, for the benchmarks of serving."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import mlflow
import psutil

import forestall
from forestall.registry import connect
from forestall.registry.package import log_package, save_risk_model
from forestall.registry.tracking import running
from forestall.simulation import simulate_tables
from forestall.training.learn import learn

ROOT = Path(__file__).parent.parent
sys.path.insert(
    0, str(ROOT / "tests" / "server")
)  # the servers and the hostile requests are those of the tests
MIB = 2**20


@dataclass(frozen=True)
class Registry:
    """A store with a registered model, and the working folder it lies in."""

    folder: Path
    tracking_uri: str

    def register(self, model: forestall.RiskModel, name: str) -> str:
        """Log a model, register it, and return the new version."""
        connect(self.tracking_uri)
        with running(name), tempfile.TemporaryDirectory() as folder:
            made = log_package(model, save_risk_model(model, Path(folder) / "risk_model"))
        return str(mlflow.register_model(made.model_uri, name).version)

    def move(self, name: str, version: str) -> None:
        """Give the alias `champion` to a version."""
        connect(self.tracking_uri).set_registered_model_alias(name, "champion", version)


@contextmanager
def registry() -> Iterator[Registry]:
    """Give an empty registry."""
    with tempfile.TemporaryDirectory(prefix="forestall-bench-") as name:
        folder = Path(name)
        uri = f"sqlite:///{folder}/mlflow.db"
        client = connect(uri)
        experiment = client.create_experiment("bench", artifact_location=str(folder / "artifacts"))
        mlflow.set_experiment(experiment_id=experiment)
        yield Registry(folder, uri)


def simulated(n: int, seed: int) -> forestall.Tables:
    """Return the tables of a simulated company."""
    frames = simulate_tables(n, seed=seed)
    frames.pop("truth")
    return forestall.Tables(**frames)


def learnt(tables: forestall.Tables, model: str = "dissatisfaction") -> forestall.RiskModel:
    """Return a model learnt from all the tables, not evaluated."""
    spec = forestall.read_spec(ROOT / "models" / model)
    return learn(tables, spec, evaluate=False, allow_small=True).model


def records_of(tables: forestall.Tables, n: int, seed: int) -> list[dict[str, Any]]:
    """Return the records of some interactions at their default moments."""
    return forestall.records(tables, forestall.default_moments(tables).sample(n, seed=seed))


def memory_mib(pid: int) -> float:
    """Return the memory of a process and of those that it started, MiB."""
    process = psutil.Process(pid)
    return sum(one.memory_info().rss for one in [process, *process.children(recursive=True)]) / MIB
