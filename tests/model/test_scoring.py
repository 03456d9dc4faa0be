"""Scoring: lost values, moments that cannot be scored, and odd records, which mean the same as in a table."""

import runpy
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

import forestall
from companies import at, company, visit
from forestall.model import RiskModel
from forestall.model.policy import BANDS
from forestall.registry import load
from workshop import Work

PROOF = Path(__file__).parents[2] / "benchmarks" / "lost_facts.py"
Records = list[dict[str, Any]]


@pytest.fixture(scope="module")
def model(work: Work) -> RiskModel:
    return load(work.champion, work.tracking_uri).risk_model


@pytest.fixture(scope="module")
def records(work: Work) -> Records:
    tables = forestall.read_tables(work.data)
    return forestall.records(tables, forestall.default_moments(tables).tail(150))


def without(records: Records, name: str) -> Records:
    return [{key: value for key, value in record.items() if key != name} for record in records]


def risks_with_gaps(model: RiskModel, records: Records) -> np.ndarray:
    """Return the risks of the records as they are, with nothing in place of a lost value."""
    features = model.features(records).select(list(model.columns))
    return model.estimator.predict_encoded(model.estimator.encode(features))[0]


LOST = [
    "venue",
    "channel",
    "locale",
    "product",
    "product_category",
    "price",
    "is_commodity",
    "queue",
    "history",
]


@pytest.mark.parametrize("name", LOST)
def test_a_lost_column_never_lowers_the_risk(model, records, name):
    less = without(records, name)
    scores = model.score(less, reasons=True)
    assert (scores["data_quality"] == "partial").sum() > 10
    risks = scores["dissatisfaction_risk"].to_numpy()
    assert (risks >= risks_with_gaps(model, less)).all()
    parts = pl.sum_horizontal(pl.selectors.starts_with("contribution_"))
    log_odds = scores.select(parts).to_series().to_numpy()
    assert model.estimator.calibrator_(log_odds) == pytest.approx(risks, abs=1e-9)


def test_the_higher_of_two_risks_is_returned(model, records):
    """That of the record without its queue, and that of the record with the stage's medians in place of it."""
    less = without(records, "queue")
    matrix = model.estimator.encode(model.features(less).select(list(model.columns)))
    filled = np.where(model.inputs.reads["queue"] & model.typical.seen[-1], model.typical.median[-1], matrix)
    both = [model.estimator.predict_encoded(one)[0] for one in (matrix, filled)]
    scores = model.score(less)
    rows = [number for number, record in enumerate(less) if record["events"][-1]["kind"] == "closed"]
    assert len(rows) > 50
    assert scores["dissatisfaction_risk"].to_numpy()[rows] == pytest.approx(
        np.max(both, axis=0)[rows], abs=1e-15
    )
    assert (both[0] != both[1]).any()


@pytest.mark.parametrize("what", ["columns", "features"])
def test_no_single_lost_value_lowers_a_risk(model, records, what):
    """The proof of `make prove`, with fewer records."""
    losses = list(runpy.run_path(str(PROOF))[f"{what}_one_by_one"](model, records[:60]))
    assert len(losses) > {"columns": 8, "features": 60}[what]
    for loss in losses:
        assert loss.lost.any()
        assert (loss.answered >= loss.with_gap).all()
        assert (loss.answered >= loss.with_median)[loss.lost].all()
    assert any((loss.answered > loss.with_gap).any() for loss in losses)


def test_one_record_without_a_value_is_partial_and_the_others_are_not(model, records):
    scores = model.score([{**records[0], "channel": None}, *records[1:]], reasons=True)
    assert scores["data_quality"].to_list()[:2] == ["partial", "ok"]
    assert scores["reasons"][0].to_list()[-1]["text"].startswith("channel is missing")


@pytest.mark.parametrize(
    "changes", [{}, {"venue": None}, {"events": []}], ids=["none", "no venue", "no event"]
)
def test_many_records_have_the_reasons_of_few(model, records, changes):
    """Up to a hundred moments are explained one by one, more of them together."""
    odd = [{**record, **changes} if number % 3 else record for number, record in enumerate(records)]
    together = model.score(odd, reasons=True)
    few = pl.concat([model.score(odd[begin : begin + 50], reasons=True) for begin in (0, 50, 100)])
    assert together.height > 100
    assert together["reasons"].to_list() == few["reasons"].to_list()


@pytest.mark.parametrize("n", [60, 150])
@pytest.mark.parametrize("band", ["low", "medium", "critical"])
def test_reasons_from_a_band_on(model, records, n, band):
    some = [{**one, "events": []} if number % 10 == 3 else one for number, one in enumerate(records[:n])]
    every, high = model.score(some, reasons=True), model.score(some, reasons_from=band)
    has_reasons = pl.col("risk_band").is_in(BANDS[BANDS.index(band) :])
    explained = [name for name in high.columns if name.startswith("contribution_")]
    shown = [pl.when(has_reasons).then(name).alias(name) for name in explained]
    reasons = pl.when(has_reasons | (pl.col("data_quality") == "abstained")).then("reasons").alias("reasons")
    expected = every.with_columns(*shown, reasons)
    assert expected.filter(has_reasons).height > 0 or band == "critical"
    assert high.equals(expected, null_equal=True)
    assert (high["reasons"].null_count() > 0) == (band != "low")


