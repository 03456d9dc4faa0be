"""Moments to learn from: of each interaction its default moment, and others at and between its events."""

from __future__ import annotations

import polars as pl

from forestall.data import Tables
from forestall.moments.chance import Chance
from forestall.moments.moments import default_moments

LAST_SHARE = (
    0.7  # the share of an interaction's weight that its default moment has: there most of it is known
)


def training_moments(tables: Tables, per_interaction: int, seed: int) -> pl.DataFrame:
    """Return up to `per_interaction` moments of each interaction.

    One is its default moment. The others lie, as often as not, at an event or somewhere in the silence after one,
    so that waiting is learnt too. They depend on the interaction and the seed alone, not on other rows.

    Returns
    -------
    pl.DataFrame
        `interaction_id`, `as_of`, `is_last` (whether it is the default moment) and `weight` (1 in all for each
        interaction).
    """
    last = default_moments(tables)
    times = _times(tables, last)
    chance = Chance(times["interaction_id"], seed)
    drawn = []
    for k in range(per_interaction - 1):
        steps = (
            pl.lit(pl.Series(chance.uniform(f"moment {k}, {what}"))) for what in ("step", "kind", "part")
        )
        drawn.append(times.select("interaction_id", as_of=_drawn_time(*steps)))
    all_moments = pl.concat(
        [last.with_columns(is_last=pl.lit(True)), *(one.with_columns(is_last=pl.lit(False)) for one in drawn)]
    )
    return weigh(all_moments.unique(["interaction_id", "as_of"], keep="first", maintain_order=True))


def weigh(moments: pl.DataFrame) -> pl.DataFrame:
    """Return moments with a `weight` such that each interaction weighs 1 in all."""
    others = (~pl.col("is_last")).sum().over("interaction_id")
    has_last = pl.col("is_last").any().over("interaction_id")
    weight = (
        pl.when(others == 0).then(1.0)
        .when(~has_last).then(1.0 / others)
        .when(pl.col("is_last")).then(LAST_SHARE)
        .otherwise((1.0 - LAST_SHARE) / others)
    )  # fmt: skip
    return moments.with_columns(weight=weight)


def _times(tables: Tables, last: pl.DataFrame) -> pl.DataFrame:
    """Return the ordered times of each interaction, from its start to its default moment."""
    events = tables.events.select("interaction_id", "at").join(last, on="interaction_id")
    starts = tables.interactions.select("interaction_id", at="started_at").join(last, on="interaction_id")
    return (
        pl.concat([starts, events.filter(pl.col("at") <= pl.col("as_of"))])
        .group_by("interaction_id", maintain_order=True)
        .agg(pl.col("at").sort())
    )


def _drawn_time(which: pl.Expr, kind: pl.Expr, part: pl.Expr) -> pl.Expr:
    n_steps = pl.col("at").list.len() - 1
    step = (which * n_steps).floor().cast(pl.UInt32)
    begin = pl.col("at").list.get(step).dt.timestamp("us")
    end = pl.col("at").list.get(step + 1, null_on_oob=True).dt.timestamp("us").fill_null(begin)
    between = (part * (end - begin)).floor().cast(pl.Int64)
    return (begin + pl.when(kind < 0.5).then(between).otherwise(0)).cast(pl.Datetime("us", "UTC"))
