"""The limit of rejected rows: they are written first, and the message says what to change in the mapping."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import polars as pl

from forestall.data.rejections import Rejections
from forestall.data.tables import Tables
from forestall.errors import InputError
from forestall.importing.import_notes import Fault, ImportNotes
from forestall.importing.readers import LINE

WriteRejected = Callable[[Rejections], str | Path]
"""Writes rejected rows, and returns the folder in which they are."""

_N_LINES = 3
_COLUMNS = {
    "duplicate_key": "interaction_id",
    "no_interaction_id": "interaction_id",
    "orphan_event": "interaction_id",
    "orphan_feedback": "interaction_id",
    "kind_is_no_word": "kind",
    "event_before_start": "at",
    "rated_before_start": "rated_at",
    "no_rating": "rating",
    "rating_off_scale": "rating",
}
_TIMES = {"interactions": "started_at", "events": "at", "feedback": "rated_at"}
_OF_TIMES = ("no_time", "after_export", "before_1990")
_REMEDIES = {
    "duplicate_key": "write 'newest_by: COLUMN' if the newest row counts, or 'several: keep' under 'feedback'; of two "
    "ratings given at one time map the one that is the label",
    "no_interaction_id": "name the column of the key; rows of totals can be left out by 'leave_out'",
    "no_time": "name the column of the time, or leave such rows out by 'leave_out'",
    "kind_is_no_word": "give each kind under 'values'",
    "event_before_start": "check the 'format' and 'timezone' of its time, or start the interaction at its first event",
    "rated_before_start": "check the 'format' and 'timezone' of 'feedback.rated_at'; of reviews, rated as they "
    "begin, leave 'rated_at' out",
    "after_export": "check the 'format' and 'unit' of its time, or correct 'exported_at'",
    "before_1990": "check the 'format' and 'unit' of its time, or list the placeholder under 'missing'",
    "too_few_cells": "check 'file: {separator: …}' and 'skip_rows'",
    "too_many_cells": "check 'file: {separator: …}', and quote cells that hold it",
    "wrong_number_of_cells": "check 'file: {separator: …, quote: …}'",
    "header_again": "leave the headers within the file out of the export",
    "row_of_totals": "leave the totals out of the export",
    "orphan_row": "check 'on' of the table",
}


def check_limit(
    tables: Tables, notes: ImportNotes, max_rejected: float, write: WriteRejected | None, mapping: str
) -> None:
    """Check that no more than a share of `max_rejected` of each table's rows was rejected.

    Parameters
    ----------
    tables
        The imported tables.
    notes
        What was found while cells were read.
    max_rejected
        Highest share, 0 to 1.
    write
        Writes the rejected rows before the error; None writes nothing.
    mapping
        The mapping file's name.

    Raises
    ------
    InputError
        Too many rows were rejected. For each rule the message has the count, the column, the first lines and what to
        change.
    """
    rejections = tables.rejections
    over = [table for table in rejections.frames if rejections.share(table) > max_rejected]
    if not over:
        return
    folder = None if write is None else write(rejections)
    sentences = [
        _describe(rejections.frames[table], table, rejections.rows_in[table], notes, mapping)
        for table in over
    ]
    where = f"; the rows are in {folder}" if folder is not None else ""
    raise InputError(
        f"the rejected share of each table must be at most {max_rejected:.3g}: {'; '.join(sentences)}; "
        f"correct the mapping or the rows, or raise --max-rejected{where}"
    )


def _describe(frame: pl.DataFrame, table: str, rows_in: int, notes: ImportNotes, mapping: str) -> str:
    counts = frame.group_by("rule").len().sort(["len", "rule"], descending=[True, False])
    parts = []
    for rule, n in counts.head(3).iter_rows():
        fault = next((one for one in notes.faults if (one.table, one.rule) == (table, rule)), None)
        lines = _first_lines(frame.filter(pl.col("rule") == rule))
        place = _place(fault, mapping) or _column(table, rule)
        parts.append(f"{rule} {n:,}{place}{lines}{_remedy(fault, rule)}")
    return f"{table} lost {frame.height:,} of {rows_in:,} rows ({'; '.join(parts)})"


def _place(fault: Fault | None, mapping: str) -> str:
    if fault is None:
        return ""
    return f" at {fault.place} of {mapping}" + (f", column '{fault.column}'" if fault.column else "")


def _column(table: str, rule: str) -> str:
    """Return the column that a rule of the tables is about, in words."""
    column = _TIMES.get(table) if rule in _OF_TIMES else _COLUMNS.get(rule)
    return f" in {table}.{column}" if column else ""


def _first_lines(frame: pl.DataFrame) -> str:
    name = next((name for name in ("line", LINE.strip("_")) if name in frame.columns), None)
    if name is None:
        return ""
    lines = frame[name].drop_nulls().head(_N_LINES).to_list()
    return f", line{'s' * (len(lines) > 1)} {', '.join(str(line) for line in lines)}" if lines else ""


def _remedy(fault: Fault | None, rule: str) -> str:
    remedy = fault.remedy if fault is not None and fault.remedy else _REMEDIES.get(rule, "")
    return f": {remedy}" if remedy else ""


def orphan_rows(name: str, rows: pl.DataFrame) -> pl.DataFrame:
    """Return rows of a further table that belong to no interaction, as they are written to `rejected/rows.parquet`."""
    texts = [pl.col(column).cast(pl.String) for column in rows.columns if not column.startswith("__")]
    raw = pl.concat_str(texts, separator=",", ignore_nulls=True) if texts else pl.lit(None, dtype=pl.String)
    return rows.select(
        pl.lit(name).alias("source"),
        pl.col(LINE).cast(pl.Int64).alias("line"),
        pl.lit("orphan_row").alias("rule"),
        raw.alias("raw"),
    )
