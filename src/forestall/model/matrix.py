"""Any table of features as numbers and categories, each category a whole number while learning."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import polars as pl

from forestall.statistics import Floats, Ints


@dataclass(frozen=True)
class Columns:
    """The columns of a table, in its order: numbers, and the categories apart.

    Attributes
    ----------
    numbers
        (n, p), NaN where a number is missing and in the columns of categories.
    categories
        By the column's place: n strings, null (in a list None) where missing.
    """

    numbers: Floats
    categories: Mapping[int, pl.Series | Sequence[str | None]]


def is_frame(X: object) -> bool:
    """Return whether `X` is a table with named columns: a polars or pandas frame."""
    return isinstance(X, pl.DataFrame | pd.DataFrame)


def read_columns(X: pl.DataFrame | pd.DataFrame, categorical: Sequence[int] | None = None) -> Columns:
    """Return the columns of a frame.

    Parameters
    ----------
    X
        n rows of p columns: numbers, booleans, or strings and other categories.
    categorical
        The places of the columns that are categories; None: those that hold strings.

    Raises
    ------
    ValueError
        A number is infinite, or a column holds strings where numbers must be.
    """
    frame = X if isinstance(X, pl.DataFrame) else _from_pandas(X)
    kinds = [_is_category(dtype) for dtype in frame.dtypes]
    wanted = {k for k, is_text in enumerate(kinds) if is_text} if categorical is None else set(categorical)
    plain = [k for k in range(frame.width) if k not in wanted]
    numbers = np.full((frame.height, frame.width), np.nan)
    if plain:
        numbers[:, plain] = _numbers(frame.select(pl.nth(plain)), [kinds[k] for k in plain])
    categories = {k: frame.to_series(k).cast(pl.String) for k in sorted(wanted)}
    return Columns(numbers, categories)


def _is_category(dtype: pl.DataType) -> bool:
    return dtype in (pl.String, pl.Categorical) or isinstance(dtype, pl.Enum)


def _numbers(frame: pl.DataFrame, is_text: list[bool]) -> Floats:
    for column, text in zip(frame.get_columns(), is_text, strict=True):
        # a column of nothing but gaps may have any type
        if (text and column.null_count() < len(column)) or not _may_be_number(column.dtype):
            raise ValueError(
                f"column '{column.name}' must hold numbers, or strings where training had them; "
                f"it holds {column.dtype}"
            )
    values: Floats = frame.cast(pl.Float64).to_numpy()
    if np.isinf(values).any():
        name = frame.columns[int(np.isinf(values).any(axis=0).argmax())]
        raise ValueError(f"column '{name}' must hold finite numbers or gaps; it contains infinity")
    return values


def _may_be_number(dtype: pl.DataType) -> bool:
    return dtype.is_numeric() or dtype in (pl.Boolean, pl.Null) or _is_category(dtype)


def _from_pandas(frame: pd.DataFrame) -> pl.DataFrame:
    """Return a polars frame of the same columns; cells of no value become null."""
    columns = []
    for place in range(frame.shape[1]):
        column = frame.iloc[:, place]
        name = str(frame.columns[place])
        if pd.api.types.is_bool_dtype(column.dtype) or pd.api.types.is_numeric_dtype(column.dtype):
            columns.append(pl.Series(name, column.to_numpy(dtype=np.float64, na_value=np.nan)))
            continue
        cells = [None if missing else cell for cell, missing in zip(column, column.isna(), strict=True)]
        if all(cell is None or isinstance(cell, str) for cell in cells):
            columns.append(pl.Series(name, cells, dtype=pl.String))
        else:
            columns.append(pl.Series(name, _floats(name, cells)))
    # names may repeat in pandas; the place says which column is meant
    return pl.DataFrame([column.alias(f"{place}") for place, column in enumerate(columns)]).rename(
        _unique_names([column.name for column in columns])
    )


def _floats(name: str, cells: list[Any]) -> Floats:
    try:
        return np.array([np.nan if cell is None else float(cell) for cell in cells])
    except (TypeError, ValueError):
        raise TypeError(f"column '{name}': each cell's argument must be a string or a real number") from None


def _unique_names(names: list[str]) -> dict[str, str]:
    seen: set[str] = set()
    renamed = {}
    for place, name in enumerate(names):
        renamed[f"{place}"] = name if name not in seen and not name.isdigit() else f"{name}#{place}"
        seen.add(name)
    return renamed


@dataclass(frozen=True)
class Coded:
    """Rows to learn from: numbers, and categories as whole numbers.

    Attributes
    ----------
    numbers
        (n, p), NaN in the columns of categories.
    codes
        By the column's place: (n,), each the place of the row's category in `known`.
    known
        By the column's place: its categories in alphabetical order, None (missing) first if it occurs.
    """

    numbers: Floats
    codes: dict[int, Ints]
    known: dict[int, list[str | None]]


def code_columns(columns: Columns) -> Coded:
    """Return the columns with each category as its place among the column's known ones."""
    codes, known = {}, {}
    for place, names in columns.categories.items():
        column = names if isinstance(names, pl.Series) else pl.Series(names, dtype=pl.String)
        known[place] = column.unique().sort(nulls_last=False).to_list()
        ranks = {category: rank for rank, category in enumerate(known[place])}
        if None in ranks:
            column = column.fill_null("\0")
            ranks["\0"] = ranks.pop(None)
        codes[place] = (
            column.replace_strict(list(ranks), list(ranks.values()), return_dtype=pl.Int64)
            .to_numpy()
            .astype(np.int64)
        )
    return Coded(columns.numbers, codes, known)
