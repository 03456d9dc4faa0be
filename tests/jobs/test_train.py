"""`forestall.train`: what is checked first, and what the report says."""

import polars as pl
import pytest

import forestall
from forestall.assessment.run_content import DATA_DIGEST, DATA_PATH
from forestall.errors import UsageError
from forestall.registry import RegistryError
from forestall.registry.tracking import connect
from workshop import QUICK_MODEL


def test_a_deleted_experiment_is_refused_before_the_data_are_read(work, tmp_path):
    store = f"sqlite:///{tmp_path}/mlflow.db"
    client = connect(store)
    client.delete_experiment(client.create_experiment("old"))
    steps = []
    with pytest.raises(RegistryError, match="the experiment old must be active; it was deleted"):
        forestall.train(
            work.data, work.model, experiment_name="old", tracking_uri=store, progress=steps.append
        )
    assert steps == []


def test_a_wrong_model_yaml_is_refused_before_the_store_is_opened(work, tmp_path):
    (tmp_path / "model.yaml").write_text(QUICK_MODEL + "bands: {medium: 0.9}\n")
    with pytest.raises(UsageError, match="bands"):
        forestall.train(work.data, tmp_path, tracking_uri=f"sqlite:///{tmp_path}/mlflow.db")
    assert not (tmp_path / "mlflow.db").exists()


@pytest.mark.parametrize("wrong", ["40", -1, 2.5])
def test_trials_that_are_no_number_are_refused_before_anything_is_learnt(wrong, tmp_path):
    (tmp_path / "model.yaml").write_text("name: risk\nlabel: {event: complained}\n", encoding="utf-8")
    tables = forestall.Tables(
        pl.DataFrame({"interaction_id": ["a"], "started_at": ["2026-01-01"]}),
        pl.DataFrame({"interaction_id": ["a"], "at": ["2026-01-01"], "kind": ["complained"]}),
    )
    with pytest.raises(UsageError, match=f"--tune must be a number of trials, is {wrong}"):
        forestall.train(tables, tmp_path, tune=wrong, tracking_uri=f"sqlite:///{tmp_path}/mlflow.db")


def test_the_report_is_printed_without_the_page_and_the_card(work):
    report = work.report
    assert report.html.startswith("<!")
    assert {"html", "card"}.isdisjoint(report.to_dict())
    assert report.to_dict()["metrics"] == report.metrics
    assert set(report.summary()["metrics"]) < set(report.metrics)
    assert "auc" in report.summary()["metrics"]


@pytest.mark.slow
def test_a_training_from_tables_in_memory_returns_a_report(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    forestall.simulate(tmp_path / "data", interactions=1500, seed=1)
    (tmp_path / "model.yaml").write_text(QUICK_MODEL + "families: [history]\n")
    tables = forestall.read_tables(tmp_path / "data")
    report, of_folder = (
        forestall.train(data, tmp_path, register=False, experiment_name="notebook", allow_small=True)
        for data in (tables, tmp_path / "data")
    )
    assert report.version is None
    assert report.metrics["auc"] == of_folder.metrics["auc"]  # the same data and seed, the same model
    assert report.html.startswith("<!")
    assert "What drives the risk?" in report.html
    run = connect().get_run(report.run_id)
    assert run.data.tags[DATA_PATH] == ""
    assert run.data.tags[DATA_DIGEST] == tables.digest()
