"""Tables for a model: ratings on the scale, and context columns as numbers and names."""

import logging
from datetime import UTC, datetime, timedelta

import polars as pl
import pytest

import forestall
from forestall.errors import InputError
from forestall.model import Spec
from forestall.model.input_tables import tables_for
from forestall.moment_features.state_columns import EventField

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
    with pytest.raises(
        InputError, match="model's context; missing: tear; of the company's own columns did you mean 'tier'"
    ):
        tables_for(tables, wanted)
    found = tables_for(tables, wanted, is_scored=True).interactions
    assert found["tear"].to_list() == [None, None]
    assert found["tier"].to_list() == ["a", "b"]


def test_what_events_and_feedback_lack_is_named_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    tables, own = company(tier=["a", "b"]), spec()
    valued = tables.replace(
        events=tables.events.with_columns(effort=pl.Series([None, 2.0]), desk=pl.lit(None, pl.String))
    )
    reads = {EventField("effort"), EventField("desk"), EventField("lane"), "tier", "earlier_ratings"}
    tables_for(valued, own, is_scored=True, reads=reads)
    assert caplog.messages == [
        "events lack columns that the model uses: lane",
        "no event has a value in columns that the model uses: desk",
    ]
    caplog.clear()
    unrated = valued.replace(feedback=valued.feedback.clear())
    tables_for(unrated, own, is_scored=True, reads={EventField("effort"), "earlier_ratings"})
    assert caplog.messages == ["feedback has no rows, but the model uses earlier ratings of an interaction"]
    caplog.clear()
    tables_for(unrated, own, is_scored=True, reads={EventField("effort")})
    assert caplog.messages == []
