"""Arms are drawn by a hash of the customer: stable, independent between experiments, in the shares of the policy."""

from datetime import UTC, datetime

import polars as pl
import pytest

from forestall.contacts.arms import group_of, uniform, with_arms
from forestall.contacts.design import design_of, design_sentence, offers_needed
from forestall.model.policy import Policy
from forestall.moments import Label

NAMES = pl.Series("customer", [f"c{n}" for n in range(20_000)])
LABEL = Label(event="complained", horizon_days=30)


def policy(**own):
    shares = {"holdout_share": 0.1, "explore_share": 0.05, "experiment": "spring"}
    basis = {"capacity_per_day": 100, "cost_per_contact": 10, "saved_share": 0.25, "customer_value": 300}
    return Policy(**(basis | shares | own))


def candidates(n=2000, n_pays=1500):
    return pl.DataFrame(
        {
            "interaction_id": [f"i{k}" for k in range(n)],
            "customer_id": [None if k % 7 == 0 else f"c{k}" for k in range(n)],
            "pays": [k < n_pays for k in range(n)],
            "expected_saving": [float(n_pays - k) for k in range(n)],
            "dissatisfaction_risk": [0.5 - k / n / 4 for k in range(n)],
        }
    )


def test_a_customer_keeps_the_arm_and_each_experiment_draws_anew():
    arms = group_of(policy(), NAMES)
    assert group_of(policy(), NAMES.reverse()).reverse().equals(arms)
    shares = dict(arms.value_counts(normalize=True).iter_rows())
    assert shares == pytest.approx({"holdout": 0.1, "explore": 0.05, "contact": 0.85}, abs=0.008)
    other = group_of(policy(experiment="autumn"), NAMES)
    both = ((arms == "holdout") & (other == "holdout")).mean()
    assert both == pytest.approx(0.01, abs=0.003)


def test_the_draw_is_the_same_on_every_machine():
    found = uniform("2026-spring", pl.Series(["c1", "Æ 😀", ""]))
    assert found.to_list() == pytest.approx(EXPECTED, abs=1e-12)


EXPECTED = [0.8818305177838414, 0.4729324187577332, 0.2814642625148719]


def test_the_room_is_used_and_probabilities_are_of_who_was_offered():
    listed = with_arms(candidates(), policy(), 100)
    called = listed.filter(pl.col("arm") != "holdout")
    assert called.height == 100
    first = listed.filter(pl.col("probability").is_in([0.1, 0.9]))
    below = listed.filter(~pl.col("probability").is_in([0.1, 0.9]))
    assert first["interaction_id"].to_list() == candidates()["interaction_id"].head(first.height).to_list()
    assert below.filter(arm="explore")["probability"].unique().to_list() == pytest.approx([1 / 3])
    assert below.filter(arm="holdout")["probability"].unique().to_list() == pytest.approx([2 / 3])
    assert below.filter(arm="explore").height == 5
    assert below.filter(arm="contact").height == 0


def test_who_does_not_pay_is_contacted_only_to_explore():
    listed = with_arms(candidates(n_pays=50), policy(), 100)
    assert set(listed.filter(~pl.col("pays"))["arm"]) == {"explore", "holdout"}
    none = with_arms(candidates(n_pays=50), policy(explore_share=0), 100)
    assert none["pays"].all()


def test_the_cost_and_the_power_are_said():
    """Two arms of 90 % and 10 %: statsmodels' sample size, and the figure of a plain formula beside it."""
    p0, p1 = 0.4, 0.3
    n = offers_needed(p0, policy())
    variance = p0 * (1 - p0) / 0.1 + p1 * (1 - p1) / 0.9
    assert n == pytest.approx((1.96 + 0.8416) ** 2 * variance / (p0 - p1) ** 2, rel=0.1)
    assert offers_needed(None, policy()) is None
    listed = with_arms(candidates(), policy(), 100)
    found = design_of(listed, policy(), LABEL, None)
    held = listed.filter(arm="holdout", probability=0.1)
    assert found["held_out_per_day"] == held.height > 0
    assert found["not_saved_per_day"] == held["expected_saving"].sum()
    assert found["explored_per_day"] == 5
    assert found["earliest"] is None
    assert "customers a day are held out" in design_sentence(found)
    assert "too small" in design_sentence(design_of(listed.head(0), policy(), LABEL, None))


def test_a_day_that_no_calendar_has_is_not_said():
    now = datetime(2026, 11, 2, tzinfo=UTC)
    listed = with_arms(candidates(), policy(), 100)
    assert design_of(listed, policy(), LABEL, now)["earliest"].startswith("2026-12")
    tiny = policy(saved_share=0.0001, cost_per_contact=0)
    found = design_of(listed.head(1), tiny, LABEL, now)
    assert found["days_needed"] > 3_000_000
    assert found["earliest"] is None
    assert "at the earliest" not in design_sentence(found)


WRONG = [
    ({"experiment": None}, "'experiment' must be given"),
    ({"holdout_share": 0}, "'holdout_share' must be above 0"),
    ({"holdout_share": 0.9, "explore_share": 0.1}, "must sum to less than 1"),
]


@pytest.mark.parametrize(("own", "message"), WRONG)
def test_shares_without_a_meaning_are_refused(own, message):
    with pytest.raises(ValueError, match=message):
        policy(**own)


def test_parts_make_the_list_of_the_whole():
    """What a part keeps is enough, whatever the other parts hold."""
    whole = candidates()
    kept = pl.concat(with_arms(whole.filter(pl.int_range(pl.len()) % 3 == k), policy(), 30) for k in range(3))
    order = whole.with_row_index("number").select("number", "interaction_id")
    kept = kept.join(order, on="interaction_id").sort("number").drop("arm", "probability", "number")
    assert kept.height < whole.height / 5
    assert with_arms(kept, policy(), 30).equals(with_arms(whole, policy(), 30))
