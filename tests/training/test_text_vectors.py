"""Embeddings in a training: reduced, learnt from together with texts, left out without a gain, the same everywhere."""

import numpy as np
import polars as pl
import pytest

import forestall
from forestall.data import Tables
from forestall.errors import InputError
from forestall.model import RiskModel, Spec
from forestall.moment_features.standards import Standards
from forestall.moment_features.table import locate
from forestall.moment_features.table_sources import sources_of
from forestall.training.text_vectors import N_COMPONENTS, Reduction, with_embedding_columns
from forestall.training.text_weights import fit_text_weights, text_sample
from made_conversations import VECTOR, talks, told_by_vectors, vector_model, with_vectors, work, work_of


def spec(**words) -> Spec:
    label = {"scale": [1, 5], "dissatisfied_at_or_below": 2, "target": "next"}
    return Spec(name="words", label=label, families=["greeting"], words=words)


@pytest.fixture(scope="module")
def tables() -> Tables:
    return told_by_vectors()


@pytest.fixture(scope="module")
def model() -> RiskModel:
    return vector_model()


def test_components_are_few_and_alike(tables):
    events = sources_of(tables, Standards()).events
    rows = np.arange(len(events.timeline.at))
    found = Reduction.fit(events, rows, VECTOR)
    assert found.directions.shape == (len(VECTOR), N_COMPONENTS)
    components = found.components(events, rows)
    assert np.cov(components.T) == pytest.approx(np.eye(N_COMPONENTS), abs=0.01)
    again = Reduction.fit(events, rows, VECTOR)
    assert np.array_equal(again.directions, found.directions)


@pytest.mark.parametrize("value", [None, 0.1])
def test_columns_that_never_change_have_no_components(tables, value):
    same = tables.events.with_columns(pl.lit(value, pl.Float64).alias(name) for name in VECTOR)
    events = sources_of(tables.replace(events=same), Standards()).events
    found = Reduction.fit(events, np.arange(50), VECTOR)
    assert found.directions.shape == (len(VECTOR), 0)
    assert found.components(events, np.arange(9)).shape == (9, 0)


def test_a_wild_column_leaves_the_others_as_they_are(tables):
    wild = tables.events.with_columns(pl.when(pl.col("e07") > 0).then(1e308).otherwise(-1e308).alias("e07"))
    events = sources_of(tables.replace(events=wild), Standards()).events
    rows = np.arange(len(events.timeline.at))
    components = Reduction.fit(events, rows, VECTOR).components(events, rows)
    assert np.isfinite(components).all()
    assert components.shape == (len(rows), N_COMPONENTS)


def test_vectors_of_few_customers_have_no_weight(tables):
    for n, is_learnt in ((19, False), (20, True)):
        own = pl.col("interaction_id").str.slice(1).cast(pl.Int64) < n
        some = tables.replace(
            events=tables.events.with_columns(pl.when(own).then(pl.col(name)).alias(name) for name in VECTOR)
        )
        sources = sources_of(some, Standards())
        place, as_of = locate(sources, some.feedback.select("interaction_id", as_of="rated_at"))
        y = (some.feedback["rating"] <= 2).to_numpy().astype(float)
        found = fit_text_weights(text_sample(sources, place, as_of, VECTOR), y, np.ones(len(y)), 20)
        assert (found.embedding is not None) == is_learnt


@pytest.mark.slow
def test_vectors_that_tell_more_are_learnt_from(model):
    assert model.text_weights.embedding.columns == VECTOR
    assert model.spec.words.embedding == list(VECTOR)
    assert not model.own_kinds.numbers  # as a vector, not each on its own


@pytest.mark.slow
def test_left_out_without_a_gain():
    """Words that tell all have the same scores as without the key, to the last bit."""
    noise = with_vectors(talks(), seed=4, signal=0)
    words, both = work(), work_of(noise, words={"embedding": ["e*"]})
    assert both.text_weights == words.text_weights is not None
    assert both.spec.words.embedding == []
    assert both.rows.frame.equals(words.rows.frame)


@pytest.mark.slow
def test_a_record_without_its_vectors_has_lost_them(tables, model):
    moments = tables.feedback.select("interaction_id", as_of="rated_at").head(1)
    (record,) = forestall.records(tables, moments)
    assert model.score([record])["data_quality"].to_list() == ["ok"]
    for event in record["events"]:
        for name in VECTOR:
            del event[name]
    found = model.score([record], reasons=True)
    assert found["data_quality"].to_list() == ["partial"]
    assert "e00" in str(found["reasons"][0].to_list())


def test_columns_are_named_or_meant_by_a_pattern(tables):
    assert with_embedding_columns(spec(embedding=["e1*", "e03"]), tables).words.embedding == [
        "e03",
        *VECTOR[10:20],
    ]
    assert with_embedding_columns(spec(), tables) == spec()
    for wrong in ("f*", "text", "value"):
        with pytest.raises(InputError, match=r"no such column of numbers; keep it"):
            with_embedding_columns(spec(embedding=["e*", wrong]), tables)


def test_an_embedding_without_scores_is_refused():
    with pytest.raises(ValueError, match="'embedding' must not be set if 'score' is none"):
        spec(score="none", embedding=["e*"])
