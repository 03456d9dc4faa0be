"""The rows of the three tables before they are checked, each with its source's row and the rule that a cell broke."""

from __future__ import annotations

from collections.abc import Mapping as Known
from collections.abc import Sequence
from datetime import UTC, datetime

import numpy as np
import polars as pl

from forestall.data.frames import stack
from forestall.data.schemas import TIME, column_types
from forestall.data.text_values import read_flags
from forestall.errors import UsageError
from forestall.importing.event_log import STAFF, STARTED_AT, to_words
from forestall.importing.joined_rows import KEY
from forestall.importing.mapping import INTERACTION_TIMES, Mapping
from forestall.importing.mapping_sections import EventColumns, FeedbackColumns
from forestall.importing.optional_values import number_or_text, optional_number, optional_time
from forestall.importing.raw_rows import raw_table
from forestall.importing.readers import SOURCE_ROW
from forestall.importing.value_sources import TimeSource
from forestall.importing.values import Cells, ReadColumn, read_conditions, read_count, read_rating, read_time
from forestall.importing.values.words import show_words

FIRST_TIME = datetime(2000, 1, 1, tzinfo=UTC)
"""The start of the first row of a source without a clock. Each further row starts a minute later."""

RESOURCE = "__resource__"
"""Column of events with the name of who acted, until the first one is known."""
_NUMBERS = ("price", "customer_value")
Times = dict[str, ReadColumn]


def interaction_times(plan: Mapping, cells: Cells) -> Times:
    """Return the mapped times of the interactions by name.

    A time that is a duration after another one is read after it.
    """
    reads: Times = {}
    if plan.clock == "none":
        minutes = pl.duration(minutes=pl.lit(cells.frame[SOURCE_ROW].cast(pl.Int64) - 1))
        start = pl.select(pl.lit(FIRST_TIME, dtype=TIME) + minutes).to_series()
        reads["started_at"] = ReadColumn(start, start.is_not_null(), "")
    elif plan.interactions.started_at is None:
        start = cells.frame[STARTED_AT]
        reads["started_at"] = ReadColumn(start, start.is_not_null(), "")
    unread: dict[str, TimeSource] = {}
    for name in INTERACTION_TIMES:
        if (source := getattr(plan.interactions, name)) is not None:
            unread[name] = source
    while unread:
        name = next(name for name, source in unread.items() if source.after not in unread)
        known = {other: read.values for other, read in reads.items()}
        place, source = f"interactions.{name}", unread.pop(name)
        if name == "started_at":
            reads[name] = read_time(cells, source, place, known, day_start=True)
        else:
            target, keys = ("interactions", name), cells.frame[KEY]
            reads[name] = optional_time(
                cells, source, place, target, known, keys, day_start=name == "purchased_at"
            )
    return reads


def interactions(plan: Mapping, cells: Cells, times: Times) -> pl.DataFrame:
    """Return the rows of the table `interactions`."""
    columns = {"interaction_id": cells.frame[KEY]}
    for name in column_types("interactions"):
        source, place = getattr(plan.interactions, name), f"interactions.{name}"
        if name in times:
            columns[name] = times[name].values
        elif source is None or name == "interaction_id":
            continue
        elif name in _NUMBERS:
            columns[name] = optional_number(cells, source, place, ("interactions", name), columns)
        else:
            columns[name] = cells.column(source, place)
            if name == "is_commodity":
                _check_flags(cells, columns[name], str(source.column), place)
    if plan.interactions.staff is None and STAFF in cells.frame.columns:
        columns["staff"] = cells.frame[STAFF]
    for name in plan.keep:
        columns[name] = number_or_text(cells.plain(name, f"keep.{name}"), plan.decimal)
    started = [(times["started_at"], "interactions.started_at", plan.interactions.started_at)]
    return raw_table("interactions", columns, cells, started)


def _check_flags(cells: Cells, flags: pl.Series, column: str, place: str) -> None:
    if flags.dtype != pl.String:
        return
    read = read_flags(flags)
    if read.unreadable.any() and not read.values.is_not_null().any():
        raise UsageError(
            f"{cells.name}: {place}: column '{column}' must hold true or false, none of its "
            f"{flags.count()} filled rows does{show_words(flags)}; say which is which: "
            f"{{column: {column}, values: {{Ja: true, Nein: false}}}}"
        )


