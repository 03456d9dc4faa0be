"""Lost attributes of events: where the table has no such column, or no event of a record has the field."""

import json
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest

import forestall
from forestall.errors import InputError
from forestall.model import RiskModel, Spec
from forestall.moment_features.records_from_tables import records
from forestall.training.learn import learn

N = 1500
NAMED = {name: f"events.{name} is missing; the higher of two risks counts" for name in ("delay", "desk")}
LABEL = {"scale": [1, 5], "dissatisfied_at_or_below": 2}
Record = dict[str, Any]


@pytest.fixture(scope="module")
def tables() -> forestall.Tables:
    """Return a workshop that notes for most repairs how long the part took; customers without a note are happy."""
    rng = np.random.default_rng(5)
    start = pl.datetime(2026, 1, 5, 9, time_zone="UTC") + pl.duration(minutes=pl.int_range(N) * 140)
    has_note, delay = rng.random(N) < 0.9, rng.random(N) * 100
    bad = rng.random(N) < np.where(has_note, 0.05 + 0.7 * (delay > 30), 0.05)
    rows = pl.DataFrame({"interaction_id": [f"i{place}" for place in range(N)], "note": delay}).with_columns(
        started_at=start,
        channel=pl.lit("email"),
        note=pl.when(pl.Series(has_note)).then("note"),
        rating=pl.Series(np.where(bad, 1.0, 5.0)),
    )
    interactions = rows.select("interaction_id", "started_at", "channel", pl.lit("x").alias("events.desk"))
    steps = [("served", 1, None), ("swapped", 2, pl.col("note")), ("closed", 3, None)]
    events = pl.concat(
        rows.select(
            "interaction_id",
            at=pl.col("started_at") + timedelta(hours=hour),
            kind=pl.lit(kind),
            actor=pl.lit("staff"),
            delay=pl.lit(None, pl.Float64) if note is None else note,
            desk=pl.lit(None, pl.String) if note is None else pl.when(note > 50).then(pl.lit("back")),
        )
        for kind, hour, note in steps
    )
    feedback = rows.select("interaction_id", "rating", rated_at=pl.col("started_at") + timedelta(hours=5))
    return forestall.Tables(interactions, events, feedback)


def model_of(tables: forestall.Tables, **more: Any) -> RiskModel:
    spec = Spec(name="swaps", label=LABEL, lightgbm={"learning_rate": 0.3, "num_leaves": 7}, **more)
    return learn(tables, spec, evaluate=False, allow_small=True).model


@pytest.fixture(scope="module")
def model(tables: forestall.Tables) -> RiskModel:
    return model_of(tables, kinds={"own": "none", "attributes": ["delay", "desk"]})


@pytest.fixture(scope="module")
def moments(tables: forestall.Tables) -> pl.DataFrame:
    """Return the ends of interactions, after all events, and for some a moment before the note."""
    ends = forestall.default_moments(tables).tail(60)
    return pl.concat([ends, ends.with_columns(pl.col("as_of") - timedelta(hours=2)).head(10)])


def changed(told: list[Record], change: Callable[[Record], Record]) -> list[Record]:
    """Return the records with their events changed."""
    return [{**one, "events": [change(event) for event in one["events"]]} for one in told]


def left_out(*names: str) -> Callable[[Record], Record]:
    return lambda event: {name: value for name, value in event.items() if name not in names}


def texts(scores: pl.DataFrame) -> list[set[str]]:
    return [{one["text"] for one in reasons} for reasons in scores["reasons"].to_list()]


def test_a_table_without_the_column_is_partial_names_it_and_takes_the_higher_risk(
    model: RiskModel, tables: forestall.Tables, moments: pl.DataFrame, caplog: pytest.LogCaptureFixture
) -> None:
    less = tables.replace(events=tables.events.drop("delay"))
    silent = tables.replace(events=tables.events.with_columns(delay=pl.lit(None, pl.Float64)))
    lost, with_gap = (model.score(one, moments=moments, reasons=True) for one in (less, silent))
    assert set(lost["data_quality"]) == {"partial"}
    assert all(NAMED["delay"] in said and NAMED["desk"] not in said for said in texts(lost))
    assert (lost["dissatisfaction_risk"] >= with_gap["dissatisfaction_risk"]).all()
    # the median of the notes stands in the place of the lost ones, where it means a higher risk than none
    assert lost["dissatisfaction_risk"].mean() > with_gap["dissatisfaction_risk"].mean() + 0.2  # type: ignore[operator]
    assert "events lack columns that the model uses: delay\n" in caplog.text
    assert "no event has a value in columns that the model uses: delay\n" in caplog.text


def test_a_record_whose_events_lack_the_field_scores_as_a_table_without_the_column(
    model: RiskModel, tables: forestall.Tables, moments: pl.DataFrame
) -> None:
    for names in (("delay",), ("desk",), ("delay", "desk")):
        less = tables.replace(events=tables.events.drop(names))
        batch = model.score(less, moments=moments, reasons=True)
        cut = changed(records(tables, moments), left_out(*names))
        assert all(said >= {NAMED[name] for name in names} for said in texts(batch))
        for same in (cut, records(less, moments), pd.DataFrame(cut), json.loads(json.dumps(cut))):
            assert batch.equals(model.score(same, reasons=True), null_equal=True)
        as_text = [{**one, "events": json.dumps(one["events"])} for one in cut]
        assert batch.equals(model.score(pl.DataFrame(as_text), reasons=True), null_equal=True)
        assert model.score(cut[:1], reasons=True).equals(batch[:1], null_equal=True)


