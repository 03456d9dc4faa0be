"""The contact list: its order, whom it skips, and how long it is."""

import numpy as np
import polars as pl
import pytest

from companies import DAY, at, company, visit
from forestall.contacts.contact_list import Candidates, contact_list, order_figures
from forestall.model import Spec
from forestall.model.contact_effect import ContactEffect
from forestall.model.effect_columns import EffectColumns
from forestall.model.effect_model import EffectModel
from forestall.registry.score_rows import score_rows

LABEL = {"event": "complained", "horizon_days": 30}
NOW = at(100)
POLICY = {"capacity_per_day": 2, "cost_per_contact": 10, "saved_share": 0.5, "customer_value": 300}


def spec(**more):
    return Spec(name="a", label=LABEL, **more)


def scored(tables, risks):
    """Return the score rows of interactions, all at one time."""
    values = dict(tables.interactions.select("interaction_id", "customer_value").iter_rows())
    customers = dict(tables.interactions.select("interaction_id", "customer_id").iter_rows())
    rows = pl.DataFrame(
        {
            "interaction_id": list(risks),
            "customer_id": [customers[name] for name in risks],
            "as_of": [NOW] * len(risks),
            "dissatisfaction_risk": list(risks.values()),
            "risk_band": "critical",
            "expected_loss": [
                None if values[name] is None or risk is None else risk * values[name]
                for name, risk in risks.items()
            ],
        },
        schema_overrides={"as_of": pl.Datetime("us", "UTC")},
    )
    return score_rows(rows, model_name="a", model_version="1")


@pytest.fixture(scope="module")
def tables():
    return company(
        visit("rich", 0, customer_id="u", customer_value=1000.0),
        visit("rich again", 0, customer_id="u", customer_value=1000.0),
        visit("poor", 0, customer_id="v", customer_value=50.0),
        visit("plain", 0, customer_id="w", customer_value=200.0),
        visit("stranger", 0),
        visit("too late", 0, (50, "complained", "customer"), customer_id="x", customer_value=5000.0),
    )


RISKS = {"rich": 0.2, "rich again": 0.3, "poor": 0.3, "plain": 0.9, "stranger": 0.8, "too late": 0.9}


BY_RATING = {"scale": [1, 5], "dissatisfied_at_or_below": 2}


@pytest.mark.parametrize("label", [LABEL, BY_RATING], ids=["an event", "a rating"])
def test_each_customer_is_listed_once_by_expected_loss_unless_they_have_complained(tables, label):
    """A customer who has complained is skipped whatever the label is."""
    listed, counted = contact_list(scored(tables, RISKS), tables, Spec(name="a", label=label), None, NOW)
    assert listed["interaction_id"].to_list() == ["rich again", "plain", "poor", "stranger"]
    assert listed["place"].to_list() == [1, 2, 3, 4]
    assert counted["already_known"] == 1
    assert listed["expected_saving"].null_count() == 4


def test_with_a_policy_it_ends_where_a_contact_does_not_pay_or_at_the_capacity(tables):
    """The stranger's value is 300, the loss 240. The poor customer's saving of 15 x 0.5 is below the cost of 10."""
    rows = scored(tables, RISKS).with_columns(
        expected_loss=pl.when(pl.col("interaction_id") == "stranger").then(240.0).otherwise("expected_loss")
    )
    listed, counted = contact_list(rows, tables, spec(policy=POLICY), 9, NOW)
    assert listed["interaction_id"].to_list() == ["rich again", "stranger", "plain"]
    assert listed["customer_value"].to_list() == [1000, 300, 200]
    assert listed["expected_saving"].to_list() == pytest.approx([140, 110, 80])
    assert counted["assumed_saved_share"] == 0.5
    assert contact_list(rows, tables, spec(policy=POLICY), None, NOW)[0].height == 2


def test_interactions_without_a_risk_are_not_listed(tables):
    listed, _ = contact_list(scored(tables, {"rich": None, "plain": 0.5}), tables, spec(), None, NOW)
    assert listed["interaction_id"].to_list() == ["plain"]
    assert contact_list(scored(tables, {}), tables, spec(policy=POLICY), None, NOW)[0].height == 0


