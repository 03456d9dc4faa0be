"""Metrics by stage."""

import math

import polars as pl

from forestall.evaluation.metrics import risk_metrics
from forestall.evaluation.questions.stages import by_stage
from forestall.moment_features.stage import STAGES


def test_each_stage_has_the_metrics_of_its_moments(frame):
    found = {one.name: one for one in by_stage(frame)}
    closed = frame.filter(pl.col("stage") == "closed")
    expected = risk_metrics(closed["label"], closed["risk"], closed["weight"])
    assert list(found) == list(STAGES)
    assert (found["closed"].n, found["closed"].auc) == (2000, expected["auc"])
    assert found["closed"].log_loss == expected["log_loss"]


def test_a_stage_with_few_moments_has_counts_only(frame):
    served = by_stage(frame.filter(pl.col("stage") == "served").head(50))[STAGES.index("served")]
    assert (served.n, served.is_small) == (50, True)
    assert math.isnan(served.auc)
    assert 0 < served.mean_risk < 1


def test_an_unknown_stage_comes_after_the_known_ones(frame):
    renamed = frame.with_columns(stage=pl.lit("paused"))
    assert [one.name for one in by_stage(renamed)] == [*STAGES, "paused"]
