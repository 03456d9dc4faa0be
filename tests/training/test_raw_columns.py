"""The raw columns of moments: what is known at the moment, and nothing else."""

from typing import Any

import polars as pl
import pytest

from companies import at, company, visit
from forestall.data import Tables
from forestall.model import Spec
from forestall.moment_features import Standards
from forestall.moment_features.table_sources import sources_of
from forestall.training.raw_columns import RawColumns

SPEC = Spec.model_validate(
    {
        "name": "raw",
        "label": {"scale": [1, 5], "dissatisfied_at_or_below": 2, "horizon_days": 30},
        "context": {"categorical": ["shift", "close_code"]},
    }
)
KNOWN_AT = {"close_code": "closed"}
# At nine on a Monday (UTC); served after a minute, closed after two.
COLUMNS = {
    "customer_id": "c", "channel": "phone", "staff": "Sue", "price": 20.0, "is_commodity": True, "shift": "day",
    "close_code": "7", "secret": "rated 1", "promised_at": 300.0, "purchased_at": -100.0,
}  # fmt: skip


def one_visit(**about: Any) -> Tables:
    return company(
        visit(
            "a", 0, (60, "served", "staff"), (90, "message", "staff"), (100, "message", "customer"), (120, "closed"),
            **COLUMNS,
        ),
        ratings=[("a", 1, 500)],
        about={"known_at": KNOWN_AT, "timezone": "Europe/Copenhagen", **about},
    )  # fmt: skip


def raw_at(tables: Tables, *seconds: float) -> list[dict[str, Any]]:
    """Return the raw columns of interaction `a` at some seconds."""
    moments = pl.DataFrame({"interaction_id": ["a"] * len(seconds), "as_of": [at(one) for one in seconds]})
    return RawColumns.of(tables, SPEC).at(sources_of(tables, Standards()), moments).to_dicts()


def test_an_event_counts_from_its_time_on():
    early, later, last = raw_at(one_visit(), 59, 95, 120)
    assert [row["n message"] for row in (early, later, last)] == [0, 1, 2]
    assert [row["s served"] for row in (early, later, last)] == [None, 60, 60]
    assert [row["s closed"] for row in (early, later, last)] == [None, None, 120]
    assert [row["so_far_s"] for row in (early, later, last)] == [59, 95, 120]


def test_columns_that_are_known_late_are_null_before():
    early, later, last = raw_at(one_visit(), 59, 95, 120)
    assert [row["staff"] for row in (early, later, last)] == [None, "Sue", "Sue"]
    assert [row["close_code"] for row in (early, later, last)] == [None, None, "7"]


def test_own_columns_and_the_time_of_the_start():
    (row,) = raw_at(one_visit(), 59)
    assert (row["channel"], row["price"], row["is_commodity"], row["shift"]) == ("phone", 20.0, True, "day")
    assert (row["promised_at_s"], row["purchased_at_s"]) == (300, -100)
    assert (row["hour"], row["weekday"]) == (10, 1)  # nine by UTC


def test_keys_and_columns_of_unknown_time_are_not_used():
    """A column that no context names may have been filled with the rating, as `secret` was."""
    (row,) = raw_at(one_visit(), 120)
    assert not {"interaction_id", "customer_id", "secret"} & set(row)


def test_without_a_clock_there_are_counts_and_no_times():
    (row,) = raw_at(one_visit(clock="none"), 120)
    assert (row["n message"], row["channel"]) == (2, "phone")
    assert not {name for name in row if name.startswith("s ") or name.endswith("_s")}
    assert not {"hour", "weekday"} & set(row)


@pytest.mark.parametrize("second", [0, 59, 60, 95, 119])
def test_what_comes_after_the_moment_changes_nothing(second):
    tables = one_visit()
    known = tables.replace(
        events=tables.events.filter(pl.col("at") <= at(second)), feedback=tables.feedback.head(0)
    )
    columns = RawColumns.of(tables, SPEC)
    moment = pl.DataFrame({"interaction_id": ["a"], "as_of": [at(second)]})
    rows = [columns.at(sources_of(one, Standards()), moment).row(0) for one in (tables, known)]
    assert rows[0] == rows[1]
