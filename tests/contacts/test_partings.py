"""Planned partings: costly customers of low value, for a person to think about."""

import polars as pl

from companies import DAY, at, company, visit
from forestall.contacts.partings import FOR_A_PERSON, partings, typical_value
from forestall.registry.score_rows import score_rows


def scored(tables, risks, band="critical"):
    """Return score rows of interactions, all in one band."""
    customers = dict(tables.interactions.select("interaction_id", "customer_id").iter_rows())
    rows = pl.DataFrame(
        {
            "interaction_id": list(risks),
            "customer_id": [customers[name] for name in risks],
            "as_of": [at(100)] * len(risks),
            "dissatisfaction_risk": list(risks.values()),
            "risk_band": band,
        },
        schema_overrides={"as_of": pl.Datetime("us", "UTC")},
    )
    return score_rows(rows, model_name="a", model_version="1")


def failing(name, day, cost, customer, value):
    """Return a visit of a customer with a return on a day."""
    second = day * DAY
    return visit(
        name,
        second,
        (second, "returned", "customer", float(cost)),
        customer_id=customer,
        customer_value=value,
    )


def test_a_parting_needs_a_low_known_value_and_a_higher_cost():
    """Costs of the year before the moment count. A customer of high or unknown value is never listed."""
    tables = company(
        failing("long ago", -400, 900, "a", 20.0),
        failing("a1", -100, 30, "a", 20.0),
        failing("later", 1, 500, "a", 20.0),
        visit("a2", 0, customer_id="a", customer_value=20.0),
        failing("b1", -10, 15, "b", 20.0),
        failing("c1", -10, 5000, "c", 900.0),
        failing("d1", -10, 5000, "d", None),
        failing("e1", -10, 5000, None, 20.0),
        visit("f", 0, (1, "tipped", "customer", 90.0), customer_id="f", customer_value=20.0),
    )
    risks = dict.fromkeys(["a2", "b1", "c1", "d1", "e1", "f"], 0.9)
    found = partings(scored(tables, risks), tables, typical_value(tables))
    assert found.select("customer_id", "failure_cost").rows() == [("a", 30.0)]
    assert found["note"].to_list() == [FOR_A_PERSON]
    assert "never to act on by itself" in FOR_A_PERSON
    assert partings(scored(tables, risks, band="high"), tables, typical_value(tables)).height == 0


def test_without_any_known_value_nobody_is_listed():
    tables = company(failing("a1", -100, 30, "a", None), visit("a2", 0, customer_id="a"))
    assert partings(scored(tables, {"a2": 0.9}), tables, typical_value(tables)).height == 0
