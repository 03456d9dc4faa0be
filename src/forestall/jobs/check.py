"""`forestall check`: what a data folder holds, and what was rejected."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from forestall.data import Tables, check_tables
from forestall.defaults import MAX_REJECTED
from forestall.errors import InputError
from forestall.job_files import ALL, OnStep, no_progress, read_data
from forestall.jobs.job_result import JobResult


@dataclass(frozen=True)
class CheckResult(JobResult):
    """What `check` found.

    Attributes
    ----------
    figures
        Counts and shares: rows, kinds of events, time span, ratings, rejections by rule.
    error
        Why other jobs would refuse these data: too many rejected rows. None if they would not.
    """

    figures: dict[str, Any]
    error: InputError | None

    @property
    def passed(self) -> bool:
        """Whether no table has too many rejected rows."""
        return self.error is None

    def to_dict(self) -> dict[str, Any]:
        """Return the figures that the command prints."""
        return self.figures


def check(
    data: Tables | str | Path,
    *,
    max_rejected: float = MAX_REJECTED,
    rejected: str | Path | None = None,
    progress: OnStep = no_progress,
) -> CheckResult:
    """Check a data folder: count rows, kinds of events, the time span, ratings, and rejections by rule.

    Parameters
    ----------
    data
        A data folder, or tables.
    max_rejected
        The largest share of a table's rows that may be rejected. With more, the check is not passed.
    rejected
        Folder for the rejected rows, each with the rule that it broke.
    progress
        Called with a text when a long step begins.

    Raises
    ------
    InputError
        A table is missing, or cannot be read.

    Examples
    --------
    >>> import polars as pl
    >>> import forestall
    >>> interactions = pl.DataFrame({"interaction_id": ["a"], "started_at": ["2026-03-02T09:00:00Z"]})
    >>> events = pl.DataFrame({"interaction_id": ["a"], "at": ["2026-03-02T09:01:00Z"], "kind": ["served"]})
    >>> result = forestall.check(forestall.Tables(interactions, events))
    >>> result.figures["kinds"], result.passed
    ({'served': 1}, True)
    """
    progress("reading the tables")
    tables = read_data(data, max_rejected=ALL, rejected=rejected)
    error = None
    try:
        tables.rejections.check(max_rejected)
    except InputError as too_many:
        error = too_many
    return CheckResult(check_tables(tables), error)
