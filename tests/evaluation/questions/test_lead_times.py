"""Lead times: which interactions are flagged on which day, and how long before the outcome."""

import math

import polars as pl
import pytest

from forestall.evaluation.questions.earliness import earliness
from forestall.evaluation.questions.lead_times import flag_daily, flagged_outcome
from walks import TIME, at, walk


def test_the_highest_risks_of_a_day_are_flagged_at_their_first_moment_above_the_threshold():
    moments = walk(
        ("a", 9, 0.2), ("a", 10, 0.8), ("a", 11, 0.9),  # highest 0.9, the threshold is 0.7: flagged at 10
        ("b", 9, 0.7), ("b", 12, 0.1),                  # second highest: flagged at 9
        ("c", 9, 0.6),
        ("d", 9, 0.5),
    )  # fmt: skip
    flagged = dict(flag_daily(moments, "risk", 0.5).iter_rows())
    assert flagged == {"a": at(10), "b": at(9)}


def test_a_flagged_interaction_does_not_compete_on_later_days():
    moments = walk(("a", 9, 0.9), ("b", 9, 0.1), ("a", 33, 0.9), ("b", 33, 0.2))
    assert dict(flag_daily(moments, "risk", 0.5).iter_rows()) == {"a": at(9), "b": at(33)}


def test_a_fraction_of_a_contact_is_kept_for_the_next_day():
    names = [(name, 9 + 24 * day, 0.5) for day, name in enumerate("abcdefgh")]
    assert flag_daily(walk(*names), "risk", 0.25)["flagged_at"].to_list() == [at(9 + 72), at(9 + 168)]
    assert flag_daily(walk(*names).head(0), "risk", 0.25).height == 0


def test_the_lead_time_counts_from_the_flag_to_the_outcome():
    # of four a day one is contacted: a on the first day, 5 h before; e on the second, after its complaint; f never
    hours = {"a": 14.0, "e": 24.0 + 8, "f": 24.0 + 20}
    happened = {name: at(hour) for name, hour in hours.items()}
    moments = walk(
        ("a", 9, 0.9), ("b", 9, 0.2), ("c", 9, 0.2), ("d", 9, 0.2),
        ("e", 33, 0.9), ("f", 33, 0.1), ("g", 33, 0.1), ("h", 33, 0.1),
        complained_at=pl.col("interaction_id").replace_strict(happened, default=None, return_dtype=TIME),
    )  # fmt: skip
    (found,) = earliness(moments, capacity_share=0.25, n_resamples=50).foreseen
    assert (found.outcome, found.n) == ("complaint", 3)
    assert found.share == pytest.approx(1 / 3)
    assert found.lead_median_s == 5 * 3600
    assert found.hour_share == found.share
    assert found.lead_hours == [5.0]
    assert math.isnan(found.bound_share)


def test_the_true_risk_bounds_the_share_that_can_be_flagged():
    outcome_at = {"a": at(12), "b": at(12)}
    moments = walk(
        ("a", 9, 0.1), ("b", 9, 0.9), ("c", 9, 0.5), ("d", 9, 0.2),
        bad_at=pl.col("interaction_id").replace_strict(outcome_at, default=None, return_dtype=TIME),
    )  # fmt: skip
    truth = moments.with_columns(
        true_now=pl.when(pl.col("interaction_id") == "a").then(0.8).otherwise("risk")
    )
    flagged, bound = (flag_daily(truth, name, 0.5) for name in ("risk", "true_now"))
    found = flagged_outcome(truth, "bad_at", flagged, bound, seed=1, n_resamples=20)
    assert (found.outcome, found.n, found.share, found.bound_share) == ("bad rating", 2, 0.5, 1.0)
    assert found.share_low <= found.share <= found.share_high
