"""The events of records, and the default moment of a record."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

import numpy as np
import polars as pl

from forestall.data.schemas import CLOCK_FAULT_S, LONGEST_WORD, find_word_fault
from forestall.moment_features.event_columns import ANY_KIND, Last
from forestall.moment_features.events import Events
from forestall.moment_features.events_so_far import events_so_far
from forestall.moment_features.feature_plan import FeaturePlan
from forestall.moment_features.milestones import FOREVER
from forestall.moment_features.name_columns import listed
from forestall.moment_features.nested_fields import Record, items_at, nested_items
from forestall.moment_features.record_fields import NUMBER_IF_ANY, are_infinite, cells_of, read_fields
from forestall.moment_features.row_aggregates import Bools
from forestall.moment_features.shared_terms import ENDED, START
from forestall.moment_features.state_columns import AsOf
from forestall.moment_features.terms import coalesce
from forestall.moments.moments import ENDS
from forestall.moments.timeline import Ints

NO_TIME = 0  # microseconds: the moment of a record that holds no time at all
_CLOCK_FAULT_US = CLOCK_FAULT_S * 1_000_000
EVENT_FIELDS = {
    "at": pl.Datetime("us", "UTC"), "kind": pl.String, "actor": pl.String, "text": pl.String, "value": pl.Float64,
}  # fmt: skip
# the first `closed` or `abandoned`, else the last event, else the start
_DEFAULT_MOMENT = FeaturePlan({"as_of": coalesce(ENDED, Last(ANY_KIND), START)})


def events_of_records(
    records: Sequence[Record],
    starts: Sequence[int | None],
    started_at: Ints,
    locale: Sequence[str | None],
    attributes: Mapping[str, Any] | None = None,
) -> Events:
    """Return the events of records, without those that would be rejected in a table.

    An event is left out if it has no time, if its kind is not a word, if its value is infinite, or if it is earlier
    than the start by more than a clock fault.

    Parameters
    ----------
    records
        The records.
    starts, started_at
        When each interaction started, microseconds; None, and `NO_TIME`, where a record does not say.
    locale
        The language and culture of each.
    attributes
        Further fields of the events that are used, with their types. A text that is no number counts as missing where
        a number is wanted, as in a table.

    Raises
    ------
    InputError
        A field is not of its type.
    """
    items = nested_items(records, "events")
    further = {
        name: NUMBER_IF_ANY if dtype == pl.Float64 else dtype for name, dtype in (attributes or {}).items()
    }
    owner, columns = items.owner, read_fields(items.rows, {**EVENT_FIELDS, **further}, items.owner, "events.")
    stated = {name: np.array([name in item for item in items.rows], dtype=bool) for name in further}
    kept = _are_there(columns["at"])
    if not kept.all():
        columns["at"] = [NO_TIME if at is None else at for at in columns["at"]]
    at = np.array(columns["at"], dtype=np.int64)
    kept &= at >= started_at[owner] - _CLOCK_FAULT_US
    if None in starts:
        kept &= _are_there(starts)[owner]
    faulty = {kind for kind in set(columns["kind"]) if not _is_kind(kind)}
    if faulty:
        kept &= np.array([kind not in faulty for kind in columns["kind"]], dtype=bool)
    kept &= ~are_infinite(cells_of(items.rows, "value"))
    if not kept.all():
        places = np.flatnonzero(kept)
        owner, at = owner[places], at[places]
        columns, stated = items_at(columns, places.tolist()), items_at(stated, places.tolist())
    columns["at"] = np.maximum(at, started_at[owner])
    return Events.of(columns, owner, started_at, locale, further, stated)


def default_as_of(events: Events, started_at: Ints, label_event: str | None = None) -> list[int]:
    """Return the default moment of each record, as `moments.default_moments` has it for tables: its end."""
    n = len(started_at)
    groups = _DEFAULT_MOMENT.columns.events
    own = events if label_event in ENDS else events.without(label_event)
    known = events_so_far(own, np.arange(n), np.full(n, FOREVER), groups)
    state = {AsOf.name: started_at, START.name: started_at, **known}
    moments = _DEFAULT_MOMENT.lists({name: listed(values) for name, values in state.items()})["as_of"]
    return [int(moment) for moment in moments]


def default_as_of_without_start(records: Sequence[Record], label_event: str | None = None) -> list[int]:
    """Return the default moment of records without a start: of their events alone, else `NO_TIME`."""
    started_at = np.full(len(records), NO_TIME, dtype=np.int64)
    events = events_of_records(records, started_at.tolist(), started_at, [None] * len(records))
    return default_as_of(events, started_at, label_event)


def _are_there(values: Sequence[Any]) -> Bools:
    if None not in values:
        return np.ones(len(values), dtype=bool)
    return np.array([value is not None for value in values], dtype=bool)


def _is_kind(kind: str | None) -> bool:
    # a long text is not kept in the cache, whose size would be the callers' choice
    return kind is not None and len(kind) <= LONGEST_WORD and _is_word(kind)


@lru_cache(maxsize=4096)
def _is_word(kind: str) -> bool:
    return find_word_fault(kind) is None
