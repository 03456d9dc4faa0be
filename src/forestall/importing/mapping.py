"""The mapping file: which columns of a company's own export become the three tables."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any, Literal, Self
from zoneinfo import available_timezones

from pydantic import BeforeValidator, Field, model_validator

from forestall.config import Strict
from forestall.data.schemas import column_types, find_word_fault
from forestall.data.times import is_zone
from forestall.errors import nearest

Cell = str | float | bool | None
UNITS_S = {"days": 86_400, "hours": 3_600, "minutes": 60, "seconds": 1}


class Source(Strict):
    """Where a value comes from: a column, perhaps with other words for its values, or one constant.

    A value that `values` does not name stays as it is, or becomes `default` where one is given.
    """

    column: str | None = None
    constant: Cell = None
    values: dict[str, Cell] | None = None
    default: Cell = None

    @model_validator(mode="before")
    @classmethod
    def _text_keys(cls, given: Any) -> Any:
        values = given.get("values") if isinstance(given, dict) else None
        if not isinstance(values, dict):
            return given
        if any(isinstance(key, bool) for key in values):
            raise ValueError("'values' has a key that YAML reads as true or false; put it in quotes")
        return {**given, "values": {str(key): value for key, value in values.items()}}

    @model_validator(mode="after")
    def _one_origin(self) -> Self:
        if ("constant" in self.model_fields_set) == (self.column is not None):
            raise ValueError("must have either 'column' or 'constant'")
        if self.values is None and "default" in self.model_fields_set:
            raise ValueError("'default' needs 'values'")
        if self.values is not None and self.column is None:
            raise ValueError("'values' needs 'column'")
        return self


class TimeSource(Strict):
    """Where a time comes from: a column, or a duration after another time of the interaction."""

    column: str | None = None
    format: str | None = None
    after: Literal["started_at", "promised_at", "purchased_at"] | None = None
    days: str | float | None = None
    hours: str | float | None = None
    minutes: str | float | None = None
    seconds: str | float | None = None

    @model_validator(mode="after")
    def _one_origin(self) -> Self:
        if (self.column is None) == (self.after is None):
            raise ValueError("must have either 'column' or 'after'")
        if self.after is None and self.durations():
            raise ValueError("a duration needs 'after'")
        if self.after is not None and self.format is not None:
            raise ValueError("'format' needs 'column'")
        return self

    def durations(self) -> dict[str, str | float]:
        """Return by unit the duration's column or number."""
        return {unit: length for unit in UNITS_S if (length := getattr(self, unit)) is not None}


class Condition(Strict):
    """When an event happened: where a column says true, or one of some values."""

    column: str
    values: list[str] | None = Field(default=None, alias="is")

    @model_validator(mode="before")
    @classmethod
    def _texts(cls, given: Any) -> Any:
        if not isinstance(given, dict) or given.get("is") is None:
            return given
        values = given["is"] if isinstance(given["is"], list) else [given["is"]]
        if any(isinstance(value, bool) for value in values):
            raise ValueError("'is' has a value that YAML reads as true or false; put it in quotes")
        return {**given, "is": [str(value) for value in values]}


def _short(key: str) -> BeforeValidator:
    """Let a plain text stand for `{key: text}`."""
    return BeforeValidator(lambda given: {key: given} if isinstance(given, str) else given)


Column = Annotated[Source, _short("column")]
Word = Annotated[Source, _short("constant")]
Time = Annotated[TimeSource, _short("column")]
When = Annotated[Condition, _short("column")]


class InteractionColumns(Strict):
    """The columns of `interactions`."""

    interaction_id: Column | None = None
    started_at: Time | None = None
    customer_id: Column | None = None
    channel: Column | None = None
    venue: Column | None = None
    locale: Column | None = None
    product: Column | None = None
    product_category: Column | None = None
    price: Column | None = None
    is_commodity: Column | None = None
    promised_at: Time | None = None
    purchased_at: Time | None = None
    customer_value: Column | None = None
    staff: Column | None = None


class EventColumns(Strict):
    """One kind of event, made from each row that has a time for it."""

    kind: Word
    at: Time
    actor: Word | None = None
    text: Column | None = None
    value: Column | None = None
    times: str | None = None
    when: When | None = None

    @model_validator(mode="after")
    def _a_word(self) -> Self:
        fault = find_word_fault(self.kind.constant) if self.kind.column is None else None
        if fault:
            raise ValueError(f"'kind' {fault}")
        return self


