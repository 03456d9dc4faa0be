"""Records: what a system would have sent at a moment gives the very features of the batch."""

import json
from datetime import datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import polars as pl
import pytest

import checks
from companies import at, company, frozen_facts, random_moments, simulated, visit
from forestall.data import Tables
from forestall.importing import import_tables
from forestall.model.risk_model import RiskModel
from forestall.model.spec import Context, Spec
from forestall.moment_features.records_from_tables import records
from forestall.moment_features.table import features_at
from forestall.moments import Label

MAPPING = Path(__file__).parents[2] / "pipelines" / "mappings" / "deepcsat.yaml"
TIMES = ("at", "started_at", "ended_at", "rated_at")


def model_of(tables: Tables, categorical: list[str]) -> RiskModel:
    """Return a model that has learnt what was usual half-way, and no risk: all that features need."""
    spec = Spec(name="facts", label=Label(event="complained"), context=Context(categorical=categorical))
    until = tables.interactions["started_at"].sort()[tables.interactions.height // 2]
    nothing: Any = None
    no_estimator: Any = SimpleNamespace(column_names=[])
    return RiskModel(spec, no_estimator, frozen_facts(tables, until), nothing, tables.about["known_at"], {})


@pytest.fixture(scope="module")
def tables() -> Tables:
    made = simulated(n=400, seed=8)
    return Tables(made.interactions, made.events, made.feedback, about={"known_at": {"segment": "served"}})


@pytest.fixture(scope="module")
def moments(tables: Tables) -> pl.DataFrame:
    return random_moments(tables, 300, seed=4)


@pytest.fixture(scope="module")
def told(tables: Tables, moments: pl.DataFrame) -> list[dict[str, Any]]:
    return records(tables, moments)


def assert_records_equal_batch(tables: Tables, moments: pl.DataFrame, categorical: list[str]) -> None:
    """Assert that all features agree to the last bit: of all records together, of each alone, as JSON."""
    model, told = model_of(tables, categorical), records(tables, moments)
    batch = model.features(tables, moments)
    checks.assert_same(batch, model.features(told), "equal to the batch")
    for place in range(0, len(told), 20):
        sent = json.loads(json.dumps([told[place]]))
        checks.assert_same(batch[place], model.features(sent), "equal to the batch when alone")
        nested = {name: json.dumps(sent[0][name]) for name in ("events", "history", "queue")}
        checks.assert_same(batch[place], model.features([{**sent[0], **nested}]), "equal as JSON text")


def test_records_equal_batch(tables, moments):
    """Of a simulated company, at any moment."""
    assert_records_equal_batch(tables, moments, ["segment"])


def test_columns_of_numbers_and_flags_are_names_too(tables, moments):
    """Where the context wants names: 4.0 is the name 4, and true is 1, in tables and in records."""
    n = tables.interactions.height
    more = tables.interactions.with_columns(
        priority=pl.Series([float(place % 5) for place in range(n)]),
        size=pl.Series([place % 3 / 2 if place % 7 else None for place in range(n)]),
        is_vip=pl.Series([place % 4 == 0 for place in range(n)]),
    )
    told = Tables(more, tables.events, tables.feedback, about=tables.about)
    assert_records_equal_batch(told, moments, ["segment", "priority", "size", "is_vip"])
    found = model_of(told, ["priority", "size", "is_vip"]).features(told, moments)
    assert set(found["context_priority"]) == {"0", "1", "2", "3", "4"}
    assert set(found["context_size"]) == {"0", "0.5", "1", None}
    assert set(found["context_is_vip"]) == {"0", "1"}


@pytest.mark.slow
def test_records_equal_batch_on_real_tickets(real_data):
    """Of real tickets, whose agent is known from the response on."""
    tickets = import_tables(MAPPING, [real_data / "deepcsat" / "tickets.csv"])
    assert_records_equal_batch(
        tickets, random_moments(tickets, 300, seed=6), ["category", "Agent Shift", "Tenure Bucket"]
    )


def test_nothing_later_than_the_moment(tables, moments, told):
    """No event, earlier contact or rating in a record is later than its moment; its own is not there."""
    for record, (name, as_of) in zip(told, moments.rows(), strict=True):
        facts = [record, *record["events"], *(record["history"] or [])]
        times = [
            datetime.fromisoformat(fact[key]) for fact in facts for key in TIMES if fact.get(key) is not None
        ]
        assert max(times) <= as_of
        assert record["interaction_id"] == name
        assert datetime.fromisoformat(record["as_of"]) == as_of
        assert not {"rating", "rated_at"} & set(record)


def test_all_events_up_to_the_moment_are_told(tables, moments, told):
    """Each event at or before the moment is in the record, in the order of time."""
    n = moments.join(tables.events, on="interaction_id").filter(pl.col("at") <= pl.col("as_of")).height
    assert sum(len(record["events"]) for record in told) == n > 0
    for record in told:
        times = [event["at"] for event in record["events"]]
        assert times == sorted(times)


def test_history_is_of_earlier_contacts(tables, told):
    """The history holds the customer's earlier contacts alone, with end and rating once these had come."""
    lengths = dict(
        tables.interactions.select("customer_id", pl.len().over("customer_id")).drop_nulls().rows()
    )
    assert max(len(record["history"] or []) for record in told) > 3
    for record in told:
        assert (record["history"] is None) == (record["customer_id"] is None)
        for earlier in record["history"] or []:
            assert earlier["started_at"] < record["started_at"]
            assert (earlier["rating"] is None) == (earlier["rated_at"] is None)
        assert len(record["history"] or []) < lengths.get(record["customer_id"], 1)


def test_what_is_not_known_yet_is_null():
    """Staff is told from its first event on; a company's own column from the event that it is known at."""
    shop = visit(
        "a", 0, (10, "served", "staff"), (20, "resolved", "system"), staff="S1", code="late", shift="day"
    )
    tables = company(shop, about={"known_at": {"code": "resolved"}})
    moments = pl.DataFrame({"interaction_id": ["a"] * 4, "as_of": [at(second) for second in (9, 10, 19, 20)]})
    told = [(record["staff"], record["code"], record["shift"]) for record in records(tables, moments)]
    assert told == [(None, None, "day"), ("S1", None, "day"), ("S1", None, "day"), ("S1", "late", "day")]


def test_a_record_by_hand():
    """A record tells the contact, its events, the earlier ones as they stand now, and the queue."""
    tables = company(
        visit(
            "old",
            -500,
            (-400, "resolved", "staff"),
            (-300, "closed", "system"),
            customer_id="Ann",
            venue="Shop",
        ),
        visit(
            "a",
            0,
            (5, "message", "customer", "Hello?"),
            (99, "closed", "system"),
            customer_id="Ann",
            venue="Shop",
        ),
        visit("b", 1, customer_id="Bob", venue="Shop"),
        ratings=[("old", 2, 20), ("a", 1, 200)],
    )
    (record,) = records(tables, pl.DataFrame({"interaction_id": ["a"], "as_of": [at(10)]}))
    assert [(event["kind"], event["text"], event["value"]) for event in record["events"]] == [
        ("message", "Hello?", None)
    ]
    (earlier,) = record["history"]
    expected = {
        "rating": None,
        "rated_at": None,
        "resolved": True,
        "venue": "Shop",
        "wait_s": 100,
        "n_events": 2,
    }
    assert {key: earlier[key] for key in expected} == expected
    assert (earlier["ended_at"], earlier["started_at"]) == (
        at(-300).isoformat(timespec="microseconds"),
        at(-500).isoformat(timespec="microseconds"),
    )
    assert record["queue"] == {"n_waiting": 1, "n_served_first": 0, "mean_wait_s": 100}


def test_the_moment_of_a_record_without_one_is_the_default(tables):
    """Without moments, records are at the default moments; one without `as_of` is read there too."""
    model, told = model_of(tables, []), records(tables)[:40]
    bare = [{key: value for key, value in record.items() if key != "as_of"} for record in told]
    checks.assert_same(model.features(told), model.features(bare), "at the default moment")
    checks.assert_same(model.features(tables)[:40], model.features(told), "at the default moment")


@pytest.mark.parametrize("n", [5, 200])
def test_records_are_read_at_the_places_asked_for(tables, moments, told, n):
    """In another order, and some of them twice: the customer's past and the queue belong to their record."""
    model = model_of(tables, [])
    sources = model.sources(told[:n])
    as_of = sources.frame["as_of"].to_numpy()
    in_order = features_at(sources, np.arange(n), as_of, model.plan)
    for place in (np.arange(n)[::-1], np.array([n - 1, 0, 0, n - 2])):
        checks.assert_same(
            in_order[place], features_at(sources, place, as_of[place], model.plan), "reordered"
        )
    assert in_order["history_contact_n"].n_unique() > 2
