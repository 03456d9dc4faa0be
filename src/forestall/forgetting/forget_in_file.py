"""Customers are removed from one file that a job wrote, such as a feature table."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from forestall.errors import UsageError, must_be
from forestall.forgetting.forget_in_folder import Forgotten
from forestall.forgetting.rows_of_customers import About, columns_of, customers_in, interactions_of, scanned
from forestall.publishing import open_file
from forestall.publishing.single_file import manifest_of

KIND = "table"


def check_file(file: Path) -> None:
    """Check that a file is a result of Forestall's with interactions.

    Raises
    ------
    UsageError
        It is another file.
    """
    if file.suffix not in {".parquet", ".csv"} or manifest_of(file) is None:
        raise UsageError(
            must_be(
                str(file), "a Parquet or CSV file that Forestall wrote", do="delete the rows by its own means"
            )
        )


def interactions_in_file(file: Path, customers: frozenset[str]) -> frozenset[str]:
    """Return the ids of the customers' interactions that a file names."""
    return frozenset(interactions_of(file, About(customers)) if file.suffix == ".parquet" else ())


def forget_in_file(
    file: Path, customers: frozenset[str], interactions: frozenset[str] = frozenset()
) -> Forgotten:
    """Remove all rows of customers from a file; without such rows it stays as it is, to the byte.

    Parameters
    ----------
    file
        The file.
    customers
        The customers.
    interactions
        Interactions that are known to be theirs, from other places: a feature table names no customer.

    Raises
    ------
    UsageError
        The file is not one of Forestall's.
    InputError
        It is damaged, or the disk is full or refuses to be written; nothing was changed.
    """
    check_file(file)
    is_parquet = file.suffix == ".parquet"
    with open_file(file, lambda _: False) as output:
        about = About(customers, interactions | interactions_in_file(file, customers))
        frame = scanned(file) if is_parquet else pl.scan_csv(file, infer_schema=False)
        columns = columns_of(file) if is_parquet else dict(frame.collect_schema())
        rows = about.rows(columns)
        n = 0 if rows is None else int(frame.filter(rows).select(pl.len()).collect().item())
        found = customers_in(file, about) if is_parquet else set[str]()
        if n and rows is not None:
            others = frame.filter(~rows)
            output.rewrite(
                (lambda target: others.sink_parquet(target, compression="zstd", maintain_order=True))
                if is_parquet
                else others.sink_csv
            )
    return Forgotten(KIND, {file.name: n} if n else {}, frozenset(found))
