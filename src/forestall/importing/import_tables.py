"""Import of tables and event logs by a mapping file."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import polars as pl

from forestall.config import read_config
from forestall.data.about import KEYS, ROW_NUMBER
from forestall.data.casting import to_text
from forestall.data.frames import stack
from forestall.data.rejections import Rejections
from forestall.data.schemas import RULE
from forestall.data.tables import Tables
from forestall.defaults import MAX_REJECTED
from forestall.errors import UsageError, nearest
from forestall.importing.contacts_table import take_contacts
from forestall.importing.event_entries import read_events
from forestall.importing.event_log import first_rows, log_events, read_log
from forestall.importing.further_rows import FurtherRows, own_times
from forestall.importing.import_notes import ImportNotes
from forestall.importing.joined_rows import KEY, MAIN_ROW, KeptRows, joined_cells, kept_rows
from forestall.importing.mapping import Mapping
from forestall.importing.mapping_values import in_utc
from forestall.importing.rated_rows import RatedRows
from forestall.importing.readers import LINE, SOURCE_ROW
from forestall.importing.rejection_limit import WriteRejected, check_limit
from forestall.importing.source_warnings import first_notes, warn_of_sources
from forestall.importing.sources import Sources, check_columns, read_sources
from forestall.importing.table_rows import (
    concat_events,
    feedback,
    interaction_times,
    interactions,
    with_staff,
)
from forestall.importing.value_sources import Source
from forestall.importing.values import Cells

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class RawTables:
    """The rows of the three tables before they are checked, and what was rejected or left out before.

    `events` has the rows of each entry of the mapping apart.
    """

    interactions: pl.DataFrame
    events: list[pl.DataFrame]
    feedback: pl.DataFrame | None
    bad_rows: pl.DataFrame
    counts: dict[str, int]


def import_tables(
    mapping: str | Path,
    sources: Sequence[str | Path],
    max_rejected: float = MAX_REJECTED,
    rejected: WriteRejected | None = None,
) -> Tables:
    """Return the tables that a mapping file makes from one or more sources.

    Parameters
    ----------
    mapping
        A mapping file.
    sources
        The main files, and further tables as `NAME=FILE`: CSV, JSON, Excel, Parquet or XES. A Parquet file
        `contacts=FILE` is the table `contacts`, unless the mapping has a table of this name.
    max_rejected
        Highest share of a table's rows that may be rejected, 0 to 1.
    rejected
        Writes the rejected rows if they are too many; None writes nothing.

    Returns
    -------
    Tables
        Each row of the main files (each key, each case of an event log) is an interaction, a rejected row or left out.
        Rejected rows have `source_row`, the number of their row in the sources, and `line`, that in its file. `about`
        has `mapping_digest`, `timezone`, `clock`, `known_at`, `rating_known`, `exported_at`, `rejected_at_import` and
        `import`: what was found out about the files, and what was decided, with counts.

    Raises
    ------
    UsageError
        The mapping file is not valid or does not fit the sources: an unknown key, a column that no source has, a format
        that fits no row.
    InputError
        A source cannot be read, or too many rows are rejected.
    """
    plan = read_config(mapping, Mapping)
    sources, contacts = take_contacts(plan, sources)
    read = read_sources(plan, sources)
    check_columns(plan, read, str(mapping))
    log.info("import: %d rows read from %d sources", read.main.frame.height, len(sources))
    notes = first_notes(read)
    empty = Cells(pl.DataFrame(), plan.timezone, str(mapping), plan.decimal, notes)
    cells = joined_cells(plan, read, empty)
    warn_of_sources(plan, read.main, notes)
    read = read.keys_only(plan)
    raw = _make_tables(plan, read, cells)
    del cells  # all columns of the files, as text: their memory is needed for the tables
    raw = _with_all_events(raw)
    (events,) = raw.events
    _check_known_at(plan, events, str(mapping))
    tables = Tables(raw.interactions, events, raw.feedback, _about(plan, Path(mapping)), contacts)
    rejections = _with_unread(tables.rejections, raw, read, notes)
    tables = tables.replace(rejections=replace(rejections, at_import=rejections.counts()))
    tables.about["rejected_at_import"] = rejections.counts()
    counts = raw.counts | dict(notes.counts)
    tables.about["import"] = {"files": read.found(), "counts": counts, "warnings": notes.warnings}
    check_limit(tables, notes, max_rejected, rejected, str(mapping))
    return tables


def _with_all_events(raw: RawTables) -> RawTables:
    """Return the tables with the rows of all entries as one frame, in the order of the source's rows."""
    interactions, events = with_staff(raw.interactions, concat_events(raw.events))
    return replace(raw, interactions=interactions, events=[events])


def _about(plan: Mapping, file: Path) -> dict[str, Any]:
    about: dict[str, Any] = {
        "mapping_digest": hashlib.sha256(file.read_bytes()).hexdigest(),
        "timezone": plan.timezone,
        "clock": plan.clock,
        "known_at": dict(plan.known_at),
    }
    if plan.interactions.interaction_id is None and plan.event_log is None:
        about[KEYS] = ROW_NUMBER
    if plan.exported_at is not None:
        about["exported_at"] = in_utc(plan.exported_at, plan.timezone).isoformat()
    return about


