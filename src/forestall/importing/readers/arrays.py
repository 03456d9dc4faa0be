"""Arrays in JSON records: their elements as rows."""

from __future__ import annotations

import polars as pl

from forestall.importing.readers.json_reader import load_json, to_frame

ARRAY = pl.List(pl.String)
"""The type of a column of arrays: each element is JSON text."""


CELL = "__cell__"
"""Column with the number of the cell from which an element comes, from 0."""


def explode_array(column: pl.Series) -> pl.DataFrame:
    """Return the elements of a column of arrays as rows, each with `CELL`.

    The values of JSON objects become columns; other elements become the column `value`.
    """
    if column.dtype != ARRAY:
        return pl.DataFrame(schema={CELL: pl.Int64})
    rows = pl.DataFrame({CELL: pl.int_range(len(column), eager=True), "element": column}).explode("element")
    rows = rows.drop_nulls("element")
    elements = [load_json(text.encode()) for text in rows["element"].to_list()]
    records = [one if isinstance(one, dict) else {"value": one} for one in elements]
    return to_frame(records).with_columns(rows[CELL]) if records else rows.select(CELL)


def expand_array(frame: pl.DataFrame, name: str) -> pl.DataFrame:
    """Return a frame with a row for each element of an array, with the values of its own row beside.

    Parameters
    ----------
    frame
        The rows.
    name
        A column of arrays. It is replaced by columns for the values of its elements, such as `answers.rating`. A row
        whose array is empty stays.
    """
    elements = explode_array(frame[name])
    elements = elements.rename({column: f"{name}.{column}" for column in elements.columns if column != CELL})
    elements = elements.rename({CELL: "__on__"})
    numbered = frame.drop(name).with_columns(pl.int_range(pl.len(), dtype=pl.Int64).alias("__on__"))
    return numbered.join(elements, on="__on__", how="left", maintain_order="left_right").drop("__on__")
