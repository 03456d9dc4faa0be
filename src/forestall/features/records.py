"""Interactions as records, one a moment: made from tables, and read back as sources of the same features."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import lru_cache
from operator import itemgetter
from typing import Any

import numpy as np
import polars as pl

from forestall.data.schemas import column_types, find_word_fault
from forestall.errors import InputError
from forestall.features.happened import Events, happened
from forestall.features.keys import is_there
from forestall.features.learnt import Facts
from forestall.features.past import MAX_EARLIER, Earlier, past
from forestall.features.plan import Array
from forestall.features.queue import COLUMNS as QUEUE
from forestall.features.sources import FOREVER, Sources, prepared
from forestall.features.standards import Standards
from forestall.moments.timeline import Ints

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_CLOCK_FAULT_US = 5_000_000
_TIME = pl.Datetime("us", "UTC")
_EVENT = {"at": _TIME, "kind": pl.String, "actor": pl.String, "text": pl.String, "value": pl.Float64}
_PAST = {
    "started_at": _TIME, "ended_at": _TIME, "rating": pl.Float64, "rated_at": _TIME, "resolved": pl.Boolean,
    "wait_s": pl.Float64, "venue": pl.String, "channel": pl.String,
}  # fmt: skip
_EARLIER = {**dict(list(_PAST.items())[:-2]), "same_venue": pl.Boolean, "same_channel": pl.Boolean}
_QUEUE = dict.fromkeys(QUEUE, pl.Float64)


def sources_of_records(
    data: Any, standards: Standards, facts: Facts, context: Mapping[str, Any] | None = None
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

    Returns
    -------
    Sources
        Its interactions have `as_of`, microseconds. A record without `started_at` has no events.

    Raises
    ------
    InputError
        A field is not of its type; the record's number and the field are named, never the value.
    """
    rows = _rows(data)
    types = {**column_types("interactions"), **(context or {}), "as_of": pl.Datetime("us", "UTC")}
    readers = _readers(types)
    told = [_read(row, readers, number) for number, row in enumerate(rows)]
    place = {name: number for number, name in enumerate(types)}
    starts = [row[place["started_at"]] for row in told]
    locale = pl.Series([row[place["locale"]] for row in told], dtype=pl.String)
    events = _events(rows, starts, locale)
    started_at = np.array([start or 0 for start in starts], dtype=np.int64)
    if any(row[-1] is None for row in told):
        as_of = _default_as_of(events, started_at)
        told = [
            (*row[:-1], int(default) if row[-1] is None else row[-1])
            for row, default in zip(told, as_of, strict=True)
        ]
    columns = {**_columns(told, types), "started_at": pl.Series("started_at", started_at)}
    frame = pl.DataFrame(list(columns.values()))
    return Sources(prepared(frame, standards), events, facts, RecordCircumstances.of(rows, frame))


def _rows(data: Any) -> Sequence[Mapping[str, Any]]:
    if isinstance(data, pl.DataFrame):
        return data.to_dicts()
    if hasattr(data, "to_dict"):
        return list(data.to_dict(orient="records"))
    if isinstance(data, Mapping):
        return [data]
    if isinstance(data, Iterable) and not isinstance(data, str | bytes):
        rows = list(data)
        if all(isinstance(row, Mapping) for row in rows):
            return rows
    raise InputError("data must be Tables or interaction records: a frame, or a list of dicts")


def _readers(types: Mapping[str, Any]) -> list[tuple[str, Callable[[Any], Any]]]:
    return [
        (name, _READERS[type(one) if isinstance(one, pl.Datetime) else one]) for name, one in types.items()
    ]


def _read(
    row: Mapping[str, Any], readers: list[tuple[str, Callable[[Any], Any]]], number: int, within: str = ""
) -> tuple[Any, ...]:
    """Return the fields of a row, each as its type; times as microseconds."""
    values = []
    for name, read in readers:
        value = row.get(name)
        if value is not None:
            try:
                value = read(value)
            except (TypeError, ValueError, OverflowError):
                raise InputError(f"record {number}: {within}{name} must be {_WANTED[read]}") from None
        values.append(value)
    return tuple(values)