def test_customers_whose_outcome_is_known_or_whose_horizon_is_over_are_skipped():
    """Each interaction was scored at its end, long before the job; the job knows what happened since."""
    day = DAY
    tables = company(
        visit("rated since", 0, customer_id="a", customer_value=100.0),
        visit(
            "complained since", 0, (5 * day, "complained", "customer"), customer_id="b", customer_value=100.0
        ),
        visit(
            "complains later", 0, (20 * day, "complained", "customer"), customer_id="c", customer_value=100.0
        ),
        visit("rated without a time", 0, customer_id="d", customer_value=100.0),
        visit("silent", 0, customer_id="e", customer_value=100.0),
        ratings=[("rated since", 1, 3 * day), ("rated without a time", 1, None)],
    )
    rows = scored(tables, dict.fromkeys(tables.interactions["interaction_id"], 0.5))
    spec_ = Spec(name="a", label={**BY_RATING, "horizon_days": 30})
    listed, counted = contact_list(rows, tables, spec_, None, at(10 * day))
    assert set(listed["interaction_id"]) == {"complains later", "silent"}
    assert (counted["already_known"], counted["too_late"]) == (3, 0)
    listed, counted = contact_list(rows, tables, spec_, None, at(40 * day))
    assert (listed.height, counted["already_known"], counted["too_late"]) == (0, 4, 1)


@pytest.mark.parametrize("limit", [None, 1, 3, 9])
@pytest.mark.parametrize("policy", [None, POLICY])
def test_the_candidates_of_parts_make_the_same_list(tables, limit, policy):
    spec_ = spec(policy=policy)
    whole = contact_list(scored(tables, RISKS), tables, spec_, limit, NOW)
    parts = []
    for some in (["rich", "rich again", "too late"], ["stranger"], ["poor", "plain"]):
        own = tables.replace(
            interactions=tables.interactions.filter(pl.col("interaction_id").is_in(some)),
            events=tables.events.filter(pl.col("interaction_id").is_in(some)),
        )
        parts.append(Candidates.of(scored(own, {name: RISKS[name] for name in some}), own, spec_, limit, NOW))
    listed, counts = parts[0].plus(parts[1]).plus(parts[2]).contact_list()
    assert listed.equals(whole[0])
    assert counts == whole[1]
    assert listed.height > 0


EFFECTS = {"rich": -0.05, "rich again": 0.1, "poor": -0.25, "plain": -0.1, "stranger": -0.3, "too late": 0.2}


def with_effects(tables):
    effect = pl.col("interaction_id").replace_strict(EFFECTS, return_dtype=pl.Float64)
    return scored(tables, RISKS).with_columns(effect=effect)


def test_with_effects_it_is_ordered_by_value_times_effect_and_leaves_sleeping_dogs_out(tables):
    """Savings: the stranger 300 x 0.3 - 10, rich 50 - 10, plain 20 - 10; the poor customer's 12.5 - 10 is the last."""
    policy = {**POLICY, "capacity_per_day": 9}
    listed, counted = contact_list(with_effects(tables), tables, spec(policy=policy), None, NOW)
    assert listed["interaction_id"].to_list() == ["stranger", "rich", "plain", "poor"]
    assert listed["expected_saving"].to_list() == pytest.approx([80, 40, 10, 2.5])
    assert listed["effect"].to_list() == [-0.3, -0.05, -0.1, -0.25]
    assert counted["sleeping_dogs"] == 1  # the one who has complained is known already
    assert counted["expected_saving"] == pytest.approx(132.5)
    assert "assumed_saved_share" not in counted


def test_with_effects_parts_give_the_list_of_all_and_nobody_harmed_is_explored(tables):
    policy = {**POLICY, "experiment": "spring", "holdout_share": 0.3, "explore_share": 0.3}
    whole, counted = contact_list(with_effects(tables), tables, spec(policy=policy), 5, NOW)
    assert "rich again" not in whole["interaction_id"].to_list()
    is_rich = tables.interactions["customer_id"] == "u"
    found = None
    for rows in (is_rich.fill_null(False), ~is_rich.fill_null(False)):
        part = tables.replace(interactions=tables.interactions.filter(rows))
        own = with_effects(tables).join(part.interactions, on="interaction_id", how="semi")
        one = Candidates.of(own, part, spec(policy=policy), 5, NOW)
        found = one if found is None else found.plus(one)
    listed, counts = found.contact_list()
    assert listed.equals(whole)
    assert counts == counted


def test_by_what_a_list_is_ordered_is_said_for_models_that_know_the_effect():
    model = EffectModel(-0.1, 0.0, 0.0, np.zeros((1, 2)), np.zeros(1))
    for passed, money in ((True, "expected_saving"), (False, "expected_loss")):
        effect = ContactEffect(model, EffectColumns(()), {"passed": passed, "says": "Because."})
        assert order_figures(effect) == {"ordered_by": money, "order": "Because."}
    assert order_figures(None) == {}
