"""Earliness: the figures of each stage and time, and how steady the risks are."""

import math

import numpy as np
import polars as pl
import pytest

from forestall.evaluation.questions.earliness import earliness
from forestall.moment_features.stage import STAGES
from walks import walk


def test_steps_and_flips_are_counted():
    moments = walk(
        *[("a", hour, risk) for hour, risk in enumerate((0.1, 0.9, 0.1))],
        *[(f"b{i}", 0, 0.2) for i in range(12)],
    )
    steady = earliness(moments).steadiness
    assert steady.n_steps == 2
    assert steady.change == pytest.approx(0.8)
    assert steady.alarm <= 0.9
    assert steady.flip_share == 1
    assert steady.back_share == pytest.approx(1 / 13)


def known_at(n: int = 2000, seed: int = 0) -> pl.DataFrame:
    """Return interactions with the base rate as risk at arrival, and the true risk from `served` on."""
    rng = np.random.default_rng(seed)
    truth = rng.beta(1, 4, n)
    label = (rng.random(n) < truth).astype(int)
    rows = [
        (f"i{i}", place, risk, stage, label[i], truth[i])
        for i in range(n)
        for place, (stage, risk) in enumerate(
            (("arrived", truth.mean()), ("served", truth[i]), ("closed", truth[i]))
        )
    ]
    frame = walk(*[row[:3] for row in rows])
    more = pl.DataFrame([row[3:] for row in rows], schema=["stage", "label", "true_now"], orient="row")
    return frame.drop("stage", "label").hstack(more)


def test_each_stage_is_measured_at_its_first_moment_beside_the_true_risk():
    found = earliness(known_at())
    points = {point.name: point for point in found.stages}
    assert list(points) == [name for name in STAGES if name in points] == ["arrived", "served", "closed"]
    assert points["arrived"].auc == 0.5
    assert points["served"].auc == points["served"].bound_auc
    assert points["served"].lift_share == pytest.approx(1)
    assert points["served"].auc_low < points["served"].auc < points["served"].auc_high
    assert points["served"].calibration_error <= points["served"].calibration_error_perfect_high * 1.2
    assert points["arrived"].n == 2000
    flat = found.metrics()
    assert flat["early/served/auc"] > 0.6
    assert flat["early/served/lift_share"] == pytest.approx(1)


def test_open_interactions_are_measured_by_time_since_the_start():
    frame = known_at()
    later = [point.name for point in earliness(frame).elapsed]
    assert later == ["1 hour"]  # the second moment, an hour after the start; at the third they are closed


def test_too_few_rows_have_no_figures():
    point = earliness(known_at(40)).stages[1]
    assert (point.n, math.isnan(point.auc)) == (40, True)
    assert earliness(known_at(40).with_columns(risk=pl.lit(None, pl.Float64))).stages == []
