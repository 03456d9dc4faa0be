"""Interactions as records, one a moment: made from tables, and read back as sources of the same features."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import polars as pl

from forestall.data.schemas import CLOCK_FAULT_S, column_types, find_word_fault
from forestall.errors import InputError
from forestall.features.changes import FOREVER
from forestall.features.few import Listed
from forestall.features.fields import MOMENT, endless_places, is_missing, read_fields
from forestall.features.happened import Events, happened
from forestall.features.keys import is_there, joined_name, listed
from forestall.features.learnt import QUEUE_KEY, Facts
from forestall.features.past import MAX_EARLIER, Earlier, ranges, times_of
from forestall.features.plan import FEW_ROWS, Array
from forestall.features.queue import COLUMNS as QUEUE
from forestall.features.sources import Sources, prepared
from forestall.features.standards import Standards
from forestall.features.terms import STANDARD
from forestall.moments.moments import ENDS
from forestall.moments.timeline import Ints

NO_TIME = 0  # microseconds: the moment of a record that tells of no time at all
_CLOCK_FAULT_US = CLOCK_FAULT_S * 1_000_000
_FIRST_ENDS = [f"first:{kind}" for kind in ENDS]
_TIME = pl.Datetime("us", "UTC")
_EVENT = {"at": _TIME, "kind": pl.String, "actor": pl.String, "text": pl.String, "value": pl.Float64}
_PAST = {
    "started_at": _TIME, "ended_at": _TIME, "rating": pl.Float64, "rated_at": _TIME, "resolved": pl.Boolean,
    "wait_s": pl.Float64, "venue": pl.String, "channel": pl.String,
}  # fmt: skip
_QUEUE = dict.fromkeys(QUEUE, pl.Float64)


def sources_of_records(
    data: Any,
    standards: Standards,
    facts: Facts,
    context: Mapping[str, Any] | None = None,
    scale: tuple[float, float] | None = None,
) -> Sources:
    """Return the sources of interaction records: one moment each, at its `as_of`.

    Parameters
    ----------
    data
        A list of dicts, or a pandas or Polars frame: the columns of `interactions`, `as_of`, `events`,
        `history` and `queue`, the last three also as JSON.
    standards
        What is promised.
    facts
        Learnt facts, frozen.
    context
        Further columns that are used, with their types.
    scale
        Of the ratings, from low to high; one off it is none.

    Returns
    -------
    Sources
        Its interactions have `as_of`, microseconds. A record without `started_at` has no events; its `as_of` is the
        time of the last one told, or `NO_TIME`.

    Raises
    ------
    InputError
        A field is not of its type; the record's number and the field are named, never the value.
    """
    rows = _rows(data)
    types = {**column_types("interactions"), **(context or {}), "as_of": _TIME}
    told = read_fields(rows, {**types, "as_of": MOMENT})
    starts = told["started_at"]
    started_at = np.array([NO_TIME if start is None else start for start in starts], dtype=np.int64)
    events = _events(rows, starts, started_at, told["locale"])
    if None in told["as_of"]:
        pairs = zip(told["as_of"], _default_as_of(events, started_at).tolist(), strict=True)
        told["as_of"] = [default if as_of is None else as_of for as_of, default in pairs]
        if None in starts:
            _place_startless(rows, starts, told["as_of"])
    circumstances = RecordCircumstances.of(rows, told, started_at, scale)
    interactions = _interactions({**told, "started_at": started_at}, types, standards)
    return Sources(interactions, events, facts, circumstances)


def _rows(data: Any) -> Sequence[Mapping[str, Any]]:
    if isinstance(data, pl.DataFrame):
        return data.to_dicts()
    if hasattr(data, "to_dict"):
        return list(data.to_dict(orient="records"))
    if isinstance(data, Mapping):
        return [data]
    if isinstance(data, Iterable) and not isinstance(data, str | bytes):
        rows = list(data)
        if _are_objects(rows):
            return rows
    raise InputError("data must be Tables or interaction records: a frame, or a list of dicts")


def _are_objects(items: Sequence[Any]) -> bool:
    """Return whether all items are objects; plain ones, as JSON has them, are soon told."""
    return set(map(type, items)) <= {dict} or all(isinstance(item, Mapping) for item in items)


def _interactions(
    columns: Mapping[str, Any], types: Mapping[str, Any], standards: Standards
) -> pl.DataFrame | Listed:
    """Return the interactions, made ready; times are microseconds."""
    schema = {name: pl.Int64 if isinstance(dtype, pl.Datetime) else dtype for name, dtype in types.items()}
    if len(columns["started_at"]) > FEW_ROWS:
        series = [pl.Series(name, columns[name], dtype, nan_to_null=True) for name, dtype in schema.items()]
        return prepared(pl.DataFrame(series), standards)
    values = {name: listed(columns[name]) for name in schema}
    venue, channel = values["venue"], values["channel"]
    values[QUEUE_KEY] = list(map(joined_name, venue, channel))
    values[STANDARD] = list(map(standards.of, venue, channel))
    return Listed(values, {**schema, QUEUE_KEY: pl.String, STANDARD: pl.Float64})


def _nested(row: Mapping[str, Any], number: int, name: str) -> Any:
    """Return a nested field, read from JSON where it is a string; None where it is missing."""
    value = row.get(name)
    if isinstance(value, str):
        try:
            value = json.loads(value) if value.strip() else None
        except (ValueError, RecursionError):
            raise InputError(f"record {number}: {name} must be valid JSON") from None
    if isinstance(value, np.ndarray):
        value = value.tolist()
    return None if not isinstance(value, list | tuple | Mapping) and is_missing(value) else value


def _items(rows: Sequence[Mapping[str, Any]], name: str) -> tuple[list[Mapping[str, Any]], list[int], Array]:
    """Return the items of a list field of all records, the record of each, and which records have the field, (n,)."""
    items: list[Mapping[str, Any]] = []
    owner: list[int] = []
    has_it = np.ones(len(rows), dtype=bool)
    for number, row in enumerate(rows):
        value = _nested(row, number, name)
        if value is None:
            has_it[number] = False
            continue
        if not isinstance(value, list | tuple) or not _are_objects(value):
            raise InputError(f"record {number}: {name} must be a list of objects")
        items += value
        owner += [number] * len(value)
    return items, owner, has_it


def _events(
    rows: Sequence[Mapping[str, Any]],
    starts: Sequence[int | None],
    started_at: Ints,
    locale: list[str | None],
) -> Events:
    """Return the records' events, sifted as the table's are: no time, no word, too early or endless is left out."""
    items, owner, _ = _items(rows, "events")
    told = read_fields(items, _EVENT, owner, "events.")
    endless = endless_places(item.get("value") for item in items)
    kept = [
        place
        for place, (number, at, kind) in enumerate(zip(owner, told["at"], told["kind"], strict=True))
        if (start := starts[number]) is not None
        and at is not None
        and at >= start - _CLOCK_FAULT_US
        and _is_kind(kind)
        and place not in endless
    ]
    if len(kept) < len(items):
        owner, told = [owner[place] for place in kept], _part(told, kept)
    places = np.array(owner, dtype=np.int64)
    told["at"] = np.maximum(np.array(told["at"], dtype=np.int64), started_at[places])
    return Events.of(told, places, started_at, locale)


def _part(columns: Mapping[str, Any], places: list[int]) -> dict[str, Any]:
    """Return columns at the places."""
    return {
        name: values[places] if isinstance(values, np.ndarray) else [values[place] for place in places]
        for name, values in columns.items()
    }


@lru_cache(maxsize=4096)
def _is_kind(kind: str | None) -> bool:
    return find_word_fault(kind) is None


def _default_as_of(events: Events, start: Ints) -> Ints:
    """Return each record's default moment: its first end, else its last event, else its start."""
    forever = np.full(len(start), FOREVER)
    known = happened(events, np.arange(len(start)), forever, [*_FIRST_ENDS, "last:*"])
    ended = np.fmin.reduce([known[name] for name in _FIRST_ENDS])
    last = np.where(np.isnan(known["last:*"]), start, known["last:*"])
    return np.where(np.isnan(ended), last, ended).astype(np.int64)


