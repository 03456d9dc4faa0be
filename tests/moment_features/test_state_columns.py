"""Columns of the state: their names are unique, and each knows what it is read from."""

import pytest

from forestall.moment_features import FAMILIES, Standards, columns_of
from forestall.moment_features.columns_by_source import ColumnsBySource
from forestall.moment_features.earlier_columns import EarlierCount, EarlierLast
from forestall.moment_features.event_columns import ANY_KIND, Count, First, Words
from forestall.moment_features.operations import Kind
from forestall.moment_features.state_columns import Own, Queue, Recorded, StandardTime, Usual


@pytest.mark.parametrize(
    ("column", "read"),
    [
        (Own("price"), ["price"]),
        (Own("started_at"), []),
        (Count("served"), []),
        (Words("staff", "n_thanks"), []),
        (Words("staff", "n_in_language"), ["locale"]),
        (EarlierLast("rating", "is_rated"), ["history", "customer_id"]),
        (EarlierCount("same_venue"), ["history", "customer_id", "venue"]),
        (Queue("n_waiting"), ["queue", "venue", "channel"]),
        (Recorded("resolved"), []),
        (Usual("locale", "wait_s"), ["locale"]),
        (Usual("queue", "wait_s"), ["venue", "channel"]),
        (Usual("all", "wait_s"), []),
    ],
    ids=repr,
)
def test_what_a_column_is_read_from(column, read):
    assert column.read_from(Standards()) == set(read)


def test_the_standard_is_read_from_the_columns_that_have_standards():
    assert StandardTime().read_from(Standards()) == set()
    assert StandardTime().read_from(Standards(venues={"a": 30})) == {"venue"}
    assert StandardTime().read_from(Standards(venues={"a": 30}, channels={"phone": 60})) == {
        "venue",
        "channel",
    }


def test_equal_columns_are_one_and_names_are_unique():
    columns = ColumnsBySource([Count("served") + Count("served"), Count("served", "staff") + First("served")])
    assert [one.name for one in columns.all] == ["count served", "count served staff", "first served"]
    everything = ColumnsBySource(feature.value for feature in columns_of(FAMILIES).values()).all
    assert len({one.name for one in everything}) == len(everything) > 150


def test_aggregates_are_grouped_by_what_their_rows_must_meet():
    columns = ColumnsBySource(
        [Count(ANY_KIND) + First(ANY_KIND), Count("served", "staff") + Words("staff", "n_texts")]
    )
    found = {condition: [one.name for one in wanted] for condition, wanted in columns.events.items()}
    assert found == {
        ("*", ""): ["count *", "first *"],
        ("served", "staff"): ["count served staff"],
        ("* with text", "staff"): ["words staff n_texts"],
    }


def test_a_companys_column_cannot_have_the_name_of_another_column():
    assert Own("count served").name != Count("served").name
    assert Own("segment", Kind.TEXT).kind is Kind.TEXT
