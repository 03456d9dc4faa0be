"""The mapping file: which columns of a company's own export become the three tables."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, Self
from zoneinfo import available_timezones

from pydantic import Field, model_validator

from forestall.config import Strict
from forestall.data.schemas import column_types
from forestall.data.times import is_zone
from forestall.errors import nearest
from forestall.importing.mapping_sections import EventColumns, EventLog, FeedbackColumns, InteractionColumns
from forestall.importing.value_sources import Condition, Source, TimeSource

_COLUMN_KEYS = {"case", "activity", "resource", "times"}
"""Keys whose value is the name of a column itself."""


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
    missing: list[str] = Field(
        default_factory=list,
        description="Texts that mean a missing value, such as `['?', TBD]`. An empty cell always means one.",
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
    feedback: FeedbackColumns | None = Field(
        default=None, description="Where the ratings come from. Leave it out if the source has none."
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
        if not is_zone(self.timezone):
            hint = nearest(self.timezone, available_timezones())
            raise ValueError(f"'timezone' must be a time zone of the IANA database, {hint}")
        self._check_clock()
        self._check_after()
        self._check_columns()
        self._check_known_at()
        return self

    def _check_clock(self) -> None:
        own = self.interactions
        if self.clock == "none":
            timed = next((place for place, time in self.times() if time.column is not None), None)
            if timed:
                raise ValueError(
                    f"'{timed}' must not be a column with 'clock: none'; use 'after', or leave it out"
                )
            if own.started_at is not None:
                raise ValueError("'interactions.started_at' must be left out with 'clock: none'")
            if self.feedback is not None and self.feedback.rated_at is not None:
                raise ValueError("'feedback.rated_at' must be left out with 'clock: none'")
            return
        if self.event_log is not None:
            return
        for name in ("interaction_id", "started_at"):
            if getattr(own, name) is None:
                raise ValueError(
                    f"'interactions.{name}' must be mapped; without it, give 'event_log' or 'clock: none'"
                )

    def _check_after(self) -> None:
        own = self.interactions
        for place, time in self.times():
            visited, base = [place.removeprefix("interactions.")], time.after
            while base is not None:
                if base in visited:
                    raise ValueError(
                        f"'{place}.after' must not lead back to itself, but does through '{base}'"
                    )
                visited.append(base)
                next_time: TimeSource | None = getattr(own, base)
                if next_time is None and base != "started_at":
                    raise ValueError(f"'{place}.after' needs 'interactions.{base}', which is not mapped")
                base = next_time.after if next_time else None

    def _check_columns(self) -> None:
        for place, column in self.columns():
            if column in self.never and not place.startswith("never"):
                raise ValueError(
                    f"'{place}' must not use the column '{column}', which 'never' lists; remove one of the two"
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
        kinds = {str(event.kind.constant) for event in self.events if event.kind.column is None}
        kinds |= {str(kind) for event in self.events for kind in (event.kind.values or {}).values()}
        kinds |= {kind for kind in (self.event_log.kinds if self.event_log else {}).values() if kind}
        for column, kind in self.known_at.items():
            if column not in self.keep:
                raise ValueError(f"'known_at' must name a kept column, {nearest(column, self.keep)}")
            if kind not in kinds:
                raise ValueError(f"'known_at.{column}' must be the kind of an event, {nearest(kind, kinds)}")

    def times(self) -> Iterator[tuple[str, TimeSource]]:
        """Yield each time with its place in the file, except the timestamp of an event log."""
        for name in ("started_at", "promised_at", "purchased_at"):
            if (time := getattr(self.interactions, name)) is not None:
                yield f"interactions.{name}", time
        for i, event in enumerate(self.events):
            yield f"events[{i}].at", event.at
        if self.feedback is not None and self.feedback.rated_at is not None:
            yield "feedback.rated_at", self.feedback.rated_at

    def columns(self) -> Iterator[tuple[str, str]]:
        """Yield each column of the source that the file names, after its place in the file."""
        yield from _columns_of(self.interactions, "interactions")
        if self.event_log is not None:
            yield from _columns_of(self.event_log, "event_log")
        for i, event in enumerate(self.events):
            yield from _columns_of(event, f"events[{i}]")
        if self.feedback is not None:
            yield from _columns_of(self.feedback, "feedback")
        yield from ((f"keep[{i}]", column) for i, column in enumerate(self.keep))
        yield from ((f"never[{i}]", column) for i, column in enumerate(self.never))


def _columns_of(part: Strict, place: str) -> Iterator[tuple[str, str]]:
    for name in type(part).model_fields:
        here, content = f"{place}.{name}", getattr(part, name)
        if isinstance(content, str) and name in _COLUMN_KEYS:
            yield here, content
        elif isinstance(content, Source | TimeSource | Condition):
            is_short = content.model_fields_set == {"column"}
            if content.column is not None:
                yield here if is_short else f"{here}.column", content.column
            if isinstance(content, TimeSource):
                durations = content.durations().items()
                yield from (
                    (f"{here}.{unit}", column) for unit, column in durations if isinstance(column, str)
                )
