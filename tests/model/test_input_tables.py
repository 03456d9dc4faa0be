"""Tables for a model: ratings on the scale, and context columns as numbers and names."""

import logging
from datetime import UTC, datetime, timedelta

import polars as pl
import pytest

import forestall
from forestall.errors import InputError
from forestall.model import Spec
from forestall.model.input_tables import tables_for

START = datetime(2026, 11, 2, tzinfo=UTC)


def company(**columns: list[object]) -> forestall.Tables:
    n = len(next(iter(columns.values())))
    ids = [f"i{number}" for number in range(n)]
    interactions = pl.DataFrame({"interaction_id": ids, "started_at": [START] * n, **columns})
    events = pl.DataFrame(
        {"interaction_id": ids, "at": [START + timedelta(minutes=1)] * n, "kind": ["closed"] * n}
    )
    feedback = pl.DataFrame({"interaction_id": ids, "rating": [float(one) for one in range(n)]})
    return forestall.Tables(interactions, events, feedback)


def spec(**context: list[str]) -> Spec:
    return Spec(name="m", label={"scale": [1, 5], "dissatisfied_at_or_below": 2}, context=context)


def test_context_columns_become_names_and_numbers(caplog: pytest.LogCaptureFixture) -> None:
    tables = company(tier=[12.0, 3.5, None], weight=["1.5", "heavy", None])
    with caplog.at_level(logging.WARNING):
        found = tables_for(tables, spec(categorical=["tier"], numeric=["weight"])).interactions
    assert found["tier"].to_list() == ["12", "3.5", None]
    assert found["weight"].to_list() == [1.5, None, None]
    assert "interactions.weight: 1 cells are not numbers and count as missing" in caplog.text


def test_ratings_off_the_scale_are_left_out() -> None:
    found = tables_for(company(tier=["a", "b", "c"]), spec(categorical=["tier"]))
    assert found.feedback["rating"].to_list() == [1.0, 2.0]


def test_a_missing_context_column_is_an_error_in_training_and_without_values_in_scoring() -> None:
    tables, wanted = company(tier=["a", "b"]), spec(categorical=["tier", "tear"])
    with pytest.raises(InputError, match="model's context; missing: tear"):
        tables_for(tables, wanted)
    found = tables_for(tables, wanted, is_scored=True).interactions
    assert found["tear"].to_list() == [None, None]
    assert found["tier"].to_list() == ["a", "b"]
