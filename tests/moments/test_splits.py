"""Splits: what is learnt was known before what it is tested on, and nobody is on both sides."""

import polars as pl
import pytest

from companies import DAY, at, company, simulated, visit
from forestall.errors import InputError
from forestall.moments import Label, label_moments, split_by_customer, split_by_time, training_moments

RATED = Label(scale=(1, 5), dissatisfied_at_or_below=2)


@pytest.fixture(scope="module")
def labelled() -> pl.DataFrame:
    tables = simulated(n=400)
    moments = training_moments(tables, 4, seed=1)
    starts = tables.interactions.select("interaction_id", "started_at", "customer_id")
    return (
        label_moments(tables, moments, RATED)
        .filter(pl.col("label").is_not_null())
        .join(starts, on="interaction_id")
    )


@pytest.mark.parametrize("share", [0.1, 0.3, 0.6])
def test_no_training_label_reaches_the_test_part(labelled, share):
    """Every label of training was known before the first test moment, and no interaction is on both sides."""
    parts = split_by_time(labelled, share)
    train, test = (parts.filter(pl.col("part") == part) for part in ("train", "test"))
    assert train["decided_at"].max() < test["as_of"].min()
    assert train["started_at"].max() < test["started_at"].min()
    assert not set(train["interaction_id"]) & set(test["interaction_id"])
    n = labelled["interaction_id"].n_unique()
    assert test["interaction_id"].n_unique() / n == pytest.approx(share, abs=2 / n)


def test_what_belongs_to_neither_side_stays_to_be_counted():
    """A label that came at or after the first test moment is for neither part; its rows have none."""
    # who  came on day  rated on day      the first test moment is day 8
    visits = {"a": (0, 1), "b": (1, 7.99), "c": (2, 8), "d": (3, 20), "e": (8, 9), "f": (9, 10)}
    tables = company(
        *(visit(name, start * DAY) for name, (start, _) in visits.items()),
        ratings=[(name, 1, day * DAY) for name, (_, day) in visits.items()],
    )
    moments = tables.interactions.select("interaction_id", "started_at", as_of="started_at")
    parts = split_by_time(label_moments(tables, moments, RATED), test_share=0.33)
    assert dict(parts.select("interaction_id", "part").rows()) == {
        "a": "train",
        "b": "train",
        "c": None,
        "d": None,
        "e": "test",
        "f": "test",
    }


def test_those_who_came_at_once_are_on_one_side():
    """Interactions that began together are not divided."""
    tables = company(
        *(visit(str(i), (i // 5) * DAY) for i in range(20)),
        ratings=[(str(i), 1, (i // 5) * DAY + 60) for i in range(20)],
    )
    moments = tables.interactions.select("interaction_id", "started_at", as_of="started_at")
    parts = split_by_time(label_moments(tables, moments, RATED), test_share=0.3)
    assert parts.group_by("started_at").agg(pl.col("part").n_unique())["part"].to_list() == [1] * 4


def test_where_no_time_divides_there_is_no_split(labelled):
    """Interactions that all begin at once, or labels whose time is not known, cannot be split by time."""
    at_once = labelled.with_columns(started_at=pl.lit(at(0)))
    without_times = labelled.with_columns(decided_at=pl.lit(None, dtype=pl.Datetime("us", "UTC")))
    late = labelled.with_columns(decided_at=pl.lit(at(900 * DAY)))
    said = [
        "must begin at different times",
        r"no label is known before the test part",
        "no labelled interactions",
    ]
    for moments, why in zip((at_once, without_times, labelled.clear()), said, strict=True):
        with pytest.raises(InputError, match=why):
            split_by_time(moments, 0.2)
    with pytest.raises(
        InputError, match=rf"begins on \d{{4}}.*the first is known on {at(900 * DAY):%Y-%m-%d}.*rated_at"
    ):
        split_by_time(late, 0.2)


def test_without_a_clock_customers_are_divided(labelled):
    """All rows of a customer are on one side; about the share asked for is tested."""
    many = pl.DataFrame(
        {
            "interaction_id": [f"i{i}" for i in range(4000)],
            "customer_id": [f"c{i // 4}" if i < 2000 else None for i in range(4000)],
        }
    )
    parts = split_by_customer(many, 0.25, seed=3)
    assert parts.drop("part").equals(many)
    assert (
        parts.drop_nulls("customer_id").group_by("customer_id").agg(pl.col("part").n_unique())["part"].max()
        == 1
    )
    assert (parts["part"] == "test").mean() == pytest.approx(0.25, abs=0.05)
    assert set(parts["part"]) == {"train", "test"}


def test_the_division_by_customer_depends_on_names_and_seed_alone(labelled):
    """The order of rows does not matter; the seed does."""
    parts = split_by_customer(labelled, 0.3, seed=3)
    shuffled = split_by_customer(labelled.sample(fraction=1, shuffle=True, seed=1), 0.3, seed=3)
    key = ["interaction_id", "as_of"]
    assert parts.sort(key).equals(shuffled.sort(key))
    assert not parts.equals(split_by_customer(labelled, 0.3, seed=4))
