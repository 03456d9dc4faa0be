"""Frames of users: pandas becomes Polars here and nowhere else, and results go back to the library of the input."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Literal, TypeAlias, TypeGuard

import numpy as np
import pandas as pd
import polars as pl

from forestall.data.text_values import as_utf8, text_of
from forestall.data.times import to_utc
from forestall.errors import InputError, must_be

Frame: TypeAlias = pl.DataFrame | pl.LazyFrame | pd.DataFrame
Library = Literal["polars", "pandas"]


def is_frame(frame: object) -> TypeGuard[Frame]:
    """Return whether an object is a table with named columns: a pandas or Polars frame."""
    return isinstance(frame, pl.DataFrame | pl.LazyFrame | pd.DataFrame)


def library_of(frame: object) -> Library:
    """Return the library that made a frame; `polars` for anything that pandas did not make."""
    return "pandas" if isinstance(frame, pd.DataFrame) else "polars"


def to_polars(frame: object, name: str, required: Iterable[str] = ()) -> pl.DataFrame:
    """Return a pandas or Polars frame as a Polars frame.

    Missing values of any kind become null. A column of mixed objects becomes text, as periods and intervals do, and
    categories become their values.

    Parameters
    ----------
    frame
        The frame; a lazy one is collected.
    name
        How errors call it.
    required
        Columns that it must have: an index in place of one is an error that says so. Others are not looked for.

    Raises
    ------
    InputError
        It is not a frame, two of its columns have the same name, or a column holds bytes.
    """
    if not is_frame(frame):
        raise InputError(f"{name} must be a pandas or polars frame, is {type(frame).__name__}")
    if isinstance(frame, pl.LazyFrame):
        return frame.collect()
    if isinstance(frame, pl.DataFrame):
        return frame
    names = [str(column) for column in frame.columns]
    twice = next((column for column in names if names.count(column) > 1), None)
    if twice is not None:
        raise InputError(f"{name} must have each column once, has '{twice}' more than once")
    in_index = next((key for key in required if key in frame.index.names and key not in names), None)
    if in_index is not None:
        raise InputError(
            f"{name} must have a column '{in_index}', has an index of this name; use reset_index()"
        )
    columns = [_from_pandas(frame.iloc[:, i], column) for i, column in enumerate(names)]
    return pl.DataFrame(columns) if columns else pl.DataFrame()


def to_series(values: Any, name: str = "") -> pl.Series:
    """Return one column as a Polars series: a Polars or pandas series, an array or a list.

    It is read as a column of `to_polars` is.

    Parameters
    ----------
    values
        One dimension.
    name
        The name of the series.
    """
    if isinstance(values, pl.Series):
        return values.alias(name)
    if not isinstance(values, pd.Series):
        values = pd.Series(values, dtype=object if isinstance(values, list | tuple) else None)
    return _from_pandas(values, name)


def in_library(frame: pl.DataFrame, library: Library) -> pl.DataFrame | pd.DataFrame:
    """Return a Polars frame as it is, or as a pandas frame."""
    return frame.to_pandas() if library == "pandas" else frame


def stack(frames: Sequence[pl.DataFrame]) -> pl.DataFrame:
    """Return the rows of all frames, one after another. A column of unlike types becomes text."""
    kinds: dict[str, set[pl.DataType]] = {}
    for frame in frames:
        for name, dtype in frame.schema.items():
            kinds.setdefault(name, set()).update([dtype] if dtype != pl.Null else [])
    mixed = {name: types for name, types in kinds.items() if len(types) > 1}
    times = [name for name, types in mixed.items() if all(isinstance(one, pl.Datetime) for one in types)]
    texts = [
        name
        for name, types in mixed.items()
        if name not in times and not all(dtype.is_numeric() for dtype in types)
    ]
    alike = [
        frame.with_columns(
            *[to_utc(frame[name]) for name in times if name in frame.columns],
            *[frame[name].cast(pl.String) for name in texts if name in frame.columns],
        )
        for frame in frames
    ]
    return pl.concat(alike, how="diagonal_relaxed")


def _from_pandas(column: pd.Series[Any], name: str) -> pl.Series:
    """Return a pandas column as a Polars one; a column of mixed objects becomes text."""
    column = column.reset_index(drop=True)
    if isinstance(column.dtype, pd.CategoricalDtype):
        column = column.astype(column.cat.categories.dtype) if column.notna().all() else column.astype(object)
    if isinstance(column.dtype, pd.DatetimeTZDtype):
        plain: pl.Series = pl.from_pandas(column.dt.tz_convert("UTC").dt.tz_localize(None))
        return plain.alias(name).dt.replace_time_zone("UTC")
    if isinstance(column.dtype, pd.SparseDtype):
        column = column.astype(column.dtype.subtype)
    if not _is_of_arrow(column.dtype):
        return _from_objects(column.tolist(), name)
    try:
        return pl.from_pandas(column, nan_to_null=True).alias(name)
    except UnicodeEncodeError:  # half a character, in a column of Python's texts
        return _from_objects(column.tolist(), name)


def _is_of_arrow(dtype: Any) -> bool:
    """Return whether Arrow has the values of a pandas type; others, such as periods, are read as objects."""
    if isinstance(dtype, pd.ArrowDtype | pd.StringDtype):
        return True
    return dtype.kind in "biuf" or (dtype.kind in "mM" and isinstance(dtype, np.dtype))


def _from_objects(cells: list[Any], name: str) -> pl.Series:
    values = [_python_value(cell) for cell in cells]
    kinds = {type(value) for value in values if value is not None}
    if not kinds.isdisjoint({bytes, bytearray, memoryview}):
        raise InputError(must_be(f"the column {name}", "text, numbers or times", "bytes", do="decode it"))
    if kinds <= {str}:
        return _of_texts(name, values) if kinds else pl.Series(name, values, dtype=pl.Null)
    if len(kinds) == 1 and kinds <= {int, float, bool}:
        return pl.Series(name, values)
    if kinds <= {int, float}:
        return pl.Series(name, values, dtype=pl.Float64, strict=False)
    texts = [
        None if value is None else value if isinstance(value, str) else text_of(value) for value in values
    ]
    return _of_texts(name, texts)


def _of_texts(name: str, texts: list[str | None]) -> pl.Series:
    """Return texts as a column; half a character, which UTF-8 cannot hold, is a question mark as in records."""
    try:
        return pl.Series(name, texts, dtype=pl.String)
    except UnicodeEncodeError:
        return pl.Series(name, [None if one is None else as_utf8(one) for one in texts], dtype=pl.String)


def _python_value(cell: Any) -> Any:
    """Return a cell as a Python object, None if it is missing; a numpy number becomes a Python one."""
    if cell is None or (pd.api.types.is_scalar(cell) and bool(pd.isna(cell))):
        return None
    return cell.item() if isinstance(cell, np.number | np.bool_) else cell
