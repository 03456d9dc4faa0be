"""The order of rows: found where rows are sorted by the outcome, with and without times; else silent."""

import math

import numpy as np
import pytest

from forestall.evaluation.questions.row_order import row_order

N = 1500
PLACE = np.arange(N)


def labels(seed: int, share: float = 0.2) -> np.ndarray:
    return (np.random.default_rng(seed).random(N) < share).astype(float)


def test_rows_sorted_by_the_outcome_are_named():
    found = row_order(PLACE, np.sort(labels(0))[::-1], None)
    assert found.is_leak
    assert found.auc == pytest.approx(1.0)
    leak = found.leak()
    assert (leak.kind, leak.is_used, leak.reasons) == ("source", False, ("order",))
    assert "AUC of 1.00" in leak.why


def test_rows_sorted_in_part_are_named():
    """Those of the first 300 rows are mostly dissatisfied, the others are mixed."""
    bad = labels(1)
    bad[:300] = labels(2, 0.9)[:300]
    found = row_order(PLACE, bad, None)
    assert found.is_leak
    assert 0.6 < found.auc_low < found.auc < found.auc_high < 0.95


def test_a_block_in_the_middle_is_named():
    bad = labels(1, 0.05)
    bad[600:900] = 1
    found = row_order(PLACE, bad, None)
    assert found.is_leak
    assert found.auc > 0.8


@pytest.mark.slow
@pytest.mark.parametrize("has_clock", [False, True])
def test_mixed_rows_are_not_named(has_clock):
    """Of 300 random orders none is named; the 95 % interval holds 0.5 in most."""
    time = np.random.default_rng(5).permutation(N) if has_clock else None
    found = [row_order(PLACE, labels(seed), time) for seed in range(300)]
    assert not any(one.is_leak for one in found)
    assert np.mean([one.auc_low <= 0.5 for one in found]) > 0.85


def test_a_trend_over_time_is_none_of_the_order():
    """Rows in the order of time, or against it, say nothing beyond the time."""
    share = np.linspace(0.05, 0.9, N)
    bad = (np.random.default_rng(3).random(N) < share).astype(float)
    for place in (PLACE, PLACE[::-1].copy()):
        found = row_order(place, bad, PLACE)
        assert found.has_clock
        assert not found.is_leak
        assert found.auc == 0.5
    assert row_order(PLACE, bad, None).is_leak


def test_a_place_that_predicts_beyond_the_time_is_named():
    bad = labels(4)
    time = np.random.default_rng(4).permutation(N)
    by_outcome = np.argsort(np.argsort(bad, kind="stable"), kind="stable")
    found = row_order(by_outcome, bad, time)
    assert found.is_leak
    assert found.auc > 0.9
    assert "beyond the time" in found.leak().why
    # days without a time of day, each sorted by the outcome
    days = PLACE // 50
    within = np.lexsort((bad, days))
    found = row_order(PLACE, bad[within], days)
    assert found.is_leak


def test_too_few_rows_and_one_label_say_nothing():
    for bad in (np.zeros(N), labels(0)[:50]):
        found = row_order(PLACE[: len(bad)], bad, None)
        assert math.isnan(found.auc)
        assert not found.is_leak
