"""Rows of the main source with those of further tables, and the rows that count."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from forestall.data.gaps import is_gap, typed_gaps, written_gaps
from forestall.importing.join_keys import check_keys, count_lost, key_names, with_keys
from forestall.importing.mapping import Mapping
from forestall.importing.sources import ROW_COLUMNS, Sources, main_columns
from forestall.importing.value_sources import TimeSource
from forestall.importing.values import Cells, read_time, rows_that_meet

KEY = "__key__"
"""Column with the key of the row's interaction."""
MAIN_ROW = "__main_row__"
"""Column with the number of the interaction's row among the main rows, from 0."""


@dataclass(frozen=True)
class KeptRows:
    """Which rows count.

    Parameters
    ----------
    one
        One row of each key, and every row without a key: whether it becomes an interaction, shape (n,).
    repeated
        Rows whose key has another row that counts, shape (n,).
    left_out
        Rows that `leave_out` names, shape (n,).
    """

    one: pl.Series
    repeated: pl.Series
    left_out: pl.Series


def joined_cells(plan: Mapping, sources: Sources, cells: Cells) -> Cells:
    """Return the main rows with the columns that the mapping uses, those of further tables beside them."""
    names = main_columns(plan, sources)
    frame = sources.main.frame
    own = [name for name in names if name in frame.columns]
    keys = [
        column for table in plan.tables.values() for column in table.on.values() if column in frame.columns
    ]
    frame = without_gaps(frame.select(*ROW_COLUMNS, *dict.fromkeys([*own, *keys])), plan)
    for name, table in plan.tables.items():
        used = [column for column in sources.columns(name) if f"{name}.{column}" in names]
        if not used:
            continue
        rows = table_rows(plan, sources, name, cells)
        on = key_names(table.on)
        rows, ours = with_keys(rows, table.on), with_keys(frame, table.on.values())
        check_keys(cells, name, table.on, rows, ours)
        if name not in plan.row_sources():
            ordered = table.newest_by is not None or table.oldest_by is not None
            count_lost(cells, name, rows, ours, used, ordered=ordered)
        theirs = _one_of_each(rows, on, last=table.newest_by is not None)
        theirs = theirs.select(*on, *(pl.col(column).alias(f"{name}.{column}") for column in used))
        frame = ours.join(theirs, on=on, how="left", maintain_order="left").drop(on)
    return cells.with_rows(frame)


def table_rows(plan: Mapping, sources: Sources, name: str, cells: Cells) -> pl.DataFrame:
    """Return the rows of a further table that count: those that meet `only`, each `key` once.

    They are in the order of `newest_by` or `oldest_by`, if one of them is given.
    """
    table, place = plan.tables[name], f"tables.{name}"
    rows = cells.with_rows(without_gaps(sources.tables[name].frame, plan, name))
    if table.only:
        met = rows_that_meet(rows, table.only, f"{place}.only", "are not used")
        rows = rows.with_rows(rows.frame.filter(met))
    for key, by in (("newest_by", table.newest_by), ("oldest_by", table.oldest_by)):
        if by is not None:
            order = _read_order(rows, by, f"{place}.{key}")
            timed = rows.frame.with_columns(order.alias("__order__"))
            timed = timed.sort("__order__", nulls_last=key == "oldest_by", maintain_order=True)
            rows = rows.with_rows(timed.drop("__order__"))
    frame = rows.frame
    if table.key is not None:
        (own,), last = key_names([table.key]), table.newest_by is not None
        frame = with_keys(frame, [table.key])
        repeats = pl.col(own).is_not_null() & ~_is_counted(own, last=last)
        n_rows, frame = frame.height, frame.filter(~repeats).drop(own)
        if n_rows > frame.height:
            cells.notes.counts[f"{place}: rows that repeat a key"] = n_rows - frame.height
    return frame


def _read_order(cells: Cells, by: TimeSource, place: str) -> pl.Series:
    """Return the time of each row that says which row of a key counts, and warn of times that cannot be read."""
    read = read_time(cells, by, place, {})
    if n_unread := int(read.unreadable.sum()):
        last = "newest" if place.endswith("oldest_by") else "oldest"
        cells.notes.warn(
            f"{place}: {n_unread} rows have a time that cannot be read, and count as the {last} of their key; give the "
            "column's format, or several"
        )
    return read.values


