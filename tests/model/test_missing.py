"""Missing is not good; and what is odd in a record means the same there as in a table."""

import runpy
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

import forestall
from companies import at, company, simulated, visit
from forestall.errors import InputError
from forestall.features import FAMILIES, Standards
from forestall.features.columns_read import columns_read
from forestall.model import RiskModel, Spec
from forestall.model.missing import Typical
from forestall.registry import load
from forestall.training.learn import learn
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


def as_it_is(model: RiskModel, records: Records) -> np.ndarray:
    """Return the risks with the gaps as they are."""
    features = model.features(records).select(list(model.columns))
    return model.estimator.predict_encoded(model.estimator.encode(features))[0]


LOST = ["venue", "channel", "locale", "product", "product_category", "price", "is_commodity", "customer_id",
        "customer_value", "promised_at", "purchased_at", "queue", "history"]  # fmt: skip


@pytest.mark.parametrize("name", LOST)
def test_a_column_left_out_is_named_and_never_lowers_the_risk(model, records, name):
    less = without(records, name)
    scores = model.score(less, reasons=True)
    lost = scores["data_quality"] == "partial"
    assert lost.sum() > 10
    assert (scores["dissatisfaction_risk"].to_numpy() >= as_it_is(model, less)).all()
    for reasons in scores.filter(lost)["reasons"].to_list():
        assert f"{name} is missing; the higher of two risks counts" in [one["text"] for one in reasons]
    parts = pl.sum_horizontal(pl.selectors.starts_with("contribution_"))
    log_odds = scores.select(parts).to_series().to_numpy()
    told = model.estimator.calibrator_(log_odds)
    assert told == pytest.approx(scores["dissatisfaction_risk"].to_numpy(), abs=1e-9)


def test_the_higher_of_two_risks_is_answered(model, records):
    """Of the record without its queue, and of the same with what is typical of its stage in place of it."""
    less = without(records, "queue")
    table = model.features(less).select(list(model.columns))
    matrix = model.estimator.encode(table)
    closed = model.typical.median[-1]
    filled = np.where(model.reads["queue"] & model.typical.seen[-1], closed, matrix)
    both = [model.estimator.predict_encoded(one)[0] for one in (matrix, filled)]
    scores = model.score(less)
    rows = [number for number, record in enumerate(less) if record["events"][-1]["kind"] == "closed"]
    assert len(rows) > 50
    assert scores["dissatisfaction_risk"].to_numpy()[rows] == pytest.approx(
        np.max(both, axis=0)[rows], abs=1e-15
    )
    assert (both[0] != both[1]).any()


@pytest.mark.parametrize("what", ["columns", "features"])
def test_no_loss_of_one_fact_lowers_a_risk(model, records, what):
    """The proof of `make prove`, with fewer records."""
    losses = list(runpy.run_path(str(PROOF))[f"{what}_one_by_one"](model, records[:60]))
    assert len(losses) > {"columns": 10, "features": 60}[what]
    for loss in losses:
        assert loss.lost.any()
        assert (loss.answered >= loss.as_it_is).all()
        assert (loss.answered >= loss.typical)[loss.lost].all()
    assert any((loss.answered > loss.as_it_is).any() for loss in losses)


def test_a_column_that_is_there_and_empty_is_no_loss_where_training_had_gaps(model, records):
    assert 0 < model.typical.given["promised_at"] < 0.99
    known = [record for record in records if record["promised_at"] is not None]
    empty = [{**record, "promised_at": None} for record in known]
    assert (model.score(empty)["data_quality"] == "ok").all()
    assert (model.score(without(known, "promised_at"))["data_quality"] == "partial").all()


def test_a_single_gap_is_a_loss_where_training_had_none(model, records):
    assert model.typical.given["channel"] == 1
    told = model.score([{**records[0], "channel": None}, *records[1:]], reasons=True)
    assert told["data_quality"].to_list()[:2] == ["partial", "ok"]
    assert told["reasons"][0].to_list()[-1]["text"].startswith("channel is missing")


def test_what_nobody_knows_of_a_stranger_was_not_lost(model, records):
    strangers = [record for record in records if record["customer_id"] is None]
    known = [record for record in records if record["customer_id"] is not None]
    assert strangers
    assert (model.score(without(strangers, "history"))["data_quality"] == "ok").all()
    assert (model.score(without(known, "history"))["data_quality"] == "partial").all()


