"""The policy: the bands that follow from it, thresholds set by hand, and invalid policies."""

import numpy as np
import pytest
from pydantic import ValidationError

from forestall.model.policy import Bands, Policy, banded, bands_by_policy, bands_of, worth

PLAIN = Bands(medium=0.2, high=0.4, critical=0.7)
RISKS = np.linspace(0, 1, 1001)


def policy(**more):
    given = {"capacity_per_day": 10, "cost_per_contact": 6, "saved_share": 0.2, "customer_value": 300}
    return Policy(**(given | more))


def bands(one, share=0.2, value=300.0):
    found = bands_by_policy(one, PLAIN, RISKS, value, share)
    return found.medium, found.high, found.critical


def test_bands_follow_from_cost_capacity_and_its_first_quarter():
    """A contact pays from 6 / (0.2 x 300) = 0.1. A fifth of the risks exceed 0.8, a quarter of these exceed 0.95."""
    assert bands(policy()) == pytest.approx((0.1, 0.8, 0.95), abs=1e-3)


def test_high_never_begins_where_a_contact_does_not_pay():
    """With capacity for everybody a contact still does not pay below a risk of 0.5."""
    assert bands(policy(cost_per_contact=30), share=2.0) == pytest.approx((0.5, 0.5, 0.75), abs=1e-3)


def test_without_a_usual_day_the_plain_bands_apply_above_break_even():
    assert bands(policy(), share=None) == (0.1, 0.4, 0.7)
    assert bands(policy(cost_per_contact=30), share=None) == (0.5, 0.5, 0.7)


def test_a_threshold_set_by_hand_is_kept_and_the_others_move():
    assert bands(policy(thresholds={"high": 0.05})) == pytest.approx((0.05, 0.05, 0.95), abs=1e-3)
    assert bands(policy(thresholds={"critical": 0.6})) == pytest.approx((0.1, 0.6, 0.6), abs=1e-3)
    assert bands(policy(thresholds={"medium": 0.9})) == pytest.approx((0.9, 0.9, 0.95), abs=1e-3)


def test_a_model_without_a_policy_keeps_its_bands():
    assert bands_of(PLAIN, {}) is PLAIN
    settled = Bands(medium=0.1, high=0.3, critical=0.5)
    assert bands_of(PLAIN, {"policy": {"bands": settled.model_dump()}}) == settled
    assert banded(np.array([0.1, 0.2, 0.4, 0.9, np.nan]), PLAIN) == [
        "low",
        "medium",
        "high",
        "critical",
        None,
    ]


def test_a_missing_customer_value_is_the_policys():
    values = np.array([100.0, np.nan])
    assert worth(policy(), values).tolist() == [100, 300]
    assert np.isnan(worth(None, values)[1])


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"cost_per_contact": 60}, "below saved_share x customer_value = 60, is 60; else no contact pays"),
        ({"saved_share": 1.2}, "less than or equal to 1"),
        ({"capacity_per_day": 0}, "at least 1 contact a day, is 0"),
        ({"capacity_per_day": 0.5}, "set 1 and schedule the scoring job less often than daily"),
        ({"thresholds": {"medium": 0.5, "high": 0.3}}, "must rise"),
    ],
)
def test_an_invalid_policy_is_refused(wrong, said):
    with pytest.raises(ValidationError, match=said):
        policy(**wrong)
