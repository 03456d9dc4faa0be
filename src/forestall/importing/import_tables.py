"""Any table or event log to the three tables, by a mapping file and with no code."""

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
from forestall.importing.cells import Cells, Read
from forestall.importing.event_log import STAFF, STARTED_AT, cases_of, log_events
from forestall.importing.file_readers import SOURCE_ROW, read_sources
from forestall.importing.mapping import EventColumns, Mapping, Source, TimeSource

log = logging.getLogger(__name__)

FIRST_TIME = datetime(2000, 1, 1, tzinfo=UTC)
"""The start of the first row of a source without a clock; each further row starts a minute later."""


def import_tables(
    mapping: str | Path, sources: Sequence[str | Path], max_rejected: float = MAX_REJECTED
) -> Tables:
    """Return the tables that a mapping file makes of one or more sources.

    Parameters
    ----------
    mapping
        A mapping file.
    sources
        CSV, Parquet or XES files, or folders of Parquet parts; their rows are put together.
    max_rejected
        The share of a table's rows, 0 to 1, that may be rejected.

    Returns
    -------
    Tables
        Each row of the sources (each case of an event log) is an interaction or a rejected row. Rejected rows
        bear `source_row`, the number of the row of the sources, from 1, that they were made of. `about` has
        `mapping_digest`, `timezone`, `clock`, `known_at`, `rating_known` and `rejected_at_import`.

    Raises
    ------
    UsageError
        The mapping file has a mistake: an unknown key, a column that no source has, a format that
        fits no row.
    InputError
        A source cannot be read, or too many rows are rejected.
    """
    plan = read_config(mapping, Mapping)
    source = read_sources(sources)
    _check_columns(plan, source, str(mapping))
    cells = Cells(_without_gaps(source, plan), plan.timezone, str(mapping))
    log.info("import: %d rows of %d sources", source.height, len(sources))
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
    """Return the three tables as they come in, with the rules that unreadable cells break."""
    parts: list[pl.DataFrame] = []
    first, rated = cells, cells
    if plan.event_log is not None:
        parts.append(log_events(plan.event_log, cells))
        first, rated = cases_of(plan.event_log, plan.feedback, cells)
    times = _times_of(plan, first)
    known = {name: read.values for name, read in times.items()}
    interactions = _interactions(plan, first, times)
    parts += [_events(event, f"events[{i}]", plan, first, known) for i, event in enumerate(plan.events)]
    feedback = _feedback(plan, rated)
    return interactions, _one_table(parts), feedback


def _check_columns(plan: Mapping, source: pl.DataFrame, name: str) -> None:
    columns = [column for column in source.columns if column != SOURCE_ROW]
    for place, column in plan.columns():
        if column not in columns:
            raise UsageError(
                f"{name}: {place}: the source has no column '{column}', {nearest(column, columns)}"
            )


def _without_gaps(source: pl.DataFrame, plan: Mapping) -> pl.DataFrame:
    """Return the cells that are used, blank ones and those that say 'missing' as null."""
    used = [SOURCE_ROW, *dict.fromkeys(column for _, column in plan.columns() if column not in plan.never)]
    texts = [name for name in used if source.schema[name] in (pl.String, pl.Categorical, pl.Enum)]
    plain = [pl.col(name).cast(pl.String) for name in texts]
    blank = [text.str.strip_chars().is_in(["", *plan.missing]) for text in plain]
    return source.select(used).with_columns(
        pl.when(~is_blank).then(text) for text, is_blank in zip(plain, blank, strict=True)
    )


def _keys_of(plan: Mapping, cells: Cells) -> pl.Series:
    """Return each row's key: as mapped, else the case, else the row's number."""
    source = plan.interactions.interaction_id
    if source is None and plan.event_log is not None:
        source = Source(column=plan.event_log.case)
    if source is None:
        return cells.frame[SOURCE_ROW].cast(pl.String)
    place = "interactions.interaction_id"
    return to_text(cells.column(source, place), place)


