"""The content of a training run."""

import mlflow
import pytest

import forestall
from forestall.assessment.run_content import CARD, FIGURE, REPORT, label_in_words
from forestall.moments import Label


@pytest.mark.parametrize(
    ("label", "words"),
    [
        (Label(event="complained", horizon_days=30), "the event “complained” within 30 days"),
        (
            Label(scale=(1, 5), dissatisfied_at_or_below=2, horizon_days=7),
            "a rating of 2 or less on the scale from 1 to 5, within 7 days",
        ),
    ],
)
def test_a_label_in_words(label, words):
    assert label_in_words(label) == words


def test_the_run_holds_the_report_and_its_main_charts_without_other_hosts(work):
    mlflow.set_tracking_uri(work.tracking_uri)
    figure = mlflow.artifacts.load_text(f"runs:/{work.report.run_id}/{FIGURE}")
    assert figure.count("plotly.js v") == 1
    assert "<script src=" not in figure
    assert "Cumulative gains" in figure
    assert mlflow.artifacts.load_text(f"runs:/{work.report.run_id}/{REPORT}") == work.report.html
    assert mlflow.artifacts.load_text(f"runs:/{work.report.run_id}/{CARD}") == work.report.card


def test_what_training_found_is_among_the_parameters_of_the_run(work):
    """Two runs of one model.yaml differ in nothing else: the page of MLflow that compares runs showed nothing."""
    params = mlflow.MlflowClient(work.tracking_uri).get_run(work.report.run_id).data.params
    estimator = forestall.load(work.champion, work.tracking_uri).risk_model.estimator
    assert params["found.preset"] == estimator.preset_
    assert int(params["found.trees"]) == estimator.booster_.num_trees()
    assert {"found.ridge", "found.weight_of_trees", "found.calibrator"} <= params.keys()
