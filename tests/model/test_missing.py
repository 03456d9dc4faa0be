"""Lost values: decided by what training had, whatever the way in which a value is missing."""

import json
import random
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest

import forestall
from companies import simulated
from forestall.errors import InputError
from forestall.model import RiskModel, Spec
from forestall.model.column_presence import InputColumns
from forestall.model.missing import Typical
from forestall.moment_features import FAMILIES, Standards
from forestall.moment_features.columns_read import columns_read
from forestall.registry import load
from forestall.training.learn import learn
from workshop import Work

Records = list[dict[str, Any]]
ALWAYS = ("venue", "channel", "locale", "product", "product_category", "price", "is_commodity", "queue")
OPTIONAL = ("customer_id", "customer_value", "promised_at", "purchased_at", "staff", "history")
FIELDS = (*ALWAYS, *OPTIONAL)
BLANKS: dict[str, Any] = {"null": None, "NaN": float("nan"), "empty text": "", "spaces": " ", "NaT": pd.NaT}


@pytest.fixture(scope="module")
def model(work: Work) -> RiskModel:
    return load(work.champion, work.tracking_uri).risk_model


@pytest.fixture(scope="module")
def records(work: Work) -> Records:
    tables = forestall.read_tables(work.data)
    return forestall.records(tables, forestall.default_moments(tables).tail(150))


@pytest.fixture(scope="module")
def with_gaps(work: Work) -> Records:
    """Return 1,000 records of all stages, each with random fields left out."""
    tables = forestall.read_tables(work.data)
    starts = tables.interactions.select("interaction_id", "started_at")
    lived = pl.col("as_of") - pl.col("started_at")
    moments = forestall.default_moments(tables).head(1_000).join(starts, on="interaction_id")
    moments = moments.select(
        "interaction_id", as_of=pl.col("started_at") + lived * (pl.int_range(pl.len()) % 5 / 4)
    )
    draw = random.Random(4)
    return [
        {name: value for name, value in record.items() if name not in FIELDS or draw.random() > 0.15}
        for record in forestall.records(tables, moments)
    ]


def without(records: Records, name: str) -> Records:
    return [{key: value for key, value in record.items() if key != name} for record in records]


def with_value(records: Records, value: Any) -> Records:
    """Return the records with a value in place of every field that is left out."""
    return [{**dict.fromkeys(FIELDS, value), **record} for record in records]


def is_partial(model: RiskModel, records: Records) -> np.ndarray:
    return (model.score(records)["data_quality"] == "partial").to_numpy()


@pytest.mark.parametrize("blank", BLANKS.values(), ids=BLANKS)
def test_left_out_is_the_same_as_a_value_that_is_missing(
    model: RiskModel, with_gaps: Records, blank: Any
) -> None:
    filled = with_value(with_gaps, blank)
    expected = model.score(with_gaps)
    assert 0.2 < (expected["data_quality"] == "partial").mean() < 0.9
    assert model.score(filled).equals(expected, null_equal=True)
    reasons = [model.score(one[:50], reasons=True) for one in (with_gaps, filled)]
    assert reasons[0].equals(reasons[1], null_equal=True)


def test_frames_and_json_text_score_as_the_list_of_records(model: RiskModel, with_gaps: Records) -> None:
    """In a frame a field that is left out of some records cannot be told from an empty cell."""
    expected = model.score(with_gaps)
    as_text = [
        {
            name: json.dumps(value) if name in ("events", "history", "queue") else value
            for name, value in one.items()
        }
        for one in with_gaps
    ]
    polars = pl.DataFrame(as_text, infer_schema_length=None)
    for other in (pd.DataFrame(with_gaps), pd.DataFrame(as_text), polars, as_text):
        assert model.score(other).equals(expected, null_equal=True)


def test_a_record_scores_alone_as_among_others(model: RiskModel, with_gaps: Records) -> None:
    together = model.score(with_gaps)
    alone = pl.concat([model.score([record]) for record in with_gaps[::25]])
    assert alone.equals(together.gather_every(25), null_equal=True)


