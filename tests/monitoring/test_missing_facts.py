"""Lost facts are found if nearly all new interactions lack them, and only then."""

from dataclasses import replace

import polars as pl
import pytest

from forestall.data import Tables
from forestall.model import RiskModel
from forestall.moment_features.own_kinds import OwnKinds
from forestall.moments import default_moments
from forestall.monitoring.missing_facts import PAST, RATED_BEFORE, count_facts, find_lost_facts
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
    facts = find_lost_facts(*(count_facts(model, one, default_moments(one)) for one in (before, now)))
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


@pytest.fixture(scope="module")
def valued(before, now) -> list[Tables]:
    """Return both companies with attributes at every third event; texts in one of them, as another source has them."""
    effort = pl.when(pl.int_range(pl.len()) % 3 == 0).then(pl.int_range(pl.len()) % 50)
    return [
        tables.replace(
            events=tables.events.with_columns(effort=effort.cast(dtype), desk=effort.cast(pl.String))
        )
        for tables, dtype in ((before, pl.Float64), (now, pl.String))
    ]


@pytest.mark.parametrize(
    "gone",
    [
        pl.lit(None, pl.Float64),
        pl.lit(None, pl.String),
        pl.lit(" "),
        pl.lit("n/a"),
        pl.lit("inf"),
        # few still have it
        pl.when(pl.col("interaction_id").hash(0) % 20 == 0).then("effort"),
    ],
)
def test_an_attribute_that_is_no_longer_filled_is_lost_if_the_model_reads_it(model, valued, gone):
    reader = replace(model, own_kinds=OwnKinds(numbers=("effort",), texts=("desk",)))
    poor = valued[1].replace(events=valued[1].events.with_columns(effort=gone))
    assert lost(reader, *valued) == []
    assert lost(reader, valued[0], poor) == ["'effort' of events"]
    assert lost(model, valued[0], poor) == []


def test_attributes_whose_columns_are_gone_are_lost(model, valued):
    reader = replace(model, own_kinds=OwnKinds(numbers=("effort",), texts=("desk",)))
    poor = valued[1].replace(events=valued[1].events.drop("effort", "desk"))
    assert lost(reader, valued[0], poor) == ["'desk' of events", "'effort' of events"]
    assert lost(reader, poor, valued[1]) == []


def rated(tables: Tables) -> Tables:
    """Return the tables with a rating of each interaction by its end, and one after it."""
    ends = default_moments(tables)
    ratings = ends.select("interaction_id", rating=pl.lit(4.0), rated_at="as_of")
    later = ratings.with_columns(pl.col("rated_at") + pl.duration(days=3))
    return tables.replace(feedback=pl.concat([ratings, later]))


def test_earlier_ratings_that_are_gone_are_lost_if_the_model_reads_them(model, before, now):
    reader = replace(model, info={**model.info, "asks_again": True})
    first, second = rated(before), rated(now)
    late = second.feedback.filter(pl.col("rated_at") == pl.col("rated_at").max().over("interaction_id"))
    assert lost(reader, first, second) == []
    for feedback in (late, second.feedback.clear()):
        assert lost(reader, first, second.replace(feedback=feedback)) == [RATED_BEFORE]
        assert lost(model, first, second.replace(feedback=feedback)) == []
