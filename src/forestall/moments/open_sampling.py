"""Moments for a label event that comes while interactions are open."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import polars as pl

from forestall.data import Tables
from forestall.moments.moments import ENDS, OPEN_DAYS, days_in_microseconds, default_moments
from forestall.moments.records_end import end_of_records
from forestall.moments.sampling import times_until
from forestall.moments.seeded_draws import SeededDraws
from forestall.moments.timeline import NEVER, Ints, Timeline, is_known

_US = pl.Datetime("us", "UTC")
Floats = npt.NDArray[np.float64]


def open_moments(
    tables: Tables, per_interaction: int, seed: int, label_event: str, open_days: float = OPEN_DAYS
) -> pl.DataFrame:
    """Return moments at which interactions are open, drawn without regard to what comes after them.

    The last moment before the label's event would reveal it, because all other interactions have their last moment at
    their end. So would a moment between the event and its consequences. Therefore the place of a moment is drawn from
    all interactions: an event by its number (the third, for example) and, for half of the moments, a time after it.
    It counts if the interaction has come so far and was not over before, which is known at that moment. A moment that
    does not count is dropped with its weight, and the caller drops moments at or after the label's event likewise. So
    the share of label 1 is right in every state. Interactions are evaluated only while they are open; the model also
    learns from the moments at which they are closed.

    Parameters
    ----------
    tables
        The company's records.
    per_interaction
        Number of moments that are drawn for each interaction.
    seed
        Seed of the draws.
    label_event
        The kind of event that is predicted. Its own times are not used.
    open_days
        Days of silence after which an interaction without `closed` is over.

    Returns
    -------
    polars.DataFrame
        `interaction_id`, `as_of`, `is_last` (whether it is the moment at which the interaction is evaluated) and
        `weight`. All draws have the same weight; those of an interaction sum to at most 1.
    """
    last = default_moments(tables, label_event)
    times = times_until(tables, last, label_event)
    lives = _Lives.of(times, tables, open_days)
    draws = SeededDraws(times["interaction_id"], seed)
    parts = []
    for k in range(per_interaction):
        rank, kind, gap = (draws.uniform(f"open moment {k}, {what}") for what in ("rank", "kind", "gap"))
        counts, as_of = lives.drawn(rank, kind, gap, is_judged=k == 0)
        drawn = times.select("interaction_id", as_of=pl.Series(as_of).cast(_US), is_last=pl.lit(k == 0))
        parts.append(drawn.filter(pl.Series(counts)))
    return (
        pl.concat(parts)
        .group_by("interaction_id", "as_of", maintain_order=True)
        .agg(pl.col("is_last").any(), weight=pl.len() / per_interaction)
    )


class _Lives:
    """The times of interactions while they are open.

    Parameters
    ----------
    timeline
        The distinct times of each interaction, from its start to its end.
    closed_at
        When each was closed, microseconds; `NEVER` for one without a closing event.
    until
        The end of the records, microseconds.
    open_us
        The silence after which an interaction is over.
    """

    def __init__(self, timeline: Timeline, closed_at: Ints, until: int, open_us: int) -> None:
        self._timeline, self._closed_at, self._until, self._open_us = timeline, closed_at, until, open_us
        lengths = np.diff(timeline.offsets)
        owner = timeline.owners()
        ranks = np.arange(len(owner)) - timeline.offsets[owner]
        is_open = timeline.at < closed_at[owner]
        self._rank_counts = np.bincount(ranks, minlength=1).cumsum()
        self._open_rank_counts = np.bincount(ranks[is_open], minlength=1).cumsum()
        has_next = ranks < lengths[owner] - 1
        places = np.flatnonzero(has_next)
        gaps = timeline.at[places + 1] - timeline.at[places]
        order = np.lexsort((gaps, ranks[places]))
        self._gaps = gaps[order]
        bounds = np.arange(len(self._rank_counts) + 1)
        self._gap_offsets = np.searchsorted(ranks[places][order], bounds)

    @classmethod
    def of(cls, times: pl.DataFrame, tables: Tables, open_days: float) -> _Lives:
        """Return the lives of interactions with ordered times `at`."""
        at = times.select("interaction_id", pl.col("at").list.unique(maintain_order=True))
        lengths = at["at"].list.len().to_numpy()
        offsets = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
        flat = at["at"].explode().dt.timestamp("us").to_numpy()
        closings = tables.events.filter(pl.col("kind").is_in(ENDS))
        first = closings.group_by("interaction_id").agg(closed_at=pl.col("at").min().dt.timestamp("us"))
        closed = at.join(first, on="interaction_id", how="left", maintain_order="left")["closed_at"]
        end = pl.Series([end_of_records(tables)], dtype=_US).dt.timestamp("us").fill_null(0)[0]
        timeline = Timeline(flat, offsets, np.arange(len(flat)))
        return cls(timeline, closed.fill_null(int(NEVER)).to_numpy(), end, days_in_microseconds(open_days))

    def drawn(
        self, rank: Floats, kind: Floats, gap: Floats, *, is_judged: bool
    ) -> tuple[npt.NDArray[np.bool_], Ints]:
        """Return whether a drawn moment of each interaction counts, and the moments in microseconds.

        Parameters
        ----------
        rank, kind, gap
            Random numbers in [0, 1), one for each interaction: the number of the event, whether and how far the moment
            lies after it (below 0.5), and the time to the next event of which it is a part.
        is_judged
            Whether the interaction is evaluated at the moment: then it must be open.
        """
        timeline, n = self._timeline, len(self._closed_at)
        ranks = self._open_rank_counts if is_judged else self._rank_counts
        number = np.minimum(np.searchsorted(ranks, rank * ranks[-1], side="right"), len(ranks) - 1)
        place = timeline.offsets[:-1] + number
        has_come = place < timeline.offsets[1:]
        begin, end = self._gap_offsets[number], self._gap_offsets[number + 1]
        chosen = begin + np.floor(gap * (end - begin)).astype(np.int64)
        is_after = (kind < 0.5) & (end > begin)
        part = 2 * kind  # uniform in [0, 1) where the moment lies after an event
        after = np.floor(np.where(is_after, part * np.append(self._gaps, 0)[chosen], 0)).astype(np.int64)
        as_of = timeline.at[np.minimum(place, len(timeline.at) - 1)] + after
        everyone = np.arange(n)
        latest = timeline.at[np.maximum(timeline.known(everyone, as_of) - 1, 0)]
        is_silent = as_of - latest > self._open_us
        # at its closing an interaction is over, and a moment before it was not
        last_open = as_of if is_judged else as_of - 1
        is_over = is_known(self._closed_at, last_open) | is_silent
        return has_come & ~is_over & (as_of <= self._until), as_of
