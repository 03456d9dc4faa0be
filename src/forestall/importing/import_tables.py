"""Import of tables and event logs by a mapping file."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import polars as pl

from forestall.config import read_config
from forestall.data.casting import to_text
from forestall.data.frames import stack
from forestall.data.schemas import RULE, TIME, column_types
from forestall.data.tables import Tables
from forestall.defaults import MAX_REJECTED
from forestall.errors import UsageError, nearest
from forestall.importing.event_log import STAFF, STARTED_AT, case_rows, log_events
from forestall.importing.file_readers import SOURCE_ROW, read_sources
from forestall.importing.mapping import Mapping
from forestall.importing.mapping_sections import EventColumns
from forestall.importing.value_sources import Source, TimeSource
from forestall.importing.values import Cells, ReadColumn, read_condition, read_count, read_time

log = logging.getLogger(__name__)

FIRST_TIME = datetime(2000, 1, 1, tzinfo=UTC)
"""The start of the first row of a source without a clock. Each further row starts a minute later."""


def import_tables(
    mapping: str | Path, sources: Sequence[str | Path], max_rejected: float = MAX_REJECTED
) -> Tables:
    """Return the tables that a mapping file makes from one or more sources.

    Parameters
    ----------
    mapping
        A mapping file.
    sources
        CSV, Parquet or XES files, or folders of Parquet parts. Their rows are concatenated.
    max_rejected
        Highest share of a table's rows that may be rejected, 0 to 1.

    Returns
    -------
    Tables
        Each row of the sources (each case of an event log) is an interaction or a rejected row. Rejected rows
        have a column `source_row`: the number of their row in the sources, from 1. `about` has
        `mapping_digest`, `timezone`, `clock`, `known_at`, `rating_known` and `rejected_at_import`.

    Raises
    ------
    UsageError
        The mapping file is not valid or does not fit the sources: an unknown key, a column that no source
        has, a format that fits no row.
    InputError
        A source cannot be read, or too many rows are rejected.
    """
    plan = read_config(mapping, Mapping)
    source = read_sources(sources)
    _check_columns(plan, source, str(mapping))
    cells = Cells(_used_cells(source, plan), plan.timezone, str(mapping))
    log.info("import: %d rows read from %d sources", source.height, len(sources))
    interactions, events, feedback = _make_tables(plan, cells)
    about = {
        "mapping_digest": hashlib.sha256(Path(mapping).read_bytes()).hexdigest(),
        "timezone": plan.timezone,
        "clock": plan.clock,
        "known_at": dict(plan.known_at),
    }
    tables = Tables(interactions, events, feedback, about)
    tables.about["rejected_at_import"] = tables.rejections.counts()
    tables.rejections.check(max_rejected)
    return tables


def _make_tables(plan: Mapping, cells: Cells) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame | None]:
    """Return the three tables before they are checked, with the rules that unreadable cells break."""
    parts: list[pl.DataFrame] = []
    first, rated = cells, cells
    if plan.event_log is not None:
        parts.append(log_events(plan.event_log, cells))
        first, rated = case_rows(plan.event_log, plan.feedback, cells)
    times = _interaction_times(plan, first)
    known = {name: read.values for name, read in times.items()}
    interactions = _interactions(plan, first, times)
    parts += [_events(event, f"events[{i}]", plan, first, known) for i, event in enumerate(plan.events)]
    feedback = _feedback(plan, rated)
    return interactions, _concat_events(parts), feedback


def _check_columns(plan: Mapping, source: pl.DataFrame, name: str) -> None:
    columns = [column for column in source.columns if column != SOURCE_ROW]
    for place, column in plan.columns():
        if column not in columns:
            raise UsageError(
                f"{name}: {place} must name a column of the sources; they have no column '{column}', "
                f"{nearest(column, columns)}"
            )


def _used_cells(source: pl.DataFrame, plan: Mapping) -> pl.DataFrame:
    """Return the columns that the mapping uses; blank cells and words for a missing value are null."""
    used = [SOURCE_ROW, *dict.fromkeys(column for _, column in plan.columns() if column not in plan.never)]
    texts = [name for name in used if source.schema[name] in (pl.String, pl.Categorical, pl.Enum)]
    plain = [pl.col(name).cast(pl.String) for name in texts]
    blank = [text.str.strip_chars().is_in(["", *plan.missing]) for text in plain]
    return source.select(used).with_columns(
        pl.when(~is_blank).then(text) for text, is_blank in zip(plain, blank, strict=True)
    )


def _interaction_keys(plan: Mapping, cells: Cells) -> pl.Series:
    """Return the key of each row's interaction: as mapped, else the case, else the row's number."""
    source = plan.interactions.interaction_id
    if source is None and plan.event_log is not None:
        source = Source(column=plan.event_log.case)
    if source is None:
        return cells.frame[SOURCE_ROW].cast(pl.String)
    place = "interactions.interaction_id"
    return to_text(cells.column(source, place), place)


def _interaction_times(plan: Mapping, cells: Cells) -> dict[str, ReadColumn]:
    """Return the mapped times of the interactions by name.

    A time that is a duration after another one is read after it.
    """
    reads: dict[str, ReadColumn] = {}
    if plan.clock == "none":
        minutes = pl.duration(minutes=pl.lit(cells.frame[SOURCE_ROW].cast(pl.Int64) - 1))
        start = pl.select(pl.lit(FIRST_TIME, dtype=TIME) + minutes).to_series()
        reads["started_at"] = ReadColumn(start, start.is_not_null(), "")
    elif plan.interactions.started_at is None:
        start = cells.frame[STARTED_AT]
        reads["started_at"] = ReadColumn(start, start.is_not_null(), "")
    unread: dict[str, TimeSource] = {}
    for name in ("started_at", "promised_at", "purchased_at"):
        if (source := getattr(plan.interactions, name)) is not None:
            unread[name] = source
    while unread:
        name = next(name for name, source in unread.items() if source.after not in unread)
        known = {other: read.values for other, read in reads.items()}
        reads[name] = read_time(cells, unread.pop(name), f"interactions.{name}", known)
    return reads


def _interactions(plan: Mapping, cells: Cells, times: dict[str, ReadColumn]) -> pl.DataFrame:
    columns = {"interaction_id": _interaction_keys(plan, cells)}
    for name in column_types("interactions"):
        source = getattr(plan.interactions, name)
        if name in times:
            columns[name] = times[name].values
        elif source is not None and name != "interaction_id":
            columns[name] = cells.column(source, f"interactions.{name}")
    if plan.interactions.staff is None and STAFF in cells.frame.columns:
        columns["staff"] = cells.frame[STAFF]
    for name in plan.keep:
        columns[name] = _number_or_text(cells.frame[name])
    return _raw_table(columns, cells, list(times.values()))


def _number_or_text(column: pl.Series) -> pl.Series:
    """Return a kept column as numbers if all its cells are numbers and none is a code such as 007."""
    if column.dtype != pl.String:
        return column
    number = column.str.strip_chars().cast(pl.Float64, strict=False)
    is_code = column.str.contains(r"^\s*[-+]?0\d").fill_null(False)
    is_number = number.is_finite().fill_null(False) | column.is_null()
    all_numbers = bool(is_number.all()) and not is_code.any() and column.null_count() < len(column)
    return number if all_numbers else column


def _raw_table(columns: dict[str, pl.Series], cells: Cells, reads: Sequence[ReadColumn]) -> pl.DataFrame:
    """Return a table before it is checked: its columns, the source's row, and the rule that a cell broke."""
    marks = [
        pl.when(pl.lit(read.unreadable)).then(pl.lit(read.rule)) for read in reads if read.unreadable.any()
    ]
    rule = pl.select(pl.coalesce(*marks)).to_series() if marks else cells.repeat(None, pl.String())
    named = [column.alias(name) for name, column in columns.items()]
    return pl.DataFrame([*named, cells.frame[SOURCE_ROW], rule.alias(RULE)])


