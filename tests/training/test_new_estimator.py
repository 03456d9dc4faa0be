"""A classifier named in model.yaml: the same scores in batch, from records, in MLflow and over HTTP."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import mlflow
import numpy as np
import polars as pl
import pytest
from servers import forestall_serve
from sklearn.ensemble import HistGradientBoostingClassifier

import forestall
from forestall.errors import UsageError
from forestall.model import Spec
from forestall.model.what_if import ask
from forestall.registry import RegistryError, load
from forestall.registry.package import log_package, read_risk_model, save_risk_model
from forestall.registry.tracking import connect, running
from forestall.simulation import simulate_tables
from forestall.training.learn import TrainingResult, learn

pytestmark = pytest.mark.slow
CONTENT: dict[str, Any] = {
    "name": "named-risk",
    "label": {"scale": [1, 5], "dissatisfied_at_or_below": 2, "horizon_days": 14},
    "families": ["service", "resolution", "history", "expectation"],
    "moments": {"per_interaction": 1},
    "gate": {"min_labelled": 100, "min_dissatisfied": 20},
    "estimator": {
        "class": "sklearn.ensemble.HistGradientBoostingClassifier",
        "parameters": {"max_iter": 8, "max_leaf_nodes": 7},
    },
}
RISKS = ("dissatisfaction_risk", "risk_low", "risk_high")
CONTRIBUTIONS = [f"contribution_{name}" for name in CONTENT["families"]]


@pytest.fixture(scope="module")
def tables() -> forestall.Tables:
    frames = simulate_tables(700, 3, 0.9)
    return forestall.Tables(frames["interactions"], frames["events"], frames["feedback"])


@pytest.fixture(scope="module")
def learnt(tables: forestall.Tables) -> TrainingResult:
    return learn(tables, Spec.model_validate(CONTENT), n_jobs=2)


@pytest.fixture(scope="module")
def folder(learnt: TrainingResult, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_risk_model(learnt.model, tmp_path_factory.mktemp("named") / "risk_model")


def test_the_classifier_learns_on_directions_and_says_so(learnt: TrainingResult) -> None:
    classifier = learnt.model.estimator.learner_.classifier
    assert isinstance(classifier, HistGradientBoostingClassifier)
    assert {-1, 0, 1} == set(classifier.monotonic_cst)
    assert any("HistGradientBoostingClassifier" in note for note in learnt.notes)
    assert learnt.test["risk"].is_between(0, 1).all()
    assert (learnt.test["risk_low"] <= learnt.test["risk_high"]).all()


def test_batch_records_and_the_loaded_package_give_the_same(
    learnt: TrainingResult, folder: Path, tables: forestall.Tables
) -> None:
    moments = forestall.default_moments(tables).head(60)
    batch = learnt.model.score(tables, moments=moments, reasons=True)
    loaded = read_risk_model(folder)
    for other in (
        loaded.score(tables, moments=moments, reasons=True),
        loaded.score(forestall.records(tables, moments), reasons=True),
    ):
        assert other.select(*RISKS, *CONTRIBUTIONS).equals(batch.select(*RISKS, *CONTRIBUTIONS))
        assert other["reasons"].to_list() == batch["reasons"].to_list()
    sums = batch.select(pl.sum_horizontal(pl.col("^contribution_.*$")))[:, 0].to_numpy()
    expected = learnt.model.estimator.calibrator_(sums)
    np.testing.assert_allclose(expected, batch["dissatisfaction_risk"].to_numpy(), atol=1e-9)


def test_a_changed_classifier_is_refused(folder: Path, tmp_path: Path) -> None:
    changed = tmp_path / "risk_model"
    changed.mkdir()
    for file in folder.iterdir():
        (changed / file.name).write_bytes(file.read_bytes())
    (changed / "classifier.skops").write_bytes((folder / "classifier.skops").read_bytes()[:-30])
    with pytest.raises(RegistryError, match=r"classifier\.skops"):
        read_risk_model(changed)


def test_mlflow_and_http_answer_with_the_same_scores(
    learnt: TrainingResult, tables: forestall.Tables, tmp_path: Path
) -> None:
    records = forestall.records(tables, forestall.default_moments(tables).head(20))
    expected = learnt.model.score(records)["dissatisfaction_risk"].to_list()
    store = f"sqlite:///{tmp_path}/mlflow.db"
    connect(store)
    try:
        with running("named"), tempfile.TemporaryDirectory() as made:
            package = log_package(learnt.model, save_risk_model(learnt.model, Path(made) / "risk_model"))
        fetched = Path(mlflow.artifacts.download_artifacts(package.model_uri, dst_path=str(tmp_path / "p")))
        answers = mlflow.pyfunc.load_model(str(fetched)).predict(records)
        assert answers["dissatisfaction_risk"].to_list() == pytest.approx(expected, abs=1e-12)
        assert load(str(fetched)).score(records)["dissatisfaction_risk"].to_list() == expected
    finally:
        mlflow.set_tracking_uri(None)
    with forestall_serve(str(fetched), store, tmp_path / "log") as server:
        assert server.score(records).risks == pytest.approx(expected, abs=1e-12)


def test_what_if_is_bounded_by_what_the_classifier_has_seen(
    learnt: TrainingResult, tables: forestall.Tables
) -> None:
    arrived_late = learnt.test.filter(learnt.test["is_last"]).head(1)
    record = forestall.records(tables, arrived_late.select("interaction_id", "as_of"))[0]
    place = list(learnt.model.columns).index("service_wait_s")
    seen = learnt.model.estimator.seen_ranges()[place]
    assert seen is not None
    answer = ask(learnt.model, record, {"service_wait_s": 10 * seen[1]})
    assert answer.changes == {"service_wait_s": seen[1]}
    assert "training has seen" in answer.bounded[0]


@pytest.mark.parametrize(
    ("estimator", "message"),
    [("lightgbm.LGBMClassifier", "cannot be packaged"), ("sklearn.svm.LinearSVC", "with predict_proba")],
)
def test_a_classifier_that_cannot_be_used_is_refused_before_the_training(
    tables: forestall.Tables, estimator: str, message: str
) -> None:
    steps: list[str] = []
    with pytest.raises(UsageError, match=message):
        learn(tables, Spec.model_validate(CONTENT | {"estimator": estimator}), progress=steps.append)
    assert steps == []


def test_tuning_is_refused(tables: forestall.Tables) -> None:
    with pytest.raises(UsageError, match="GridSearchCV"):
        learn(tables, Spec.model_validate(CONTENT), tune=lambda work: pytest.fail("tuned"))
