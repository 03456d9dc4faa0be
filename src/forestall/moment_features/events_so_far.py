"""The events of an interaction up to a moment: counts, sums, first and last times."""

from __future__ import annotations

from typing import Any

import numpy as np

from forestall.moment_features.event_columns import ANY_KIND, ANY_TEXT
from forestall.moment_features.events import ACTORS, STAFF, Array, Events
from forestall.moment_features.row_aggregates import (
    AggregateGroups,
    Bools,
    Runs,
    aggregates_of_one,
    aggregates_of_runs,
)
from forestall.moments.timeline import Ints


def events_so_far(events: Events, place: Ints, as_of: Ints, groups: AggregateGroups) -> dict[str, Array]:
    """Return aggregates of the events of interactions up to moments.

    Parameters
    ----------
    events
        The events.
    place, as_of
        The moments: the interaction's place, and the time in microseconds, both of shape (n_moments,).
    groups
        The aggregates wanted, by kind of event and actor.

    Returns
    -------
    dict of arrays
        By name, each of shape (n_moments,); NaN is null.
    """
    begin, end = events.timeline.begin(place), events.timeline.known(place, as_of)
    low, high = (int(begin.min()), int(end.max())) if len(begin) else (0, 0)
    part = slice(low, max(low, high))  # the moments are neighbours: other events need no look

    def runs_of(condition: tuple[str, str]) -> Runs:
        return Runs.where(_meets(events, part, *condition), begin - low, end - low, offset=low)

    return aggregates_of_runs(groups, runs_of, events.columns)


def events_so_far_in_lists(
    events: Events, place: Ints, as_of: Ints, groups: AggregateGroups
) -> dict[str, list[Any]]:
    """Return what `events_so_far` does, of a few moments, as lists with None for null."""
    begin, end = events.timeline.begin(place), events.timeline.known(place, as_of)
    moments = [
        _of_one(events, slice(*part), groups) for part in zip(begin.tolist(), end.tolist(), strict=True)
    ]
    names = [name for wanted in groups.values() for name, _, _ in wanted]
    return {name: [moment[name] for moment in moments] for name in names}


def _meets(events: Events, part: slice, kind: str, actor: str) -> Bools:
    """Return whether each event of a part is of a kind and actor."""
    if kind == ANY_TEXT:
        meets = events.columns["n_texts"][part].astype(bool)
    elif kind == ANY_KIND:
        meets = np.ones(part.stop - part.start, dtype=bool)
    else:
        meets = events.columns["kind"][part] == events.kinds.get(kind, -1)
    if not actor:
        return meets
    by = events.columns["actor"][part]
    is_by = (by == STAFF[0]) | (by == STAFF[1]) if actor == "staff" else by == ACTORS[actor]
    return np.asarray(meets & is_by, dtype=bool)


def _of_one(events: Events, part: slice, groups: AggregateGroups) -> dict[str, Any]:
    columns = {name: values[part].tolist() for name, values in events.columns.items()}
    actors, has_text = columns["actor"], columns["n_texts"]
    rows_of_any = {
        ANY_KIND: list(range(len(actors))),
        ANY_TEXT: [row for row, has in enumerate(has_text) if has],
    }
    rows_of_kind: dict[int, list[int]] = {}
    for row, number in enumerate(columns["kind"]):
        rows_of_kind.setdefault(number, []).append(row)

    def rows_of(condition: tuple[str, str]) -> list[int]:
        kind, actor = condition
        rows = rows_of_any.get(kind)
        if rows is None:
            rows = rows_of_kind.get(events.kinds.get(kind, -1), [])
        if not actor or not rows:
            return rows
        by = STAFF if actor == "staff" else (ACTORS[actor],)
        return [row for row in rows if actors[row] in by]

    return aggregates_of_one(groups, rows_of, columns)