def _is_counted(column: str, *, last: bool) -> pl.Expr:
    return pl.col(column).is_last_distinct() if last else pl.col(column).is_first_distinct()


def _one_of_each(rows: pl.DataFrame, on: list[str], *, last: bool) -> pl.DataFrame:
    """Return the first or the last row of each key."""
    rows = rows.filter(pl.all_horizontal(pl.col(on).is_not_null()))
    return rows.unique(on, keep="last" if last else "first", maintain_order=True)


def without_gaps(frame: pl.DataFrame, plan: Mapping, table: str | None = None) -> pl.DataFrame:
    """Return rows of the main source, or of a further `table`, with null for blank cells and words for no value."""
    named = _named_words(plan)
    prefix = f"{table}."
    for name in [name for name in named if table is not None and name.startswith(prefix)]:
        named.setdefault(name.removeprefix(prefix), set()).update(named[name])
    texts = [name for name, dtype in frame.schema.items() if dtype in (pl.String, pl.Categorical, pl.Enum)]
    further = written_gaps(plan.missing)
    gaps = frame.select(
        is_gap(pl.col(name).cast(pl.String), further, named.get(name, ())).alias(name) for name in texts
    )
    columns = [
        typed_gaps(frame[name], set(plan.missing) - named.get(name, set()))
        for name, dtype in frame.schema.items()
        if plan.missing
        and name not in ROW_COLUMNS
        and (dtype.is_numeric() or dtype in (pl.Date, pl.Datetime))
    ]
    for name in texts:
        text, gap = frame[name].cast(pl.String), gaps[name]
        columns.append(text.set(gap, None) if gap.any() else text)  # a column without gaps is not copied
    return frame.with_columns(columns)


def _named_words(plan: Mapping) -> dict[str, set[str]]:
    """Return the words of each column that the mapping names: they are values, not gaps."""
    parts = [plan.interactions, *plan.events, *([plan.event_log] if plan.event_log else [])]
    parts += [*plan.feedback, *plan.tables.values()]
    contents = [getattr(part, name) for part in parts for name in type(part).model_fields] + [plan.leave_out]
    named: dict[str, set[str]] = {}
    for content in [one for some in contents for one in (some if isinstance(some, list) else [some])]:
        values, column = getattr(content, "values", None), getattr(content, "column", None)
        if values and column is not None and not isinstance(content, dict):
            named.setdefault(column, set()).update(values)
    return named


def kept_rows(plan: Mapping, cells: Cells, keys: pl.Series) -> KeptRows:
    """Return which rows of a source with one row per interaction count.

    Of the rows of one key that are not left out, the first counts. With `newest_by` it is the newest one, and if that
    one is left out, so are all rows of its key: the record was deleted since the others were written.
    """
    n = cells.frame.height
    left_out = pl.Series([False], dtype=pl.Boolean).new_from_index(0, n)
    for i, condition in enumerate(plan.leave_out):
        left_out |= rows_that_meet(cells, [condition], f"leave_out[{i}]", "are not left out")
    frame = pl.DataFrame({"row": pl.int_range(n, eager=True), "key": keys, "left_out": left_out})
    if plan.newest_by is not None:
        frame = frame.with_columns(order=_read_order(cells, plan.newest_by, "newest_by"))
        frame = frame.sort("order", descending=True, nulls_last=True, maintain_order=True)
        newest = frame.filter(pl.col("key").is_not_null()).unique("key", keep="first", maintain_order=True)
        gone = newest.filter("left_out")["key"].implode()
        frame = frame.with_columns(pl.col("left_out") | pl.col("key").is_in(gone).fill_null(False))
        left_out = frame.sort("row")["left_out"]
    counted = frame.filter(~pl.col("left_out") & pl.col("key").is_not_null())
    chosen = counted.unique("key", keep="first", maintain_order=True)["row"]
    without_key = frame.filter(~pl.col("left_out") & pl.col("key").is_null())["row"]
    one = pl.Series([False], dtype=pl.Boolean).new_from_index(0, n)
    one = one.set(pl.int_range(n, eager=True).is_in(pl.concat([chosen, without_key]).implode()), True)
    return KeptRows(one, ~one & ~left_out, left_out)
