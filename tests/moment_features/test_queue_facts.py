"""The queue at one moment of each interaction, computed apart from the tables, is the queue of the tables."""

import polars as pl
import pytest

from companies import company, random_moments, simulated, visit
from forestall.moment_features import Standards
from forestall.moment_features.queue import COLUMNS
from forestall.moment_features.queue_facts import AS_OF, QUEUE, QueueFacts, queue_facts, waits_of
from forestall.moment_features.table import locate
from forestall.moment_features.table_sources import sources_of


@pytest.fixture(scope="module")
def tables():
    return simulated(240, seed=5)


def test_the_facts_are_those_of_the_tables_in_any_division_by_queue(tables):
    moments = random_moments(tables, 400, seed=3).unique("interaction_id", maintain_order=True)
    sources = sources_of(tables, Standards())
    place, as_of = locate(sources, moments)
    expected = sources.circumstances.queue(place, as_of)
    at = pl.DataFrame({"place": place, AS_OF: as_of})
    waits = waits_of(tables).with_row_index("place").with_columns(pl.col("place").cast(pl.Int64))
    waits = waits.join(at, on="place", how="left", maintain_order="left")
    found = []
    block = waits[QUEUE].hash(0) % 3
    for number in block.unique():
        part = waits.filter(block == number)
        asked = part.filter(pl.col(AS_OF).is_not_null()).select("place", AS_OF)
        found.append(asked.hstack(queue_facts(part)))
    facts = QueueFacts.of(pl.concat(found), tables.interactions.height).state(place, as_of)
    assert {name: list(map(repr, facts[name])) for name in COLUMNS} == {
        name: list(map(repr, expected[name])) for name in COLUMNS
    }
    assert facts["n_waiting"].max() > 0


def test_another_moment_is_an_error(tables):
    waits = waits_of(tables)
    at = waits["started_at"] + 1
    facts = queue_facts(waits.with_columns(at.alias(AS_OF)))
    place = pl.int_range(waits.height, dtype=pl.Int64, eager=True).alias("place")
    known = QueueFacts.of(facts.with_columns(place, at.alias(AS_OF)), waits.height)
    assert len(known.state(place.to_numpy(), at.to_numpy())["n_waiting"]) == waits.height
    with pytest.raises(ValueError, match="one moment of each interaction"):
        known.state(place.to_numpy(), at.to_numpy() + 1)


def test_a_wait_ends_when_staff_turn_to_the_customer_or_the_customer_leaves():
    tables = company(
        visit("served", 0, (60, "served", "staff"), (90, "closed"), venue="a", channel="phone"),
        visit(
            "left", 0, (5, "message", "customer"), (40, "abandoned", "customer"), venue="a", channel="phone"
        ),
        visit("waits", 0, (5, "message", "customer"), venue="a"),
    )
    waits = waits_of(tables)
    second = 1_000_000
    start = waits["started_at"]
    assert (waits["wait_end"] - start).to_list()[:2] == [60 * second, 40 * second]
    assert (waits["served_at"] - start).to_list()[0] == 60 * second
    assert waits["wait_end"][2] == waits["served_at"][1] == 2**62
    assert waits[QUEUE].n_unique() == 2