def test_a_column_empty_in_a_whole_table_is_lost_as_one_left_out_of_records(model, work):
    tables = forestall.read_tables(work.data)
    poor = tables.replace(interactions=tables.interactions.with_columns(price=pl.lit(None, pl.Float64)))
    moments = forestall.default_moments(poor).head(100)
    batch = model.score(poor, moments=moments)
    told = forestall.records(poor, moments)
    assert "price" not in told[0]
    assert batch.equals(model.score(told), null_equal=True)
    assert (batch["data_quality"] == "partial").mean() > 0.5


def test_with_a_venue_its_own_standard_is_lost():
    families = FAMILIES
    plain = columns_read(families, Standards())
    of_venue = columns_read(families, Standards(venues={"Leeds": 30}))
    assert plain["service_wait_ratio"] == {"promised_at"}
    assert of_venue["service_wait_ratio"] == {"promised_at", "venue"}
    assert plain["history_same_venue_share"] == {"history", "customer_id", "venue"}
    assert plain["greeting_in_language_share"] == {"locale"}
    assert plain["quality_price_ratio"] == {"price", "product_category"}


def test_every_column_that_a_feature_reads_is_watched(model):
    assert set(model.reads) - {"queue", "history"} <= set(model.typical.given)


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
def test_what_is_odd_means_the_same_in_tables_and_records(model, sent, meant):
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


def test_a_name_that_training_did_not_know_is_taken_for_an_average_one(model):
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


def test_what_is_not_yet_at_a_stage_that_training_hardly_saw_is_no_loss():
    """Every training moment is a closed one, and served by somebody; an open one has nobody yet."""
    frame = pl.DataFrame({"always": [1.0] * 200, "later": [2.0] * 200})
    stage = pl.Series(["closed"] * 199 + ["arrived"])
    typical = Typical.of(frame, frame.to_numpy(), stage, {})
    gaps = np.array([[False, True], [False, True]])
    lost, _ = typical.lost(gaps, ["closed", "arrived"])
    assert lost.tolist() == [[False, True], [False, False]]
    # with a column that is gone its features are lost all the same, and typical is what all moments had
    with_column = typical.lost_with(np.array([False, True]), ["closed", "arrived"])
    assert with_column.tolist() == [[False, True], [False, True]]
    assert typical.lost(gaps, ["arrived", "arrived"])[1].tolist() == [[1.0, 2.0]] * 2


def test_a_column_of_the_context_that_is_gone_is_lost_in_tables_as_in_records(own_columns):
    """A feed that loses a column stops no job: the rows are partial, and say what is missing."""
    model, tables = own_columns
    less = tables.replace(interactions=tables.interactions.drop("tier"))
    few = less.interactions.head(40)
    moments = forestall.default_moments(less).join(few, on="interaction_id", how="semi")
    here = model.score(less, moments=moments, reasons=True)
    there = model.score(forestall.records(less, moments), reasons=True)
    assert set(here["data_quality"]) == {"partial"}
    assert here.equals(there, null_equal=True)
    assert all("tier is missing" in " ".join(one["text"] for one in row) for row in here["reasons"].to_list())
    with pytest.raises(InputError, match="model's context; missing: tier"):
        learn(less, model.spec, evaluate=False, allow_small=True)


@pytest.fixture(scope="module")
def own_columns():
    """Give a model with a column of the company's own that decides the rating, and its tables."""
    tables = simulated(n=1_500, seed=8)
    tier = pl.Series("tier", ["gold", "tin"] * (tables.interactions.height // 2 + 1))[
        : tables.interactions.height
    ]
    mine = forestall.Tables(
        tables.interactions.with_columns(tier),
        tables.events,
        tables.feedback,
        about={"known_at": {"tier": "served"}},
    )
    spec = Spec(
        name="own", label={"scale": [1, 5], "dissatisfied_at_or_below": 2}, moments={"per_interaction": 2},
        lightgbm={"learning_rate": 0.2}, context={"categorical": ["tier"]},
    )  # fmt: skip
    return learn(mine, spec, evaluate=False, allow_small=True).model, mine
