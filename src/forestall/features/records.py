"""Interactions as records, one a moment: made from tables, and read back as sources of the same features."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

import numpy as np
import polars as pl

from forestall.data.schemas import column_types, is_word
from forestall.errors import InputError
from forestall.features.happened import Events, happened
from forestall.features.learnt import Facts
from forestall.features.past import MAX_EARLIER, Earlier, past
from forestall.features.queue import COLUMNS as QUEUE
from forestall.features.sources import FOREVER, Sources, names_in, prepared
from forestall.features.standards import Standards
from forestall.features.terms import ENDED, last
from forestall.moments.timeline import Ints

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_CLOCK_FAULT_US = 5_000_000
_EVENT = {"at": pl.Int64, "kind": pl.String, "actor": pl.String, "text": pl.String, "value": pl.Float64}
_PAST: dict[str, Any] = {
    "started_at": pl.Int64, "ended_at": pl.Int64, "rating": pl.Float64, "rated_at": pl.Int64, "resolved": pl.Boolean,
    "channel": pl.String, "venue": pl.String, "wait_s": pl.Float64,
}  # fmt: skip


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
    columns = {name: _column(rows, name, dtype) for name, dtype in types.items()}
    is_lost = columns["started_at"].is_null()
    frame = prepared(pl.DataFrame(columns).with_columns(pl.col("started_at").fill_null(0)), standards)
    start = frame["started_at"].to_numpy()
    events = _events(rows, frame, is_lost)
    frame = frame.with_columns(as_of=pl.coalesce("as_of", _default_as_of(events, start)))
    return Sources(frame, events, facts, RecordCircumstances.of(rows, frame))


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


def _column(rows: Sequence[Mapping[str, Any]], name: str, dtype: Any) -> pl.Series:
    read = _READERS[dtype if isinstance(dtype, type) else type(dtype)]
    values = []
    for number, row in enumerate(rows):
        try:
            values.append(read(row.get(name)))
        except (TypeError, ValueError, OverflowError):
            raise InputError(_fault(number, name, read)) from None
    return pl.Series(name, values, dtype=pl.Int64 if read is _time else dtype)


def _fault(number: int, name: str, read: Callable[[Any], Any]) -> str:
    wanted = {_time: "a time", _number: "a number", _text: "a string", _truth: "true or false"}[read]
    return f"record {number}: {name} must be {wanted}"


def _is_missing(value: Any) -> bool:
    return value is None or (isinstance(value, float) and math.isnan(value)) or type(value).__name__ in {"NaTType", "NAType"}


def _time(value: Any) -> int | None:
    """Return microseconds since 1970, UTC."""
    if _is_missing(value):
        return None
    if isinstance(value, np.datetime64):
        return int(value.astype("datetime64[us]").astype(np.int64))
    if isinstance(value, str):
        value = datetime.fromisoformat(value)
    if not isinstance(value, datetime):
        if not isinstance(value, date):
            raise TypeError
        value = datetime(value.year, value.month, value.day, tzinfo=UTC)
    since = (value.replace(tzinfo=UTC) if value.tzinfo is None else value) - _EPOCH
    return (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds


def _number(value: Any) -> float | None:
    if _is_missing(value):
        return None
    if isinstance(value, str | bytes):
        raise TypeError
    number = float(value)
    return number if math.isfinite(number) else None


def _text(value: Any) -> str | None:
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


def _lists(rows: Sequence[Mapping[str, Any]], name: str) -> tuple[list[Mapping[str, Any]], Ints, list[bool]]:
    """Return the items of a list field, the record of each, and which records have the field."""
    items: list[Mapping[str, Any]] = []
    owner: list[int] = []
    has: list[bool] = []
    for number, row in enumerate(rows):
        value = _nested(row, number, name)
        has.append(value is not None)
        for item in value if value is not None else ():
            if not isinstance(item, Mapping):
                raise InputError(f"record {number}: {name} must be a list of objects")
            items.append(item)
            owner.append(number)
    return items, np.array(owner, dtype=np.int64), has


def _fields(items: list[Mapping[str, Any]], owner: Ints, name: str, types: Mapping[str, Any]) -> pl.DataFrame:
    """Return the items as a frame; times as microseconds."""
    columns: dict[str, pl.Series] = {}
    for field, dtype in types.items():
        read = _time if dtype == pl.Int64 else _READERS[dtype]
        values = []
        for place, item in enumerate(items):
            try:
                values.append(read(item.get(field)))
            except (TypeError, ValueError, OverflowError):
                raise InputError(_fault(int(owner[place]), f"{name}.{field}", read)) from None
        columns[field] = pl.Series(field, values, dtype=dtype)
    return pl.DataFrame(columns)


def _events(rows: Sequence[Mapping[str, Any]], frame: pl.DataFrame, is_lost: pl.Series) -> Events:
    """Return the records' events, sifted as the table's are: no time, no word or too early is left out."""
    items, owner, _ = _lists(rows, "events")
    start = frame["started_at"].to_numpy()
    table = _fields(items, owner, "events", _EVENT).with_columns(
        owner=pl.Series(owner), start=pl.Series(start[owner]), is_lost=is_lost.gather(owner)
    )
    is_good = is_word(pl.col("kind")) & (pl.col("at") >= pl.col("start") - _CLOCK_FAULT_US) & ~pl.col("is_lost")
    kept = table.filter(is_good.fill_null(False)).with_columns(
        at=pl.max_horizontal("at", "start").cast(pl.Datetime("us", "UTC"))
    )
    return Events.of(kept, kept["owner"].to_numpy(), start, frame["locale"])


def _default_as_of(events: Events, start: Ints) -> pl.Series:
    """Return each record's default moment: its first end, else its last event, else its start."""
    names = names_in([ENDED, last("*")])
    state = happened(events, np.arange(len(start)), np.full(len(start), FOREVER), names)
    return state.select(pl.coalesce(ENDED, last("*"), pl.Series(start))).to_series()


