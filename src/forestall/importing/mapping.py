"""The mapping file: which columns of a company's own export become the three tables."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Literal, Self
from zoneinfo import available_timezones

from pydantic import BeforeValidator, Field, model_validator

from forestall.config import Strict
from forestall.data.schemas import column_types
from forestall.data.times import is_zone
from forestall.data.zone_names import zone_advice
from forestall.errors import nearest
from forestall.importing.mapping_columns import ColumnUse, columns_of, named_columns
from forestall.importing.mapping_sections import (
    EventColumns,
    EventLog,
    FeedbackColumns,
    InteractionColumns,
    TableSource,
)
from forestall.importing.mapping_values import DayOrTime, GapWords
from forestall.importing.readers.file_options import FileOptions
from forestall.importing.value_sources import LAST_EVENT, Conditions, TimeColumn, TimeSource, as_list

INTERACTION_TIMES = ("started_at", "promised_at", "purchased_at")


class Mapping(Strict):
    """A mapping file."""

    timezone: str = Field(
        default="UTC", description="Time zone of times that name none, such as `Europe/Copenhagen`."
    )
    clock: Literal["times", "none"] = Field(
        default="times",
        description="`none` if the source has no times: then the order of its rows stands for time, and no "
        "feature is computed from it.",
    )
    file: FileOptions = Field(
        default_factory=FileOptions, description="How the main files are read; found from them if left out."
    )
    decimal: Literal[".", ","] = Field(
        default=".",
        description="The decimal mark of all numbers. Thousands separators, currency signs and `%` are taken off.",
    )
    missing: GapWords = Field(
        default_factory=list,
        description="Texts that mean a missing value, such as `['?', TBD]`, beside the usual ones (empty, "
        "`NULL`, `N/A`, `nan`, `-`, `0000-00-00` and others).",
    )
    exported_at: DayOrTime | None = Field(
        default=None,
        description="When the records were taken, such as `2026-06-04T06:00:00Z`. A time after it is "
        "rejected. Without it, today's time counts. A time without a zone is in `timezone`, and a day is its end.",
    )
    newest_by: TimeColumn | None = Field(
        default=None,
        description="Column with a time: of rows with one key, the newest counts. Without it the first counts, and the "
        "others are rejected.",
    )
    leave_out: Conditions = Field(
        default_factory=list,
        description="Rows to leave out, such as `{column: status, is: [deleted, spam]}`: one condition or a "
        "list. They are counted, not rejected.",
    )
    keys: Literal["column", "row_number"] = Field(
        default="column",
        description="`row_number` where no column identifies an interaction: each row is one, and its number is the "
        "key. Leave `interactions.interaction_id` out then.",
    )
    tables: dict[str, TableSource] = Field(
        default_factory=dict,
        description="Further files, given to the command as `NAME=FILE`, whose columns are named `NAME.column`.",
    )
    interactions: InteractionColumns = Field(
        default_factory=InteractionColumns, description="Where the columns of `interactions` come from."
    )
    event_log: EventLog | None = Field(
        default=None,
        description="How to read a source with one row per event. Leave it out for other sources.",
    )
    events: list[EventColumns] = Field(
        default_factory=list, description="The events that each row of the source makes, in any order."
    )
    feedback: Annotated[list[FeedbackColumns], BeforeValidator(as_list)] = Field(
        default_factory=list,
        description="Where the ratings come from: one section, or a list of them. Leave it out if the source has none.",
    )
    keep: list[str] = Field(
        default_factory=list,
        description="Further columns to keep in `interactions`, such as `[Priority]`; a model uses those that "
        "`context` of `model.yaml` lists.",
    )
    known_at: dict[str, str] = Field(
        default_factory=dict,
        description="Kind of event from which on a kept column is known, such as `{Close code: closed}`. "
        "Features read it as null before that event.",
    )
    never: list[str] = Field(
        default_factory=list,
        description="Columns that must not be imported, such as `[Survey remarks]`, because they are known only "
        "with the rating.",
    )

    @model_validator(mode="after")
    def _check(self) -> Self:
        self._check_zones()
        self._check_clock()
        self._check_after()
        self._check_columns()
        self._check_known_at()
        for name, table in self.tables.items():
            others = [other for other in self.tables if other != name]
            if table.of is not None and (table.of not in others or self.tables[table.of].of is not None):
                raise ValueError(
                    f"'tables.{name}.of' must name a table with a file, {nearest(table.of, others)}"
                )
        if self.newest_by is not None and self.event_log is not None:
            raise ValueError("'newest_by' needs one row per interaction; leave it out with 'event_log'")
        return self

    def zones(self) -> list[tuple[str, str]]:
        """Return the named time zones, each with its place in the mapping."""
        own = [(f"{place}.timezone", t.timezone) for place, t in self.times() if isinstance(t.timezone, str)]
        return [("timezone", self.timezone), *own]

    def _check_zones(self) -> None:
        for place, zone in self.zones():
            if not is_zone(zone):
                near = nearest(zone, available_timezones())
                hint = zone_advice(zone) or (near if near.startswith("did") else "such as Europe/Oslo")
                raise ValueError(f"'{place}' must be a time zone of the IANA database, {hint}")

    def _check_clock(self) -> None:
        own = self.interactions
        if self.clock == "none":
            timed = next((place for place, time in self.times() if time.is_read), None)
            if timed:
                raise ValueError(
                    f"'{timed}' must not be a column with 'clock: none'; use 'after', or leave it out"
                )
            if own.started_at is not None:
                raise ValueError("'interactions.started_at' must be left out with 'clock: none'")
            if any(ratings.rated_at is not None for ratings in self.feedback):
                raise ValueError("'feedback.rated_at' must be left out with 'clock: none'")
            return
        if self.keys == "row_number" and (own.interaction_id is not None or self.event_log is not None):
            raise ValueError(
                "'keys: row_number' needs one row per interaction and no 'interactions.interaction_id'; leave one out"
            )
        if self.event_log is not None:
            return
        without = {"interaction_id": "'event_log', 'clock: none' or 'keys: row_number'"}
        for name in ("interaction_id", "started_at"):
            if getattr(own, name) is None and not (name == "interaction_id" and self.keys == "row_number"):
                given = without.get(name, "'event_log' or 'clock: none'")
                raise ValueError(f"'interactions.{name}' must be mapped; without it, give {given}")

    def _check_after(self) -> None:
        bases = {f"interactions.{name}": name for name in INTERACTION_TIMES}
        times = dict(self.times())
        named: dict[str, TimeSource | None] = {name: times.get(place) for place, name in bases.items()}
        named |= self._bases_of_kinds()
        for place, time in times.items():
            visited, base = [bases.get(place, "")], time.after
            while base is not None:
                if base in visited:
                    raise ValueError(
                        f"'{place}.after' must not lead back to itself, but does through '{base}'"
                    )
                visited.append(base)
                if base == LAST_EVENT and place not in bases:
                    break
                following = named.get(base)
                if following is None and base != "started_at":
                    if base in INTERACTION_TIMES:
                        raise ValueError(f"'{place}.after' needs 'interactions.{base}', which is not mapped")
                    raise ValueError(
                        f"'{place}.after' must be a time or the kind of an event, {nearest(base, named)}"
                    )
                if place in bases and base not in INTERACTION_TIMES:
                    raise ValueError(
                        f"'{place}.after' must be a time of the interaction, is '{base}', the kind of an event, which "
                        "comes later; name one of " + ", ".join(INTERACTION_TIMES)
                    )
                base = following.after if following else None

    def _bases_of_kinds(self) -> dict[str, TimeSource]:
        """Return by kind the time of an entry; if entries of a kind follow their own kind, of one that does not."""
        kinds = [(event.kind.constant, event.at) for event in self.events if event.source is None]
        entries = [
            (kind, at) for kind, at in kinds if isinstance(kind, str) and kind not in INTERACTION_TIMES
        ]
        found: dict[str, TimeSource] = {}
        while True:
            known = {*INTERACTION_TIMES, *found, LAST_EVENT, None}
            ready = {kind: at for kind, at in entries if kind not in found and at.after in known}
            if not ready:
                return dict(entries) | found
            found |= ready

    def _check_columns(self) -> None:
        for use in self.columns():
            if use.place.startswith("never"):
                continue
            # rows of a table or an array also see the columns of their interaction's row
            names = {use.column, f"{use.source}.{use.column}"}
            if listed := sorted(names.intersection(self.never)):
                raise ValueError(
                    f"'{use.place}' must not use the column '{listed[0]}', which 'never' lists; remove one of the two"
                )
        taken = set(column_types("interactions"))
        for i, column in enumerate(self.keep):
            if column in taken:
                raise ValueError(
                    f"'keep[{i}]' must name a further column once; '{column}' is a column of 'interactions' "
                    "or listed twice: map it there, or remove it"
                )
            taken.add(column)

    def _check_known_at(self) -> None:
        for column, kind in self.known_at.items():
            if column not in self.keep:
                raise ValueError(f"'known_at' must name a kept column, {nearest(column, self.keep)}")
            if self.has_fixed_kinds and kind not in self.kinds():
                raise ValueError(
                    f"'known_at.{column}' must be the kind of an event, {nearest(kind, self.kinds())}"
                )

    @property
    def has_fixed_kinds(self) -> bool:
        """Whether all kinds of events stand in the file, rather than in the source."""
        return self.event_log is None and all(event.kind.column is None for event in self.events)

    def kinds(self) -> set[str]:
        """Return the kinds of events that stand in the file."""
        kinds = {str(event.kind.constant) for event in self.events if event.kind.column is None}
        kinds |= {str(kind) for event in self.events for kind in (event.kind.values or {}).values()}
        return kinds | {kind for kind in (self.event_log.kinds if self.event_log else {}).values() if kind}

    def times(self) -> Iterator[tuple[str, TimeSource]]:
        """Yield each time with its place in the file, except the timestamp of an event log."""
        for name in INTERACTION_TIMES:
            if (time := getattr(self.interactions, name)) is not None:
                yield f"interactions.{name}", time
        for i, event in enumerate(self.events):
            yield f"events[{i}].at", event.at
        for place, ratings in self.ratings():
            if ratings.rated_at is not None:
                yield f"{place}.rated_at", ratings.rated_at

    def ratings(self) -> Iterator[tuple[str, FeedbackColumns]]:
        """Yield each section of ratings with its place in the file."""
        for i, ratings in enumerate(self.feedback):
            yield "feedback" if len(self.feedback) == 1 else f"feedback[{i}]", ratings

    def row_sources(self) -> dict[str, str]:
        """Return the tables and arrays whose rows make events or ratings, each with the place that names it."""
        parts = [(f"events[{i}]", event.source) for i, event in enumerate(self.events)]
        parts += [(place, ratings.source) for place, ratings in self.ratings()]
        return {source: f"{place}.from" for place, source in reversed(parts) if source is not None}

    def columns(self) -> Iterator[ColumnUse]:
        """Yield each column of a source that the file names."""
        yield from columns_of(self.interactions, "interactions")
        if self.event_log is not None:
            yield from columns_of(self.event_log, "event_log")
        for i, event in enumerate(self.events):
            yield from columns_of(event, f"events[{i}]", event.source)
        for place, ratings in self.ratings():
            yield from columns_of(ratings, place, ratings.source)
        yield from named_columns("newest_by", self.newest_by)
        for i, condition in enumerate(self.leave_out):
            yield from named_columns(f"leave_out[{i}]", condition)
        for name, table in self.tables.items():
            yield from (ColumnUse(f"tables.{name}.on", column, None) for column in table.on.values())
            yield from (ColumnUse(f"tables.{name}.on", column, name) for column in table.on)
            yield from columns_of(table, f"tables.{name}", name)
        yield from (ColumnUse(f"keep[{i}]", column, None) for i, column in enumerate(self.keep))
        yield from (ColumnUse(f"never[{i}]", column, None) for i, column in enumerate(self.never))
