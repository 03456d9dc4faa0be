"""Rows go to parts in their order, each once, and with their interaction."""

import polars as pl

from companies import simulated
from forestall.data.schemas import TABLES
from forestall.streaming.dividing import customer_of, numbers_of, parts_of, spread, spread_tables


def test_rows_are_spread_in_their_order() -> None:
    frame = pl.DataFrame({"n": range(6)})
    parts = dict(spread(frame, pl.Series([2, 0, 2, 0, 2, 1])))
    assert {to: part["n"].to_list() for to, part in parts.items()} == {0: [1, 3], 1: [5], 2: [0, 2, 4]}
    assert list(spread(frame.clear(), pl.Series([], dtype=pl.UInt32))) == []


def test_missing_keys_are_spread_and_equal_keys_stay_together() -> None:
    numbers = numbers_of(pl.Series(["a", "b", "a", None, None, None, None]), 4)
    assert numbers[0] == numbers[2]
    assert numbers[3:].sort().to_list() == [0, 1, 2, 3]


def test_an_unknown_customer_is_one_for_each_interaction() -> None:
    known = pl.DataFrame({"interaction_id": ["i", "j", "k"], "customer_id": ["c", None, None]})
    assert customer_of(known).to_list() == ["c", "interaction j", "interaction k"]


def test_each_row_of_the_tables_goes_to_the_part_of_its_customer_once() -> None:
    tables = simulated(n=300, seed=3)
    part = parts_of(tables.interactions, 5)
    found = list(spread_tables(tables, part))
    for table in TABLES:
        rows = pl.concat([rows for name, _, rows in found if name == table])
        assert rows.height == getattr(tables, table).height
        assert sorted(rows.rows(), key=str) == sorted(getattr(tables, table).rows(), key=str)
    ids = {}
    for name, number, rows in found:
        if name == "interactions":
            ids[number] = set(rows["interaction_id"])
            places = tables.interactions.with_row_index().filter(pl.col("interaction_id").is_in(ids[number]))
            assert rows.equals(places.drop("index"))  # in their order
    for name, number, rows in found:
        assert set(rows["interaction_id"]) <= ids[number], name
