"""Moments for training: the default moment of each interaction, and others at and between its events."""

from __future__ import annotations

import polars as pl

from forestall.data import Tables
from forestall.moments.moments import default_moments
from forestall.moments.seeded_draws import SeededDraws

LAST_SHARE = 0.7
"""The share of an interaction's weight on its default moment, at which most facts are known."""


def training_moments(
    tables: Tables, per_interaction: int, seed: int, label_event: str | None = None
) -> pl.DataFrame:
    """Return up to `per_interaction` moments of each interaction.

    One is its default moment. Half of the others lie at an event, and half between an event and the next, so that
    models learn from waiting too. Moments depend only on the interaction and the seed, not on other rows.

    Parameters
    ----------
    tables
        The company's records.
    per_interaction
        Highest number of moments per interaction, at least 1.
    seed
        Seed of the draws.
    label_event
        The kind of event that is predicted: it does not end an interaction, see `default_moments`.

    Returns
    -------
    polars.DataFrame
        `interaction_id`, `as_of`, `is_last` (whether it is the default moment) and `weight`. The weights of an
        interaction sum to 1.
    """
    last = default_moments(tables, label_event)
    times = times_until(tables, last, label_event)
    draws = SeededDraws(times["interaction_id"], seed)
    moments = [last.with_columns(is_last=pl.lit(True))]
    for k in range(per_interaction - 1):
        steps = (pl.lit(pl.Series(draws.uniform(f"moment {k}, {what}"))) for what in ("step", "kind", "part"))
        drawn = times.select("interaction_id", as_of=_drawn_time(*steps))
        moments.append(drawn.with_columns(is_last=pl.lit(False)))
    return weigh(pl.concat(moments).unique(["interaction_id", "as_of"], keep="first", maintain_order=True))


def weigh(moments: pl.DataFrame) -> pl.DataFrame:
    """Return moments with a `weight`; the weights of each interaction sum to 1."""
    others = (~pl.col("is_last")).sum().over("interaction_id")
    has_last = pl.col("is_last").any().over("interaction_id")
    weight = (
        pl.when(others == 0).then(1.0)
        .when(~has_last).then(1.0 / others)
        .when(pl.col("is_last")).then(LAST_SHARE)
        .otherwise((1.0 - LAST_SHARE) / others)
    )  # fmt: skip
    return moments.with_columns(weight=weight)


def times_until(tables: Tables, last: pl.DataFrame, label_event: str | None) -> pl.DataFrame:
    """Return the ordered times `at` of each interaction, from its start to its default moment.

    The times of the label's own events are left out: moments are drawn as if it had not come.
    """
    others = tables.events if label_event is None else tables.events.filter(pl.col("kind") != label_event)
    events = others.select("interaction_id", "at").join(last, on="interaction_id")
    starts = tables.interactions.select("interaction_id", at="started_at").join(last, on="interaction_id")
    return (
        pl.concat([starts, events.filter(pl.col("at") <= pl.col("as_of"))])
        .group_by("interaction_id", maintain_order=True)
        .agg(pl.col("at").sort())
    )


def _drawn_time(which: pl.Expr, kind: pl.Expr, part: pl.Expr) -> pl.Expr:
    """Return a time at an event (`kind` from 0.5 on) or after it, before the next; all draws are in [0, 1)."""
    n_steps = pl.col("at").list.len() - 1
    step = (which * n_steps).floor().cast(pl.UInt32)
    begin = pl.col("at").list.get(step).dt.timestamp("us")
    end = pl.col("at").list.get(step + 1, null_on_oob=True).dt.timestamp("us").fill_null(begin)
    between = (part * (end - begin)).floor().cast(pl.Int64)
    return (begin + pl.when(kind < 0.5).then(between).otherwise(0)).cast(pl.Datetime("us", "UTC"))