def events_of(
    event: EventColumns, i: int, plan: Mapping, cells: Cells, known: Known[str, pl.Series]
) -> tuple[pl.DataFrame, pl.Series]:
    """Return the events of one entry of the mapping, and the time of each row (null without an event).

    Rows make an event if they have a time and meet the entry's condition.
    """
    place = f"events[{i}]"
    at = read_time(cells, event.at, f"{place}.at", known)
    reads: list[tuple[ReadColumn, str, object]] = [(at, f"{place}.at", event.at)]
    happened = at.filled
    if event.at.is_read and cells.frame.height and not at.filled.any():
        cells.notes.counts[f"{place}: rows with a time"] = 0
    if event.when:
        condition = read_conditions(cells, event.when, f"{place}.when")
        is_met = condition.values.fill_null(False)
        _tell_without_time(cells, event, place, int((is_met & ~at.filled).sum()))
        happened &= is_met | condition.unreadable
        reads.append((condition, f"{place}.when", event.when[0]))
        if at.filled.any() and not happened.any():
            cells.notes.counts[f"{place}: rows that meet 'when'"] = 0
    columns = {"interaction_id": cells.frame[KEY], "at": at.values}
    columns["kind"] = cells.column(event.kind, f"{place}.kind")
    if event.kind.column is not None:
        columns["kind"] = to_words(columns["kind"].cast(pl.String))
        happened &= columns["kind"].is_not_null()
    for name in ("actor", "text"):
        if (source := getattr(event, name)) is not None:
            columns[name] = cells.column(source, f"{place}.{name}")
    if event.value is not None:
        columns["value"] = optional_number(cells, event.value, f"{place}.value", ("events", "value"), columns)
    columns |= {name: number_or_text(cells.frame[name], plan.decimal) for name in event.keep}
    if event.resource is not None:
        columns[RESOURCE] = cells.text(event.resource, f"{place}.resource")
    times = pl.select(pl.when(happened).then(at.values)).to_series()
    if event.times is None:
        return raw_table("events", columns, cells, reads, happened), times
    count = read_count(cells, event.times, f"{place}.times")
    # an unreadable count stays as one row, so that it is rejected and counted
    n_times = count.values.fill_null(0).set(count.unreadable, 1).set(~happened, 0)
    rows = np.repeat(np.arange(len(n_times)), n_times.to_numpy())
    reads.append((count, f"{place}.times", event.times))
    return raw_table("events", columns, cells, reads)[rows], times


def _tell_without_time(cells: Cells, event: EventColumns, place: str, n: int) -> None:
    """Count rows that say that something happened, but not when, and warn of them: they make no event."""
    if not n:
        return
    cells.notes.counts[f"{place}: rows that meet 'when' without a time"] += n
    kind = event.kind.constant or event.kind.column
    cells.notes.warn(
        f"{cells.name}: {place} ('{kind}'): {n:,} rows meet 'when' and have no time, so they make no event. If it "
        "happened all the same, take a time that every row has, such as {after: last_event, minutes: 1}"
    )


def read_rated(
    ratings: FeedbackColumns, place: str, cells: Cells
) -> tuple[ReadColumn, ReadColumn | None, pl.Series]:
    """Return the ratings of a section, its condition if it has one, and which rows are rated and meet it.

    A row whose condition cannot be read is among them, so that it is rejected and counted.
    """
    rating = read_rating(cells, ratings.rating, f"{place}.rating")
    if not ratings.when:
        return rating, None, rating.filled
    condition = read_conditions(cells, ratings.when, f"{place}.when")
    return rating, condition, rating.filled & (condition.values.fill_null(False) | condition.unreadable)


def feedback(
    ratings: FeedbackColumns, place: str, cells: Cells, known: Known[str, pl.Series]
) -> pl.DataFrame:
    """Return the ratings of the rows that have one and meet the section's condition."""
    rating, condition, is_rated = read_rated(ratings, place, cells)
    known = {name: values.filter(is_rated) for name, values in known.items()}
    cells = cells.with_rows(cells.frame.filter(is_rated))
    columns = {"interaction_id": cells.frame[KEY], "rating": rating.values.filter(is_rated)}
    if ratings.rated_at is not None:
        target = ("feedback", "rated_at")
        columns["rated_at"] = optional_time(
            cells, ratings.rated_at, f"{place}.rated_at", target, known, cells.frame[KEY]
        ).values
    reads: list[tuple[ReadColumn, str, object]] = [(rating.at(is_rated), f"{place}.rating", ratings.rating)]
    if condition is not None:
        reads.append((condition.at(is_rated), f"{place}.when", ratings.when[0]))
    return raw_table("feedback", columns, cells, reads)


def with_staff(interactions: pl.DataFrame, events: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the interactions with the first in time who acted as `staff`, and the events without `RESOURCE`."""
    if RESOURCE not in events.columns:
        return interactions, events
    if "staff" not in interactions.columns:
        acted = events.filter(pl.col(RESOURCE).is_not_null()).sort("at", nulls_last=True, maintain_order=True)
        first = acted.unique("interaction_id", keep="first", maintain_order=True)
        first = first.select("interaction_id", pl.col(RESOURCE).alias("staff"))
        interactions = interactions.join(first, on="interaction_id", how="left", maintain_order="left")
    return interactions, events.drop(RESOURCE)


def concat_events(parts: Sequence[pl.DataFrame]) -> pl.DataFrame:
    """Return all events in the order of the source's rows."""
    if not parts:
        return pl.DataFrame(schema=column_types("events"))
    return stack(parts).sort(SOURCE_ROW, maintain_order=True)
