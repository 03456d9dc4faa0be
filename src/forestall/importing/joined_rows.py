"""Rows of the main source with those of further tables, and the rows that count."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from forestall.importing.mapping import Mapping
from forestall.importing.readers import LINE, SOURCE_ROW
from forestall.importing.sources import ROW_COLUMNS, Sources, explode_array, main_columns
from forestall.importing.values import Cells, read_condition, read_time
from forestall.importing.values.gaps import is_gap

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
    names = main_columns(plan)
    frame = sources.main.frame
    own = [name for name in names if name in frame.columns]
    keys = [
        column for table in plan.tables.values() for column in table.on.values() if column in frame.columns
    ]
    frame = _without_gaps(frame.select(*ROW_COLUMNS, *dict.fromkeys([*own, *keys])), plan)
    for name, table in plan.tables.items():
        used = [column for column in sources.columns(name) if f"{name}.{column}" in names]
        if not used:
            continue
        rows = _without_gaps(sources.tables[name].frame, plan)
        order = (
            read_time(cells.with_rows(rows), table.newest_by, f"tables.{name}.newest_by", {}).values
            if table.newest_by is not None
            else None
        )
        rows = _one_of_each(rows, list(table.on), order)
        rows = rows.select(
            *(pl.col(theirs).cast(pl.String).alias(f"__on_{i}__") for i, theirs in enumerate(table.on)),
            *(pl.col(column).alias(f"{name}.{column}") for column in used),
        )
        ours = [
            pl.col(column).cast(pl.String).alias(f"__on_{i}__") for i, column in enumerate(table.on.values())
        ]
        on = [f"__on_{i}__" for i in range(len(table.on))]
        frame = frame.with_columns(ours).join(rows, on=on, how="left", maintain_order="left").drop(on)
    return cells.with_rows(frame)


def _one_of_each(rows: pl.DataFrame, on: list[str], order: pl.Series | None) -> pl.DataFrame:
    """Return the first row of each key, or the last in `order`."""
    rows = rows.filter(pl.all_horizontal(pl.col(on).is_not_null())) if order is None else rows
    if order is None:
        return rows.unique(on, keep="first", maintain_order=True)
    timed = rows.with_columns(order.alias("__order__")).sort(
        "__order__", nulls_last=False, maintain_order=True
    )
    return timed.unique(on, keep="last", maintain_order=True).drop("__order__")


def _without_gaps(frame: pl.DataFrame, plan: Mapping) -> pl.DataFrame:
    """Return rows with null for blank cells and words for a missing value."""
    named = _named_words(plan)
    texts = [name for name, dtype in frame.schema.items() if dtype in (pl.String, pl.Categorical, pl.Enum)]
    columns: list[pl.Series] = []
    for name in texts:
        text = frame[name].cast(pl.String)
        gap = frame.select(is_gap(pl.lit(text), plan.missing, named.get(name, ()))).to_series()
        columns.append(text.set(gap, None) if gap.any() else text)  # a column without gaps is not copied
    return frame.with_columns(columns)


def _named_words(plan: Mapping) -> dict[str, set[str]]:
    """Return the words of each column that the mapping names: they are values, not gaps."""
    parts = [plan.interactions, *plan.events, *([plan.event_log] if plan.event_log else [])]
    parts += [plan.feedback] if plan.feedback else []
    named: dict[str, set[str]] = {}
    for part in parts:
        for content in (getattr(part, name) for name in type(part).model_fields):
            values, column = getattr(content, "values", None), getattr(content, "column", None)
            if values and column is not None:
                named.setdefault(column, set()).update(values)
    for condition in plan.leave_out:
        named.setdefault(condition.column, set()).update(condition.values or ())
    return named


def kept_rows(plan: Mapping, cells: Cells, keys: pl.Series) -> KeptRows:
    """Return which rows of a source with one row per interaction count.

    Of the rows of one key that are not left out, the first counts, or the newest by `newest_by`.
    """
    n = cells.frame.height
    left_out = pl.Series([False], dtype=pl.Boolean).new_from_index(0, n)
    for i, condition in enumerate(plan.leave_out):
        read = read_condition(cells, condition, f"leave_out[{i}]")
        left_out |= read.values.fill_null(False)
    frame = pl.DataFrame({"row": pl.int_range(n, eager=True), "key": keys, "left_out": left_out})
    if plan.newest_by is not None:
        frame = frame.with_columns(order=read_time(cells, plan.newest_by, "newest_by", {}).values)
        frame = frame.sort("order", descending=True, nulls_last=True, maintain_order=True)
    counted = frame.filter(~pl.col("left_out") & pl.col("key").is_not_null())
    chosen = counted.unique("key", keep="first", maintain_order=True)["row"]
    without_key = frame.filter(~pl.col("left_out") & pl.col("key").is_null())["row"]
    one = pl.Series([False], dtype=pl.Boolean).new_from_index(0, n)
    one = one.set(pl.int_range(n, eager=True).is_in(pl.concat([chosen, without_key]).implode()), True)
    return KeptRows(one, ~one & ~left_out, left_out)


def rows_of(plan: Mapping, sources: Sources, name: str, main: Cells) -> tuple[Cells, pl.DataFrame]:
    """Return the rows of a further table or of an array, each with its interaction's row, and those that have none.

    Parameters
    ----------
    plan
        The mapping.
    sources
        The rows of all sources.
    name
        The table's name, or the array's column.
    main
        The main rows that count, with `KEY` and `MAIN_ROW`.

    Returns
    -------
    cells, orphans
        The rows have their own columns, and those of the interaction's row under other names. `orphans` are rows
        whose key no row of the main source has.
    """
    if name not in sources.tables:
        child = explode_array(main.frame[name])
        child = child.with_columns(main.frame[MAIN_ROW].gather(child["row"]).alias(MAIN_ROW)).drop("row")
        orphans = pl.DataFrame(schema={LINE: pl.Int64})
        lines = main.frame.select(MAIN_ROW, LINE)
        child = child.join(lines, on=MAIN_ROW, how="left", maintain_order="left")
    else:
        table = plan.tables[name]
        rows = _without_gaps(sources.tables[name].frame.drop(SOURCE_ROW), plan)
        on = [f"__on_{i}__" for i in range(len(table.on))]
        theirs = [pl.col(column).cast(pl.String).alias(key) for key, column in zip(on, table.on, strict=True)]
        ours = [
            pl.col(column).cast(pl.String).alias(key)
            for key, column in zip(on, table.on.values(), strict=True)
        ]
        everyone = _without_gaps(sources.main.frame.select(*dict.fromkeys(table.on.values())), plan).select(
            ours
        )
        rows = rows.with_columns(theirs)
        orphans = rows.join(everyone.unique(), on=on, how="anti", maintain_order="left").drop(on)
        here = main.frame.select(MAIN_ROW, *ours)
        child = rows.join(here, on=on, how="inner", maintain_order="left").drop(on)
    child = _without_gaps(child, plan)
    others = [column for column in main.frame.columns if column not in child.columns]
    child = child.join(main.frame.select(MAIN_ROW, *others), on=MAIN_ROW, how="left", maintain_order="left")
    return main.with_rows(child), orphans
