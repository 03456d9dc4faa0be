"""Lost facts are found if nearly all new interactions lack them, and only then."""

from dataclasses import replace

import polars as pl
import pytest

from forestall.data import Tables
from forestall.model import RiskModel
from forestall.moment_features.own_kinds import OwnKinds
from forestall.moments import default_moments
from forestall.monitoring.missing_facts import PAST, find_lost_facts
from forestall.registry import load
from forestall.simulation import simulate_tables


@pytest.fixture(scope="module")
def model(work) -> RiskModel:
    return load(work.champion, work.tracking_uri).risk_model


def simulated(seed: int) -> Tables:
    frames = simulate_tables(600, seed=seed)
    return Tables(frames["interactions"], frames["events"])


@pytest.fixture(scope="module")
def before() -> Tables:
    return simulated(1)


@pytest.fixture(scope="module")
def now() -> Tables:
    return simulated(2)


def lost(model: RiskModel, before: Tables, now: Tables) -> list[str]:
    facts = find_lost_facts(model, before, default_moments(before), now, default_moments(now))
    return [fact.name for fact in facts]


def without(tables: Tables, condition: pl.Expr) -> Tables:
    """Return the tables without the events for which the condition holds."""
    return tables.replace(events=tables.events.filter(~condition))


def test_nothing_is_lost_in_data_of_the_same_company(model, before, now):
    assert lost(model, before, now) == []


@pytest.mark.parametrize("kind", ["greeted", "served"])
def test_a_kind_of_event_that_is_no_longer_recorded_is_lost(model, before, now, kind):
    assert f"events '{kind}'" in lost(model, before, without(now, pl.col("kind") == kind))


def test_an_own_kind_is_lost_only_if_the_model_reads_it(model, before, now):
    noted = [
        tables.replace(events=tables.events.with_columns(kind=pl.col("kind").replace("greeted", "noted")))
        for tables in (before, now)
    ]
    gone = without(noted[1], pl.col("kind") == "noted")
    reader = replace(model, own_kinds=OwnKinds(("noted",), ("noted",)))
    assert "events 'noted'" in lost(reader, noted[0], gone)
    assert "events 'noted'" not in lost(model, noted[0], gone)


def test_a_kind_that_half_of_the_interactions_still_have_is_not_lost(model, before, now):
    half = pl.col("interaction_id").hash(0) % 2 == 0
    assert "events 'greeted'" not in lost(model, before, without(now, (pl.col("kind") == "greeted") & half))


def test_an_empty_column_is_lost_only_if_the_model_reads_it(model, before, now):
    shift = before.interactions.with_columns(shift=pl.lit("day"))
    empty = now.interactions.with_columns(channel=pl.lit(None, pl.String), shift=pl.lit(None, pl.String))
    names = lost(model, before.replace(interactions=shift), now.replace(interactions=empty))
    assert names == ["the column channel"]


def test_the_past_of_customers_is_lost_if_all_are_new(model, before, now):
    of_four = pl.concat_str(pl.lit("customer "), pl.int_range(pl.len()) // 4)
    known = before.replace(interactions=before.interactions.with_columns(customer_id=of_four))
    assert (
        lost(model, known, now.replace(interactions=now.interactions.with_columns(customer_id=of_four))) == []
    )
    new = now.interactions.with_columns(customer_id="interaction_id")
    assert lost(model, known, now.replace(interactions=new)) == [PAST]


def test_a_fact_that_few_interactions_of_the_reference_had_is_never_lost(model, before, now):
    few = before.interactions.head(15)
    small = before.replace(interactions=few, events=before.events.join(few, on="interaction_id", how="semi"))
    assert lost(model, small, without(now, pl.col("kind") == "greeted")) == []
