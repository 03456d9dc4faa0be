"""`forestall contacts`: results of contacts are recorded in the ledger, and the ledger is exported."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import polars as pl

from forestall.contacts.ledger import Ledger
from forestall.contacts.ledger_store import check_is_there
from forestall.data.storage import read_parquet
from forestall.defaults import LEDGER
from forestall.errors import InputError, cannot_read
from forestall.publishing import writing


def keep_ledger(
    *, ledger: str = LEDGER, record: str | Path | None = None, export: str | Path | None = None
) -> dict[str, Any]:
    """Record results in a ledger, export it, and return its counts.

    Parameters
    ----------
    ledger
        The ledger, see `contacts.ledger.Ledger`.
    record
        A CSV or Parquet file with the columns that `Ledger.record` takes.
    export
        A Parquet file that gets the table `contacts`.

    Raises
    ------
    UsageError
        The ledger is not there, or its URL is not valid.
    InputError
        The file cannot be read, or its rows are not valid.
    """
    check_is_there(ledger)
    with Ledger(ledger) as kept:
        n_new = kept.record(_read(Path(record))) if record else 0
        found = kept.read()
        if export:
            with writing(export):
                found.write_parquet(export)
        return {
            "ledger": kept.shown,
            "recorded": n_new,
            "offers": found.height,
            "arms": dict(found["arm"].value_counts().sort("arm").iter_rows()),
            "with_a_result": found["result"].count(),
        }


def _read(file: Path) -> pl.DataFrame:
    if file.suffix == ".parquet":
        return read_parquet(file)
    try:
        return pl.read_csv(file, infer_schema=False)
    except (OSError, pl.exceptions.PolarsError):
        wrong = f"{file} must be a CSV or Parquet file of results, cannot be read as one"
        raise InputError(cannot_read(file, wrong)) from None
