"""Rows for the tests of compiled trees, with all that LightGBM reads in a way of its own."""

import numpy as np

SPECIAL = [np.inf, -np.inf, 0.0, -0.0, 1e-36, -1e-36, 1e300, -1e300]
COMPLETE = 4
"""The place of the column in which nothing is missing: LightGBM then reads a missing value as 0."""
LAID_OUT = {
    "columns": np.asfortranarray,
    "rows": np.copy,
    "every second row": lambda rows: rows[::2],
    "single precision": lambda rows: rows[40:].astype(np.float32),
}
"""By name, ways in which a matrix may lie in memory."""


def tree_rows(n):
    """Return rows of five columns, with missing values, both zeros, numbers too near to zero, and infinities."""
    rng = np.random.default_rng(0)
    found = rng.normal(size=(n, 5)).round(2)
    found[rng.random((n, 5)) < 0.2] = np.nan
    found[:40, 0] = np.resize(SPECIAL, 40)
    found[:, COMPLETE] = rng.normal(size=n).round(1)
    return found


def rows_of_later(rows):
    """Return rows in which values are missing that were there in training."""
    later = rows.copy()
    later[::3, COMPLETE] = np.nan
    return later


def as_whole_numbers(rows):
    """Return rows whose last column holds whole numbers above 0, which may be categories."""
    return np.column_stack([rows[:, :COMPLETE], np.abs(rows[:, COMPLETE]).astype(int)])
