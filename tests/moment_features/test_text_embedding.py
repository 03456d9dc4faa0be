"""Embeddings of texts: what vectors add to scores, alone and among others, and at which moments."""

from dataclasses import replace
from functools import partial

import numpy as np
import polars as pl
import pytest

import checks
from companies import at, company, random_moments, visit
from forestall.data import Tables
from forestall.moment_features import feature_table
from forestall.moment_features.greeting import GREETING
from forestall.moment_features.standards import Standards
from forestall.moment_features.state_columns import EventField
from forestall.moment_features.table_sources import sources_of
from forestall.moment_features.text_columns import TextColumn
from forestall.moment_features.text_embedding import TextEmbedding
from forestall.moment_features.text_features import with_text_scores
from forestall.moment_features.text_score import NO_WEIGHTS, ROLES, UNIT, TextWeights
from made_conversations import VECTOR, conversations, embedding, weights, with_vectors

WEIGHTS = replace(weights(), embedding=embedding())
learnt = partial(feature_table, families=with_text_scores([GREETING], WEIGHTS))


@pytest.fixture(scope="module")
def tables() -> Tables:
    return with_vectors(conversations(40, seed=1), seed=4)


def test_a_score_is_the_sum_over_standardised_columns(tables):
    events = sources_of(tables, Standards()).events
    rows = np.arange(len(events.timeline.at))
    one = WEIGHTS.embedding
    values = np.column_stack([events.numbers(name, rows) for name in VECTOR])
    by_hand = (values - one.mean) / one.spread @ (one.weights / 2**16)
    found = one.scores(events, rows, UNIT)
    assert found / UNIT == pytest.approx(by_hand, abs=0.01)
    alone = [one.scores(events, rows[[row]], UNIT)[0].tolist() for row in rows[::7]]
    assert alone == found[::7].tolist()


def test_a_missing_or_wild_vector_adds_nothing_or_little(tables):
    one = WEIGHTS.embedding
    lost = tables.events.with_columns(pl.lit(None, pl.Float64).alias("e00"))
    mean = tables.events.with_columns(pl.lit(float(one.mean[3])).alias("e03"))
    gap = tables.events.with_columns(pl.lit(None, pl.Float64).alias("e03"))
    wild = tables.events.with_columns(pl.lit(1e300).alias("e03"))
    rows = np.arange(20)

    def scores(events: pl.DataFrame) -> np.ndarray:
        return one.scores(sources_of(tables.replace(events=events), Standards()).events, rows, UNIT)

    assert not scores(lost).any()
    assert np.array_equal(scores(gap), scores(mean))
    assert np.abs(scores(wild) - scores(mean)).max() <= 33 * np.abs(one.weights[3]).max() / 2**16 * UNIT + 1


@pytest.mark.parametrize(
    "check",
    [
        checks.check_blind_to_future,
        checks.check_blind_to_order,
        checks.check_blind_to_ids,
        checks.check_blind_to_other_moments,
    ],
)
def test_what_every_feature_must_pass(check, tables):
    check(learnt, tables, random_moments(tables, 60, seed=1))


def test_a_vector_without_a_text_counts():
    """A company may keep vectors and no words."""
    tables = company(
        visit("a", 0, (10, "message", "customer", None), (20, "message", "staff", None)),
    )
    vector = {"e": [1.0, None]}
    tables = tables.replace(events=tables.events.sort("at").with_columns(pl.DataFrame(vector)))
    one = TextEmbedding.of(("e",), np.zeros(1), np.ones(1), np.array([[0.5, 0.25, 2.0, 1.0]]))
    only = with_text_scores([GREETING], replace(NO_WEIGHTS, embedding=one))
    moments = pl.DataFrame({"interaction_id": "a", "as_of": [at(5), at(10), at(30)]})
    table = feature_table(tables, moments, families=only)
    assert table["greeting_customer_text_last"].to_list() == [None, 0.5, 0.5]
    assert table["greeting_customer_text_turns_n"].to_list() == [None, 1, 1]
    assert table["greeting_staff_text_last"].to_list() == [None] * 3  # without a text and without a vector
    assert table["greeting_texts_log_odds"].to_list() == [0, 0.5, 0.5]


def test_scores_read_the_vector_and_counts_do_not():
    def reads(what, learnt=WEIGHTS):
        return TextColumn("customer", what, learnt).read_from(Standards())

    assert reads("last") == {EventField("e00")}
    assert reads("n_words") == reads("last", weights()) == frozenset()


def test_saved_and_loaded_it_is_the_same(tmp_path):
    WEIGHTS.save(tmp_path)
    loaded = TextWeights.load(tmp_path)
    assert loaded == WEIGHTS
    assert loaded.embedding.columns == VECTOR
    assert loaded != weights()
    assert loaded.embedding.weights.shape == (len(VECTOR), len(ROLES))
    plain = tmp_path / "plain"
    plain.mkdir()
    weights().save(plain)
    assert TextWeights.load(plain).embedding is None
