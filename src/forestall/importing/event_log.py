"""A source with one row per event: its activities become events, its cases interactions."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from forestall.importing.joined_rows import KEY
from forestall.importing.mapping_sections import EventLog
from forestall.importing.optional_values import number_or_text, optional_number
from forestall.importing.raw_rows import raw_table
from forestall.importing.readers import SOURCE_ROW
from forestall.importing.values import Cells, ReadColumn, read_time
from forestall.importing.values.words import note_near_words

STARTED_AT = "__started_at__"
"""Column with the first time of the row's case."""
STAFF = "__staff__"
"""Column with the first resource of the row's case."""
_AT = "__at__"
_THEN = " > "
"""What stands between two activities in a key of `kinds`."""
_DROPPED = "__dropped__"
_KIND = "__kind__"
ROW = "__row__"
"""Column with the place of a row among all rows of the log, from 0."""


@dataclass(frozen=True)
class LogRows:
    """The rows of an event log, with the time and the kind of each.

    Parameters
    ----------
    cells
        The rows.
    times
        The time of each row.
    kinds
        The kind of each row; `_DROPPED` for an activity that the mapping drops.
    in_time
        The rows with a key in the order of time, those without a time last: `KEY` and `ROW`.
    """

    cells: Cells
    times: ReadColumn
    kinds: pl.Series
    in_time: pl.DataFrame


def read_log(plan: EventLog, cells: Cells) -> LogRows:
    """Return the rows of an event log, which have `KEY`, with their times and kinds."""
    times = read_time(cells, plan.timestamp, "event_log.timestamp", {})
    activity = cells.text(plan.activity, "event_log.activity")
    rows = cells.frame.select(KEY, SOURCE_ROW, times.values.alias(_AT)).with_row_index(ROW)
    rows = rows.filter(pl.col(KEY).is_not_null()).sort(_AT, SOURCE_ROW, nulls_last=True)
    named = [name for one in plan.kinds for name in one.split(_THEN)]
    note_near_words(cells.notes, activity, named, "event_log.kinds", exact=True)
    kinds = _row_kinds(plan, activity, cells.frame[KEY], times.values)
    return LogRows(cells, times, kinds, rows.select(KEY, ROW))


def log_events(plan: EventLog, rows: LogRows) -> pl.DataFrame:
    """Return one event for each row that has a time, without the activities that the mapping drops."""
    cells, read = rows.cells, rows.times
    columns = {"interaction_id": cells.frame[KEY], "at": read.values, "kind": rows.kinds}
    for name in ("actor", "text"):
        if (source := getattr(plan, name)) is not None:
            columns[name] = cells.column(source, f"event_log.{name}")
    if plan.value is not None:
        columns["value"] = optional_number(cells, plan.value, "event_log.value", ("events", "value"), columns)
    if plan.actor is None and plan.resource is not None:
        has_resource = cells.frame[plan.resource].is_not_null()
        columns["actor"] = pl.select(pl.when(has_resource).then(pl.lit("staff"))).to_series()
    columns |= {name: number_or_text(cells.frame[name], cells.decimal) for name in plan.keep}
    is_dropped = (columns["kind"] == _DROPPED).fill_null(False)
    reads = [(read, "event_log.timestamp", plan.timestamp)]
    if n_empty := int((~read.filled & ~is_dropped).sum()):
        cells.notes.counts["event_log.timestamp: rows without a time, which make no event"] += n_empty
    return raw_table("events", columns, cells, reads, read.filled & ~is_dropped)


def activity_kinds(activity: pl.Series, kinds: dict[str, str | None]) -> pl.Series:
    """Return the kind of each activity: as `kinds` maps it, else its own name as a word.

    `Take over!` becomes `take_over`.
    """
    names = activity.drop_nulls().unique()
    mapped = names.replace_strict(kinds, default=None, return_dtype=pl.String)
    kind = pl.select(pl.coalesce(mapped, to_words(names))).to_series()
    return activity.replace_strict(names, kind, default=None, return_dtype=pl.String)


