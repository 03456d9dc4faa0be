"""`forestall.log_training`: what a training learnt is not lost if it cannot be logged."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import mlflow
import pytest
from mlflow.exceptions import MlflowException
from mlflow.tracking._model_registry.client import ModelRegistryClient
from mlflow.tracking._tracking_service.client import TrackingServiceClient

import forestall
from forestall.jobs import training_run
from forestall.jobs.train import TrainReport
from forestall.registry import RegistryError
from forestall.registry.run_artifacts import artifact_frame
from forestall.registry.tracking import connect

pytestmark = pytest.mark.slow
PREDICTIONS = "test/predictions.parquet"
Train = Callable[..., TrainReport]


class Server:
    """Counts the calls that a client sends to the tracking server; from one of them on the server is gone."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self.calls: list[str] = []
        self.is_counted = False
        self.last: int | None = None
        for client in (TrackingServiceClient, ModelRegistryClient):
            for name in [name for name, one in vars(client).items() if callable(one) and name[0] != "_"]:
                patch.setattr(client, name, self._watched(name, getattr(client, name)))

    def _watched(self, name: str, call: Callable[..., object]) -> Callable[..., object]:
        def watched(*arguments: object, **options: object) -> object:
            if self.is_counted:
                self.calls.append(name)
                if self.last is not None and len(self.calls) > self.last:
                    raise MlflowException("the server is gone")
            return call(*arguments, **options)

        return watched

    def count(self, step: str) -> None:
        """Begin to count when the run is logged."""
        self.is_counted = self.is_counted or step == "logging the run"


@pytest.fixture(scope="module")
def train(work, tmp_path_factory) -> Iterator[Train]:
    """Give a function that trains as `forestall.train` does; all learn once and share what was learnt."""
    known: dict[str, object] = {}

    def once(name: str, compute: Callable[..., object]) -> Callable[..., object]:
        def remembered(*arguments: object, **options: object) -> object:
            if name not in known:
                known[name] = compute(*arguments, **options)
            return known[name]

        return remembered

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(training_run, "learn", once("learnt", training_run.learn))
        patch.setattr(training_run.Training, "_assess", once("assessed", training_run.Training._assess))
        yield lambda store, **options: forestall.train(work.data, work.model, tracking_uri=store, **options)


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Give the address of an empty store in a working folder of its own."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    yield f"sqlite:///{tmp_path}/mlflow.db"
    mlflow.set_tracking_uri(None)


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Server:
    return Server(monkeypatch)


def kept_by(train: Train, store: str, server: Server, last: int, **options: object) -> Path:
    """Train with a server that is gone after `last` calls; give the folder that the error names."""
    server.calls, server.last, server.is_counted = [], last, False
    with pytest.raises(RegistryError, match="the server is gone; nothing learnt is lost") as caught:
        train(store, progress=server.count, **options)
    server.is_counted = False
    named = re.search(r"`forestall log (\S+)`", str(caught.value))
    assert named is not None
    return Path(named[1])


def content_of(store: str, report: TrainReport) -> dict[str, object]:
    """Give what a run and its version hold, without their ids."""
    client = connect(store)
    run = client.get_run(report.run_id)
    scores = forestall.load(f"models:/{report.name}/{report.version}", tracking_uri=store)
    version = client.get_model_version(report.name, report.version)
    own = ("forestall.lock", "forestall.training", "forestall.model_uri", "forestall.process", "mlflow.")
    return {
        "status": run.info.status,
        "params": run.data.params,
        "metrics": run.data.metrics,
        "tags": {name: value for name, value in run.data.tags.items() if not name.startswith(own)},
        "files": sorted(one.path for one in client.list_artifacts(report.run_id)),
        "predictions": artifact_frame(report.run_id, PREDICTIONS).to_dicts(),
        "version": (version.version, version.aliases, version.tags, version.run_id == report.run_id),
        "report": {name: one for name, one in report.to_dict().items() if name != "run_id"},
        "card": report.card.replace(report.run_id, "RUN"),
        "model": scores.version,
    }


def test_a_training_that_could_not_be_logged_is_logged_later_as_if_nothing_had_happened(
    train: Train, store: str, server: Server, tmp_path: Path
) -> None:
    untroubled = train(f"sqlite:///{tmp_path}/untroubled.db", progress=server.count)
    expected = content_of(f"sqlite:///{tmp_path}/untroubled.db", untroubled)
    folder = kept_by(train, store, server, 3)
    assert folder.parent == Path("forestall-unlogged")
    report = forestall.log_training(folder, tracking_uri=store)
    assert content_of(store, report) == expected
    again = forestall.log_training(folder, tracking_uri=store)
    assert (again.run_id, again.version) == (report.run_id, "1")
    assert len(connect(store).search_model_versions()) == 1
