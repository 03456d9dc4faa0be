"""How early: who is flagged on which day, how long before, and what a stage's figures are."""

import datetime as dt
import math

import numpy as np
import polars as pl
import pytest

from forestall.evaluation.questions.alarms import flag_daily
from forestall.evaluation.questions.earliness import earliness
from forestall.moment_features.stage import STAGES

DAY = dt.datetime(2026, 3, 2, tzinfo=dt.UTC)
_TIME = pl.Datetime("us", "UTC")


def at(hour: float) -> dt.datetime:
    return DAY + dt.timedelta(hours=hour)


def walk(*rows, **columns) -> pl.DataFrame:
    """Return moments (interaction, hour, risk) of interactions that start at their first one."""
    frame = pl.DataFrame(
        [(name, at(hour), risk) for name, hour, risk in rows],
        schema={"interaction_id": pl.String, "as_of": _TIME, "risk": pl.Float64},
        orient="row",
    )
    whole = {
        "customer_id": pl.col("interaction_id"),
        "started_at": pl.col("as_of").min().over("interaction_id"),
        "stage": pl.lit("arrived"),
        "label": pl.lit(None, dtype=pl.Int8),
        "complained_at": pl.lit(None, dtype=_TIME),
        "bad_at": pl.lit(None, dtype=_TIME),
    }
    return frame.with_columns(**(whole | columns))


def test_the_days_contacts_go_to_the_highest_at_their_first_moment_above_the_bar():
    moments = walk(
        ("a", 9, 0.2), ("a", 10, 0.8), ("a", 11, 0.9),  # highest 0.9, the bar is 0.7: flagged at 10
        ("b", 9, 0.7), ("b", 12, 0.1),                  # second highest: flagged at 9
        ("c", 9, 0.6),
        ("d", 9, 0.5),
    )  # fmt: skip
    flagged = dict(flag_daily(moments, "risk", 0.5).iter_rows())
    assert flagged == {"a": at(10), "b": at(9)}


def test_who_was_flagged_leaves_the_next_days_contacts_to_others():
    moments = walk(("a", 9, 0.9), ("b", 9, 0.1), ("a", 33, 0.9), ("b", 33, 0.2))
    assert dict(flag_daily(moments, "risk", 0.5).iter_rows()) == {"a": at(9), "b": at(33)}


def test_what_is_left_of_a_contact_is_kept():
    names = [(name, 9 + 24 * day, 0.5) for day, name in enumerate("abcdefgh")]
    assert flag_daily(walk(*names), "risk", 0.25)["flagged_at"].to_list() == [at(9 + 72), at(9 + 168)]
    assert flag_daily(walk(*names).head(0), "risk", 0.25).height == 0


def test_lead_time_counts_from_the_flag_to_what_came():
    # of four a day one is contacted: a on the first day, 5 h before; e on the second, after its complaint; f never
    hours = {"a": 14.0, "e": 24.0 + 8, "f": 24.0 + 20}
    came = {name: at(hour) for name, hour in hours.items()}
    moments = walk(
        ("a", 9, 0.9), ("b", 9, 0.2), ("c", 9, 0.2), ("d", 9, 0.2),
        ("e", 33, 0.9), ("f", 33, 0.1), ("g", 33, 0.1), ("h", 33, 0.1),
        complained_at=pl.col("interaction_id").replace_strict(came, default=None, return_dtype=_TIME),
    )  # fmt: skip
    (found,) = earliness(moments, capacity_share=0.25, n_resamples=50).foreseen
    assert (found.outcome, found.n) == ("complaint", 3)
    assert found.share == pytest.approx(1 / 3)
    assert found.lead_median_s == 5 * 3600
    assert found.hour_share == found.share
    assert found.lead_hours == [5.0]
    assert math.isnan(found.bound_share)


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
    """Return interactions whose risk is unknown at arrival and the true one from being served on."""
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


def test_each_stage_is_judged_at_its_first_moment_beside_the_truth():
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


def test_those_still_open_are_judged_by_time():
    frame = known_at()
    later = [point.name for point in earliness(frame).elapsed]
    assert later == ["1 hour"]  # the second moment, an hour after the start; at the third they are closed


def test_too_few_are_too_few():
    point = earliness(known_at(40)).stages[1]
    assert (point.n, math.isnan(point.auc)) == (40, True)
    assert earliness(known_at(40).with_columns(risk=pl.lit(None, pl.Float64))).stages == []
