"""Frozen facts come from enough customers, or are the company's mean."""

import pytest

from companies import at, company, visit
from forestall.moment_features.facts_in_time import freeze
from forestall.moment_features.standards import Standards
from forestall.moment_features.state_columns import Recorded, Usual
from forestall.moment_features.table_sources import sources_of

# name, venue, customer, wait: three customers at the hall, one three times at the shop, of whom two waits are known
VISITS = [
    ("h1", "hall", "ann", 10), ("h2", "hall", "bob", 20), ("h3", "hall", None, 60),
    ("s1", "shop", "eve", 100), ("s2", "shop", "eve", 200), ("s3", "shop", "eve", 300),
]  # fmt: skip
COLUMNS = [Usual("venue", "wait_s"), Usual("venue", "rating"), Recorded("served")]


def frozen(least, until=10_000, ratings=(("h1", 1, 500), ("s1", 1, 500))):
    tables = company(
        *(
            visit(name, 0, (wait, "served", "staff"), (400, "closed"), venue=venue, customer_id=customer)
            for name, venue, customer, wait in VISITS
        ),
        visit("k", 0, (5, "canary_kind"), (400, "closed"), venue="kiosk", customer_id="kim"),
        ratings=ratings,
    )
    facts = sources_of(tables, Standards()).facts
    return freeze(facts, int(at(until).timestamp() * 1e6), COLUMNS, least)


def test_without_a_least_count_each_venue_is_named():
    assert frozen(1).tables["venue"]["key"] == ["hall", "kiosk", "shop"]


def test_a_venue_of_too_few_customers_is_not_named_however_often_they_came():
    facts = frozen(2)
    assert facts.tables["venue"]["key"] == ["hall"]
    assert facts.tables["venue"]["wait_s"] == [pytest.approx((90 + 20 * 1090 / 7) / 23)]
    assert frozen(3).tables["venue"]["key"] == ["hall"]
    assert frozen(4).tables["venue"]["key"] == []


def test_a_fact_of_one_customer_at_a_common_venue_is_the_companys():
    facts = frozen(2)
    assert facts.company["rating"] == 1
    assert facts.tables["venue"]["rating"] == [facts.company["rating"]]
    other = frozen(2, ratings=(("h1", 5, 500), ("s1", 1, 500)))
    assert other.tables["venue"]["rating"] == [3.0]


def test_the_companys_own_mean_needs_as_many():
    assert frozen(2, ratings=(("h1", 1, 500),)).company["rating"] is None
    assert frozen(1, ratings=(("h1", 1, 500),)).company["rating"] == 1


def test_customers_count_from_when_they_are_known():
    assert frozen(3, until=50).tables["venue"]["key"] == []  # the third wait ends at 60 s


def test_kinds_that_no_feature_reads_are_not_named():
    assert "canary_kind" not in frozen(1).kinds
    assert "served" in frozen(1).kinds
