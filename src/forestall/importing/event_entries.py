"""The events of a mapping's entries, in an order in which each time is known that another one follows."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from forestall.importing.further_rows import FurtherRows, own_times
from forestall.importing.joined_rows import KEY
from forestall.importing.mapping import INTERACTION_TIMES, Mapping
from forestall.importing.mapping_sections import EventColumns
from forestall.importing.table_rows import events_of
from forestall.importing.value_sources import LAST_EVENT


def read_events(
    plan: Mapping, further: FurtherRows, known: dict[str, pl.Series], others: Sequence[pl.DataFrame]
) -> list[pl.DataFrame]:
    """Return the events of all entries, and add to `known` the first time of each kind that an entry names.

    An entry whose time is a duration after another kind of event is read after all entries of that kind; one that
    follows `last_event`, after all that do not.

    Parameters
    ----------
    plan, further
        The mapping, and the rows of the main source and of further tables and arrays.
    known
        The times of the interactions by name, a value for each row of the main source.
    others
        Events that are read already: those of an event log.
    """
    parts: dict[int, pl.DataFrame] = {}
    unread = dict(enumerate(plan.events))
    while unread:
        i = _next_entry(unread, known)
        event = unread.pop(i)
        if event.at.after == LAST_EVENT and LAST_EVENT not in known:
            known[LAST_EVENT] = _last_event([*others, *parts.values()], further, known["started_at"])
        if event.source is None:
            parts[i], at = events_of(event, i, plan, further.main, known)
            kind = event.kind.constant
            if isinstance(kind, str) and kind not in INTERACTION_TIMES:
                known[kind] = pl.select(pl.min_horizontal(known.get(kind, at), at)).to_series()
            continue
        cells = further.of(event.source)
        parts[i], _ = events_of(event, i, plan, cells, own_times(cells, known))
    return [parts[i] for i in sorted(parts)]


def _next_entry(unread: dict[int, EventColumns], known: dict[str, pl.Series]) -> int:
    """Return an entry that follows no unread one; of entries that follow their own kind, one whose base is known.

    Entries that follow the last event come last.
    """
    waiting = {str(event.kind.constant) for event in unread.values() if event.source is None}
    waiting = (waiting | {LAST_EVENT}) - set(INTERACTION_TIMES)
    ready = [i for i, event in unread.items() if event.at.after not in waiting]
    followers = [i for i, event in unread.items() if event.at.after in known]
    last = [i for i, event in unread.items() if event.at.after == LAST_EVENT]
    return [*ready, *followers, *last][0]


def _last_event(parts: Sequence[pl.DataFrame], further: FurtherRows, started_at: pl.Series) -> pl.Series:
    """Return the time of the last event of each row's interaction, or its start if it has none."""
    rows = further.main.frame.select(interaction_id=KEY, started_at=started_at)
    if not parts:
        return started_at
    times = pl.concat(part.select("interaction_id", "at") for part in parts)
    last = times.group_by("interaction_id").agg(pl.col("at").max())
    joined = rows.join(last, on="interaction_id", how="left", maintain_order="left")
    return joined.select(pl.max_horizontal("started_at", "at")).to_series()
