"""The tracking server, and runs that are complete or marked as failed."""

import os
from pathlib import Path

import mlflow
import polars as pl
import pytest

from forestall.errors import UsageError
from forestall.registry.tracking import (
    RegistryError,
    RunContent,
    check_experiment,
    connect,
    flat,
    log_content,
    log_nested,
    running,
)


@pytest.mark.parametrize(
    "uri",
    ["http://127.0.0.1:9", "http://user:secret@127.0.0.1:9", "sqlite:////no/such/folder/mlflow.db"],
)
def test_a_missing_server_is_reported_in_one_line_without_password(uri: str) -> None:
    with pytest.raises(RegistryError) as caught:
        connect(uri)
    said = str(caught.value)
    assert "\n" not in said
    assert "secret" not in said
    assert "--tracking-uri" in said


def test_the_path_of_a_database_file_is_told_its_address() -> None:
    with pytest.raises(UsageError, match=r"must be sqlite:///\.\./mlflow\.db for this database file"):
        connect("../mlflow.db")


def test_the_argument_takes_precedence_over_the_environment(
    client: mlflow.MlflowClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://127.0.0.1:9")
    with pytest.raises(RegistryError):
        connect()
    connect(f"sqlite:///{tmp_path}/mlflow.db")


def test_a_run_holds_what_was_logged(client: mlflow.MlflowClient, tmp_path: Path) -> None:
    (tmp_path / "twin").mkdir()
    (tmp_path / "twin" / "a.txt").write_text("a")
    content = RunContent(
        params={"seed": 7},
        metrics={"auc": 0.8},
        tags={"kind": "train"},
        texts={"model.yaml": "name: x"},
        frames={"test/predictions.parquet": pl.DataFrame({"risk": [0.5]})},
        folders={"twin": tmp_path / "twin"},
    )
    with running("trial") as run_id:
        log_content(content)
    run = client.get_run(run_id)
    assert (run.info.status, run.data.params, run.data.metrics) == ("FINISHED", {"seed": "7"}, {"auc": 0.8})
    assert run.data.tags["kind"] == "train"
    assert sorted(one.path for one in client.list_artifacts(run_id)) == ["model.yaml", "test", "twin"]
    assert [one.path for one in client.list_artifacts(run_id, "test")] == ["test/predictions.parquet"]


def test_a_run_that_fails_is_marked_as_failed(client: mlflow.MlflowClient) -> None:
    with pytest.raises(ZeroDivisionError), running("trial"):
        raise ZeroDivisionError
    (run,) = client.search_runs([client.get_experiment_by_name("trial").experiment_id])
    assert run.info.status == "FAILED"
    assert mlflow.active_run() is None


def test_an_unfinished_run_is_continued_until_it_is_finished(client: mlflow.MlflowClient) -> None:
    study = {"study": "a"}
    with pytest.raises(ZeroDivisionError), running("trial", tags=study) as begun:
        raise ZeroDivisionError
    with running("trial", tags={"study": "b"}) as other:
        pass
    with running("trial", tags=study) as again:
        trial = log_nested("trial 0", RunContent(params={"a": 1}), {"loss": [0.5, 0.4]})
    with running("trial", tags=study) as new:
        pass
    assert begun == again
    assert len({begun, other, new}) == 3
    run = client.get_run(trial)
    assert (run.data.tags["mlflow.parentRunId"], run.data.params) == (again, {"a": "1"})
    assert [one.value for one in client.get_metric_history(trial, "loss")] == [0.5, 0.4]
    assert client.get_run(again).info.status == "FINISHED"


def test_names_that_mlflow_refuses_are_escaped(client: mlflow.MlflowClient) -> None:
    venues = {
        f"Smith & Sons #{place}": 60 for place in range(150)
    }  # more than MLflow takes parameters at once
    params = flat({"standards": {"default": 90, "venues": venues}}, whole=("standards.venues",))
    content = RunContent(params=params, metrics={"ablation/without Tier (L2)/auc": 0.8})
    with running("names") as run_id:
        log_content(content)
    data = client.get_run(run_id).data
    assert set(data.params) == {"standards.default", "standards.venues"}
    assert data.metrics == {"ablation/without Tier _28L2_29/auc": 0.8}


def test_a_store_of_one_call_is_not_the_store_of_later_calls(
    client: mlflow.MlflowClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    connect(f"sqlite:///{tmp_path}/one.db")
    assert "MLFLOW_TRACKING_URI" not in os.environ
    connect().create_experiment("here")
    assert (tmp_path / "mlflow.db").is_file()
    assert connect(f"sqlite:///{tmp_path}/one.db").get_experiment_by_name("here") is None
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{tmp_path}/said.db")
    connect(f"sqlite:///{tmp_path}/one.db")
    assert os.environ["MLFLOW_TRACKING_URI"].endswith("said.db")


def test_the_default_store_is_in_the_current_working_folder(
    client: mlflow.MlflowClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also in a process that has worked elsewhere before: MLflow keeps what it opened by its address."""
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        monkeypatch.chdir(tmp_path / name)
        connect().create_experiment("mine")  # fails where the store is that of the other folder
        assert (tmp_path / name / "mlflow.db").is_file()


def test_a_deleted_experiment_is_refused_before_a_run_is_written(client: mlflow.MlflowClient) -> None:
    check_experiment("new")  # it is made with its first run
    assert client.get_experiment_by_name("new") is None
    number = client.create_experiment("old")
    check_experiment("old")
    client.delete_experiment(number)
    with pytest.raises(
        RegistryError, match=f"experiment old must be active; it was deleted.*--experiment-id {number}"
    ):
        check_experiment("old")
    client.restore_experiment(number)
    check_experiment("old")