def test_an_event_that_has_the_field_without_a_value_says_that_there_is_none(
    model: RiskModel, tables: forestall.Tables, moments: pl.DataFrame
) -> None:
    """As a table's empty cells: many interactions of the training had no value at all."""
    told = records(tables, moments)
    silent = tables.replace(events=tables.events.with_columns(delay=pl.lit(None, pl.Float64)))
    batch = model.score(silent, moments=moments, reasons=True)
    assert set(batch["data_quality"]) == {"ok"}
    for blank in (None, "", " ", float("nan"), pd.NaT, "n/a"):
        nulled = changed(told, lambda event, blank=blank: {**event, "delay": blank})  # type: ignore[misc]
        assert batch.equals(model.score(nulled, reasons=True), null_equal=True)
    # one event that has the field is enough
    first = [
        {**one, "events": [*one["events"][:1], *map(left_out("delay"), one["events"][1:])]}
        for one in changed(told, lambda event: {**event, "delay": None})
    ]
    assert batch.equals(model.score(first, reasons=True), null_equal=True)


def test_a_field_that_only_a_later_event_has_is_not_there_yet(
    model: RiskModel, tables: forestall.Tables, moments: pl.DataFrame
) -> None:
    early = moments.tail(10)
    later = {"at": "2036-01-01T00:00:00Z", "kind": "message", "actor": "staff", "delay": 3.0, "desk": "back"}
    cut = changed(records(tables, early), left_out("delay"))
    expected = model.score(cut, reasons=True)
    assert set(expected["data_quality"]) == {"partial"}
    with_later = [{**one, "events": [*one["events"], later]} for one in cut]
    assert model.score(with_later, reasons=True).equals(expected, null_equal=True)


@pytest.mark.parametrize("events", [None, [], "[]", "missing"])
def test_a_record_without_events_abstains(
    model: RiskModel, tables: forestall.Tables, moments: pl.DataFrame, events: Any
) -> None:
    told = records(tables, moments.head(3))
    (row, *others) = model.score(
        [{**told[0], "events": events} if events != "missing" else left_out("events")(told[0]), *told[1:]],
        reasons=True,
    ).to_dicts()
    assert (row["data_quality"], row["dissatisfaction_risk"], row["reasons"]) == ("abstained", None, [])
    assert [one["data_quality"] for one in others] == ["ok", "ok"]


def test_a_text_that_is_no_number_counts_as_missing_in_tables_and_records(
    model: RiskModel, tables: forestall.Tables, moments: pl.DataFrame
) -> None:
    place = pl.int_range(pl.len())
    text = pl.when(place % 3 == 0).then(pl.lit("n/a")).otherwise(pl.col("delay").cast(pl.String) + " ")
    odd = tables.replace(events=tables.events.with_columns(delay=text))
    batch = model.score(odd, moments=moments)
    assert batch.equals(model.score(records(odd, moments)), null_equal=True)
    assert not batch.equals(model.score(tables, moments=moments), null_equal=True)
    assert set(batch["data_quality"]) == {"ok"}
    with pytest.raises(InputError, match=r"record 0: events\.delay must be a number"):
        model.score(changed(records(tables, moments.head(1)), lambda event: {**event, "delay": [1]}))
    one = records(tables, moments.head(1))
    valued = [changed(one, partial(dict, value=value)) for value in ("n/a", None)]
    assert model.score(valued[0]).equals(model.score(valued[1]), null_equal=True)


def test_a_column_of_interactions_may_have_the_name_of_a_lost_attribute(
    tables: forestall.Tables, moments: pl.DataFrame
) -> None:
    both = {"kinds": {"own": "none", "attributes": ["desk"]}, "context": {"categorical": ["events.desk"]}}
    model = model_of(tables, **both)
    assert set(model.score(tables, moments=moments)["data_quality"]) == {"ok"}
    for less in (
        tables.replace(events=tables.events.drop("desk")),
        tables.replace(interactions=tables.interactions.drop("events.desk")),
    ):
        lost = model.score(less, moments=moments, reasons=True)
        assert set(lost["data_quality"]) == {"partial"}
        assert all(NAMED["desk"] in said for said in texts(lost))


def test_a_saved_model_knows_what_is_lost(
    model: RiskModel, tables: forestall.Tables, moments: pl.DataFrame, tmp_path: Any
) -> None:
    model.save(tmp_path)
    less = tables.replace(events=tables.events.drop("delay", "desk"))
    expected = model.score(less, moments=moments)
    assert RiskModel.load(tmp_path).score(less, moments=moments).equals(expected, null_equal=True)


def test_a_model_without_attributes_misses_none(tables: forestall.Tables, moments: pl.DataFrame) -> None:
    plain = model_of(tables, kinds={"own": "none", "attributes": "none"})
    less = tables.replace(events=tables.events.drop("delay", "desk"))
    assert plain.score(less, moments=moments).equals(plain.score(tables, moments=moments), null_equal=True)
    assert plain.inputs.attributes == []
