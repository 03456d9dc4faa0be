"""The value of a policy: by hand, and properties that hold for any rows."""

import datetime as dt
from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from forestall.evaluation import evaluate
from forestall.evaluation.questions.policy_value import policy_value
from forestall.model.policy import Policy
from forestall.reporting import write_report
from forestall.reporting.text.value import saving, saving_details

POLICY = Policy(capacity_per_day=2, cost_per_contact=10, saved_share=0.5, customer_value=100)
ROOMY = POLICY.model_copy(update={"capacity_per_day": 20})


def rows(*some):
    """Return interactions, each (day, risk, customer value, label)."""
    return pl.DataFrame(
        {
            "interaction_id": [f"i{i}" for i in range(len(some))],
            "customer_id": [f"c{i}" for i in range(len(some))],
            "as_of": [dt.datetime(2026, 1, one[0], 12, tzinfo=dt.UTC) for one in some],
            "risk": [float(one[1]) for one in some],
            "customer_value": [float(one[2]) for one in some],
            "label": pl.Series([one[3] for one in some], dtype=pl.Int8),
        }
    )


def many(n=3000, seed=0):
    rng = np.random.default_rng(seed)
    risk = rng.beta(1, 6, n)
    label = (rng.random(n) < risk).astype(int)
    return rows(
        *zip(rng.integers(1, 31, n).tolist(), risk, rng.lognormal(6, 0.7, n), label.tolist(), strict=True)
    )


def test_the_highest_losses_of_a_day_that_pay_are_contacted():
    """Losses of day 1: 80, 60, 40 for two contacts; of day 2: 30 and 10, of which only the first pays (15 > 10)."""
    found = policy_value(
        rows((1, 0.8, 100, 1), (1, 0.1, 600, None), (1, 0.4, 100, 1), (2, 0.3, 100, 0), (2, 0.1, 100, 1)),
        POLICY,
    )
    assert found.contacts_per_day == 1.5
    assert found.saving_per_day == pytest.approx((40 + 30 + 15 - 30) / 2)
    assert found.random_per_day == pytest.approx(1.5 * (220 / 5 * 0.5 - 10))
    assert found.loss_share == pytest.approx(170 / 220)
    assert found.least_saved_share == pytest.approx(30 / 170)
    # of the three, two are labelled: 1 x 100 x 0.5 - 10 and 0 - 10
    assert (found.n_rated, found.counted_per_day) == (2, pytest.approx((40 - 10) / 2 * 1.5))


def test_a_sample_is_scaled_to_the_whole_company():
    """A third of the rows with a third of the capacity brings as much a day."""
    whole = policy_value(many(), ROOMY)
    third = policy_value(many().sample(fraction=1 / 3, seed=1), ROOMY, share=1 / 3)
    assert third.contacts_per_day == pytest.approx(whole.contacts_per_day, rel=0.02)
    assert third.saving_per_day == pytest.approx(whole.saving_per_day, rel=0.2)


def test_exact_risks_save_what_they_expect():
    found = policy_value(many(), ROOMY)
    assert found.counted_low < found.saving_per_day < found.counted_high
    assert found.saving_per_day > 2 * found.random_per_day


def test_more_capacity_or_a_higher_saved_share_never_save_less():
    cells = policy_value(many(), POLICY).cells
    for one in cells:
        for other in cells:
            if other.capacity_per_day >= one.capacity_per_day and other.saved_share >= one.saved_share:
                assert other.saving_per_day >= one.saving_per_day - 1e-9


def test_the_report_names_the_assumption(frame, tmp_path):
    evaluation = replace(evaluate(frame, n_resamples=20), value=policy_value(many(), POLICY))
    page = write_report(evaluation, {}, tmp_path / "report.html").read_text(encoding="utf-8")
    assert 'id="value"' in page
    assert "which these data do not measure" in page
    assert "saved (assumed)" in page
    assert "random contacts saves" in saving_details(evaluation)


def test_the_report_tells_if_no_contact_pays(frame):
    found = policy_value(rows((1, 0.001, 100, 0), (2, 0.002, 100, None)), POLICY)
    assert found.contacts_per_day == 0
    assert np.isnan(found.least_saved_share)
    assert "no contact pays off" in saving(replace(evaluate(frame, n_resamples=3), value=found))


def test_only_days_with_interactions_count():
    """The saving of two days of a week is not spread over the other five."""
    some = policy_value(rows((1, 0.8, 100, 1), (7, 0.8, 100, 1)), POLICY)
    assert (some.n_days, some.contacts_per_day) == (2, 1.0)
    assert policy_value(rows((1, 0.8, 100, 1), (7, 0.8, 100, 1)), POLICY, n_days=4).contacts_per_day == 0.5