@pytest.mark.parametrize("name", ALWAYS)
def test_a_column_that_training_always_had_is_lost(model: RiskModel, records: Records, name: str) -> None:
    scores = model.score(without(records, name), reasons=True)
    lost = scores.filter(data_quality="partial")
    assert lost.height == len(records)
    for reasons in lost["reasons"].to_list():
        assert f"{name} is missing; the higher of two risks counts" in [one["text"] for one in reasons]


def test_a_column_with_gaps_in_training_is_not_lost(model: RiskModel, records: Records) -> None:
    assert not model.typical.columns["purchased_at"].any()
    assert not is_partial(model, without(records, "purchased_at")).any()


def test_where_the_channels_differ_a_column_is_lost_by_the_channel(
    model: RiskModel, records: Records
) -> None:
    """Only some channels promise a time, and these always do."""
    promises = np.array([record["promised_at"] is not None for record in records])
    channels = {record["channel"] for record, one in zip(records, promises, strict=True) if one}
    assert "delivery" in channels
    assert "in_store" not in channels
    assert (is_partial(model, without(records, "promised_at")) == promises).all()
    assert (is_partial(model, [{**record, "promised_at": None} for record in records]) == promises).all()
    other_channel = [{**record, "promised_at": None, "channel": "fax"} for record in records]
    assert not is_partial(model, other_channel).any()


def test_who_serves_is_never_lost_where_the_model_does_not_learn_from_it(
    model: RiskModel, work: Work
) -> None:
    tables = forestall.read_tables(work.data)
    served = tables.events.filter(kind="served").unique("interaction_id", maintain_order=True).head(40)
    late = forestall.records(tables, served.select("interaction_id", as_of="at"))
    assert is_partial(model, without(late, "staff")).tolist() == is_partial(model, late).tolist()


def test_the_history_of_a_stranger_is_not_lost(model: RiskModel, records: Records) -> None:
    strangers = [record for record in records if record["customer_id"] is None]
    known = [record for record in records if record["customer_id"] is not None]
    assert strangers
    assert not is_partial(model, without(strangers, "history")).any()
    assert is_partial(model, without(known, "history")).all()
    # an empty list is a history: that of a new customer
    assert not is_partial(model, [{**record, "history": []} for record in known]).any()


def test_a_queue_without_numbers_is_a_missing_queue(model: RiskModel, records: Records) -> None:
    missing = model.score(without(records, "queue"))
    for queue in ({}, {"n_waiting": None, "n_served_first": None, "mean_wait_s": None}, "", "{}", "null"):
        assert model.score([{**one, "queue": queue} for one in records]).equals(missing, null_equal=True)


def test_a_column_empty_in_a_whole_table_is_lost_like_one_left_out_of_records(
    model: RiskModel, work: Work
) -> None:
    tables = forestall.read_tables(work.data)
    poor = tables.replace(interactions=tables.interactions.with_columns(price=pl.lit(None, pl.Float64)))
    moments = forestall.default_moments(poor).head(100)
    batch = model.score(poor, moments=moments)
    records = forestall.records(poor, moments)
    assert (batch["data_quality"] == "partial").all()
    for same in (records, without(records, "price"), with_value(records, None)):
        assert batch.equals(model.score(same), null_equal=True)


def test_with_a_venue_its_own_standard_is_lost() -> None:
    plain = columns_read(FAMILIES, Standards())
    of_venue = columns_read(FAMILIES, Standards(venues={"Leeds": 30}))
    assert plain["service_wait_ratio"] == {"promised_at"}
    assert of_venue["service_wait_ratio"] == {"promised_at", "venue"}
    assert plain["history_same_venue_share"] == {"history", "customer_id", "venue"}
    assert plain["greeting_in_language_share"] == {"locale"}
    assert plain["quality_price_ratio"] == {"price", "product_category"}


def test_every_column_that_a_feature_reads_is_watched(model: RiskModel) -> None:
    assert set(model.inputs.reads) - {"queue", "history"} == set(model.typical.columns)