def _make_tables(plan: Mapping, sources: Sources, cells: Cells) -> RawTables:
    counts = {"rows_in": sources.main.frame.height}
    log_parts: list[pl.DataFrame] = []
    if plan.event_log is not None:
        cells = _keyed(plan, _without_left_out(plan, cells, counts))
        rows = read_log(plan.event_log, cells)
        log_parts.append(log_events(plan.event_log, rows))
        first = _numbered(first_rows(plan.event_log, rows, plan.known_at))
        rated, repeated = RatedRows(first, rows), first.with_rows(first.frame.clear())
    else:
        cells = _keyed(plan, cells)
        kept = kept_rows(plan, cells, cells.frame[KEY])
        first = _numbered(cells.with_rows(cells.frame.filter(kept.one)))
        rated = RatedRows(first, cells.with_rows(cells.frame.filter(~kept.left_out)))
        repeated = _repeated_rows(plan, cells, kept, counts)
    times = interaction_times(plan, first)
    table = interactions(plan, first, times)
    if repeated.frame.height:
        table = pl.concat([table, _as_duplicates(repeated)], how="diagonal")
    further = FurtherRows(plan, sources, first)
    known = {name: read.values for name, read in times.items()}
    parts = read_events(plan, further, known, log_parts)
    ratings = _ratings(plan, further, rated, known)
    bad_rows = pl.concat([sources.bad_rows(), *further.orphans])
    return RawTables(table, log_parts + parts, ratings, bad_rows, counts)


def _keyed(plan: Mapping, cells: Cells) -> Cells:
    """Return rows with `KEY`, the key of their interaction: as mapped, else the case, else the row's number."""
    source = plan.interactions.interaction_id
    case = None if plan.event_log is None else Source(column=plan.event_log.case)
    source = source or case
    if source is None:
        return cells.with_rows(cells.frame.with_columns(pl.col(SOURCE_ROW).cast(pl.String).alias(KEY)))
    place = "interactions.interaction_id"
    key = to_text(cells.column(source, place), place).str.strip_chars()
    if case is not None and source is not case:
        # a row of a log may leave the key out that another row of its case has
        of_case = pl.DataFrame({KEY: key, "case": cells.text(str(case.column), "event_log.case")})
        first = pl.col(KEY).drop_nulls().first().over("case")
        first = pl.when(pl.col("case").is_not_null()).then(first)
        key = of_case.select(pl.coalesce(KEY, first)).to_series()
    return cells.with_rows(cells.frame.with_columns(key.alias(KEY)))


def _numbered(cells: Cells) -> Cells:
    return cells.with_rows(cells.frame.with_columns(pl.int_range(pl.len(), dtype=pl.UInt32).alias(MAIN_ROW)))


def _without_left_out(plan: Mapping, cells: Cells, counts: dict[str, int]) -> Cells:
    if not plan.leave_out:
        return cells
    kept = kept_rows(plan, cells, pl.Series([None], dtype=pl.String).new_from_index(0, cells.frame.height))
    counts["left_out"] = int(kept.left_out.sum())
    return cells.with_rows(cells.frame.filter(~kept.left_out))


def _repeated_rows(plan: Mapping, cells: Cells, kept: KeptRows, counts: dict[str, int]) -> Cells:
    """Return the rows that are rejected since their key stands above, and count what is not rejected."""
    if plan.leave_out:
        counts["left_out"] = int(kept.left_out.sum())
    none = cells.with_rows(cells.frame.clear())
    n_repeated = int(kept.repeated.sum())
    if any(ratings.several == "keep" for ratings in plan.feedback):
        if n_repeated:
            counts["rows_with_a_further_rating"] = n_repeated
        return none
    if plan.newest_by is not None:
        if n_repeated:
            counts["older_rows"] = n_repeated
        return none
    return cells.with_rows(cells.frame.filter(kept.repeated))


def _as_duplicates(repeated: Cells) -> pl.DataFrame:
    """Return rows that repeat a key, as rows of `interactions` that break the rule `duplicate_key`."""
    rows = repeated.frame.select(pl.col(KEY).alias("interaction_id"), SOURCE_ROW, LINE)
    return rows.with_columns(pl.lit("duplicate_key").alias(RULE))


def _ratings(
    plan: Mapping, further: FurtherRows, rated: RatedRows, known: dict[str, pl.Series]
) -> pl.DataFrame | None:
    """Return the ratings of all sections, or None if the mapping has no ratings.

    Parameters
    ----------
    plan, further
        The mapping, and the rows of further tables and arrays.
    rated
        The main rows from which ratings are read.
    known
        The times of the interactions and of their events by name.
    """
    parts = []
    for place, ratings in plan.ratings():
        cells = rated.of(ratings, place) if ratings.source is None else further.of(ratings.source)
        parts.append(feedback(ratings, place, cells, own_times(cells, known)))
    return stack(parts) if parts else None


def _check_known_at(plan: Mapping, events: pl.DataFrame, name: str) -> None:
    """Check that the kinds of `known_at` occur, where kinds stand in the source."""
    if plan.has_fixed_kinds or not plan.known_at:
        return
    kinds = sorted(set(events["kind"].drop_nulls().unique().to_list()) | plan.kinds())
    for column, kind in plan.known_at.items():
        if kind not in kinds:
            raise UsageError(
                f"{name}: 'known_at.{column}' must be the kind of an event, {nearest(kind, kinds)}"
            )


def _with_unread(rejections: Rejections, raw: RawTables, sources: Sources, notes: ImportNotes) -> Rejections:
    """Return the rejections with the lines that are no rows and the cells that could not be read."""
    n_rows = sources.main.frame.height + sources.n_further_rows
    rows_in = {**rejections.rows_in, "rows": n_rows + sources.bad_rows().height}
    return Rejections(rejections.frames, rows_in).plus("rows", raw.bad_rows).plus("cells", notes.all_cells())
