"""A check of a data folder: what it holds, in figures, and what was rejected."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from forestall.data import Tables, check_tables
from forestall.defaults import MAX_REJECTED
from forestall.errors import InputError
from forestall.job_files import ALL, OnStep, no_progress, read_data


@dataclass(frozen=True)
class CheckResult:
    """What a check found.

    Parameters
    ----------
    figures
        Rows, kinds, time span, ratings and rejections by rule; see `forestall.data.check_tables`.
    error
        Why more rows were rejected than may be; None where they were not.
    """

    figures: dict[str, Any]
    error: InputError | None

    @property
    def passed(self) -> bool:
        """Whether no table has more rejected rows than it may have."""
        return self.error is None

    def to_dict(self) -> dict[str, Any]:
        """Return the figures, as the command prints them."""
        return self.figures


def check(
    data: Tables | str | Path,
    *,
    max_rejected: float = MAX_REJECTED,
    rejected: str | Path | None = None,
    progress: OnStep = no_progress,
) -> CheckResult:
    """Check data, and return what they hold and what was rejected.

    Parameters
    ----------
    data
        A data folder, or tables.
    max_rejected
        The largest share of a table's rows, 0 to 1, that may be rejected.
    rejected
        Folder that the rejected rows are written to, each with its rule.

    Raises
    ------
    InputError
        A table is missing or cannot be read.
    """
    progress("reading the tables")
    tables = read_data(data, max_rejected=ALL, rejected=rejected)
    error = None
    try:
        tables.rejections.check(max_rejected)
    except InputError as too_many:
        error = too_many
    return CheckResult(check_tables(tables), error)
