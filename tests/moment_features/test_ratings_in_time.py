"""Several ratings of one interaction: each is a fact from its time on, and the interaction counts once."""

import polars as pl
import pytest

from companies import DAY, assert_over_time, at, company, features_of, visit
from forestall.data import Tables
from forestall.moment_features import Standards
from forestall.moment_features.records_from_tables import records
from forestall.moment_features.state_columns import Usual
from forestall.moment_features.table_sources import sources_of

FIRST, SECOND = (1, 100), (5, DAY)


@pytest.fixture(scope="module")
def tables() -> Tables:
    """Return an interaction that is rated 1 and a day later 5, and a later one of the same customer."""
    return company(
        visit("rated", 0, (50, "closed"), customer_id="c", venue="v"),
        visit("now", 200, customer_id="c", venue="v"),
        ratings=[("rated", *FIRST), ("rated", *SECOND)],
    )


def test_the_customers_history_has_the_newest_known_rating(tables):
    assert_over_time(
        tables, "now", "history", [200, DAY - 1, DAY, 9 * DAY],
        {"rated_n": [1, 1, 1, 1], "rating_last": [1, 1, 5, 5], "rating_mean": [1, 1, 5, 5]},
    )  # fmt: skip


def test_a_record_has_the_rating_that_was_known(tables):
    """It has one rating of each earlier interaction, with its own time."""
    moments = pl.DataFrame({"interaction_id": ["now", "now"], "as_of": [at(200), at(2 * DAY)]})
    earlier = [record["history"][0] for record in records(tables, moments)]
    assert [one["rating"] for one in earlier] == [1, 5]
    assert [one["rated_at"][:19] for one in earlier] == ["2026-03-02T09:01:40", "2026-03-03T09:00:00"]


def test_learnt_facts_count_the_interaction_once(tables):
    """A further rating takes the place of the earlier one in all sums."""
    facts = sources_of(tables, Standards()).facts
    means = []
    for second in (99, 100, DAY - 1, DAY):
        until = int(at(second).timestamp() * 1e6)
        means.append(facts.freeze(until, [Usual("venue", "rating")]).company["rating"])
    assert means == [None, 1, 1, 5]


def test_a_single_row_each_gives_the_same_features():
    """With one rating of each interaction nothing changes."""
    visits = [visit(str(i), 300 * i, (300 * i + 9, "closed"), customer_id="c") for i in range(4)]
    once = company(*visits, ratings=[("0", 2, 60), ("1", 4, 800)])
    twice = company(*visits, ratings=[("0", 5, 30), ("0", 2, 60), ("1", 4, 800)])
    for second in (950, 2000):
        assert features_of(once, "3", second) == features_of(twice, "3", second)