def test_an_unknown_band_is_refused(model, records):
    with pytest.raises(forestall.UsageError, match="low, medium, high or critical, is tall"):
        model.score(records[:1], reasons_from="tall")


NO_SCORE = {
    "no start": {"started_at": None},
    "no event": {"events": []},
    "no events at all": {"events": None},
    "all events later": {"as_of": "2020-01-01T00:00:00Z"},
}


@pytest.mark.parametrize("change", NO_SCORE.values(), ids=NO_SCORE)
def test_without_a_start_or_an_event_the_model_abstains(model, records, change):
    row = model.score([{**records[0], **change}, records[1]], reasons=True).row(0, named=True)
    assert row["data_quality"] == "abstained"
    gaps = (
        "dissatisfaction_risk",
        "risk_low",
        "risk_high",
        "risk_band",
        "expected_loss",
        "contribution_base",
    )
    assert [row[name] for name in gaps] == [None] * len(gaps)
    assert row["reasons"] == []


QUESTION = (40, "message", "customer", "Where is my order?")
EVENTS = [(5, "greeted", "staff"), QUESTION, (90, "served", "staff"), (300, "resolved", "staff")]
ODD: dict[str, tuple[list[Any], list[Any]]] = {
    # what was sent, and what it means the same as; the moment is 200 s after the start
    "events after the moment are not seen": (EVENTS, EVENTS[:3]),
    "the order of events does not count": (EVENTS[::-1], EVENTS),
    "an event up to 5 s too early moves to the start": (
        [(-4.9, "arrived", "customer"), *EVENTS],
        [(0, "arrived", "customer"), *EVENTS],
    ),
    "one still earlier is left out": ([(-5.1, "arrived", "customer"), *EVENTS], EVENTS),
    "an event sent twice counts as two": ([*EVENTS, QUESTION], [EVENTS[0], QUESTION, *EVENTS[1:]]),
}


@pytest.mark.parametrize(("sent", "meant"), ODD.values(), ids=ODD)
def test_odd_events_mean_the_same_in_tables_and_records(model, sent, meant):
    moment = pl.DataFrame({"interaction_id": ["a"], "as_of": [at(200)]})
    told = []
    for events in (sent, meant):
        record = one_record(events)
        told.append(model.score([record]))
        told.append(model.score(one_table(events), moments=moment))
    assert all(one.equals(told[0], null_equal=True) for one in told)
    assert told[0]["dissatisfaction_risk"][0] is not None


def test_an_event_sent_twice_counts_twice(model):
    once, twice = (model.features([one_record(events)]) for events in (EVENTS, [*EVENTS, EVENTS[1]]))
    assert (twice["resolution_events_n"] - once["resolution_events_n"]).to_list() == [1]


def test_an_unknown_name_counts_as_an_average_one(model):
    names = {"venue": "nowhere", "channel": "fax", "locale": "tlh", "product": "?", "product_category": "?"}
    record, table = one_record(EVENTS, **names), one_table(EVENTS, **names)
    moment = pl.DataFrame({"interaction_id": ["a"], "as_of": [at(200)]})
    assert model.score([record]).equals(model.score(table, moments=moment), null_equal=True)
    features = model.features([record])
    assert features["expectation_venue_rating"].to_list() == [pytest.approx(model.facts.company["rating"])]
    place = list(model.columns).index("expectation_venue")
    encoded = model.estimator.encode(features.select(list(model.columns)))
    assert encoded[0, place] == model.estimator.encoder_.unknown


FACTS = {"venue": "Leeds", "channel": "in_store", "locale": "en-GB", "customer_id": "Ann"}


def one_table(events: list[Any], **names: Any) -> forestall.Tables:
    """Return a company of one visit; an event that is much too early is rejected, as tables reject it."""
    row, rows = visit("a", 0, *events, **FACTS | names)
    frame = pl.DataFrame(rows, schema_overrides={"actor": pl.String, "text": pl.String, "value": pl.Float64})
    return forestall.Tables(company((row, [])).interactions, frame)


def one_record(events: list[Any], **names: Any) -> dict[str, Any]:
    row, rows = visit("a", 0, *events, **FACTS | names)
    circumstances = forestall.records(
        one_table(EVENTS, **names), pl.DataFrame({"interaction_id": ["a"], "as_of": [at(200)]})
    )[0]
    sent = [{**one, "at": one["at"].isoformat()} for one in rows]
    return {**circumstances, "started_at": row["started_at"].isoformat(), "events": sent}
