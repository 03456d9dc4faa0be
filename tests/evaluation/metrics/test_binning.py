"""Bins of equal counts, histograms and places at equal distances."""

import numpy as np
import pytest

from forestall.evaluation.metrics import equal_count_bins, risk_histogram
from forestall.evaluation.metrics.binning import evenly_spaced


def test_bins_have_equal_counts():
    values = np.random.default_rng(0).random(300)
    assert np.bincount(equal_count_bins(values, 15)).tolist() == [20] * 15


def test_equal_values_are_in_one_bin():
    values = np.array([0.1] * 50 + [0.2] * 30 + [0.3] * 20)
    assert np.unique(equal_count_bins(values, 10)[:50]).tolist() == [0]
    assert len(np.unique(equal_count_bins(values, 10))) == 3


def test_no_values_have_no_bins():
    assert len(equal_count_bins(np.empty(0))) == 0


def test_the_shares_of_each_group_add_up_to_one():
    risk = np.random.default_rng(0).beta(1, 5, 1000)
    is_high = risk > 0.3
    found = risk_histogram(risk, {"high": is_high, "low": ~is_high}, 20, weight=np.linspace(1, 2, 1000))
    assert len(found["start"]) == len(found["stop"]) == 20
    assert [sum(found["high"]), sum(found["low"])] == pytest.approx([1, 1])
    assert sum(found["high"][:5]) == 0


def test_a_weight_counts_as_many_rows():
    risk, everyone = np.array([0.1, 0.9]), np.array([True, True])
    found = risk_histogram(risk, {"all": everyone}, 2, weight=np.array([1.0, 3.0]))
    assert found["all"] == [0.25, 0.75]


@pytest.mark.parametrize(
    ("risk", "top_step", "top"),
    [(0.312, 0.05, 0.35), (0.312, None, 0.312), (0.01, 0.05, 0.05), (1.0, 0.05, 1.0)],
)
def test_the_bins_end_at_the_highest_risk_but_not_below_a_twentieth(risk, top_step, top):
    found = risk_histogram(np.full(9, risk), {"all": np.ones(9, dtype=bool)}, 4, top_step=top_step)
    assert found["stop"][-1] == pytest.approx(top)
    assert sum(found["all"]) == 1


def test_places_are_at_equal_distances_with_both_ends():
    assert evenly_spaced(101, 5).tolist() == [0, 25, 50, 75, 100]
    assert evenly_spaced(3, 500).tolist() == [0, 1, 2]
    assert evenly_spaced(0, 500).tolist() == []