def _place_startless(
    rows: Sequence[Mapping[str, Any]], starts: Sequence[int | None], as_of: list[int]
) -> None:
    """Put the default moment of records without a start at their events; without any it stays `NO_TIME`."""
    some = [place for place, start in enumerate(starts) if start is None and as_of[place] == NO_TIME]
    begin = np.full(len(some), NO_TIME, dtype=np.int64)
    events = _events([rows[place] for place in some], begin.tolist(), begin, [None] * len(some))
    for place, at in zip(some, _default_as_of(events, begin).tolist(), strict=True):
        as_of[place] = at


@dataclass(frozen=True)
class RecordCircumstances:
    """The queue and the past, as the records tell them."""

    queues: dict[str, Array]
    earlier: Earlier
    has_past: Array
    started_at: Ints

    @classmethod
    def of(
        cls,
        rows: Sequence[Mapping[str, Any]],
        told: Mapping[str, Any],
        started_at: Ints,
        scale: tuple[float, float] | None,
    ) -> RecordCircumstances:
        """Return the circumstances of records; `told` are their own fields."""
        earlier, has_past = _earlier(rows, told, started_at)
        if scale is not None:
            rating = earlier.facts["rating"]
            rating[(rating < scale[0]) | (rating > scale[1])] = np.nan
        return cls(_queues(rows), earlier, has_past & is_there(told["customer_id"]), started_at)

    def queue(self, place: Ints, as_of: Ints) -> dict[str, Array]:
        """Return the columns `queue:*`."""
        del as_of  # a record tells of its own moment
        return {name: values[place] for name, values in self.queues.items()}

    def before(self, place: Ints, as_of: Ints) -> tuple[Earlier, Ints, Array]:
        """Return the customers' earlier interactions, when the moments' own began, and whose customer is known."""
        del as_of  # a record tells of its own moment
        if np.array_equal(place, np.arange(len(self.started_at))):
            return self.earlier, self.started_at, self.has_past
        begin, end = self.earlier.begin[place], self.earlier.end[place]
        chosen, _ = ranges(begin, end)
        until = np.cumsum(end - begin)
        facts = {name: values[chosen] for name, values in self.earlier.facts.items()}
        return Earlier(until - (end - begin), until, facts), self.started_at[place], self.has_past[place]


