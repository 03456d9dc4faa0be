"""Certainty: reliability by stage and segment, and the coverage of the intervals."""

import numpy as np
import polars as pl

from forestall.evaluation.questions.certainty import certainty


def inside(points) -> list[bool]:
    return [
        low <= rate <= high
        for low, rate, high in zip(points["low"], points["rate"], points["high"], strict=True)
    ]


def test_each_stage_and_segment_has_its_own_points(frame):
    found = certainty(frame, ["channel"])
    assert list(found.by_stage) == ["arrived", "served", "responded", "closed"]
    assert list(found.by_segment) == ["channel: phone"]  # there are too few letters
    assert sum(found.by_stage["closed"]["n"]) == 2000
    assert np.mean(inside(found.by_stage["closed"])) > 0.6


def test_intervals_are_compared_with_the_true_risk_and_the_observed_rate(frame):
    found = certainty(frame).coverage
    assert found.share == 1
    assert found.bin_share > 0.8
    assert len(found.bins["risk"]) == 10
    far = certainty(
        frame.with_columns(risk_low=pl.col("risk") * 0.1, risk_high=pl.col("risk") * 0.2)
    ).coverage
    assert far.share == 0
    assert far.bin_share < 0.5
    assert certainty(frame.drop("risk_low")).coverage is None