def _row_kinds(plan: EventLog, activity: pl.Series, case: pl.Series, at: pl.Series) -> pl.Series:
    """Return the kind of each row; an activity that `kinds` maps to null becomes `_DROPPED`.

    Parameters
    ----------
    plan
        The mapping of the event log.
    activity, case, at
        The activity, the case and the time of each row.
    """
    kinds = {name: _DROPPED if kind is None else kind for name, kind in plan.kinds.items()}
    own = activity_kinds(activity, dict(kinds))
    has_steps = any(_THEN in name for name in kinds)
    if not has_steps and plan.repeated is None:
        return own
    before = _activity_before(activity, case, at)
    step = (before + _THEN + activity).replace_strict(kinds, default=None, return_dtype=pl.String)
    is_repeated = (before == activity).fill_null(False) & (own != _DROPPED).fill_null(True)
    again = pl.when(pl.lit(is_repeated)).then(pl.lit(plan.repeated, dtype=pl.String))
    return pl.select(pl.coalesce(pl.lit(step), again, pl.lit(own))).to_series()


def _activity_before(activity: pl.Series, case: pl.Series, at: pl.Series) -> pl.Series:
    """Return the activity of the row before in time of each row's case."""
    rows = pl.DataFrame({"case": case, "activity": activity, "at": at}).with_row_index("row")
    rows = rows.sort("at", "row", nulls_last=True)
    return rows.with_columns(pl.col("activity").shift().over("case")).sort("row")["activity"]


def to_words(text: pl.Series) -> pl.Series:
    """Return texts as words: `In progress` becomes `in_progress`."""
    return text.str.to_lowercase().str.replace_all(r"[^\p{L}\p{M}\p{N}]+", "_").str.strip_chars("_")


def first_rows(plan: EventLog, log: LogRows, known_at: dict[str, str]) -> Cells:
    """Return the first row in time of each case, with `STARTED_AT` and, if `resource` is mapped, `STAFF`.

    It holds what was known at the start of the case, and columns that are known from a kind of event on hold the value
    of the case's first row of that kind.
    """
    frame = log.cells.frame
    rows = log.in_time
    first = rows.unique(KEY, keep="first", maintain_order=True)
    started = log.times.values.gather(first[ROW]).alias(STARTED_AT)
    first_rows = frame[first[ROW]].with_columns(started)
    if plan.resource is not None:
        named = rows.with_columns(frame[plan.resource].gather(rows[ROW]).alias(STAFF))
        named = named.drop_nulls(STAFF).unique(KEY, keep="first", maintain_order=True)
        first_rows = first_rows.join(named.drop(ROW), on=KEY, how="left", maintain_order="left")
    rows = rows.with_columns(log.kinds.gather(rows[ROW]).alias(_KIND))
    return log.cells.with_rows(_with_later_values(first_rows, frame, rows, known_at))


def _with_later_values(
    first: pl.DataFrame, frame: pl.DataFrame, rows: pl.DataFrame, known_at: dict[str, str]
) -> pl.DataFrame:
    """Return the first rows, with the values of late columns from the first row of the kind that makes them known.

    Parameters
    ----------
    first
        The first row of each case.
    frame, rows
        All rows; and, in the order of time, their places in `frame`, their keys and kinds.
    known_at
        The kind that makes each late column known.
    """
    for column, known in known_at.items():
        if column not in frame.columns or known not in rows[_KIND]:
            continue
        later = rows.filter(pl.col(_KIND) == known).unique(KEY, keep="first", maintain_order=True)
        later = frame[later[ROW]].select(KEY, pl.col(column).alias("__later__"))
        first = first.join(later, on=KEY, how="left", maintain_order="left")
        first = first.with_columns(pl.col("__later__").alias(column)).drop("__later__")
    return first
