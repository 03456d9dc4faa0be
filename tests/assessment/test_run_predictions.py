"""Predictions of a run: paired without ids, and given their ids back by who has the data."""

import polars as pl

from companies import company, visit
from forestall.assessment.run_predictions import run_salt, with_ids, without_ids

ROWS = pl.DataFrame(
    {
        "interaction_id": ["a", "a", "b", "gone"],
        "customer_id": ["ann", "ann", None, "bob"],
        "risk": [0.1, 0.2, 0.3, 0.4],
    }
)


def test_rows_of_two_runs_of_a_model_are_paired_without_ids():
    hidden = without_ids(ROWS, run_salt("risk"))
    assert not set(hidden["interaction_id"]) & {"a", "b", "gone"}
    assert hidden["customer_id"].n_unique() == 3
    assert hidden["customer_id"][2] is None
    assert hidden.equals(without_ids(ROWS, run_salt("risk")))
    assert hidden.equals(without_ids(hidden, run_salt("risk")))  # of a run that has pseudonyms already


def test_who_has_the_data_finds_the_interactions():
    tables = company(visit("a", 0), visit("b", 0))
    found = with_ids(without_ids(ROWS, run_salt("risk")), tables)
    assert found["interaction_id"].to_list() == ["a", "a", "b"]
    assert found["risk"].to_list() == [0.1, 0.2, 0.3]
    assert with_ids(ROWS, tables).equals(ROWS)  # a run of an earlier version has ids