def _times_of(plan: Mapping, cells: Cells) -> dict[str, Read]:
    """Return by name the times of interactions that are mapped, each read after that on which it rests."""
    reads: dict[str, Read] = {}
    if plan.clock == "none":
        minutes = pl.duration(minutes=pl.lit(cells.frame[SOURCE_ROW].cast(pl.Int64) - 1))
        start = pl.select(pl.lit(FIRST_TIME, dtype=TIME) + minutes).to_series()
        reads["started_at"] = Read(start, start.is_not_null(), "")
    elif plan.interactions.started_at is None:
        start = cells.frame[STARTED_AT]
        reads["started_at"] = Read(start, start.is_not_null(), "")
    waiting: dict[str, TimeSource] = {}
    for name in ("started_at", "promised_at", "purchased_at"):
        if (source := getattr(plan.interactions, name)) is not None:
            waiting[name] = source
    while waiting:
        name = next(name for name, source in waiting.items() if source.after not in waiting)
        known = {other: read.values for other, read in reads.items()}
        reads[name] = cells.time(waiting.pop(name), f"interactions.{name}", known)
    return reads


def _interactions(plan: Mapping, cells: Cells, times: dict[str, Read]) -> pl.DataFrame:
    columns = {"interaction_id": _keys_of(plan, cells)}
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
    return _raw(columns, cells, list(times.values()))


def _number_or_text(column: pl.Series) -> pl.Series:
    """Return a kept column of text as numbers where each cell is one (but for codes such as 007)."""
    if column.dtype != pl.String:
        return column
    number = column.str.strip_chars().cast(pl.Float64, strict=False)
    is_code = column.str.contains(r"^\s*[-+]?0\d").fill_null(False)
    is_number = number.is_finite().fill_null(False) | column.is_null()
    whole = bool(is_number.all()) and not is_code.any() and column.null_count() < len(column)
    return number if whole else column


def _raw(columns: dict[str, pl.Series], cells: Cells, reads: Sequence[Read]) -> pl.DataFrame:
    """Return a table as it comes in: its columns, the row of the source, and the rule that a cell broke."""
    marks = [pl.when(pl.lit(read.lost)).then(pl.lit(read.rule)) for read in reads if read.lost.any()]
    rule = pl.select(pl.coalesce(*marks)).to_series() if marks else cells.same(None, pl.String())
    named = [column.alias(name) for name, column in columns.items()]
    return pl.DataFrame([*named, cells.frame[SOURCE_ROW], rule.alias(RULE)])


def _events(
    event: EventColumns, place: str, plan: Mapping, cells: Cells, known: dict[str, pl.Series]
) -> pl.DataFrame:
    """Return the events of one entry of the mapping: rows with a time, where its condition holds."""
    reads = [cells.time(event.at, f"{place}.at", known)]
    happened = reads[0].filled
    if event.when is not None:
        condition = cells.condition(event.when, f"{place}.when")
        happened &= condition.values.fill_null(False) | condition.lost
        reads.append(condition)
    columns = {"interaction_id": _keys_of(plan, cells), "at": reads[0].values}
    for name in ("kind", "actor", "text", "value"):
        if (source := getattr(event, name)) is not None:
            columns[name] = cells.column(source, f"{place}.{name}")
    if event.kind.column is not None:
        happened &= columns["kind"].is_not_null()
    if event.times is None:
        return _raw(columns, cells, reads).filter(happened)
    count = cells.count(event.times, f"{place}.times")
    # a count that cannot be read stays as one row, to be rejected
    times = count.values.fill_null(0).set(count.lost, 1).set(~happened, 0)
    rows = np.repeat(np.arange(len(times)), times.to_numpy())
    return _raw(columns, cells, [*reads, count])[rows]


def _feedback(plan: Mapping, cells: Cells) -> pl.DataFrame | None:
    """Return the ratings of the rows that have one; None where ratings are not mapped."""
    if plan.feedback is None:
        return None
    rating = cells.column(plan.feedback.rating, "feedback.rating")
    columns, reads = {"interaction_id": _keys_of(plan, cells), "rating": rating}, []
    if plan.feedback.rated_at is not None:
        known = {name: read.values for name, read in _times_of(plan, cells).items()}
        reads.append(cells.time(plan.feedback.rated_at, "feedback.rated_at", known))
        columns["rated_at"] = reads[0].values
    return _raw(columns, cells, reads).filter(rating.is_not_null())


def _one_table(parts: Sequence[pl.DataFrame]) -> pl.DataFrame:
    """Return the parts of the events put together, in the order of the source's rows."""
    if not parts:
        return pl.DataFrame(schema=column_types("events"))
    return stack(parts).sort(SOURCE_ROW, maintain_order=True)
