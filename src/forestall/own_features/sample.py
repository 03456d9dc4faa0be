"""A sample of records on which own features are tried: whole customers, and moments of their interactions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import polars as pl

from forestall.data import Tables
from forestall.data.schemas import TABLES, TIME
from forestall.errors import InputError
from forestall.moment_features.catalogue import columns_of
from forestall.moment_features.earlier_columns import EarlierColumn
from forestall.moment_features.facts_in_time import freeze
from forestall.moment_features.family import Family, Feature
from forestall.moment_features.feature_plan import FeaturePlan
from forestall.moment_features.frozen_facts import FrozenFacts
from forestall.moment_features.learnt_facts import Facts
from forestall.moment_features.standards import Standards
from forestall.moment_features.state_columns import Own, Queue
from forestall.moment_features.table import features_at, locate, plan_of
from forestall.moment_features.table_sources import sources_of
from forestall.moment_features.terms import leaves
from forestall.moments import end_of_records

Compute = Callable[[Tables, pl.DataFrame, Facts | None], pl.DataFrame]
_SEED = 16


@dataclass(frozen=True)
class Sample:
    """Records to try features on.

    Attributes
    ----------
    tables
        Interactions of whole customers, with their events and ratings.
    rounds
        Frames of `interaction_id` and `as_of`, each with one moment of every interaction.
    frozen
        The learnt facts at the end of these records.
    features
        The features, by the names of their columns.
    compute
        Returns the features of moments of tables; with facts, or with those as of each moment.
    standards
        The standards.
    """

    tables: Tables
    rounds: Sequence[pl.DataFrame]
    frozen: FrozenFacts
    features: dict[str, Feature]
    compute: Compute
    standards: Standards

    @classmethod
    def of(cls, tables: Tables, families: Sequence[Family], standards: Standards, n: int) -> Sample:
        """Return a sample of about `n` interactions, always the same.

        Raises
        ------
        InputError
            There is no interaction.
        """
        if not tables.interactions.height:
            raise InputError("there must be interactions to check features on; there are none")
        some = _some_customers(tables, n)
        plan = plan_of(families)

        def compute(of: Tables, moments: pl.DataFrame, facts: Facts | None = None) -> pl.DataFrame:
            sources = sources_of(of, standards, facts)
            return features_at(sources, *locate(sources, moments), plan)

        rounds = _moments(some)
        frozen = _frozen(some, standards, plan)
        return cls(some, rounds, frozen, columns_of(families), compute, standards)

    def with_compute(self, compute: Compute) -> Sample:
        """Return the same sample with another way to compute."""
        return replace(self, compute=compute)

    @property
    def all_moments(self) -> pl.DataFrame:
        """The moments of all rounds."""
        return pl.concat(self.rounds)

    def of_others(self, name: str) -> set[str]:
        """Return what a feature reads of other interactions: `queue`, `history`, both or nothing."""
        read = leaves([self.features[name].value])
        found = {"queue" for one in read if isinstance(one, Queue)}
        return found | {"history" for one in read if isinstance(one, EarlierColumn)}

    def own_columns(self, name: str) -> list[Own]:
        """Return the columns of the interaction that a feature reads."""
        return [one for one in leaves([self.features[name].value]) if isinstance(one, Own)]


def differing(left: pl.DataFrame, right: pl.DataFrame, names: Sequence[str]) -> dict[str, int]:
    """Return by column the first row in which two tables differ, to the last bit; columns without one are left out."""
    found = {}
    for name in names:
        differs = left[name].ne_missing(right[name])
        if differs.any():
            found[name] = int(differs.arg_true()[0])
    return found


def part_of(tables: Tables, interactions: pl.DataFrame) -> Tables:
    """Return the rows of some interactions."""
    rest = {
        name: getattr(tables, name).join(
            interactions.select("interaction_id"), on="interaction_id", how="semi", maintain_order="left"
        )
        for name in TABLES
        if name != "interactions"
    }
    return tables.replace(interactions=interactions, **rest)


def _some_customers(tables: Tables, n: int) -> Tables:
    interactions = tables.interactions
    if interactions.height <= n:
        return tables
    keys = interactions.select(
        key=pl.coalesce("customer_id", "interaction_id").hash(_SEED), n=pl.lit(1, pl.Int64)
    )
    sizes = (
        keys.group_by("key")
        .agg(pl.len().alias("size"))
        .sort("key")
        .with_columns(upto=pl.col("size").cum_sum())
    )
    kept = sizes.filter((pl.col("upto") - pl.col("size")) < n)["key"]
    return part_of(tables, interactions.filter(keys["key"].is_in(kept.implode())))


def _moments(tables: Tables) -> list[pl.DataFrame]:
    """Return four moments of each interaction: its start, at an event, just before one, after the last."""
    rng = np.random.default_rng(_SEED)
    times = tables.events.group_by("interaction_id").agg(pl.col("at").sort())
    lives = tables.interactions.select("interaction_id", "started_at").join(
        times, on="interaction_id", how="left", maintain_order="left"
    )
    length = pl.col("at").list.len().fill_null(0)
    lives = lives.with_columns(
        length.alias("n"), *(pl.Series(f"u{k}", rng.random(lives.height)) for k in range(3))
    )

    def at_event(draw: str) -> pl.Expr:
        place = (pl.col(draw) * pl.col("n")).floor().cast(pl.Int64)
        return pl.col("at").list.get(place, null_on_oob=True).fill_null(pl.col("started_at"))

    after = pl.duration(seconds=(pl.col("u2") * 7200).cast(pl.Int64) + 1)
    chosen = (
        pl.col("started_at"),
        at_event("u0"),
        at_event("u1") - pl.duration(microseconds=1),
        pl.col("at").list.last().fill_null(pl.col("started_at")) + after,
    )
    return [
        lives.select("interaction_id", as_of=pl.max_horizontal("started_at", when).cast(TIME))
        for when in chosen
    ]


def _frozen(tables: Tables, standards: Standards, plan: FeaturePlan) -> FrozenFacts:
    end = pl.Series([end_of_records(tables)], dtype=TIME).dt.timestamp("us")[0]
    return freeze(sources_of(tables, standards).facts, int(end), plan.columns.facts)
