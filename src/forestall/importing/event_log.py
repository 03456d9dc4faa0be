"""A source with one row per event: its activities become events, its cases interactions."""

from __future__ import annotations

import polars as pl

from forestall.importing.mapping_sections import EventLog, FeedbackColumns
from forestall.importing.optional_values import number_or_text, optional_number
from forestall.importing.raw_rows import raw_table
from forestall.importing.readers import SOURCE_ROW
from forestall.importing.values import Cells, read_time

STARTED_AT = "__started_at__"
"""Column with the first time of the row's case."""
STAFF = "__staff__"
"""Column with the first resource of the row's case."""
_AT = "__at__"
_THEN = " > "
"""What stands between two activities in a key of `kinds`."""
_DROPPED = "__dropped__"
_KIND = "__kind__"


def log_events(plan: EventLog, cells: Cells) -> pl.DataFrame:
    """Return one event for each row that has a time, without the activities that the mapping drops."""
    read = read_time(cells, plan.timestamp, "event_log.timestamp", {})
    activity = cells.text(plan.activity, "event_log.activity")
    columns = {
        "interaction_id": cells.frame[plan.case],
        "at": read.values,
        "kind": _row_kinds(plan, activity, cells.frame[plan.case], read.values),
    }
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
    return raw_table("events", columns, cells, reads, read.filled & ~is_dropped)


def activity_kinds(activity: pl.Series, kinds: dict[str, str | None]) -> pl.Series:
    """Return the kind of each activity: as `kinds` maps it, else its own name as a word.

    `Take over!` becomes `take_over`.
    """
    mapped = activity.replace_strict(kinds, default=None, return_dtype=pl.String)
    return pl.select(pl.coalesce(mapped, to_words(activity))).to_series()


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


def case_rows(
    plan: EventLog, feedback: FeedbackColumns | None, cells: Cells, known_at: dict[str, str]
) -> tuple[Cells, Cells]:
    """Return two rows of each case: its first in time, and the last that has a rating.

    The first row holds what was known at the start of the case, and columns that are known from a kind of event on hold
    the value of the case's first row of that kind. Without a rating, the second row is the case's last one. Both have
    `STARTED_AT` and, if `resource` is mapped, `STAFF`.
    """
    times = read_time(cells, plan.timestamp, "event_log.timestamp", {}).values
    rows = cells.frame.with_columns(times.alias(_AT)).filter(pl.col(plan.case).is_not_null())
    rows = rows.sort(_AT, SOURCE_ROW, nulls_last=True)
    rows = rows.with_columns(pl.col(_AT).min().over(plan.case).alias(STARTED_AT))
    if plan.resource is not None:
        rows = rows.with_columns(pl.col(plan.resource).drop_nulls().first().over(plan.case).alias(STAFF))
    first = rows.unique(plan.case, keep="first", maintain_order=True)
    if known_at:
        activity = cells.with_rows(rows).text(plan.activity, "event_log.activity")
        kinds = _row_kinds(plan, activity, rows[plan.case], rows[_AT]).alias(_KIND)
        first = _with_later_values(plan, first, rows.with_columns(kinds), known_at)
    rating = feedback.rating.column if feedback else None
    ordered = rows.sort(pl.col(rating).is_not_null(), maintain_order=True) if rating else rows
    last = ordered.unique(plan.case, keep="last", maintain_order=True)
    return cells.with_rows(first), cells.with_rows(last)


def _with_later_values(
    plan: EventLog, first: pl.DataFrame, rows: pl.DataFrame, known_at: dict[str, str]
) -> pl.DataFrame:
    """Return the first rows, with the values of late columns from the first row of the kind that makes them known."""
    for column, known in known_at.items():
        if column not in rows.columns or known not in rows[_KIND]:
            continue
        later = rows.filter(pl.col(_KIND) == known).unique(plan.case, keep="first", maintain_order=True)
        later = later.select(plan.case, pl.col(column).alias("__later__"))
        first = first.join(later, on=plan.case, how="left", maintain_order="left")
        first = first.with_columns(pl.col("__later__").alias(column)).drop("__later__")
    return first
