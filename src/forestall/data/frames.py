"""Frames as they come in from outside, made into Polars frames."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal, TypeAlias

import pandas as pd
import polars as pl

from forestall.data.times import to_utc
from forestall.errors import InputError

Frame: TypeAlias = "pl.DataFrame | pl.LazyFrame | pd.DataFrame"
Library = Literal["polars", "pandas"]


def to_polars(frame: Frame, name: str) -> pl.DataFrame:
    """Return `frame` as a Polars frame; errors call it `name`.

    Raises
    ------
    InputError
        It is no frame, or two of its columns have the same name.
    """
    if isinstance(frame, pl.LazyFrame):
        return frame.collect()
    if isinstance(frame, pl.DataFrame):
        return frame
    if not isinstance(frame, pd.DataFrame):
        raise InputError(f"{name} must be a pandas or polars frame, is {type(frame).__name__}")
    names = [str(column) for column in frame.columns]
    twice = next((column for column in names if names.count(column) > 1), None)
    if twice is not None:
        raise InputError(f"{name} must have each column once, has '{twice}' more than once")
    columns = [_column(frame.iloc[:, i], column) for i, column in enumerate(names)]
    return pl.DataFrame(columns) if columns else pl.DataFrame()


def stack(frames: Sequence[pl.DataFrame]) -> pl.DataFrame:
    """Return the rows of all frames, one after another; a column of unlike types becomes text."""
    kinds: dict[str, set[pl.DataType]] = {}
    for frame in frames:
        for name, dtype in frame.schema.items():
            kinds.setdefault(name, set()).update([dtype] if dtype != pl.Null else [])
    times = [name for name, types in kinds.items() if len(types) > 1 and _all(types, pl.Datetime)]
    texts = [
        name
        for name, types in kinds.items()
        if len(types) > 1 and name not in times and not all(dtype.is_numeric() for dtype in types)
    ]
    alike = [
        frame.with_columns(
            *[to_utc(frame[name]) for name in times if name in frame.columns],
            *[frame[name].cast(pl.String) for name in texts if name in frame.columns],
        )
        for frame in frames
    ]
    return pl.concat(alike, how="diagonal_relaxed")


def _all(types: set[pl.DataType], kind: type[pl.DataType]) -> bool:
    return all(isinstance(dtype, kind) for dtype in types)


def library_of(frame: Frame) -> Library:
    """Return by which library `frame` was made."""
    return "pandas" if isinstance(frame, pd.DataFrame) else "polars"


def _column(column: pd.Series[Any], name: str) -> pl.Series:
    """Return a pandas column as a Polars one; a column of mixed objects becomes text."""
    column = column.reset_index(drop=True)
    if isinstance(column.dtype, pd.CategoricalDtype):
        column = column.astype(column.cat.categories.dtype) if column.notna().all() else column.astype(object)
    if isinstance(column.dtype, pd.DatetimeTZDtype):
        plain: pl.Series = pl.from_pandas(column.dt.tz_convert("UTC").dt.tz_localize(None))
        return plain.alias(name).dt.replace_time_zone("UTC")
    if column.dtype != object:
        return pl.from_pandas(column, nan_to_null=True).alias(name)
    values = [None if _is_gap(value) else value for value in column.tolist()]
    kinds = {type(value) for value in values if value is not None}
    if kinds <= {str} or (len(kinds) == 1 and kinds <= {int, float, bool}):
        return pl.Series(name, values, dtype=None if kinds else pl.Null)
    if kinds <= {int, float}:
        return pl.Series(name, values, dtype=pl.Float64, strict=False)
    return pl.Series(name, [None if value is None else _as_text(value) for value in values], dtype=pl.String)


def _is_gap(value: Any) -> bool:
    return value is None or (pd.api.types.is_scalar(value) and bool(pd.isna(value)))


def _as_text(value: object) -> str:
    return str(value.isoformat()) if hasattr(value, "isoformat") else str(value)
