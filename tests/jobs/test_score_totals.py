"""The totals of a scoring job are those of all rows, in however many parts of customers they come."""

from datetime import timedelta
from typing import Any

import polars as pl
import pytest

from companies import DAY, at, company, visit
from forestall.contacts.partings import typical_value
from forestall.data import Tables
from forestall.data.schemas import TABLES
from forestall.jobs.score_totals import ScoreTotals
from forestall.model import Spec
from forestall.registry.score_rows import score_rows
from forestall.streaming.dividing import parts_of, spread_tables

SPEC = Spec(
    name="risk",
    label={"scale": [1, 5], "dissatisfied_at_or_below": 2},
    policy={"capacity_per_day": 6, "cost_per_contact": 1.0, "saved_share": 0.5, "customer_value": 30.0},
)


@pytest.fixture(scope="module")
def tables() -> Tables:
    """Return visits of 25 customers, and of unknown ones; some of them cost more than they are worth."""
    visits = []
    for number in range(120):
        second = (number % 40) * DAY
        customer = None if number % 17 == 0 else f"c{number % 25}"
        event = (second, "returned", "customer", float(10 + number % 90))
        visits.append(
            visit(f"i{number}", second, event, customer_id=customer, customer_value=20.0 + number % 25)
        )
    return company(*visits)


@pytest.fixture(scope="module")
def rows(tables: Tables) -> pl.DataFrame:
    number = pl.col("interaction_id").str.strip_prefix("i").cast(pl.Int64)
    risk = (number * 37 % 100) / 100
    scored = tables.interactions.select(
        "interaction_id",
        "customer_id",
        as_of=pl.col("started_at") + timedelta(hours=1),
        dissatisfaction_risk=pl.when(number % 11 > 0).then(risk),
        risk_band=pl.when(number % 11 > 0).then(
            pl.when(risk > 0.5).then(pl.lit("critical")).otherwise(pl.lit("low"))
        ),
        expected_loss=risk * pl.col("customer_value"),
        data_quality=pl.when(number % 11 == 0).then(pl.lit("abstained")).otherwise(pl.lit("ok")),
    )
    return score_rows(scored, model_name="risk", model_version="1")


def totals_of(tables: Tables, rows: pl.DataFrame, n_parts: int) -> ScoreTotals:
    totals = ScoreTotals(SPEC, None, at(41 * DAY), typical_value(tables))
    frames: dict[int, dict[str, Any]] = {}
    for table, number, some in spread_tables(tables, parts_of(tables.interactions, n_parts)):
        frames.setdefault(number, {name: getattr(tables, name).clear() for name in TABLES})[table] = some
    for part in frames.values():
        totals.add(rows.join(part["interactions"], on="interaction_id", how="semi"), tables.replace(**part))
    return totals


@pytest.mark.parametrize("n_parts", [2, 5, 40])
def test_totals_do_not_depend_on_the_parts(tables: Tables, rows: pl.DataFrame, n_parts: int) -> None:
    whole, parts = (totals_of(tables, rows, n) for n in (1, n_parts))
    assert whole.counts == parts.counts
    assert whole.counts.interactions == 120
    assert whole.candidates is not None
    assert parts.candidates is not None
    listed, counts = whole.candidates.contact_list()
    assert listed.height == 6
    again, same = parts.candidates.contact_list()
    assert again.equals(listed, null_equal=True)
    assert same == counts
    assert whole.costly is not None
    assert parts.costly is not None
    assert whole.costly.height > 3
    assert parts.costly.equals(whole.costly, null_equal=True)
    assert whole.shown is not None
    assert parts.shown is not None
    for one, other in zip(whole.shown, parts.shown, strict=True):
        frames = [(x.interactions, x.events) if isinstance(x, Tables) else (x,) for x in (one, other)]
        for first, second in zip(*frames, strict=True):
            assert first.sort("interaction_id").equals(second.sort("interaction_id"), null_equal=True)


def test_totals_that_were_made_apart_are_joined(tables: Tables, rows: pl.DataFrame) -> None:
    whole, joined = totals_of(tables, rows, 1), ScoreTotals(SPEC, None, at(41 * DAY), typical_value(tables))
    for name, number, some in spread_tables(tables, parts_of(tables.interactions, 4)):
        if name != "interactions":
            continue
        own = ScoreTotals(SPEC, None, at(41 * DAY), typical_value(tables))
        of = {
            table: getattr(tables, table).join(some, on="interaction_id", how="semi", maintain_order="left")
            for table in TABLES
        }
        own.add(rows.join(some, on="interaction_id", how="semi"), tables.replace(**of))
        joined.join(own)
        assert number < 4
    assert joined.counts == whole.counts
    assert joined.candidates is not None
    assert whole.candidates is not None
    assert joined.candidates.contact_list()[0].equals(whole.candidates.contact_list()[0], null_equal=True)
    assert joined.costly is not None
    assert joined.costly.equals(whole.costly, null_equal=True)
