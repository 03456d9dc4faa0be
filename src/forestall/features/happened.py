"""What has happened in an interaction by a moment: counts, sums, first and last times of its events.

Features name what they need as columns of the state of a moment: `n:transferred` (how many),
`n:message:staff` (by whom), `sum:refunded` (hundredths of the currency), `since:hold_started` (the sum of
their times since the start), `first:served` and `last:message:customer` (microseconds; null when there is none), `words:staff:n_thanks`. Only what some
feature names is computed.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import polars as pl

from forestall.features.words import COUNTS as WORD_COUNTS
from forestall.features.words import score_words
from forestall.moments.timeline import Ints, Timeline

PREFIXES = ("n:", "sum:", "since:", "first:", "last:", "words:")


@dataclass(frozen=True)
class Events:
    """The events of interactions as a timeline: `frame` is in the timeline's order."""

    timeline: Timeline
    frame: pl.DataFrame  # at, since (microseconds), kind, actor, cents, counts of words

    @classmethod
    def of(cls, events: pl.DataFrame, owner: Ints, started_at: Ints, locale: pl.Series) -> Events:
        """Return `events` with their words scored once each.

        Parameters
        ----------
        events
            The table of events.
        owner
            The place of each event's interaction, shape (n_events,).
        started_at, locale
            Of the interactions, shape (n_interactions,).
        """
        at = events["at"].dt.timestamp("us").to_numpy()
        timeline = Timeline.of(owner, at, len(started_at))
        words = score_words(events["text"])
        frame = pl.DataFrame(
            {
                "at": at,
                "since": at - started_at[owner],
                "kind": events["kind"].cast(pl.Categorical),
                "actor": events["actor"].cast(pl.Categorical),
                "cents": (events["value"].fill_null(0.0) * 100).round().cast(pl.Int64),
            }
        ).hstack(_word_columns(words, locale.gather(owner)))
        return cls(timeline, frame[timeline.order])


def _word_columns(words: pl.DataFrame, locale: pl.Series) -> pl.DataFrame:
    """Return the counts of words, whether there was a text, and whether it was in the customer's language."""
    spoken = locale.str.slice(0, 2).str.to_lowercase()
    return words.select(
        pl.col(*WORD_COUNTS).fill_null(0),
        n_texts=pl.col("n_words").is_not_null().cast(pl.Int16),
        n_in_language=(pl.col("language").cast(pl.String) == spoken).fill_null(False).cast(pl.Int16),
        n_with_language=(pl.col("language").is_not_null() & spoken.is_not_null()).cast(pl.Int16),
    )


def happened(events: Events, owner: Ints, as_of: Ints, names: Iterable[str]) -> pl.DataFrame:
    """Return what has happened in interaction `owner` by `as_of`.

    Parameters
    ----------
    events
        The events.
    owner, as_of
        The moments: the interaction's place, and the time in microseconds, both of shape (n_moments,).
    names
        What is asked for; see the module's text.

    Returns
    -------
    pl.DataFrame
        Shape (n_moments, n_names).
    """
    begin, end = events.timeline.begin(owner), events.timeline.known(owner, as_of)
    low, high = (int(begin.min()), int(end.max())) if len(begin) else (0, 0)
    # A first row in which nothing happens, so that running sums begin at zero and places are never negative.
    slice_ = events.frame[low : max(low, high)]
    nothing = pl.DataFrame({"at": [0]}, schema_overrides={"at": pl.Int64})
    known = pl.concat([nothing, slice_], how="diagonal")
    places = {
        "begin": pl.lit(pl.Series(begin - low, dtype=pl.UInt32)),
        "end": pl.lit(pl.Series(end - low, dtype=pl.UInt32)),
    }
    columns = [_column(name, places, known.height).alias(name) for name in names]
    return known.select(columns) if columns else pl.DataFrame()


def _column(name: str, places: dict[str, pl.Expr], height: int) -> pl.Expr:
    what, *rest = name.split(":")
    if what == "words":
        return _total(_is_of("*", rest[0]), pl.col(rest[1]).cast(pl.Int32), places)
    is_it = _is_of(rest[0], rest[1] if len(rest) > 1 else "*")
    if what == "n":
        return _total(is_it, pl.lit(1, dtype=pl.Int32), places)
    if what in {"sum", "since"}:
        return _total(is_it, pl.col("cents" if what == "sum" else "since"), places)
    place = pl.when(is_it).then(pl.int_range(height, dtype=pl.UInt32))
    if what == "last":  # at or after `begin`: the sentinel row has moved all places by one
        found = place.cum_max().fill_null(strategy="forward").fill_null(0).gather(places["end"])
        is_there = found > places["begin"]
    else:
        found = place.reverse().cum_min().fill_null(strategy="forward").reverse()
        found = found.shift(-1).fill_null(height).gather(places["begin"])
        is_there = found <= places["end"]
    return pl.when(is_there).then(pl.col("at").gather(pl.when(is_there).then(found).otherwise(0)))


def _is_of(kind: str, actor: str) -> pl.Expr:
    """Return whether an event is of the kind and actor; `*` is any. The first row is none of them."""
    is_it = pl.col("kind").is_not_null() if kind == "*" else pl.col("kind") == kind
    if actor == "staff":  # a manager is staff too
        return is_it & ((pl.col("actor") == "staff") | (pl.col("actor") == "manager"))
    return is_it if actor == "*" else is_it & (pl.col("actor") == actor)


def _total(is_it: pl.Expr, amount: pl.Expr, places: dict[str, pl.Expr]) -> pl.Expr:
    running = pl.when(is_it.fill_null(False)).then(amount).otherwise(0).cum_sum()
    return running.gather(places["end"]) - running.gather(places["begin"])
