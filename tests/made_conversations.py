"""Made-up conversations in no language: who says 'blorf' is dissatisfied, more often than not."""

from datetime import timedelta
from functools import cache
from typing import Any

import numpy as np
import polars as pl

from companies import NINE
from forestall.data import Tables
from forestall.model import RiskModel, Spec
from forestall.moment_features.text_buckets import BITS
from forestall.moment_features.text_embedding import TextEmbedding
from forestall.moment_features.text_score import ROLES, TextWeights
from forestall.training.labelled_moments import labelled_moments, split
from forestall.training.training_set import TrainingSet

WORDS = ("tamel", "orvin", "shoka", "plind", "kerra", "ubast", "wenlo", "drimk")
BAD = "blorf"
VECTOR = tuple(f"e{number:02d}" for number in range(24))


def weights(seed: int = 3) -> TextWeights:
    """Return weights of all buckets, drawn at random."""
    drawn = np.random.default_rng(seed).normal(size=(1 << BITS, len(ROLES)))
    return TextWeights(np.arange(1 << BITS), drawn.astype(np.float32), -1.0)


def conversations(n: int, seed: int, *, is_noise: bool = False) -> Tables:
    """Return conversations of three turns of the customer, each rated, of `n` customers."""
    rng = np.random.default_rng(seed)
    interactions, events, ratings = [], [], []
    for number in range(n):
        name, start = f"d{number:04d}", NINE + timedelta(hours=number)
        interactions.append((name, start, f"c{number:04d}"))
        for turn in range(3):
            at = start + timedelta(minutes=2 * turn)
            is_bad = bool(rng.random() < 0.35)
            says_so = is_bad if rng.random() < 0.85 else not is_bad
            # as many words of as many letters, so that their count says nothing
            last = BAD if says_so and not is_noise else str(rng.choice(WORDS))
            said = " ".join([*rng.choice(WORDS, 5), last])
            events.append((name, at, "message", "customer", said))
            ratings.append((name, 1.0 if is_bad else 5.0, at + timedelta(seconds=1)))
            events.append(
                (name, at + timedelta(minutes=1), "message", "staff", " ".join(rng.choice(WORDS, 4)))
            )
    return Tables(
        pl.DataFrame(interactions, schema=["interaction_id", "started_at", "customer_id"], orient="row"),
        pl.DataFrame(events, schema=["interaction_id", "at", "kind", "actor", "text"], orient="row"),
        pl.DataFrame(ratings, schema=["interaction_id", "rating", "rated_at"], orient="row"),
    )


def work_of(tables: Tables, **settings: Any) -> TrainingSet:
    """Return the training set of conversations, each turn labelled by its own rating."""
    label = {"scale": [1, 5], "dissatisfied_at_or_below": 2, "target": "next"}
    spec = Spec(name="words", label=label, families=["greeting"], **settings)
    moments, _ = split(tables, labelled_moments(tables, spec)[0], spec)
    return TrainingSet.of(tables, moments, spec, 1, {"name": "words", "has_clock": True})


@cache
def told_by_vectors() -> Tables:
    """Return as many conversations, whose words say nothing and whose vectors do."""
    return with_vectors(conversations(420, seed=2, is_noise=True), seed=4)


@cache
def vector_model() -> RiskModel:
    """Return a model of them."""
    return work_of(told_by_vectors(), words={"embedding": ["e*"]}).fit()


@cache
def talks() -> Tables:
    """Return the conversations of the shared training set."""
    return conversations(420, seed=2)


@cache
def work() -> TrainingSet:
    """Return the shared training set; tests must not change it."""
    return work_of(talks())


@cache
def model() -> RiskModel:
    """Return a model of the shared training set."""
    return work().fit()


def embedding(columns: tuple[str, ...] = VECTOR, seed: int = 5) -> TextEmbedding:
    """Return an embedding with weights drawn at random."""
    rng = np.random.default_rng(seed)
    mean, spread = rng.normal(size=len(columns)), rng.uniform(0.5, 2, len(columns))
    return TextEmbedding.of(columns, mean, spread, rng.normal(size=(len(columns), len(ROLES))))


def with_vectors(tables: Tables, seed: int, *, signal: float = 1.5) -> Tables:
    """Return conversations whose texts have vectors; those of customers tell the rating that follows."""
    rng = np.random.default_rng(seed)
    events = tables.events.with_columns(rated_at=pl.col("at") + timedelta(seconds=1))
    events = events.join(
        tables.feedback, on=["interaction_id", "rated_at"], how="left", maintain_order="left"
    )
    is_bad = (events["rating"] == 1).fill_null(False).to_numpy()
    hidden = rng.normal(size=(len(events), 4))
    hidden[:, 0] += signal * is_bad
    values = hidden @ rng.normal(size=(4, len(VECTOR))) + 0.1 * rng.normal(size=(len(events), len(VECTOR)))
    return tables.replace(
        events=tables.events.with_columns(pl.Series(name, values[:, one]) for one, name in enumerate(VECTOR))
    )
