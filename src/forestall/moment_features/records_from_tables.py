"""Records made from tables: what a system would have sent to the served model at each moment."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import polars as pl

from forestall.data import Tables
from forestall.moment_features.event_attributes import attribute_types
from forestall.moment_features.event_columns import ANY_KIND
from forestall.moment_features.feature_plan import FeaturePlan, series_of
from forestall.moment_features.queue import COLUMNS as QUEUE
from forestall.moment_features.ratings_in_time import RatingsInTime
from forestall.moment_features.row_aggregates import places_in_runs
from forestall.moment_features.shared_terms import has_happened
from forestall.moment_features.sources import Sources
from forestall.moment_features.standards import Standards
from forestall.moment_features.state_columns import RATINGS
from forestall.moment_features.table import features_at, locate, moments_frame
from forestall.moment_features.table_sources import TableCircumstances, sources_of
from forestall.moments import default_moments
from forestall.moments.timeline import Ints, is_known

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def records(tables: Tables, moments: Any = None) -> list[dict[str, Any]]:
    """Return an interaction record for each moment, with only the facts known at that moment.

    Parameters
    ----------
    tables
        The company's records.
    moments
        A pandas or Polars frame with `interaction_id` and `as_of`; by default each interaction's default moment.

    Returns
    -------
    list of dict
        The columns of `interactions`, `as_of`, `events`, `history`, `queue` and `earlier_ratings`; times are ISO 8601
        text, so that JSON can hold them. A record has the same score as its moment in batch.
    """
    chosen = default_moments(tables) if moments is None else moments_frame(moments)
    sources = sources_of(tables, Standards())
    place, as_of = locate(sources, chosen)
    rows = _interactions(tables, sources, place, as_of)
    events = _events(tables, sources, place, as_of)
    circumstances = sources.circumstances
    if not isinstance(circumstances, TableCircumstances):  # pragma: no cover - sources_of makes no other
        raise TypeError(type(circumstances))
    history = _history(sources, circumstances, place, as_of)
    queues = pl.DataFrame(series_of(circumstances.queue(place, as_of))).select(QUEUE).to_dicts()
    ratings = _own_ratings(circumstances.ratings, place, as_of)
    return [
        {**row, "as_of": iso(int(at)), "events": own, "history": earlier, "queue": queue, RATINGS: rated}
        for row, at, own, earlier, queue, rated in zip(
            rows, as_of, events, history, queues, ratings, strict=True
        )
    ]


def iso(microseconds: int | None) -> str | None:
    """Return a time as ISO 8601 text in UTC."""
    return None if microseconds is None else (_EPOCH + timedelta(microseconds=microseconds)).isoformat()


def _iso(frame: pl.DataFrame) -> pl.DataFrame:
    """Return the frame with its times as ISO 8601 text."""
    form = "%Y-%m-%dT%H:%M:%S%.6f+00:00"
    return frame.with_columns(pl.selectors.datetime().dt.strftime(form))


def _interactions(tables: Tables, sources: Sources, place: Ints, as_of: Ints) -> list[dict[str, Any]]:
    """Return the columns of interactions; a column that becomes known with an event is null before it."""
    kinds: dict[str, str] = tables.about.get("known_at", {})
    conditions = {
        "staff": has_happened(ANY_KIND, "staff"),
        **{column: has_happened(kind) for column, kind in kinds.items()},
    }
    known = features_at(sources, place, as_of, FeaturePlan(conditions))
    # a column that the company never fills is left out, as it would be from its own records
    empty = [column.name for column in tables.interactions if column.null_count() == len(column)]
    frame = tables.interactions.drop(empty)[place]
    masked = [
        pl.when(known[name]).then(pl.col(name)).alias(name) for name in known.columns if name in frame.columns
    ]
    return _iso(frame.with_columns(masked)).to_dicts()


def _events(tables: Tables, sources: Sources, place: Ints, as_of: Ints) -> list[list[dict[str, Any]]]:
    timeline = sources.events.timeline
    begin, end = timeline.begin(place), timeline.known(place, as_of)
    places, _ = places_in_runs(begin, end)
    columns = ["at", "kind", "actor", "text", "value", *attribute_types(tables.events)]
    rows = _iso(tables.events[timeline.order[places]].select(columns)).to_dicts()
    return _split(rows, end - begin)


def _history(
    sources: Sources, circumstances: TableCircumstances, place: Ints, as_of: Ints
) -> list[list[dict[str, Any]] | None]:
    earlier, them = circumstances.earlier_of(place, as_of)
    when = np.repeat(as_of, earlier.end - earlier.begin)
    timeline = sources.events.timeline
    facts = earlier.facts
    is_rated = is_known(facts["rated_at"], when)
    rows = pl.DataFrame(
        {
            "started_at": _times(facts["started_at"], when),
            "ended_at": _times(facts["ended_at"], when),
            "rating": pl.Series(np.where(is_rated, facts["rating"], np.nan), nan_to_null=True),
            "rated_at": _times(facts["rated_at"], when),
            "resolved": pl.Series(facts["resolved"] == 1),
            "wait_s": facts["wait_s"],
            "channel": sources.frame["channel"].gather(them),
            "venue": sources.frame["venue"].gather(them),
            "n_events": timeline.known(them, when) - timeline.begin(them),
        }
    )
    lists = _split(_iso(rows).to_dicts(), earlier.end - earlier.begin)
    return [
        one if known else None for one, known in zip(lists, circumstances.customer[place] >= 0, strict=True)
    ]


def _own_ratings(ratings: RatingsInTime, place: Ints, as_of: Ints) -> list[list[dict[str, Any]]]:
    """Return the ratings of the interactions themselves that are known at the moments."""
    begin, end = ratings.timeline.begin(place), ratings.timeline.known(place, as_of)
    places, which = places_in_runs(begin, end)
    rows = pl.DataFrame(
        {"rating": ratings.rating[places], "rated_at": _times(ratings.timeline.at[places], as_of[which])}
    )
    return _split(_iso(rows).to_dicts(), end - begin)


def _times(times: Ints, when: Ints) -> pl.Series:
    """Return the times that are known at `when`; null elsewhere."""
    known = pl.Series(is_known(times, when))
    return pl.select(pl.when(known).then(pl.Series(times).cast(pl.Datetime("us", "UTC")))).to_series()


def _split(items: list[dict[str, Any]], lengths: Ints) -> list[list[dict[str, Any]]]:
    ends = np.cumsum(lengths)
    return [items[end - length : end] for end, length in zip(ends, lengths, strict=True)]