class EventLog(Strict):
    """A source with one row an event: activities become kinds, each case an interaction.

    An activity that `kinds` does not name becomes a word made of its name; one that it names `null` is left
    out.
    """

    case: str
    activity: str
    timestamp: Time
    resource: str | None = None
    kinds: dict[str, str | None] = Field(default_factory=dict)
    actor: Word | None = None
    text: Column | None = None
    value: Column | None = None

    @model_validator(mode="after")
    def _words(self) -> Self:
        for activity, kind in self.kinds.items():
            if kind is not None and (fault := find_word_fault(kind)):
                raise ValueError(f"'kinds': the kind of '{activity}' {fault}")
        if self.timestamp.column is None:
            raise ValueError("'timestamp' must be a column")
        return self


class FeedbackColumns(Strict):
    """The columns of `feedback`."""

    rating: Column
    rated_at: Time | None = None


class Mapping(Strict):
    """A mapping file."""

    timezone: str = "UTC"
    clock: Literal["times", "none"] = "times"
    missing: list[str] = Field(default_factory=list)
    interactions: InteractionColumns = Field(default_factory=InteractionColumns)
    event_log: EventLog | None = None
    events: list[EventColumns] = Field(default_factory=list)
    feedback: FeedbackColumns | None = None
    keep: list[str] = Field(default_factory=list)
    known_at: dict[str, str] = Field(default_factory=dict)
    never: list[str] = Field(default_factory=list)

    @model_validator(mode="after")
    def _sound(self) -> Self:
        if not is_zone(self.timezone):
            raise ValueError(f"'timezone' is no known zone, {nearest(self.timezone, available_timezones())}")
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
                    f"'{timed}' cannot be a column under 'clock: none'; use 'after', or leave it out"
                )
            if own.started_at is not None:
                raise ValueError("'interactions.started_at' must be left out under 'clock: none'")
            if self.feedback is not None and self.feedback.rated_at is not None:
                raise ValueError("'feedback.rated_at' must be left out under 'clock: none'")
            return
        if self.event_log is not None:
            return
        for name in ("interaction_id", "started_at"):
            if getattr(own, name) is None:
                raise ValueError(
                    f"'interactions.{name}' must be mapped, or 'event_log' or 'clock: none' given"
                )

    def _check_after(self) -> None:
        own = self.interactions
        for place, time in self.times():
            passed, base = [place.removeprefix("interactions.")], time.after
            while base is not None:
                if base in passed:
                    raise ValueError(f"'{place}.after' must not come back to itself, by '{base}'")
                passed.append(base)
                further: TimeSource | None = getattr(own, base)
                if further is None and base != "started_at":
                    raise ValueError(f"'{place}.after' needs 'interactions.{base}', which is not mapped")
                base = further.after if further else None

    def _check_columns(self) -> None:
        for place, column in self.columns():
            if column in self.never and not place.startswith("never"):
                raise ValueError(f"'{place}' uses the column '{column}', which is under 'never'")
        taken = set(column_types("interactions"))
        for i, column in enumerate(self.keep):
            if column in taken:
                raise ValueError(
                    f"'keep[{i}]': '{column}' is a column of interactions or kept twice; map it there"
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
        """Give the place and content of each time, but for an event log's own."""
        for name in ("started_at", "promised_at", "purchased_at"):
            if (time := getattr(self.interactions, name)) is not None:
                yield f"interactions.{name}", time
        for i, event in enumerate(self.events):
            yield f"events[{i}].at", event.at
        if self.feedback is not None and self.feedback.rated_at is not None:
            yield "feedback.rated_at", self.feedback.rated_at

    def columns(self) -> Iterator[tuple[str, str]]:
        """Give the place in the file and the name of each column of the source that the file names."""
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
        if isinstance(content, str) and name in {"case", "activity", "resource", "times"}:
            yield here, content
        elif isinstance(content, Source | TimeSource | Condition):
            is_short = content.model_fields_set == {"column"}
            if content.column is not None:
                yield here if is_short else f"{here}.column", content.column
            if isinstance(content, TimeSource):
                durations = content.durations().items()
                yield from ((f"{here}.{unit}", it) for unit, it in durations if isinstance(it, str))
