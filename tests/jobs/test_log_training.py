"""`forestall.log_training`: what a training learnt is not lost if it cannot be logged."""

import re
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import mlflow
import pytest
from mlflow.exceptions import MlflowException
from mlflow.tracking._model_registry.client import ModelRegistryClient
from mlflow.tracking._tracking_service.client import TrackingServiceClient

import forestall
from forestall.errors import InputError, UsageError
from forestall.jobs import training_run
from forestall.jobs.train import TrainReport
from forestall.publishing.lock import locked
from forestall.registry import RegistryError
from forestall.registry.loaded_model import LoadedModel
from forestall.registry.package_files import FILES_TAG
from forestall.registry.run_artifacts import artifact_frame
from forestall.registry.tracking import connect
from forestall.simulation import simulate_tables
from small_disk import small_disk

pytestmark = pytest.mark.slow
PREDICTIONS = "test/predictions.parquet"
Train = Callable[..., TrainReport]


class Server:
    """Counts the calls that a client sends to the tracking server; from one of them on the server is gone."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self.calls: list[str] = []
        self.is_counted = False
        self.last: int | None = None
        self.error: BaseException = MlflowException("the server is gone")
        for client in (TrackingServiceClient, ModelRegistryClient):
            for name in [name for name, one in vars(client).items() if callable(one) and name[0] != "_"]:
                patch.setattr(client, name, self._watched(name, getattr(client, name)))

    def _watched(self, name: str, call: Callable[..., object]) -> Callable[..., object]:
        def watched(*arguments: object, **options: object) -> object:
            if self.is_counted:
                self.calls.append(name)
                if self.last is not None and len(self.calls) > self.last:
                    raise self.error
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


def risks(model: LoadedModel) -> list[float]:
    """Give a model's risks of interactions that it has not seen."""
    frames = simulate_tables(100, seed=2)
    frames.pop("truth")
    return model.score(forestall.Tables(**frames))["dissatisfaction_risk"].to_list()


def content_of(store: str, report: TrainReport) -> dict[str, object]:
    """Give what a run and its version hold, without their ids."""
    client = connect(store)
    run = client.get_run(report.run_id)
    model = forestall.load(f"models:/{report.name}/{report.version}", tracking_uri=store)
    version = client.get_model_version(report.name, report.version)
    tags = {
        name: value for name, value in version.tags.items() if name != FILES_TAG
    }  # MLmodel has the run's id
    own = ("forestall.lock", "forestall.training", "forestall.model_uri", "forestall.process", "mlflow.")
    return {
        "status": run.info.status,
        "params": run.data.params,
        "metrics": run.data.metrics,
        "tags": {name: value for name, value in run.data.tags.items() if not name.startswith(own)},
        "files": sorted(one.path for one in client.list_artifacts(report.run_id)),
        "predictions": artifact_frame(report.run_id, PREDICTIONS).to_dicts(),
        "version": (version.aliases, tags, version.run_id == report.run_id),
        "report": {name: one for name, one in report.to_dict().items() if name not in ("run_id", "version")},
        "card": report.card.replace(report.run_id, "RUN"),
        "scores": risks(model),
    }


@pytest.fixture(scope="module")
def untroubled(train: Train, tmp_path_factory) -> tuple[dict[str, object], int]:
    """Give what a training writes where nothing fails, and how many calls it sends from the logging of the run on."""
    folder = tmp_path_factory.mktemp("untroubled")
    store = f"sqlite:///{folder}/mlflow.db"
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        server = Server(patch)
        report = train(store, progress=server.count)
        calls = len(server.calls)
        assert not Path("forestall-unlogged").exists()
        return content_of(store, report), calls


@pytest.mark.parametrize("share", [0, 0.3, 0.6, 1])
def test_a_training_whose_server_goes_away_is_logged_later_as_if_nothing_had_happened(
    share: float, train: Train, untroubled: tuple[dict[str, object], int], store: str, server: Server
) -> None:
    expected, calls = untroubled
    folder = kept_by(train, store, server, int(share * (calls - 1)))
    assert folder.parent == Path("forestall-unlogged")
    assert (folder / "run_files" / "report.html").is_file()
    assert (
        risks(forestall.load(folder / "risk_model")) == expected["scores"]
    )  # it can be used before it is logged
    report = forestall.log_training(folder, tracking_uri=store)
    assert content_of(store, report) == expected
    again = forestall.log_training(folder, tracking_uri=store)
    assert (again.run_id, again.version) == (report.run_id, "1")
    client = connect(store)
    assert len(client.search_model_versions()) == 1
    runs = client.search_runs([client.get_experiment_by_name("quick-risk").experiment_id])
    assert [one.info.run_id for one in runs] == [report.run_id]
    assert not list(Path().glob(".forestall-runs/*"))


