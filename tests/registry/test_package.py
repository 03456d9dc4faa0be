"""The packaged model: plain files that load anywhere and give the scores of batch scoring."""

import json
import shutil
from pathlib import Path

import mlflow
import pandas as pd
import pytest
from mlflow.types.schema import AnyType

import forestall
from forestall.errors import UsageError
from forestall.registry import RegistryError, load
from forestall.registry.package import input_example, signature
from forestall.registry.score_rows import SCORE_SCHEMA
from forestall.registry.tracking import connect
from workshop import Work


@pytest.fixture
def package(work: Work, tmp_path: Path) -> Path:
    """Return a copy of the champion's files."""
    connect(work.tracking_uri)
    return Path(mlflow.artifacts.download_artifacts(work.champion, dst_path=str(tmp_path)))


def test_a_loaded_model_has_its_name_version_and_run(work: Work) -> None:
    model = load(work.champion, work.tracking_uri)
    assert (model.name, model.version, model.run_id) == ("quick-risk", "1", work.report.run_id)
    assert model.uri == "models:/quick-risk/1"
    assert model.spec.moments.per_interaction == 2
    assert model.info["experimental"] is False


@pytest.mark.parametrize("address", ["models:/quick-risk/1", "runs:/{run_id}/model", "{folder}"])
def test_every_address_gives_the_same_scores(work: Work, package: Path, address: str) -> None:
    tables = forestall.read_tables(work.data)
    uri = address.format(run_id=work.report.run_id, folder=package)
    risks = [
        load(one, work.tracking_uri).score(tables)["dissatisfaction_risk"] for one in (work.champion, uri)
    ]
    assert risks[0].equals(risks[1])


def test_pandas_in_is_pandas_out_with_the_columns_of_a_score_row(work: Work) -> None:
    model = load(work.champion, work.tracking_uri)
    polars = forestall.read_tables(work.data)
    frames = {name: getattr(polars, name).to_pandas() for name in ("interactions", "events", "feedback")}
    scores = model.score(forestall.Tables(**frames))
    assert isinstance(scores, pd.DataFrame)
    assert list(scores.columns) == list(SCORE_SCHEMA)
    ours = model.score(polars)
    assert ours.schema == SCORE_SCHEMA
    assert scores["dissatisfaction_risk"].to_list() == ours["dissatisfaction_risk"].to_list()


def test_records_are_answered_with_and_without_reasons(work: Work) -> None:
    connect(work.tracking_uri)
    served = mlflow.pyfunc.load_model("models:/quick-risk/1")
    example = input_example(load(work.champion, work.tracking_uri).spec)
    plain = served.predict(example)
    assert list(plain.columns) == list(SCORE_SCHEMA)
    assert (plain["model_name"][0], plain["model_version"][0]) == ("quick-risk", "1")
    assert plain["data_quality"][0] == "ok"
    assert plain["reasons"][0] is None
    assert plain["contribution_base"][0] is None
    told = [
        served.predict(example, params={"reasons": True, "language": code})["reasons"][0][0]["text"]
        for code in ("en", "af", "da")
    ]
    assert len(set(told)) == 3
    with pytest.raises(UsageError, match="language must be one of af, da, en"):
        served.predict(example, params={"reasons": True, "language": "tlh"})


def test_contributions_in_answers_add_up_to_the_log_odds(work: Work) -> None:
    connect(work.tracking_uri)
    model = load(work.champion, work.tracking_uri).risk_model
    tables = forestall.read_tables(work.data)
    moments = forestall.default_moments(tables).head(200)
    records = forestall.records(tables, moments)
    answer = mlflow.pyfunc.load_model("models:/quick-risk/1").predict(
        pd.DataFrame(records), params={"reasons": True}
    )
    parts = answer.filter(like="contribution_").astype(float).sum(axis=1)
    features = model.features(records).select(list(model.columns))
    assert parts.to_numpy() == pytest.approx(model.estimator.decision_function(features), abs=1e-9)
    assert parts.nunique() > 100


def test_nested_fields_are_of_any_type_so_that_no_record_is_checked_one_by_one(work: Work) -> None:
    inputs = load(work.champion, work.tracking_uri)
    kinds = {column.name: column.type for column in signature(inputs.spec).inputs.inputs}
    assert all(isinstance(kinds[name], AnyType) for name in ("events", "history", "queue"))


@pytest.mark.parametrize("name", ["model.yaml", "booster.txt", "model.json"])
def test_a_package_that_was_changed_after_training_is_refused(package: Path, name: str) -> None:
    file = package / "artifacts" / "risk_model" / name
    file.write_text(file.read_text().replace("0", "1", 1))
    with pytest.raises(RegistryError, match=f"differs from what was trained: {name}"):
        load(package)


def test_a_package_with_a_file_missing_is_refused(package: Path) -> None:
    (package / "artifacts" / "risk_model" / "booster.txt").unlink()
    with pytest.raises(RegistryError, match=r"booster\.txt"):
        load(package)


def test_an_address_without_a_model_is_refused_in_one_line(work: Work, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(RegistryError, match="must hold a packaged model"):
        load(tmp_path / "empty")
    with pytest.raises(UsageError, match="MODEL_URI must be"):
        load("quick-risk")
    for uri in (
        "models:/quick-risk/99",
        "models:/other@champion",
        "models:/quick-risk@nobody",
        "runs:/0/model",
    ):
        with pytest.raises(RegistryError) as caught:
            load(uri, work.tracking_uri)
        assert "\n" not in str(caught.value)


def test_the_latest_version_has_its_number(work: Work) -> None:
    latest = load("models:/quick-risk/latest", work.tracking_uri)
    assert (latest.name, latest.version, latest.run_id) == ("quick-risk", "1", work.report.run_id)


def test_the_run_holds_what_a_reader_needs(work: Work) -> None:
    client = connect(work.tracking_uri)
    run = client.get_run(work.report.run_id)
    assert {"auc", "log_loss", "calibration_error", "baseline/rule/log_loss", "lift_at_10"} <= set(
        run.data.metrics
    )
    assert run.data.params["moments.per_interaction"] == "2"
    assert run.data.params["bands.high"] == "0.4"  # resolved: model.yaml leaves it out
    assert len(run.data.tags["forestall.data_digest"]) == 64
    files = {one.path for one in client.list_artifacts(work.report.run_id)}
    assert {"report.html", "model.yaml", "evaluation.json", "plots", "test", "twin"} <= files
    evaluation = client.download_artifacts(work.report.run_id, "evaluation.json")
    assert json.loads(Path(evaluation).read_text())["overall"]["auc"] == run.data.metrics["auc"]


def test_a_twin_can_be_loaded_too(work: Work, tmp_path: Path) -> None:
    twin = load(f"runs:/{work.report.run_id}/twin", work.tracking_uri)
    model = load(work.champion, work.tracking_uri)
    assert twin.info["trained_until"] < model.info["trained_until"]
    shutil.rmtree(tmp_path)
