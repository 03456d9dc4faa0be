"""A source with one row per event: its activities become events, its cases interactions."""

from __future__ import annotations

import polars as pl

from forestall.data.schemas import RULE
from forestall.importing.mapping_sections import EventLog, FeedbackColumns
from forestall.importing.optional_values import number_or_text, optional_number
from forestall.importing.readers import LINE, SOURCE_ROW
from forestall.importing.values import Cells, read_time

STARTED_AT = "__started_at__"
"""Column with the first time of the row's case."""
STAFF = "__staff__"
"""Column with the first resource of the row's case."""
_AT = "__at__"


def log_events(plan: EventLog, cells: Cells) -> pl.DataFrame:
    """Return one event for each row that has a time, without the activities that the mapping drops."""
    read = read_time(cells, plan.timestamp, "event_log.timestamp", {})
    activity = cells.text(plan.activity, "event_log.activity")
    columns = {
        "interaction_id": cells.frame[plan.case],
        "at": read.values,
        "kind": activity_kinds(activity, plan.kinds),
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
    rule = pl.select(pl.when(pl.lit(read.unreadable)).then(pl.lit(read.rule))).to_series()
    dropped = [name for name, kind in plan.kinds.items() if kind is None]
    frame = pl.DataFrame(
        [*(column.alias(name) for name, column in columns.items()), *cells.frame.select(SOURCE_ROW, LINE)]
    )
    return frame.with_columns(rule.alias(RULE)).filter(
        read.filled & ~activity.is_in(dropped).fill_null(False)
    )


def activity_kinds(activity: pl.Series, kinds: dict[str, str | None]) -> pl.Series:
    """Return the kind of each activity: as `kinds` maps it, else its own name as a word.

    `Take over!` becomes `take_over`.
    """
    mapped = activity.replace_strict(kinds, default=None, return_dtype=pl.String)
    return pl.select(pl.coalesce(mapped, to_words(activity))).to_series()


def to_words(text: pl.Series) -> pl.Series:
    """Return texts as words: `In progress` becomes `in_progress`."""
    return text.str.to_lowercase().str.replace_all(r"[^\p{L}\p{M}\p{N}]+", "_").str.strip_chars("_")


def case_rows(plan: EventLog, feedback: FeedbackColumns | None, cells: Cells) -> tuple[Cells, Cells]:
    """Return two rows of each case: its first in time, and the last that has a rating.

    The first row holds what was known at the start of the case; without a rating, the second is the case's
    last row. Both have `STARTED_AT` and, if `resource` is mapped, `STAFF`.
    """
    times = read_time(cells, plan.timestamp, "event_log.timestamp", {}).values
    rows = cells.frame.with_columns(times.alias(_AT)).filter(pl.col(plan.case).is_not_null())
    rows = rows.sort(_AT, SOURCE_ROW, nulls_last=True)
    rows = rows.with_columns(pl.col(_AT).min().over(plan.case).alias(STARTED_AT))
    if plan.resource is not None:
        rows = rows.with_columns(pl.col(plan.resource).drop_nulls().first().over(plan.case).alias(STAFF))
    first = rows.unique(plan.case, keep="first", maintain_order=True)
    rating = feedback.rating.column if feedback else None
    ordered = rows.sort(pl.col(rating).is_not_null(), maintain_order=True) if rating else rows
    last = ordered.unique(plan.case, keep="last", maintain_order=True)
    return cells.with_rows(first), cells.with_rows(last)