@pytest.mark.parametrize("table", ["metrics", "logged_models", "registered_model_aliases"])
def test_a_database_that_refuses_to_be_written_loses_nothing(
    table: str, train: Train, untroubled: tuple[dict[str, object], int], store: str, tmp_path: Path
) -> None:
    expected, _ = untroubled
    connect(store)
    with closing(sqlite3.connect(tmp_path / "mlflow.db")) as database:
        database.execute(
            f"CREATE TRIGGER refuse BEFORE INSERT ON {table} BEGIN SELECT RAISE(FAIL, 'the disk is full'); END"
        )
    with pytest.raises(RegistryError, match=r"the disk is full.*nothing learnt is lost"):
        train(store)
    (folder,) = Path("forestall-unlogged").iterdir()
    with pytest.raises(RegistryError, match="the disk is full"):
        forestall.log_training(folder, tracking_uri=store)
    with closing(sqlite3.connect(tmp_path / "mlflow.db")) as database:
        database.execute("DROP TRIGGER refuse")
    report = forestall.log_training(folder, tracking_uri=store)
    assert content_of(store, report) == expected
    # without an alias a version is deleted again, and its number is not given a second time
    assert report.version == ("3" if table == "registered_model_aliases" else "1")
    assert len(connect(store).search_model_versions()) == 1


def test_a_full_disk_of_the_artifacts_loses_nothing(
    train: Train, untroubled: tuple[dict[str, object], int], store: str, tmp_path: Path
) -> None:
    expected, _ = untroubled
    with small_disk(tmp_path / "disk", 1024) as disk:
        if disk is None:
            pytest.skip("this process may not mount a disk")
        connect(store).create_experiment("quick-risk", artifact_location=disk.folder.as_uri())
        with pytest.raises(RegistryError, match=r"No space left on device; nothing learnt is lost"):
            train(store)
        (folder,) = Path("forestall-unlogged").iterdir()
        assert disk.resize(200_000)
        assert content_of(store, forestall.log_training(folder, tracking_uri=store)) == expected


def test_a_training_that_is_interrupted_while_it_is_logged_is_kept(
    train: Train, store: str, server: Server, caplog: pytest.LogCaptureFixture
) -> None:
    server.last, server.error = 20, KeyboardInterrupt()
    with pytest.raises(KeyboardInterrupt):
        train(store, progress=server.count)
    (folder,) = Path("forestall-unlogged").iterdir()
    assert f"nothing learnt is lost: {folder} keeps it" in caplog.text
    server.is_counted = False
    with locked(folder), pytest.raises(UsageError, match=r"is being logged by process \d+; wait"):
        forestall.log_training(folder, tracking_uri=store)
    assert forestall.log_training(folder, tracking_uri=store).version == "1"


def test_a_model_that_was_not_to_be_registered_is_not(train: Train, store: str, server: Server) -> None:
    folder = kept_by(train, store, server, 3, register=False)
    other = store.replace("mlflow.db", "other.db")
    report = forestall.log_training(folder, tracking_uri=other)
    assert report.version is None
    assert not connect(other).search_registered_models()
    assert report.run_id in report.html  # not that of the run in the store that failed
    assert connect(other).get_run(report.run_id).info.status == "FINISHED"


def test_a_folder_that_was_changed_is_refused(train: Train, store: str, server: Server) -> None:
    folder = kept_by(train, store, server, 0)
    note = folder / "training.json"
    note.write_text(note.read_text().replace('"auc"', '"AUC"', 1))
    with pytest.raises(InputError, match=r"must hold what the training wrote.*: training.json; restore it"):
        forestall.log_training(folder, tracking_uri=store)
    assert not connect(store).search_registered_models()


def test_a_working_folder_that_is_full_too_ends_in_a_clear_error(
    train: Train, store: str, server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with small_disk(tmp_path / "disk", 256) as disk:
        if disk is None:
            pytest.skip("this process may not mount a disk")
        server.last = 0
        with monkeypatch.context() as patch:
            patch.chdir(disk.folder)
            with pytest.raises(
                RegistryError,
                match=r"the server is gone; it could not be kept in a folder either: .*No space left.*train again",
            ):
                train(store, progress=server.count)
        assert not list(disk.folder.rglob("*"))
