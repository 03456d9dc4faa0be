"""Kinds of events by their use: known by name, own and common enough to learn from, own and rare."""

from datetime import UTC, datetime

import polars as pl
import pytest

from forestall.data import Tables
from forestall.data.own_kinds import common_kinds, kinds_by_use, least_interactions

START = datetime(2026, 1, 5, 10, 0, tzinfo=UTC)


@pytest.mark.parametrize(("n", "least"), [(0, 20), (100, 20), (2000, 20), (5000, 50)])
def test_a_kind_is_common_in_20_interactions_or_one_in_a_hundred(n, least):
    assert least_interactions(n) == least


def test_each_interaction_counts_once_and_kinds_of_features_are_known():
    ids = [f"i{number}" for number in range(30)]
    often = [(ids[0], "sang")] * 50 + [(one, "danced") for one in ids[:20]] + [(ids[1], "served")]
    events = pl.DataFrame(often, schema=["interaction_id", "kind"], orient="row").with_columns(at=START)
    interactions = pl.DataFrame({"interaction_id": ids, "started_at": [START] * 30})
    tables = Tables(interactions, events)
    assert kinds_by_use(tables) == {"known": ["served"], "own": ["danced"], "own_rare": ["sang"]}
    assert common_kinds(tables.events, 30) == ["danced"]