def _columns(rows: list[tuple[Any, ...]], types: Mapping[str, Any]) -> dict[str, pl.Series]:
    """Return the columns of rows; times as microseconds."""
    cells = zip(*rows, strict=True) if rows else ((),) * len(types)
    return {
        name: pl.Series(name, values, pl.Int64 if isinstance(dtype, pl.Datetime) else dtype)
        for (name, dtype), values in zip(types.items(), cells, strict=True)
    }


def _is_missing(value: Any) -> bool:
    return (
        value is None
        or (isinstance(value, float) and math.isnan(value))
        or type(value).__name__ in {"NaTType", "NAType"}
    )


def _time(value: Any) -> int | None:
    """Return microseconds since 1970, UTC."""
    if isinstance(value, str):
        value = datetime.fromisoformat(value)
    elif _is_missing(value):
        return None
    elif isinstance(value, np.datetime64):
        return int(value.astype("datetime64[us]").astype(np.int64))
    if not isinstance(value, datetime):
        if not isinstance(value, date):
            raise TypeError
        value = datetime(value.year, value.month, value.day, tzinfo=UTC)
    since = (value.replace(tzinfo=UTC) if value.tzinfo is None else value) - _EPOCH
    return int((since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds)


def _number(value: Any) -> float | None:
    if _is_missing(value):
        return None
    if isinstance(value, str | bytes):
        raise TypeError
    number = float(value)
    return number if math.isfinite(number) else None


def _text(value: Any) -> str | None:
    if type(value) is str:
        return value if value.isascii() else value.encode("utf-8", "replace").decode()
    if _is_missing(value):
        return None
    if isinstance(value, list | dict):
        raise TypeError
    return value.encode("utf-8", "replace").decode() if isinstance(value, str) else str(value)


def _truth(value: Any) -> bool | None:
    if _is_missing(value):
        return None
    if value not in (0, 1):
        raise ValueError
    return bool(value)


_READERS: dict[Any, Callable[[Any], Any]] = {
    pl.Datetime: _time, pl.Float64: _number, pl.String: _text, pl.Boolean: _truth,
}  # fmt: skip
_WANTED: dict[Callable[[Any], Any], str] = {
    _time: "a time", _number: "a number", _text: "a string", _truth: "true or false",
}  # fmt: skip


def _nested(row: Mapping[str, Any], number: int, name: str) -> Any:
    """Return a nested field, read from JSON where it is a string; None where it is missing."""
    value = row.get(name)
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except ValueError:
            raise InputError(f"record {number}: {name} must be valid JSON") from None
    if isinstance(value, np.ndarray):
        value = value.tolist()
    return None if not isinstance(value, list | tuple | Mapping) and _is_missing(value) else value


def _items(
    row: Mapping[str, Any], number: int, name: str, readers: list[tuple[str, Callable[[Any], Any]]]
) -> list[tuple[Any, ...]] | None:
    """Return the items of a list field, each as its fields; None where the record does not have it."""
    value = _nested(row, number, name)
    if value is None:
        return None
    if not isinstance(value, list | tuple) or not all(
        type(item) is dict or isinstance(item, Mapping) for item in value
    ):
        raise InputError(f"record {number}: {name} must be a list of objects")
    return [_read(item, readers, number, f"{name}.") for item in value]


def _events(rows: Sequence[Mapping[str, Any]], starts: list[int | None], locale: pl.Series) -> Events:
    """Return the records' events, sifted as the table's are: no time, no word or too early is left out."""
    owner: list[int] = []
    kept: list[tuple[Any, ...]] = []
    readers = _readers(_EVENT)
    for number, (row, start) in enumerate(zip(rows, starts, strict=True)):
        for at, kind, *rest in _items(row, number, "events", readers) or ():
            if start is None or at is None or at < start - _CLOCK_FAULT_US or not _is_kind(kind):
                continue
            kept.append((max(at, start), kind, *rest))
            owner.append(number)
    places = np.array(owner, dtype=np.int64)
    started_at = np.array([start or 0 for start in starts], dtype=np.int64)
    return Events.of(_columns(kept, _EVENT), places, started_at, locale)


@lru_cache(maxsize=4096)
def _is_kind(kind: str | None) -> bool:
    return find_word_fault(kind) is None


def _default_as_of(events: Events, start: Ints) -> Ints:
    """Return each record's default moment: its first end, else its last event, else its start."""
    forever = np.full(len(start), FOREVER)
    known = happened(events, np.arange(len(start)), forever, ["first:closed", "first:abandoned", "last:*"])
    ended = np.fmin(known["first:closed"], known["first:abandoned"])
    last = np.where(np.isnan(known["last:*"]), start, known["last:*"])
    return np.where(np.isnan(ended), last, ended).astype(np.int64)


@dataclass(frozen=True)
class RecordCircumstances:
    """The queue and the past, as the records tell them."""

    queues: dict[str, Array]
    earlier: Earlier
    has_past: Array
    started_at: Ints

    @classmethod
    def of(cls, rows: Sequence[Mapping[str, Any]], frame: pl.DataFrame) -> RecordCircumstances:
        """Return the circumstances that records tell."""
        started_at = frame["started_at"].to_numpy()
        begin: list[int] = []
        end: list[int] = []
        kept: list[tuple[Any, ...]] = []
        readers = _readers(_PAST)
        has_past = is_there(frame["customer_id"])
        owns = zip(*(frame[name].to_list() for name in ("started_at", "venue", "channel")), strict=True)
        for number, (row, own) in enumerate(zip(rows, owns, strict=True)):
            items = _items(row, number, "history", readers)
            has_past[number] &= items is not None
            before = sorted(
                (item for item in items or () if item[0] is not None and item[0] < own[0]), key=itemgetter(0)
            )
            begin.append(len(kept))
            for *told, venue, channel in before[-MAX_EARLIER:]:
                is_same = (venue is not None and venue == own[1], channel is not None and channel == own[2])
                kept.append((*told, *is_same))
            end.append(len(kept))
        earlier = Earlier(
            np.array(begin), np.array(end), pl.DataFrame(list(_columns(kept, _EARLIER).values()))
        )
        return cls(_queues(rows), earlier, has_past, started_at)

    def queue(self, place: Ints, as_of: Ints) -> dict[str, Array]:
        """Return the columns `queue:*`."""
        del as_of  # a record tells of its own moment
        return {name: values[place] for name, values in self.queues.items()}

    def past(self, place: Ints, as_of: Ints) -> dict[str, Array]:
        """Return the columns `past:*`."""
        if len(place) != len(self.started_at):  # a part of the records, which lie one after the other
            first, end = self.earlier.begin[place[0]], self.earlier.end[place[-1]]
            part = Earlier(
                self.earlier.begin[place] - first,
                self.earlier.end[place] - first,
                self.earlier.frame[first:end],
            )
            return past(part, as_of, self.started_at[place], self.has_past[place])
        return past(self.earlier, as_of, self.started_at, self.has_past)


def _queues(rows: Sequence[Mapping[str, Any]]) -> dict[str, Array]:
    values = []
    readers = _readers(_QUEUE)
    for number, row in enumerate(rows):
        queue = _nested(row, number, "queue")
        if queue is not None and not isinstance(queue, Mapping):
            raise InputError(f"record {number}: queue must be an object")
        values.append(_read(queue or {}, readers, number, "queue."))
    table = np.array(values, dtype=np.float64).reshape(len(rows), len(QUEUE))
    return {f"queue:{name}": table[:, place] for place, name in enumerate(QUEUE)}
