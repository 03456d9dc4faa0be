"""The rows of a table before they are checked: with the source's row, and the rule that a cell broke."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from forestall.data.schemas import RULE
from forestall.importing.import_notes import Fault
from forestall.importing.readers import LINE, SOURCE_ROW
from forestall.importing.values import Cells, ReadColumn

_REMEDIES = {
    "unreadable_time": "give the column's `format`, or its words for no value under `missing`",
    "unreadable_duration": "name the unit that fits, or list its words for no value under `missing`",
    "unreadable_flag": "list the values that count under `is`",
    "unreadable_count": "name a column of whole numbers, or list its words for no value under `missing`",
    "unreadable_rating": "give the number of each word under `values`, and `default: null` for the others",
}


def raw_table(
    table: str,
    columns: dict[str, pl.Series],
    cells: Cells,
    reads: Sequence[tuple[ReadColumn, str, object]],
    rows: pl.Series | None = None,
) -> pl.DataFrame:
    """Return a table before it is checked: its columns, the source's row, and the rule that a cell broke.

    Parameters
    ----------
    table
        The table's name.
    columns
        Its columns, with as many rows as `cells`.
    cells
        The rows of the source.
    reads
        The columns whose unreadable cells reject their row, each with its place in the mapping and what stands there.
    rows
        The rows that the table has; None for all.
    """
    marks = []
    raw = cells.repeat(None, pl.String())
    for read, place, source in reads:
        bad = read.unreadable if rows is None else read.unreadable & rows
        if not bad.any():
            continue
        marks.append(pl.when(pl.lit(bad)).then(pl.lit(read.rule)))
        if read.raw is not None:
            raw = pl.select(pl.coalesce(pl.lit(raw), pl.when(pl.lit(bad)).then(pl.lit(read.raw)))).to_series()
        column = getattr(source, "column", None) or (source if isinstance(source, str) else "")
        remedy = _REMEDIES.get(read.rule, "")
        cells.notes.faults.append(Fault(table, read.rule, place, str(column), int(bad.sum()), remedy))
    rule = pl.select(pl.coalesce(*marks)).to_series() if marks else cells.repeat(None, pl.String())
    named = [column.alias(name) for name, column in columns.items()]
    if marks:
        named.append(raw.alias("__raw__"))
    frame = pl.DataFrame([*named, cells.frame[SOURCE_ROW], cells.frame[LINE], rule.alias(RULE)])
    return frame if rows is None else frame.filter(rows)
