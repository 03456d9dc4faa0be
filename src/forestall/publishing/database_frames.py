"""The rows of a results file as a table of a database has them, and back."""

from __future__ import annotations

import base64
import io
from pathlib import Path, PurePosixPath

import polars as pl

PREFIX = "forestall_"
RUN, PART, ROW = "forestall_run", "forestall_part", "forestall_row"
KEY = (RUN, PART, ROW)
"""The columns of each table that say which row it is: of which run, in which file, and its number there."""

_REJECTED = "rejected"
_NO_NUL = "\ufffd"  # a text of PostgreSQL holds no character 0


def table_of(path: str) -> str:
    """Return the table that holds the rows of a Parquet file of the results.

    Examples
    --------
    >>> table_of("scores/part-00000.parquet"), table_of("contact_list.parquet"), table_of("rejected/events.parquet")
    ('forestall_scores', 'forestall_contact_list', 'forestall_rejected')
    """
    return PREFIX + PurePosixPath(PurePosixPath(path).parts[0]).stem


def read_rows(file: Path, path: str) -> pl.DataFrame:
    """Return the rows of a results file as its table has them, without the columns of the key.

    Rejected rows may have any columns, so that each is one JSON object.
    """
    frame = pl.read_parquet(file, hive_partitioning=False)
    if PurePosixPath(path).parts[0] != _REJECTED:
        return frame
    table = PurePosixPath(path).stem
    return frame.select(
        pl.lit(table).alias("source_table"),
        pl.col("rule").cast(pl.String) if "rule" in frame.columns else pl.lit(None, pl.String).alias("rule"),
        pl.struct(pl.all()).alias("record"),
    )


def sql_type(dtype: pl.DataType) -> str:
    """Return the type of a column of the database."""
    if dtype == pl.Boolean:
        return "boolean"
    if dtype.is_integer():
        return "bigint"
    if dtype.is_float():
        return "double precision"
    if dtype == pl.Date:
        return "date"
    if isinstance(dtype, pl.Datetime):
        return "timestamptz" if dtype.time_zone else "timestamp"
    return "jsonb" if dtype.is_nested() else "text"


def to_flat(frame: pl.DataFrame) -> pl.DataFrame:
    """Return rows in the types that are sent to the database: nested values as the text of their JSON."""
    return frame.select(_flat(name, dtype) for name, dtype in frame.schema.items())


def from_flat(frame: pl.DataFrame, schema: pl.Schema) -> pl.DataFrame:
    """Return rows of the database in the types of the results file that they came from."""
    columns = []
    for name, dtype in schema.items():
        column = pl.col(name)
        columns.append(column.str.json_decode(dtype) if dtype.is_nested() else column.cast(dtype))
    return frame.select(columns)


def schema_as_text(schema: pl.Schema) -> str:
    """Return the columns and types of a file as text."""
    empty = io.BytesIO()
    pl.DataFrame(schema=schema).write_ipc(empty)
    return base64.b64encode(empty.getvalue()).decode()


def schema_from_text(text: str) -> pl.Schema:
    """Return the columns and types that `schema_as_text` wrote."""
    return pl.read_ipc(io.BytesIO(base64.b64decode(text))).schema


def _flat(name: str, dtype: pl.DataType) -> pl.Expr:
    column = pl.col(name)
    if dtype.is_nested():
        whole = pl.struct(column).struct.json_encode()
        inner = (
            whole.str.slice(len(f'{{"{name}":'))
            .str.head(-1)
            .str.replace_all("\\u0000", _NO_NUL, literal=True)
        )
        return pl.when(column.is_not_null()).then(inner).alias(name)
    if dtype.is_integer():
        return column.cast(pl.Int64)
    if dtype.is_float():
        return column.cast(pl.Float64)
    if dtype in {pl.Boolean, pl.Date}:
        return column
    if isinstance(dtype, pl.Datetime):
        return column.dt.cast_time_unit("us")
    return column.cast(pl.String).str.replace_all("\0", _NO_NUL, literal=True)