@dataclass(frozen=True)
class RecordCircumstances:
    """The queue and the past, as the records tell them."""

    queues: pl.DataFrame
    earlier: Earlier
    has_past: Any
    started_at: Ints

    @classmethod
    def of(cls, rows: Sequence[Mapping[str, Any]], frame: pl.DataFrame) -> RecordCircumstances:
        """Return the circumstances that records tell."""
        started_at = frame["started_at"].to_numpy()
        items, owner, has = _lists(rows, "history")
        table = _fields(items, owner, "history", _PAST).with_columns(
            owner=pl.Series(owner), own_start=pl.Series(started_at[owner]),
            same_venue=_same(frame["venue"].gather(owner), "venue"),
            same_channel=_same(frame["channel"].gather(owner), "channel"),
        )  # fmt: skip
        before = table.filter(pl.col("started_at") < pl.col("own_start")).sort("owner", "started_at", maintain_order=True)
        from_last = pl.len().over("owner").cast(pl.Int64) - pl.int_range(pl.len()).over("owner")
        last_ones = before.filter(from_last <= MAX_EARLIER)
        edges = np.searchsorted(last_ones["owner"].to_numpy(), np.arange(len(rows) + 1))
        has_past = frame["customer_id"].is_not_null().to_numpy() & np.array(has, dtype=bool)
        return cls(_queues(rows), Earlier(edges[:-1], edges[1:], last_ones), has_past, started_at)

    def queue(self, place: Ints, as_of: Ints) -> pl.DataFrame:
        """Return the columns `queue:*`."""
        del as_of  # a record tells of its own moment
        return self.queues[place]

    def past(self, place: Ints, as_of: Ints) -> pl.DataFrame:
        """Return the columns `past:*`."""
        if len(place) != len(self.started_at):  # a part of the records, which lie one after the other
            first, end = self.earlier.begin[place[0]], self.earlier.end[place[-1]]
            part = Earlier(self.earlier.begin[place] - first, self.earlier.end[place] - first, self.earlier.frame[first:end])
            return past(part, as_of, self.started_at[place], self.has_past[place])
        return past(self.earlier, as_of, self.started_at, self.has_past)


def _same(own: pl.Series, name: str) -> pl.Expr:
    return (pl.col(name) == pl.lit(own)).fill_null(False)


def _queues(rows: Sequence[Mapping[str, Any]]) -> pl.DataFrame:
    values: dict[str, list[float | None]] = {name: [] for name in QUEUE}
    for number, row in enumerate(rows):
        queue = _nested(row, number, "queue") or {}
        if not isinstance(queue, Mapping):
            raise InputError(f"record {number}: queue must be an object")
        for name in QUEUE:
            try:
                values[name].append(_number(queue.get(name)))
            except (TypeError, ValueError):
                raise InputError(_fault(number, f"queue.{name}", _number)) from None
    return pl.DataFrame({f"queue:{name}": pl.Series(some, dtype=pl.Float64) for name, some in values.items()})