def _events(
    event: EventColumns, place: str, plan: Mapping, cells: Cells, known: dict[str, pl.Series]
) -> pl.DataFrame:
    """Return the events of one entry of the mapping: rows that have a time and meet its condition."""
    reads = [read_time(cells, event.at, f"{place}.at", known)]
    happened = reads[0].filled
    if event.when is not None:
        condition = read_condition(cells, event.when, f"{place}.when")
        happened &= condition.values.fill_null(False) | condition.unreadable
        reads.append(condition)
    columns = {"interaction_id": _interaction_keys(plan, cells), "at": reads[0].values}
    for name in ("kind", "actor", "text", "value"):
        if (source := getattr(event, name)) is not None:
            columns[name] = cells.column(source, f"{place}.{name}")
    if event.kind.column is not None:
        happened &= columns["kind"].is_not_null()
    if event.times is None:
        return _raw_table(columns, cells, reads).filter(happened)
    count = read_count(cells, event.times, f"{place}.times")
    # an unreadable count stays as one row, so that it is rejected and counted
    times = count.values.fill_null(0).set(count.unreadable, 1).set(~happened, 0)
    rows = np.repeat(np.arange(len(times)), times.to_numpy())
    return _raw_table(columns, cells, [*reads, count])[rows]


def _feedback(plan: Mapping, cells: Cells) -> pl.DataFrame | None:
    """Return the ratings of the rows that have one, or None if the mapping has no ratings."""
    if plan.feedback is None:
        return None
    rating = cells.column(plan.feedback.rating, "feedback.rating")
    columns, reads = {"interaction_id": _interaction_keys(plan, cells), "rating": rating}, []
    if plan.feedback.rated_at is not None:
        known = {name: read.values for name, read in _interaction_times(plan, cells).items()}
        reads.append(read_time(cells, plan.feedback.rated_at, "feedback.rated_at", known))
        columns["rated_at"] = reads[0].values
    return _raw_table(columns, cells, reads).filter(rating.is_not_null())


def _concat_events(parts: Sequence[pl.DataFrame]) -> pl.DataFrame:
    """Return all events in the order of the source's rows."""
    if not parts:
        return pl.DataFrame(schema=column_types("events"))
    return stack(parts).sort(SOURCE_ROW, maintain_order=True)
