"""`forestall import`: a company's export to a data folder, by a mapping file."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from forestall.data import Tables
from forestall.defaults import MAX_REJECTED
from forestall.importing import import_tables
from forestall.job_files import OnStep, no_progress


def import_records(
    mapping: str | Path,
    sources: str | Path | Sequence[str | Path],
    *,
    output: str | Path | None = None,
    max_rejected: float = MAX_REJECTED,
    progress: OnStep = no_progress,
) -> Tables:
    """Return the three tables that a mapping file makes of tables or event logs.

    Parameters
    ----------
    mapping
        The mapping file.
    sources
        One or more files: CSV, JSON, JSON Lines, Excel, Parquet or XES; their rows are put together. A further table of
        the mapping is given as `NAME=FILE`.
    output
        The data folder to write; None writes nothing.
    max_rejected
        The largest share of a table's rows that may be rejected.
    progress
        Called with a text when a long step begins.

    Raises
    ------
    UsageError
        The mapping file is not valid, or names a column that no source has.
    InputError
        A source cannot be read, or too many rows were rejected.
    """
    progress("reading the sources")
    files = [sources] if isinstance(sources, str | Path) else list(sources)
    rejected = None if output is None else Path(output) / "rejected"
    tables = import_tables(mapping, files, max_rejected=max_rejected, rejected=rejected)
    if output is not None:
        progress("writing the data folder")
        tables.write(output)
    return tables