def test_a_value_not_yet_known_at_a_rare_stage_is_not_lost() -> None:
    """Every training moment but one is a closed one, with a value for `later`; an arrived one may not have it yet."""
    frame = pl.DataFrame({"always": [1.0] * 200, "later": [2.0] * 200})
    stage = pl.Series(["closed"] * 199 + ["arrived"])
    interactions = pl.DataFrame({"channel": ["web"] * 200, "column": ["x"] * 200})
    inputs = InputColumns({"column": np.array([False, True])}, frozenset())
    typical = Typical.of(frame, frame.to_numpy(), stage, interactions, inputs)
    assert typical.present.tolist()[0] == [False, False]  # arrived
    assert typical.present.tolist()[-1] == [True, True]  # closed
    # a column that is known from the start is lost at any stage, and with it the features that read it
    assert typical.columns["column"].all()
    assert typical.seen.all()
    assert typical.medians(["arrived"]).tolist() == [[1.0, 2.0]]


def test_a_context_column_that_is_gone_is_lost_in_tables_and_in_records(own_columns: Any) -> None:
    """A feed that loses a column stops no job: the rows are partial, and name the column."""
    model, tables = own_columns
    less = tables.replace(interactions=tables.interactions.drop("tier"))
    served = less.events.filter(kind="served").unique("interaction_id", maintain_order=True).head(40)
    moments = served.select("interaction_id", as_of="at")
    batch = model.score(less, moments=moments, reasons=True)
    records = forestall.records(less, moments)
    assert set(batch["data_quality"]) == {"partial"}
    assert all(
        "tier is missing" in " ".join(one["text"] for one in row) for row in batch["reasons"].to_list()
    )
    for same in (records, without(records, "tier"), [{**one, "tier": ""} for one in records]):
        assert batch.equals(model.score(same, reasons=True), null_equal=True)
    with pytest.raises(InputError, match="model's context; missing: tier"):
        learn(less, model.spec, evaluate=False, allow_small=True)


def test_before_it_is_known_a_context_column_is_not_lost(own_columns: Any) -> None:
    model, tables = own_columns
    starts = tables.interactions.head(40).select("interaction_id", as_of="started_at")
    for data in (tables, tables.replace(interactions=tables.interactions.drop("tier"))):
        assert set(model.score(data, moments=starts)["data_quality"]) <= {"ok", "abstained"}


def test_a_model_of_version_0_1_is_read(model: RiskModel, records: Records, tmp_path: Any) -> None:
    """It kept the share of all interactions that had a column, and no channels."""
    model.save(tmp_path)
    file = tmp_path / "model.json"
    content = json.loads(file.read_text())
    columns = content["typical"].pop("columns")
    content["typical"].pop("channels")
    content["typical"]["given"] = {name: 0.9 if name in OPTIONAL else 1.0 for name in columns}
    file.write_text(json.dumps(content))
    old = RiskModel.load(tmp_path)
    assert model.score(records).equals(old.score(records), null_equal=True)
    assert is_partial(old, without(records, "venue")).all()
    assert not is_partial(old, without(records, "promised_at")).any()
    assert "staff" not in old.typical.columns


@pytest.fixture(scope="module")
def own_columns() -> tuple[RiskModel, forestall.Tables]:
    """Return a model with a column of the company's own that decides the rating, and its tables."""
    tables = simulated(n=1_500, seed=8)
    n = tables.interactions.height
    tier = pl.Series("tier", ["gold", "tin"] * (n // 2 + 1))[:n]
    with_tier = forestall.Tables(
        tables.interactions.with_columns(tier),
        tables.events,
        tables.feedback,
        about={"known_at": {"tier": "served"}},
    )
    spec = Spec(
        name="own", label={"scale": [1, 5], "dissatisfied_at_or_below": 2}, moments={"per_interaction": 2},
        lightgbm={"learning_rate": 0.2}, context={"categorical": ["tier"]},
    )  # fmt: skip
    return learn(with_tier, spec, evaluate=False, allow_small=True).model, with_tier
