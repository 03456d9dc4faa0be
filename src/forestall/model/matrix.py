"""Tables of features as numbers and categories; in training each category is a whole number."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from forestall.data.frames import Frame, to_polars
from forestall.statistics import Floats, Ints


@dataclass(frozen=True)
class Columns:
    """The columns of a table: numbers, and categories apart.

    Attributes
    ----------
    numbers
        Shape (n, p), NaN where a number is missing and in the columns of categories.
    categories
        By the place of the column: strings, null (in a list None) where missing, shape (n,).
    """

    numbers: Floats
    categories: Mapping[int, pl.Series | Sequence[str | None]]


def read_columns(X: Frame, categorical: Sequence[int] | None = None) -> Columns:
    """Return the columns of a frame.

    Parameters
    ----------
    X
        Columns of numbers, booleans, strings or categories, shape (n, p).
    categorical
        The places of the columns that are categories; None: those with strings or categories.

    Raises
    ------
    ValueError
        A number is infinite, or a column of numbers holds strings.
    """
    frame = to_polars(X, "X")
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
        # an empty column may have any type
        if (text and column.null_count() < len(column)) or not _may_be_number(column.dtype):
            raise ValueError(
                f"column '{column.name}' must hold numbers, or strings where training had them; "
                f"it holds {column.dtype}"
            )
    values: Floats = frame.cast(pl.Float64).to_numpy()
    if np.isinf(values).any():
        name = frame.columns[int(np.isinf(values).any(axis=0).argmax())]
        raise ValueError(f"column '{name}' must hold finite numbers or missing values; it contains infinity")
    return values


def _may_be_number(dtype: pl.DataType) -> bool:
    return dtype.is_numeric() or dtype in (pl.Boolean, pl.Null) or _is_category(dtype)


@dataclass(frozen=True)
class Coded:
    """Rows to learn from: numbers, and categories as whole numbers.

    Attributes
    ----------
    numbers
        Shape (n, p), NaN in the columns of categories.
    codes
        By the place of the column: the category of each row as its place in `known`, shape (n,); -1 for a category
        that too few customers have.
    known
        By the place of the column: its categories in alphabetical order, None (missing) first if it occurs.
    """

    numbers: Floats
    codes: dict[int, Ints]
    known: dict[int, list[str | None]]


def code_columns(columns: Columns) -> Coded:
    """Return the columns with each category as a whole number."""
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


def without_rare(coded: Coded, customer: Ints, least: int) -> Coded:
    """Return the rows with the code -1 for each category that fewer than `least` customers have.

    Parameters
    ----------
    coded
        The rows.
    customer
        The customer of each row as a whole number from 0, shape (n,).
    least
        The fewest customers of a category.
    """
    if least <= 1:
        return coded
    codes, known = {}, {}
    for place, own in coded.codes.items():
        names = coded.known[place]
        pairs = np.unique(own * (int(customer.max()) + 1) + customer) // (int(customer.max()) + 1)
        is_common = np.bincount(pairs, minlength=len(names)) >= least
        codes[place] = np.where(is_common, np.cumsum(is_common) - 1, -1)[own]
        known[place] = [name for name, kept in zip(names, is_common, strict=True) if kept]
    return Coded(coded.numbers, codes, known)
