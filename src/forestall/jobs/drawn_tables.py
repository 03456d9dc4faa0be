"""The tables that `check` looks at: all rows, or of large data drawn customers, while every row is checked."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import polars as pl

from forestall.data import Tables
from forestall.data.casting import to_text
from forestall.data.frames import stack
from forestall.data.local_copy import local_folder
from forestall.data.plausible_times import latest_time
from forestall.data.rejections import Rejections
from forestall.data.schemas import TABLES
from forestall.data.whole_tables import WholeTables
from forestall.job_files import ALL, read_data, tables_as_input
from forestall.model.fit_progress import tell_part
from forestall.model.spec import Spec
from forestall.moments import Label
from forestall.publishing import writing
from forestall.streaming.partition import REJECTED, Partition
from forestall.streaming.shared_facts import SharedFacts
from forestall.streaming.source import Source
from forestall.streaming.wanted import Wanted

MOST_INTERACTIONS, MOST_EVENTS = 1_000_000, 10_000_000
"""Of larger data folders drawn customers are looked at, with at most so many rows."""


@dataclass(frozen=True)
class DrawnTables:
    """The tables that are looked at.

    Parameters
    ----------
    tables
        The rows that are looked at, in their order, and the rejected rows of all.
    n_rows
        The number of valid rows of each whole table; None if `tables` are whole.
    as_input
        What the manifest says of the whole tables.
    """

    tables: Tables
    n_rows: dict[str, int] | None
    as_input: dict[str, Any]


def draw_tables(data: Tables | str | Path, spec: Spec | None) -> DrawnTables:
    """Return the tables of a data folder, or, if they are large, those of drawn customers.

    Every row is checked; customers are drawn by the hash of their id, and their past stays whole.

    Parameters
    ----------
    data
        A data folder, or where else the tables are; or tables, which are taken whole. So are those with contacts.
    spec
        The model's specification, which says which ratings are off the scale.

    Raises
    ------
    InputError
        A table is missing, or cannot be read.
    """
    if isinstance(data, Tables):
        return _whole(data, spec)
    with local_folder(data) as folder:
        source = Source.open(folder)
        n = source.n_rows
        if (n["interactions"] <= MOST_INTERACTIONS and n["events"] <= MOST_EVENTS) or source.has_contacts:
            return _whole(folder, spec)
        with TemporaryDirectory(prefix="forestall-") as temporary, writing(temporary):
            return _drawn(source, spec, Path(temporary))


def _whole(data: Tables | str | Path, spec: Spec | None) -> DrawnTables:
    tables = read_data(data, spec=spec, max_rejected=ALL)
    return DrawnTables(tables, None, tables_as_input(tables))


def _drawn(source: Source, spec: Spec | None, folder: Path) -> DrawnTables:
    """Return drawn customers, and the rejected rows of all."""
    # without a specification no rating is off its scale
    known = spec if spec is not None else Spec(name="check", label=Label(event="none"))
    partition = Partition(source, folder, source.n_parts, Wanted(known, has_queue=False))
    latest = latest_time(source.about)
    shared = partition.divide(tell_part, latest)
    shared.account.check(ALL)
    drawn = _in_order(_first_parts(partition, shared), source, source.whole(latest))
    return DrawnTables(
        drawn.replace(rejections=_rejections(partition, shared)),
        dict(shared.account.n_rows),
        source.as_input(),
    )


def _first_parts(partition: Partition, shared: SharedFacts) -> Tables:
    """Return the tables of as many parts as there is room for, at least of one."""
    taken: list[Tables] = []
    n_interactions = n_events = 0
    for number in partition.numbers:
        tables = partition.part(number, shared).tables
        n_interactions += tables.interactions.height
        n_events += tables.events.height
        if taken and (n_interactions > MOST_INTERACTIONS or n_events > MOST_EVENTS):
            break
        taken.append(tables)
    frames = {name: pl.concat([getattr(one, name) for one in taken]) for name in TABLES}
    return Tables.of_checked(frames, shared.about)


def _in_order(tables: Tables, source: Source, whole: WholeTables) -> Tables:
    """Return tables with their rows in the order of the source, which the watch for leaks looks at."""
    place = "interactions.interaction_id"
    drawn = tables.interactions.select("interaction_id")
    found, n_before = [], 0
    for batch in source.tables["interactions"].batches():
        keys = to_text(batch["interaction_id"], place, whole.has_whole_numbers.get(place))
        rows = keys.alias("interaction_id").to_frame().with_row_index("row", offset=n_before)
        found.append(rows.join(drawn, on="interaction_id", how="semi"))
        n_before += batch.height
    first = pl.concat(found).group_by("interaction_id").agg(pl.col("row").min())
    return tables.replace(
        **{
            name: getattr(tables, name)
            .join(first, on="interaction_id", how="left", maintain_order="left")
            .sort("row", maintain_order=True)
            .drop("row")
            for name in TABLES
        }
    )


def _rejections(partition: Partition, shared: SharedFacts) -> Rejections:
    """Return the rejected rows of all tables."""
    pieces = {name: list(partition.rejected(name).pieces()) for name in REJECTED}
    frames = {name: stack(some) for name, some in pieces.items() if some}
    return Rejections(frames, dict(shared.account.rejected.rows_in))
