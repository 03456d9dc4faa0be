"""Sentences on the overall quality of a model."""

from dataclasses import replace

import polars as pl
import pytest

from forestall.evaluation import evaluate
from forestall.evaluation.metrics.bootstrap import Gain
from forestall.reporting.text import summary


def with_gains(evaluation, **gains):
    baselines = {
        name: replace(evaluation.baselines["rule"], gains={"log_loss": Gain(*gain)})
        for name, gain in gains.items()
    }
    return replace(evaluation, baselines=baselines)


def test_baselines_are_grouped_by_significance(evaluation):
    found = with_gains(evaluation, logistic=(0.1, -0.1, 0.3), rule=(0.2, 0.1, 0.3), wait=(-0.2, -0.3, -0.1))
    assert summary.comparison(found) == (
        "Significantly better log-loss than rule (standard breached or unresolved). No significant difference from "
        "logistic regression. Significantly worse log-loss than waiting time alone."
    )
    assert (
        summary.comparison(replace(evaluation, baselines={})) == "The model was not compared with a baseline."
    )


def test_the_auc_is_given_with_its_interval_and_meaning(evaluation):
    auc, (low, high) = evaluation.overall["auc"], evaluation.intervals["auc"]
    text = summary.ranking(evaluation)
    assert text.startswith(f"The AUC is {auc:.2f} (95\u00a0% interval {low:.2f} to {high:.2f})")
    assert f"in {100 * auc:.0f} of 100 pairs" in text


def test_the_headline_of_rows_that_may_have_been_in_training_says_so(evaluation):
    assert "was not trained on" in summary.basis(evaluation)
    assert "may have been trained on" in summary.basis(replace(evaluation, may_be_seen=True))


@pytest.mark.parametrize(("n", "is_few"), [(9, True), (10, False)])
def test_an_interval_needs_ten_dissatisfied_customers(evaluation, n, is_few):
    found = replace(evaluation, overall=evaluation.overall | {"n_dissatisfied": n})
    assert ("too few dissatisfied customers" in summary.uncertainty(found)) == is_few


def test_simulated_data_are_compared_with_their_true_risk(evaluation):
    text = summary.true_risk(evaluation)
    assert f"Its AUC is {evaluation.truth['auc']:.2f}" in text
    assert "inside the 90\u00a0% interval" in text
    assert summary.true_risk(replace(evaluation, truth={})) == ""


def test_stages_without_an_auc_are_skipped(evaluation, frame):
    known = [cell for cell in evaluation.stages if cell.auc == cell.auc]
    text = summary.auc_by_stage(evaluation)
    assert text.startswith(f"At the stage “{known[0].name}” the AUC is")
    assert text.endswith(f"at “closed” it is {known[-1].auc:.2f}.")
    one_class = evaluate(frame.head(20).with_columns(label=pl.lit(0)), n_resamples=3)
    assert summary.auc_by_stage(one_class) == "No stage has enough moments to compute an AUC."


def test_cautions_are_not_repeated(evaluation):
    noted = replace(evaluation, notes=["a", "b"])
    assert summary.cautions(noted, {"notes": ["b", "c"]}) == ["b", "c", "a"]
