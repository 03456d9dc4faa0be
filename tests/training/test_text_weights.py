"""Weights of hashed n-grams: what is learnt, from whom, and what never is."""

import numpy as np
import polars as pl
import pytest

from forestall.data import Tables
from forestall.moment_features.standards import Standards
from forestall.moment_features.table import locate
from forestall.moment_features.table_sources import sources_of
from forestall.moment_features.text_buckets import all_buckets
from forestall.moment_features.text_score import ROLES, TextWeights
from forestall.training.text_weights import fit_text_weights, text_sample
from made_conversations import BAD, conversations


def fitted(tables: Tables, least: int = 20) -> TextWeights:
    """Return weights learnt from each turn and its rating."""
    sources = sources_of(tables, Standards())
    place, as_of = locate(sources, tables.feedback.select("interaction_id", as_of="rated_at"))
    y = (tables.feedback["rating"] <= 2).to_numpy().astype(float)
    return fit_text_weights(text_sample(sources, place, as_of), y, np.ones(len(y)), least)


@pytest.fixture(scope="module")
def tables() -> Tables:
    return conversations(150, seed=1)


@pytest.fixture(scope="module")
def learnt(tables: Tables) -> TextWeights:
    return fitted(tables)


def score(weights: TextWeights, text: str, role: str = "customer, last") -> int:
    return int(weights.scores(all_buckets([text]))[0, ROLES.index(role)])


def test_what_goes_with_dissatisfaction_scores_higher(learnt):
    with_it, without = f"tamel orvin shoka {BAD}", "tamel orvin shoka plind"
    assert score(learnt, with_it) > score(learnt, without) + 500_000
    # what was said a turn before has no effect on the ratings of these customers, nor what staff said
    for role in ROLES[1:]:
        assert abs(score(learnt, with_it, role)) < score(learnt, with_it) / 3


def test_the_same_data_give_the_same_weights(tables, learnt):
    assert fitted(tables) == learnt


def test_what_few_customers_say_has_no_weight(tables, learnt):
    """A word of 19 customers leaves no trace, however often they say it; of 20 customers it does."""
    for n, is_learnt in ((19, False), (20, True)):
        own = pl.col("interaction_id").str.slice(1).cast(pl.Int64) < n
        says = (
            pl.when(own & (pl.col("actor") == "customer"))
            .then(pl.format("{} zzyzx", "text"))
            .otherwise("text")
        )
        found = fitted(tables.replace(events=tables.events.with_columns(text=says)))
        secret = np.setdiff1d(all_buckets(["zzyzx"]).buckets, learnt.buckets)
        assert len(secret) > 5
        assert np.isin(secret, found.buckets).any() == is_learnt


def test_without_texts_nothing_is_learnt():
    silent = conversations(30, seed=1)
    silent = silent.replace(events=silent.events.with_columns(text=pl.lit(None, pl.String)))
    found = fitted(silent)
    assert len(found.buckets) == 0
    assert found.intercept == pytest.approx(np.log(0.35 / 0.65), abs=0.6)