def _earlier(
    rows: Sequence[Mapping[str, Any]], told: Mapping[str, Any], started_at: Ints
) -> tuple[Earlier, Array]:
    """Return the earlier interactions that records tell of, and which records do, (n,)."""
    items, owner, has_history = _items(rows, "history")
    them = read_fields(items, _PAST, owner, "history.")
    starts, begun = started_at.tolist(), them["started_at"]
    before = [
        place
        for place, (number, at) in enumerate(zip(owner, begun, strict=True))
        if at is not None and at < starts[number]
    ]
    before.sort(key=lambda place: (owner[place], begun[place]))
    owners = np.array([owner[place] for place in before], dtype=np.int64)
    end = np.searchsorted(owners, np.arange(len(rows)), side="right")
    is_late = np.arange(len(before)) >= end[owners] - MAX_EARLIER
    kept = [place for place, late in zip(before, is_late.tolist(), strict=True) if late]
    end = np.searchsorted(owners[is_late], np.arange(len(rows) + 1))
    owner, them = [owner[place] for place in kept], _part(them, kept)
    facts = {
        "started_at": np.array(them["started_at"], dtype=np.int64),
        "ended_at": times_of(them["ended_at"]),
        "rated_at": times_of(them["rated_at"]),
        "rating": them["rating"],
        "resolved": np.array(them["resolved"], dtype=np.float64),
        "wait_s": them["wait_s"],
        **{
            f"same_{name}": np.array(
                [
                    one is not None and one == told[name][number]
                    for one, number in zip(them[name], owner, strict=True)
                ],
                dtype=bool,
            )
            for name in ("venue", "channel")
        },
    }
    return Earlier(end[:-1], end[1:], facts), has_history


def _queues(rows: Sequence[Mapping[str, Any]]) -> dict[str, Array]:
    queues = []
    for number, row in enumerate(rows):
        queue = _nested(row, number, "queue")
        if queue is not None and not isinstance(queue, Mapping):
            raise InputError(f"record {number}: queue must be an object")
        queues.append(queue or {})
    return {f"queue:{name}": values for name, values in read_fields(queues, _QUEUE, None, "queue.").items()}
