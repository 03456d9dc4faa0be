"""Moments to learn from: of each interaction alike, in its events and in the silence between them."""

from datetime import timedelta

import polars as pl
import pytest

from companies import company, simulated, visit
from forestall.data import Tables
from forestall.moments import default_moments, training_moments

KEY = ["interaction_id", "as_of"]


@pytest.fixture(scope="module")
def tables() -> Tables:
    return simulated(n=300)


@pytest.fixture(scope="module")
def moments(tables: Tables) -> pl.DataFrame:
    return training_moments(tables, 4, seed=1)


def test_each_interaction_weighs_the_same(tables, moments):
    """The weights of an interaction are above zero and 1 in all, however many moments it has."""
    weights = moments.group_by("interaction_id").agg(pl.col("weight").sum(), n=pl.len())
    assert weights.height == tables.interactions.height
    assert ((weights["weight"] - 1).abs() < 1e-12).all()
    assert (moments["weight"] > 0).all()
    assert weights["n"].max() == 4


@pytest.mark.parametrize("per_interaction", [1, 2, 7])
def test_no_more_moments_than_asked_for(tables, per_interaction):
    """Each interaction has its default moment and at most so many others, all different."""
    moments = training_moments(tables, per_interaction, seed=1)
    assert moments.filter("is_last").select(KEY).sort(KEY).equals(default_moments(tables).sort(KEY))
    assert moments.group_by("interaction_id").len()["len"].max() == per_interaction
    assert moments.select(KEY).is_unique().all()


def test_others_lie_from_the_start_to_before_the_default_moment(tables, moments):
    """No moment lies before the interaction began, and only the last one at its default moment."""
    lives = tables.interactions.select("interaction_id", "started_at").join(
        default_moments(tables).rename({"as_of": "end"}), on="interaction_id"
    )
    others = moments.filter(~pl.col("is_last")).join(lives, on="interaction_id")
    assert (others["as_of"] >= others["started_at"]).all()
    assert (others["as_of"] < others["end"]).all()


def test_silence_is_sampled(tables, moments):
    """Of the others, a good part lies at events and a good part in the silence between them."""
    events = tables.events.select("interaction_id", as_of="at")
    others = moments.filter(~pl.col("is_last"))
    at_events = others.join(events, on=KEY, how="semi").height / others.height
    assert 0.3 < at_events < 0.7


def test_the_first_and_the_last_silence_are_sampled_too():
    """Between two events an hour apart, moments lie all over the hour."""
    tables = company(*(visit(str(i), 0, (3600, "closed", "system")) for i in range(200)))
    waits = (
        training_moments(tables, 3, seed=1).filter(~pl.col("is_last"))["as_of"]
        - tables.interactions["started_at"][0]
    )
    seconds = waits.dt.total_seconds()
    assert seconds.quantile(0.75) > 900
    assert seconds.max() > 3300


def test_moments_depend_on_the_interaction_and_the_seed_alone(tables, moments):
    """Neither the order of rows nor other rows change them; another seed does."""
    shuffled = tables.replace(
        **{
            name: getattr(tables, name).sample(fraction=1, shuffle=True, seed=9)
            for name in ("interactions", "events")
        }
    )
    assert training_moments(shuffled, 4, seed=1).sort(KEY).equals(moments.sort(KEY))
    some = tables.replace(interactions=tables.interactions[50:80])
    few = training_moments(some, 4, seed=1)
    assert few.sort(KEY).equals(moments.join(some.interactions, on="interaction_id", how="semi").sort(KEY))
    assert not training_moments(tables, 4, seed=2).sort(KEY).equals(moments.sort(KEY))


def test_without_events_the_start_is_the_only_moment():
    """Where nothing has happened, or all at once, there is one moment, and it weighs 1."""
    tables = company(visit("a", 0), visit("b", 0, (0, "served", "staff"), (0, "closed", "system")))
    moments = training_moments(tables, 5, seed=1)
    assert moments.select("interaction_id", "weight", "is_last").rows() == [
        ("a", 1.0, True),
        ("b", 1.0, True),
    ]
    assert (moments["as_of"] - tables.interactions["started_at"] == timedelta(0)).all()
