"""The types of columns, and the columns that a table has while it is checked."""

from __future__ import annotations

from typing import Any

import dataframely as dy
import polars as pl

TIME = pl.Datetime("us", "UTC")

ROW = "__row__"
"""Column with the number of a row in the table that came in, while the table is checked."""
RULE = "__rule__"
"""Column with the rule that a row breaks before the table is checked, or null."""


def time_column() -> Any:
    """Return a column of times."""
    return dy.Datetime(time_unit="us", time_zone="UTC", nullable=True)


def text_column() -> Any:
    """Return a column of texts."""
    return dy.String(nullable=True)


def number_column() -> Any:
    """Return a column of numbers; the rules of a table say which may be infinite."""
    return dy.Float64(nullable=True, allow_inf=True, allow_nan=True)


class Row(dy.Schema):
    """Any row of a table that is checked."""

    row = dy.UInt32(alias=ROW, nullable=True)
