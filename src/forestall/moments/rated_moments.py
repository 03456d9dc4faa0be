"""Moments just before each rating, for labels that are each moment's own next rating."""

from __future__ import annotations

import polars as pl

from forestall.data import Tables
from forestall.moments.sampling import training_moments
from forestall.moments.seeded_draws import SeededDraws


def rated_moments(tables: Tables, per_interaction: int, seed: int) -> pl.DataFrame:
    """Return up to `per_interaction` moments of each interaction: each at its last event before one of its ratings.

    An interaction without a rating that has a time has its default moment.

    Parameters
    ----------
    tables
        The company's records.
    per_interaction
        Highest number of moments of an interaction; of more ratings the last and random others count.
    seed
        Seed of the draws.

    Returns
    -------
    polars.DataFrame
        `interaction_id`, `as_of`, `is_last` (whether it is the last one of its interaction) and `weight`. The weights
        of an interaction are equal and sum to 1.
    """
    begun = tables.interactions.select("interaction_id", at="started_at")
    known = pl.concat([begun, tables.events.select("interaction_id", "at")]).sort("at")
    rated = tables.feedback.drop_nulls("rated_at").select("interaction_id", "rated_at").sort("rated_at")
    before = rated.join_asof(
        known.with_columns(as_of="at"), left_on="rated_at", right_on="at", by="interaction_id",
        strategy="backward", allow_exact_matches=False, check_sortedness=False,
    )  # fmt: skip
    found = before.drop_nulls("as_of").select("interaction_id", "as_of").unique(maintain_order=True)
    silent = training_moments(tables, 1, seed).join(found, on="interaction_id", how="anti")
    found = pl.concat([found, silent.select("interaction_id", "as_of")]).sort("interaction_id", "as_of")
    name = pl.format("{} {}", "interaction_id", pl.col("as_of").dt.timestamp("us"))
    draw = SeededDraws(found.select(name.alias("name"))["name"], seed).uniform("rated moments")
    is_last = pl.col("as_of") == pl.col("as_of").max().over("interaction_id")
    ranked = found.with_columns(is_last=is_last, draw=pl.when(is_last).then(-1.0).otherwise(pl.Series(draw)))
    kept = ranked.filter(pl.col("draw").rank("ordinal").over("interaction_id") <= per_interaction)
    return kept.drop("draw").with_columns(weight=1.0 / pl.len().over("interaction_id"))
