"""Parts that a job computes and writes one after another, and does not compute again after a kill."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import polars as pl

from forestall.data import Tables
from forestall.job_files import part_path
from forestall.jobs.job_records import Divided
from forestall.model.fit_progress import tell_part
from forestall.publishing import Publication
from forestall.streaming.ahead import Writer, in_order
from forestall.streaming.part import Part
from forestall.streaming.partition import N_THREADS


def computed_parts(
    divided: Divided,
    compute: Callable[[Part], pl.DataFrame],
    publication: Publication | None,
    *,
    entry: str,
    done: str,
) -> Iterator[tuple[pl.DataFrame, Tables]]:
    """Yield the rows of each part, and the tables that they were computed from.

    Parameters
    ----------
    divided
        The parts.
    compute
        Returns the rows of a part. A few parts are computed at once.
    publication
        Where the rows are written, one file a part; parts that are written are read instead of computed. None: nothing
        is written.
    entry
        The entry of the output that holds the files.
    done
        What the progress shows, such as `interactions scored`.
    """
    n, total = 0, divided.shared.account.n_rows["interactions"]

    def rows_of(number: int) -> tuple[str, pl.DataFrame, Tables]:
        part, path = divided.part(number), part_path(entry, number)
        written = None if publication is None else publication.written(path)
        if written is not None:
            return path, pl.read_parquet(written, hive_partitioning=False), part.tables
        return path, compute(part), part.tables

    with Writer() as writer:
        for path, rows, tables in in_order(rows_of, divided.numbers, N_THREADS):
            yield rows, tables
            if publication is not None:
                writer.write(publication.write_part, path, rows.write_parquet)
                writer.wait(1)
                n += tables.interactions.height
                tell_part(n, total, done)
