"""The tables of a data folder, read as a whole."""

from __future__ import annotations

from pathlib import Path

from forestall.data.data_folder import restore_earlier
from forestall.data.storage import read_about, read_frame
from forestall.data.tables import Tables
from forestall.defaults import MAX_REJECTED
from forestall.publishing import read_steady


def read_tables(path: str | Path, max_rejected: float = MAX_REJECTED) -> Tables:
    """Return the tables of a data folder.

    Parameters
    ----------
    path
        A folder with the tables `interactions` and `events`, and optionally `feedback`. Each is one Parquet file
        (`events.parquet`) or a folder of parts (`events/*.parquet`). `about.json` is optional.
    max_rejected
        Highest share of a table's rows that may be rejected, 0 to 1.

    Raises
    ------
    InputError
        A table or a required column is missing, a file cannot be read, or too many rows are rejected.
    """
    folder = Path(path)
    restore_earlier(folder)
    about, (interactions, events, feedback) = read_steady(
        folder,
        lambda: (
            read_about(folder),
            (
                read_frame(folder, "interactions"),
                read_frame(folder, "events"),
                read_frame(folder, "feedback", is_required=False),
            ),
        ),
    )
    tables = Tables(interactions=interactions, events=events, feedback=feedback, about=about)
    tables.rejections.check(max_rejected)
    return tables
