"""An import: any table or event log becomes a data folder, by a mapping file."""

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
    """Return the tables that a mapping file makes of one or more sources.

    Parameters
    ----------
    mapping
        A mapping file.
    sources
        One or more CSV, TSV, Parquet or XES files; their rows are put together.
    output
        The data folder to write as well.
    max_rejected
        The largest share of a table's rows, 0 to 1, that may be rejected.

    Raises
    ------
    UsageError
        The mapping file has a mistake: an unknown key, a column that no source has, a format that fits no row.
    InputError
        A source cannot be read, or too many rows are rejected.
    """
    progress("reading the sources")
    files = [sources] if isinstance(sources, str | Path) else list(sources)
    tables = import_tables(mapping, files, max_rejected=max_rejected)
    if output is not None:
        progress("writing the data folder")
        tables.write(output)
    return tables
