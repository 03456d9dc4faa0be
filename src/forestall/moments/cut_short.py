"""Label events that come while their interaction goes on: others in the same state still have events to come."""

from __future__ import annotations

import numpy as np
import polars as pl

from forestall.data import Tables
from forestall.moments.label_definition import Label
from forestall.moments.labels import label_events
from forestall.moments.moments import ENDS, default_moments
from forestall.moments.sampling import times_until


def share_cut_short(tables: Tables, label: Label) -> float:
    """Return the share of label events that probably came before their interaction would have ended.

    Records often stop at the label's event: a ticket whose customer cancels is neither answered nor closed. Its end is
    then its last event before, at a state that others only pass through, and the end alone would reveal the label. A
    label event counts by the share of other interactions with as many events which have a further one later than
    the label's event came, counted from the last event. It counts 0 after a closing, or where no other goes on.

    Parameters
    ----------
    tables
        The company's records.
    label
        The label; it must name an event.
    """
    ends = default_moments(tables, label.event)
    came = label_events(tables, label)
    closed = (
        tables.events.filter(pl.col("kind").is_in(ENDS))
        .group_by("interaction_id")
        .agg(closed_at=pl.col("at").min())
    )
    times = times_until(tables, ends, label.event).select("interaction_id", pl.col("at").list.unique())
    lives = times.join(came, on="interaction_id", how="left").with_columns(
        n=pl.col("at").list.len(), last_at=pl.col("at").list.last()
    )
    others = lives.filter(pl.col("decided_at").is_null())
    is_after_closing = (pl.col("closed_at") <= pl.col("decided_at")).fill_null(False)
    stopped = lives.join(closed, on="interaction_id", how="left").filter(
        (pl.col("decided_at") > pl.col("last_at")) & ~is_after_closing
    )
    gaps = others.select(
        rank=pl.int_ranges(1, pl.col("n") + 1),
        gap=pl.col("at").list.diff().list.shift(-1).list.eval(pl.element().dt.total_microseconds()),
    ).explode("rank", "gap")
    by_rank = {rank: part["gap"] for (rank,), part in gaps.partition_by("rank", as_dict=True).items()}
    waits = stopped.select("n", wait=(pl.col("decided_at") - pl.col("last_at")).dt.total_microseconds())
    total = 0.0
    for (rank,), part in waits.partition_by("n", as_dict=True).items():
        if (later := by_rank.get(rank)) is not None:
            known = np.sort(later.drop_nulls().to_numpy())
            n_later = len(known) - np.searchsorted(known, part["wait"].to_numpy(), side="right")
            total += float(n_later.sum()) / len(later)
    return total / max(came.height, 1)
