"""Reading the tables of a data folder, wherever it is."""

from __future__ import annotations

from pathlib import Path

from forestall.data.data_source import read_raw
from forestall.data.tables import Tables
from forestall.defaults import MAX_REJECTED
from forestall.locations import location_of


def read_tables(path: str | Path, max_rejected: float = MAX_REJECTED) -> Tables:
    """Return the tables of a data folder.

    Parameters
    ----------
    path
        A folder with the tables `interactions` and `events`, and optionally `feedback`. Each is one Parquet file
        (`events.parquet`), a folder of parts (`events/*.parquet`, or `events/date=2026-01-01/*.parquet`) or a Delta
        table. `about.json` is optional. Or the address of such a folder in an object store
        (`s3://`, `gs://`, `az://`), or of a database (`postgresql://`).
    max_rejected
        Highest share of a table's rows that may be rejected, 0 to 1.

    Raises
    ------
    InputError
        A table or a required column is missing, a file cannot be read, or too many rows are rejected.
    """
    about, frames = read_raw(location_of(path))
    tables = Tables(**frames, about=about)  # type: ignore[arg-type] # the required ones are there
    tables.rejections.check(max_rejected)
    return tables
